"""What the tests of sign-in share: an authority, and a Local Teams that demands its tokens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botframework.connector.auth.jwt_token_extractor import JwtTokenExtractor

from samples.local_teams.model.contoso import contoso
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from samples.runner.recording import ticking


@pytest.fixture(scope="module")
def authority() -> Authority:
    """One for the module: the SDK keeps its keys for a day."""
    return Authority.of(contoso())


@pytest.fixture
def strict_teams(authority: Authority) -> Iterator[LocalTeams]:
    """Local Teams that demands tokens."""
    with LocalTeams(contoso(clock=ticking()), authority) as running:
        yield running


@pytest.fixture
def sign_in_environ(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The environment of a bot that signs in on this machine."""
    monkeypatch.setattr(JwtTokenExtractor, "metadataCache", {})
    with signing_in(authority) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield variables

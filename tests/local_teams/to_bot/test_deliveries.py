"""Where the bot listens: what is an address of a messaging endpoint."""

from __future__ import annotations

import pytest

from samples.local_teams.testing import LocalTeams


@pytest.mark.parametrize("url", ["127.0.0.1:3978/api", "ftp://a/b", "http:///x", "http://a/"])
def test_an_address_that_is_none_is_named(teams: LocalTeams, url: str) -> None:
    with pytest.raises(
        ValueError, match="is not the URL of a messaging endpoint, for example http"
    ):
        teams.connect(url)
    assert teams.deliveries.url is None

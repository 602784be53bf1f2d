"""What each kind of bot needs to sign in, and who may call it."""

from __future__ import annotations

import pytest

from samples.local_teams.model.contoso import contoso
from samples.local_teams.sign_in.authority import Authority
from samples.shared.bot import connect


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("SingleTenant", "MicrosoftAppPassword"),
        ("SingleTenant", "MicrosoftAppTenantId"),
        ("MultiTenant", "MicrosoftAppPassword"),
        ("UserAssignedMSI", "MicrosoftAppTenantId"),
    ],
)
def test_what_each_kind_of_bot_needs(
    entra: Authority, monkeypatch: pytest.MonkeyPatch, kind: str, missing: str
) -> None:
    monkeypatch.setenv("MicrosoftAppType", kind)
    assert connect().id == f"28:{contoso().bot_app_id}"
    monkeypatch.delenv(missing)
    with pytest.raises(SystemExit, match=f"{missing} is not set"):
        connect()


async def test_the_adapter_asks_the_sdk_who_may_call(entra: Authority) -> None:
    """Inbound requests go through the same credentials: this app id is ours, another is not."""
    inner = connect().adapter.bot_framework_authentication._inner
    factory = inner._credentials_factory
    assert await factory.is_valid_app_id(contoso().bot_app_id)
    assert not await factory.is_valid_app_id("another")
    assert not await factory.is_authentication_disabled()

"""What each kind of bot needs to sign in, and who may call it."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest

from samples.local_teams.model.contoso import contoso
from samples.local_teams.sign_in.authority import Authority
from samples.shared.bot import connect
from samples.shared.credentials import graph_credential
from samples.shared.failure import Failure
from tests.support.counting import Connector, one_after_another
from tests.support.signing import managed_identity, self_signed

GRAPH = "https://graph.microsoft.com/.default"
IDENTITY = {"client_id": "5c1b0f4e-0a51-4b2c-9c5a-0d6a9f1a7c11", "object_id": "the-principal"}


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


def app_of(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["appid"])


@pytest.fixture
def certified_app(entra: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Authority:
    """A bot whose certificate is uploaded to its app registration, and that has no secret."""
    path, certificate = self_signed(tmp_path / "bot.pem")
    entra.certificates.append(certificate)
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(path))
    monkeypatch.delenv("MicrosoftAppPassword")
    return entra


async def test_a_bot_signs_in_with_a_certificate(
    certified_app: Authority, connector: Connector
) -> None:
    await one_after_another(connect(), connector)
    assert len(connector.world.personal_chat(connector.world.people[0]).messages) == 5
    assert app_of(graph_credential().get_token(GRAPH).token) == certified_app.app_id


async def test_a_new_certificate_works_beside_the_old(
    certified_app: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The steps of a rotation: upload, switch, remove the old one."""
    path, new = self_signed(tmp_path / "new.pem")
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(path))
    with pytest.raises(Exception, match=r"AADSTS700027.*Thumbprint of key used by client"):
        graph_credential().get_token(GRAPH)
    certified_app.certificates.append(new)
    assert app_of(graph_credential().get_token(GRAPH).token) == certified_app.app_id
    del certified_app.certificates[0]
    assert app_of(graph_credential().get_token(GRAPH).token) == certified_app.app_id


async def test_entra_refuses_a_certificate_that_is_not_uploaded(
    certified_app: Authority, connector: Connector
) -> None:
    certified_app.certificates.clear()
    with pytest.raises(PermissionError) as refused:
        await one_after_another(connect(), connector)
    failure = Failure.of(refused.value)
    assert failure.code == "SignInFailed" and "AADSTS700027" in failure.text
    assert failure.action == "stop"


async def test_a_bot_with_a_certificate_signs_in_and_is_called_as_itself_alone(
    certified_app: Authority,
) -> None:
    inner = connect().adapter.bot_framework_authentication._inner
    factory = inner._credentials_factory
    assert await factory.is_valid_app_id(certified_app.app_id)
    assert not await factory.is_valid_app_id("another")
    assert not await factory.is_authentication_disabled()
    with pytest.raises(PermissionError, match="another is not this bot's app ID"):
        await factory.create_credentials("another", "", "", True)


def test_a_certificate_that_cannot_be_read_is_named(
    certified_app: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path, text in ((tmp_path / "none.pem", ""), (tmp_path / "empty.pem", "no key")):
        if text:
            path.write_text(text, "utf-8")
        monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(path))
        with pytest.raises(SystemExit, match="AZURE_CLIENT_CERTIFICATE_PATH: "):
            connect()


@pytest.mark.parametrize("federated", [True, False], ids=["federated", "legacy"])
async def test_a_bot_signs_in_with_a_managed_identity(
    entra: Authority, connector: Connector, monkeypatch: pytest.MonkeyPatch, federated: bool
) -> None:
    monkeypatch.delenv("MicrosoftAppPassword")
    monkeypatch.setenv("IDENTITY_HEADER", "the header")
    if federated:
        entra.identity = IDENTITY["object_id"]
        monkeypatch.setenv("MANAGED_IDENTITY_CLIENT_ID", IDENTITY["client_id"])
    else:
        monkeypatch.setenv("MicrosoftAppType", "UserAssignedMSI")
    identity = IDENTITY if federated else IDENTITY | {"client_id": entra.app_id}
    with managed_identity(entra, **identity) as endpoint:
        monkeypatch.setenv("IDENTITY_ENDPOINT", endpoint)
        await one_after_another(connect(), connector)
        assert len(connector.world.personal_chat(connector.world.people[0]).messages) == 5
        if federated:
            assert app_of(graph_credential().get_token(GRAPH).token) == entra.app_id


async def test_entra_refuses_an_identity_that_the_registration_does_not_trust(
    entra: Authority, connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The subject is the identity's object ID. Its client ID, as often written, is refused."""
    entra.identity = IDENTITY["client_id"]
    monkeypatch.setenv("IDENTITY_HEADER", "the header")
    monkeypatch.setenv("MANAGED_IDENTITY_CLIENT_ID", IDENTITY["client_id"])
    with managed_identity(entra, **IDENTITY) as endpoint:
        monkeypatch.setenv("IDENTITY_ENDPOINT", endpoint)
        with pytest.raises(PermissionError, match=r"AADSTS700213.*the-principal"):
            await one_after_another(connect(), connector)


def test_an_unknown_type_is_named(entra: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MicrosoftAppType", "Single Tenant")
    with pytest.raises(SystemExit, match="MicrosoftAppType is 'Single Tenant'"):
        connect()

"""Each thing that can be wrong with the settings, and what the check says."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)

from samples.runner.checking.settings import check_settings
from samples.shared.settings import VARIABLES
from tests.support.signing import self_signed

APP, TENANT = "858906d1-e477-4808-8c13-c551b6e26112", "1077a9ef-176a-4c0a-ae49-5335a993a9f0"
OTHER = "7f0fb1c6-0000-4000-8000-000000000000"
PUBLIC = "https://smba.trafficmanager.net/teams/"
GOOD = {
    "CLIENT_ID": APP,
    "CLIENT_SECRET": "kX8~secret.value",
    "TENANT_ID": TENANT,
    "TEAMS_SERVICE_URL": PUBLIC,
    "TEAMS_TENANT_ID": TENANT,
    "TEAMS_USER_ID": OTHER,
}


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder without .env, and an environment where every setting is as it should be."""
    more = ("CLOUD", "MicrosoftAppType", "ENV_FILE", "AZURE_CLIENT_CERTIFICATE_PATH")
    for name in (*VARIABLES, *more, "MANAGED_IDENTITY_CLIENT_ID", "TEAMS_ALLOWED_SERVICE_URLS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*kinds: str) -> list[str]:
    return [finding.text for finding in check_settings() if finding.kind in kinds]


def test_nothing_is_wrong(folder: Path) -> None:
    assert found("wrong") == []
    assert found("ok") == [f"MicrosoftAppId is {APP} (CLIENT_ID in the environment)."]
    assert found("note") == [f"There is no .env in {folder}: only the environment counts."]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("CLIENT_ID", "", "MicrosoftAppId is not set. Register the bot"),
        ("CLIENT_ID", "Contoso", "MicrosoftAppId is 'Contoso'. It must be the application"),
        ("TENANT_ID", APP, "MicrosoftAppId and MicrosoftAppTenantId are the same."),
        ("MicrosoftAppId", OTHER, "MicrosoftAppId has two values: MicrosoftAppId in the envi"),
        ("TENANT_ID", "", "MicrosoftAppTenantId is not set. Put the ID of the tenant"),
        ("TENANT_ID", "common", "MicrosoftAppTenantId is 'common'. It must be a tenant ID"),
        ("MicrosoftAppType", "Single", "MicrosoftAppType is 'Single'. It must be one of Single"),
        ("CLIENT_SECRET", " ", "MicrosoftAppPassword is not set. Put the client secret's value"),
        ("CLIENT_SECRET", OTHER, "MicrosoftAppPassword is a GUID: that is the secret's ID. Put"),
        ("CLIENT_SECRET", APP, "MicrosoftAppPassword is a GUID: that is the app ID. Put"),
        ("CLIENT_SECRET", "'kX8'", "MicrosoftAppPassword begins or ends with a quotation mark"),
        ("CLIENT_SECRET", "<secret>", "MicrosoftAppPassword begins or ends with a quotation"),
        (
            "AZURE_CLIENT_CERTIFICATE_PATH",
            "gone.pem",
            "AZURE_CLIENT_CERTIFICATE_PATH: [Errno 2] No such file",
        ),
        (
            "MANAGED_IDENTITY_CLIENT_ID",
            "system",
            "MANAGED_IDENTITY_CLIENT_ID is 'system'. It must be the client ID, a GUID",
        ),
        ("MANAGED_IDENTITY_CLIENT_ID", APP, "MANAGED_IDENTITY_CLIENT_ID is the bot's own app"),
        ("CLOUD", "Mars", "CLOUD is 'Mars'. It must be one of Public, GCC, USGov"),
        (
            "TEAMS_SERVICE_URL",
            "",
            f"TEAMS_SERVICE_URL is not set. Before an activity has named one, use {PUBLIC}",
        ),
        ("TEAMS_SERVICE_URL", "smba.trafficmanager.net", "TEAMS_SERVICE_URL is 'smba.traffic"),
        ("TEAMS_SERVICE_URL", "http://[:::]/", "TEAMS_SERVICE_URL: 'http://[:::]/'"),
        ("TEAMS_SERVICE_URL", "https://teams.contoso.example", "TEAMS_SERVICE_URL: 'https://te"),
        ("TEAMS_SERVICE_URL", "http://127.0.0.1:8090/", "TEAMS_SERVICE_URL: 'http://127.0.0.1"),
        ("CLOUD", "USGov", "TEAMS_SERVICE_URL is that of Public, and the cloud is GCC High. Set"),
        ("TEAMS_USER_ID", "ada@contoso.example", "TEAMS_USER_ID is 'ada@contoso.example', an e-"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)
    [text] = found("wrong")
    assert text.startswith(expected) and "kX8" not in text


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MicrosoftAppType", "MultiTenant", "MicrosoftAppType is MultiTenant, which no new"),
        ("MicrosoftAppType", "UserAssignedMSI", "MicrosoftAppType is UserAssignedMSI, which Mi"),
        ("MANAGED_IDENTITY_CLIENT_ID", OTHER, "MicrosoftAppPassword is set and not used. Remove"),
        ("TEAMS_TENANT_ID", "", "TEAMS_TENANT_ID is not set. To send to a person, put their"),
        ("TEAMS_USER_ID", "", "TEAMS_USER_ID is not set. To send to yourself, put your Entra"),
    ],
)
def test_what_is_worth_knowing_is_noted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)
    assert found("wrong") == []
    assert [text for text in found("note") if text.startswith(expected)]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, "AZURE_CLIENT_CERTIFICATE_PATH: bot.pem has expired. Make a new certificate"),
        (7, "bot.pem expires on "),
        (90, ""),
    ],
)
def test_a_certificate_is_renewed_in_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch, days: int, expected: str
) -> None:
    path, _ = self_signed(folder / "bot.pem", days=days)
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(path))
    monkeypatch.delenv("CLIENT_SECRET")
    texts = [text for text in found("wrong", "note") if "bot.pem" in text]
    assert [text.startswith(expected) for text in texts] == [True] * bool(expected)
    path.write_bytes(path.read_bytes()[path.read_bytes().index(b"-----BEGIN CERT") :])
    assert any("bot.pem has no private key" in text for text in found("wrong"))


@pytest.mark.parametrize(("days", "expected"), [(0, "has expired."), (7, "expires on ")])
def test_a_certificate_is_also_read_from_a_pkcs_12_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, days: int, expected: str
) -> None:
    pem, certificate = self_signed(folder / "bot.pem", days=days)
    key = load_pem_private_key(pem.read_bytes(), None)
    path = folder / "bot.pfx"
    assert isinstance(key, RSAPrivateKey)
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"bot", key, certificate, None, BestAvailableEncryption(b"open")
        )
    )
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(path))
    [text] = found("wrong")
    assert text.startswith("AZURE_CLIENT_CERTIFICATE_PATH: ") and "password" in text
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PASSWORD", "open")
    assert any(f"bot.pfx {expected}" in text for text in found("wrong", "note"))


def test_a_line_that_is_no_setting_is_named(folder: Path) -> None:
    text = f"# a comment\n\nTEAMS_USER_ID: 29:ada\nCLIENT_ID={OTHER}\n"
    (folder / ".env").write_text(text, "utf-8")
    line, two = found("wrong")
    assert line.startswith(".env, line 3: 'TEAMS_USER_ID: 29:ad'… is not NAME=value.")
    assert two.startswith("MicrosoftAppId has two values: CLIENT_ID in the environment and CLIENT")


def test_a_file_that_is_not_utf_8_is_named(folder: Path) -> None:
    (folder / ".env").write_text("CLIENT_ID=x", "utf-16")
    assert found("wrong", "ok") == [f"{folder / '.env'} is not UTF-8. Save it as UTF-8."]

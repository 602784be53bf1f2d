"""The file .env: as the Teams CLI writes it, and with the names of the Bot Framework."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from unittest.mock import Mock

import dotenv
import pytest

from samples.shared.bot import connect
from samples.shared.credentials import credentials_from_environment
from samples.shared.settings import CLI_NAMES, Found, find_all, optional_setting, setting

APP, OTHER_APP = "858906d1-e477-4808-8c13-c551b6e26112", "7f0fb1c6-0000-4000-8000-000000000000"
TENANT = "3f2b0f4e-0a51-4b2c-9c5a-0d6a9f1a7c11"
# As `teams app create --env .env` writes it (teams-sdk, packages/cli/src/utils/env.ts).
CLI = f"CLIENT_ID={APP}\nCLIENT_SECRET=a~secret.with${{signs}}\nTENANT_ID={TENANT}\n"
BOT_FRAMEWORK = f"MicrosoftAppId={APP}\nMicrosoftAppPassword='a~secret.with${{signs}}'\n"


@pytest.fixture
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder of a program in whose environment nothing is set."""
    for name in ("ENV_FILE", "TEAMS_SERVICE_URL", *CLI_NAMES, *CLI_NAMES.values()):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("rest", ["", f"MicrosoftAppTenantId={TENANT}\r\n"])
def test_a_bot_signs_in_as_the_file_says(own_folder: Path, rest: str) -> None:
    text = BOT_FRAMEWORK + rest if rest else CLI
    (own_folder / ".env").write_text(text, "utf-8-sig")
    assert connect().id == f"28:{APP}"
    credentials = credentials_from_environment()
    assert (credentials.APP_PASSWORD, credentials.APP_TENANTID) == ("a~secret.with${signs}", TENANT)
    assert credentials.APP_PASSWORD not in repr(credentials)


@pytest.mark.parametrize("name", ["MicrosoftAppId", "CLIENT_ID"])
def test_the_environment_goes_before_the_file(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (own_folder / ".env").write_text(
        f"MicrosoftAppId={APP}\nTEAMS_USER_ID=29:of-the-file\n", "utf-8"
    )
    monkeypatch.setenv(name, OTHER_APP)
    assert setting("MicrosoftAppId") == OTHER_APP
    assert setting("TEAMS_USER_ID") == "29:of-the-file"
    monkeypatch.setenv(name, " ")  # an empty variable is an unset one
    assert setting("MicrosoftAppId") == APP


def test_the_name_of_the_bot_framework_goes_before_that_of_the_cli(own_folder: Path) -> None:
    (own_folder / ".env").write_text(f"CLIENT_ID={OTHER_APP}\nMicrosoftAppId={APP}\n", "utf-8")
    assert find_all("MicrosoftAppId") == [
        Found("MicrosoftAppId", APP, own_folder / ".env"),
        Found("CLIENT_ID", OTHER_APP, own_folder / ".env"),
    ]


def test_the_file_may_have_another_name(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_folder / "contoso.env").write_text(CLI, "utf-8")
    assert optional_setting("MicrosoftAppId") == ""
    monkeypatch.setenv("ENV_FILE", "contoso.env")
    assert setting("MicrosoftAppId") == APP
    monkeypatch.setenv("ENV_FILE", os.devnull)
    assert optional_setting("MicrosoftAppId") == ""


def test_a_file_that_cannot_be_read_is_named(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENV_FILE", "contoso.env")
    with pytest.raises(SystemExit, match=r"ENV_FILE names .*contoso\.env, which does not exist"):
        optional_setting("MicrosoftAppId")
    with monkeypatch.context() as patch:
        patch.setenv("ENV_FILE", "locked.env")
        (own_folder / "locked.env").touch()
        refused = PermissionError(errno.EACCES, "Permission denied")
        patch.setattr(dotenv, "dotenv_values", Mock(side_effect=refused))
        with pytest.raises(SystemExit, match=r"locked\.env cannot be read: Permission denied\."):
            optional_setting("MicrosoftAppId")
    (own_folder / ".env").write_text(CLI, "utf-16")  # as `>` of Windows PowerShell writes it
    monkeypatch.delenv("ENV_FILE")
    with pytest.raises(SystemExit, match=r"\.env is not UTF-8\. Save it as UTF-8\."):
        optional_setting("MicrosoftAppId")

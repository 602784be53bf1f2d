"""An empty environment variable is one that is not set: for every sample, and every variable."""

from __future__ import annotations

import ast
import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from mkdocs.config import load_config

from samples.agents_sdk.bot import connect as connect_agents_sdk
from samples.local_teams.testing import LocalTeams
from samples.runner import running
from samples.runner.environment import environment
from samples.runner.recording import rehearse
from samples.runner.registry import everything, samples
from samples.shared.bot import connect
from samples.shared.credentials import graph_credential
from samples.shared.settings import optional_setting, setting
from tests.support import ROOT
from tests.support.projects import from_their_projects
from tests.support.talking import blank_variables, looks_at, optional_variables, story

SAMPLES = ROOT / "samples"
DOCS = ROOT / "docs"
# Who may look into the environment without `setting` and `optional_setting`, and why.
MAY = {
    "shared/settings.py": "these two are there",
    "testing_your_bot/greeting_bot.py": "a reader's own bot, which has no file of this guide",
    "runner/environment.py": "sets variables for a sample, and puts back what was there",
    "runner/bot_process.py": "hands the whole environment on to a bot's process",
    "runner/in_page/playground.py": "sets the variables of a story",
}
BLANKS = ["", " ", "\t\n"]


def looks(path: Path) -> bool:
    """Whether a file looks into the environment itself."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}:
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            return True
    return False


def test_only_the_listed_files_look_into_the_environment() -> None:
    found = {str(p.relative_to(SAMPLES)) for p in SAMPLES.rglob("*.py") if looks(p)}
    assert found == MAY.keys()
    assert [p for p in DOCS.rglob("*.py") if looks(p)] == []


@pytest.mark.parametrize("blank", BLANKS)
def test_a_blank_variable_is_not_set(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    monkeypatch.setenv("TEAMS_USER_ID", blank)
    assert optional_setting("TEAMS_USER_ID", "a default") == "a default"
    assert optional_setting("TEAMS_USER_ID") == ""
    with pytest.raises(SystemExit, match="TEAMS_USER_ID is not set"):
        setting("TEAMS_USER_ID")


def test_spaces_around_a_value_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MicrosoftAppPassword", " secret with a space\n")
    assert setting("MicrosoftAppPassword") == "secret with a space"


@pytest.mark.parametrize("blank", BLANKS)
def test_a_bot_listens_where_bots_do(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    monkeypatch.setenv("PORT", blank)
    monkeypatch.setenv("TEAMS_SERVICE_URL", "http://127.0.0.1:1/")
    ports: list[int] = []
    monkeypatch.setattr(web, "run_app", lambda *_, port, **__: ports.append(port))
    running.start("remember")
    runpy.run_module("samples.testing_your_bot.greeting_bot", run_name="__main__")
    assert ports == [3978, 3978]


def test_a_bot_says_where_it_listens(environ: dict[str, str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = os.environ | {"PORT": str(port), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "samples.prepare.remember"]
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True
    ) as bot:
        try:
            assert bot.stdout and bot.stdout.readline() == "conversations known: 0\n"
            assert bot.stdout.readline() == f"Listening on http://127.0.0.1:{port}/api/messages\n"
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.1", port)) == 0
        finally:
            bot.terminate()


GUID = "7f0fb1c6-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TEAMS_SERVICE_URL", "smba.trafficmanager.net/teams/", "a URL that starts with http://"),
        ("TEAMS_SERVICE_URL", "http://[", "a URL that starts with http://"),
        ("TEAMS_SERVICE_URL", "https://", "a URL that starts with http://"),
        ("GRAPH_URL", "graph.microsoft.com", "a URL that starts with http://"),
        ("TEAMS_USER_ID", "ada@contoso.example", "an e-mail address. It must be a person's 29: ID"),
        ("TEAMS_USER_ID", "Ada Lovelace", "It must be a person's 29: ID or Entra object ID"),
        ("TEAMS_USER_OBJECT_ID", "ada@contoso.example", "an e-mail address. It must be an Entra"),
        ("TEAMS_USER_OBJECT_ID", "29:1abc", "It must be an Entra object ID, a GUID."),
        ("TEAMS_MEMBER_OBJECT_IDS", f"{GUID}, ada@contoso.example", "GUIDs with commas between"),
        ("TEAMS_TENANT_ID", "contoso.onmicrosoft.com", "It must be a tenant ID, a GUID."),
        ("TEAMS_TEAM_ID", GUID, "It must be an ID that starts with 19:"),
        ("TEAMS_CONVERSATION_ID", "ada@contoso.example", "a conversation ID that starts with a:"),
    ],
)
def test_a_value_of_the_wrong_form_is_named_with_the_right_form(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)
    for read in (setting, optional_setting):
        with pytest.raises(SystemExit) as ended:
            read(name)
        assert str(ended.value).startswith(f"{name} is {value!r}")
        assert expected in str(ended.value)


def test_a_service_url_without_http_is_not_taken_for_a_missing_app_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEAMS_SERVICE_URL", "127.0.0.1:3979/")
    with pytest.raises(SystemExit, match="TEAMS_SERVICE_URL is"):
        connect()


@pytest.mark.parametrize(
    "value", [GUID, GUID.upper(), "29:1HBTq56jKJk_d-Rmsut8ptJIzVx", f" {GUID}\n"]
)
def test_a_value_of_the_right_form_is_taken(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TEAMS_USER_ID", value)
    assert setting("TEAMS_USER_ID") == value.strip()


def test_a_local_run_sets_every_variable_of_the_form_that_is_asked_for(
    environ: dict[str, str],
) -> None:
    for name, value in environ.items():
        if value:
            assert setting(name) == value


def test_what_a_local_run_does_not_set_is_to_be_filled_in() -> None:
    with pytest.raises(SystemExit) as ended:
        setting("MY_OWN_VARIABLE")
    assert str(ended.value) == "MY_OWN_VARIABLE is not set. Set it in the environment."


def test_in_the_readers_own_project_no_file_of_the_guide_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("samples.shared.settings.SAMPLES", tmp_path)
    with pytest.raises(SystemExit) as ended:
        setting("TEAMS_USER_ID")
    assert str(ended.value) == (
        "TEAMS_USER_ID is not set. Set it to a person's 29: ID or Entra object ID, a GUID."
    )


def test_the_guides_own_command_names_a_sample_to_start_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = str(SAMPLES / "__main__.py")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", file, raising=False)
    with pytest.raises(SystemExit, match=r"python -m samples run to_person$"):
        setting("TEAMS_USER_ID")


@pytest.mark.parametrize("blank", BLANKS)
def test_a_bot_of_no_named_type_signs_in_as_one_tenants(
    monkeypatch: pytest.MonkeyPatch, blank: str
) -> None:
    """With a blank type the SDK would sign in as a bot of several tenants, and get 401."""
    for name in ("MicrosoftAppId", "MicrosoftAppPassword"):
        monkeypatch.setenv(name, "7f0fb1c6-0000-4000-8000-000000000000")
    monkeypatch.setenv("MicrosoftAppType", blank)
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", blank)
    monkeypatch.setenv("MicrosoftAppTenantId", blank)
    for signing_in in (connect, graph_credential):
        with pytest.raises(SystemExit, match="MicrosoftAppTenantId is not set"):
            signing_in()
    monkeypatch.setenv("MicrosoftAppTenantId", "7f0fb1c6-0000-4000-8000-000000000001")
    assert type(graph_credential()).__name__ == "ClientSecretCredential"


def test_a_missing_variable_is_named_with_the_agents_sdk_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MicrosoftAppId", "7f0fb1c6-0000-4000-8000-000000000000")
    monkeypatch.setenv("MicrosoftAppPassword", "secret")
    monkeypatch.setenv("MicrosoftAppTenantId", "")
    with pytest.raises(SystemExit, match="MicrosoftAppTenantId is not set"):
        connect_agents_sdk()


@pytest.mark.parametrize("sample", [pytest.param(name, marks=looks_at(name)) for name in samples()])
def test_every_sample_runs_with_every_optional_variable_blank(sample: str) -> None:
    """And as its recording says, which test_running.py compares."""
    assert {"MicrosoftAppType", "PORT", "WORKER_TENANTS", "AZURE_CLIENT_CERTIFICATE_PATH"} < (
        optional_variables()
    )
    done = story(sample)
    assert done.complaint == "" and done.arrived


# The Teams SDK makes a client of its own that it calls deprecated, and a part that is in preview.
@pytest.mark.filterwarnings("ignore:The bot client is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:HtmlWidgetSecurityPolicy is in preview:FutureWarning")
@pytest.mark.parametrize(
    "sample",
    [
        # A project is run by a process of its own; `make prove` runs them all.
        pytest.param(one.name, marks=[] if one.stem == "to_person" else [pytest.mark.prove])
        for one in everything()
        if one.sdk
    ],
)
def test_every_successor_runs_with_every_optional_variable_blank(sample: str) -> None:
    """From the project that a reader downloads."""
    with blank_variables(sample), from_their_projects():
        done = rehearse(sample)
    assert done.complaint == "" and done.arrived


@pytest.mark.parametrize("blank", BLANKS)
def test_the_databases_are_files_in_this_folder(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, blank: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in environment(teams.world, teams.service_url, "").items():
        monkeypatch.setenv(name, value)
    for name in ("CONVERSATIONS_URL", "OUTBOX_URL"):
        monkeypatch.setenv(name, blank)
    with pytest.raises(SystemExit) as ended:
        running.start("broadcast", "send", "move")
    assert not ended.value.code
    assert {"conversations.db", "outbox.db"} <= {path.name for path in tmp_path.iterdir()}


def test_the_site_has_its_address_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "")
    config = load_config(str(DOCS.parent / "mkdocs.yml"))
    hooks: Any = config.hooks  # by the file's name
    hooks["docs/plugins/reading.py"].on_config(config)
    assert config.site_url == "http://127.0.0.1:8000/"

"""An empty environment variable is one that is not set: for every sample, and every variable."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from mkdocs.config import load_config

from samples.agents_sdk.bot import connect as connect_agents_sdk
from samples.bot import connect
from samples.graph import credential
from samples.local_teams import running
from samples.local_teams.running import names, rehearse, successors
from samples.local_teams.server import LocalTeams
from samples.settings import optional_setting, setting
from tests.talking import blank_variables, looks_at, optional_variables, story

SAMPLES = Path(__file__).parents[1] / "samples"
DOCS = SAMPLES.parent / "docs"
# Who may look into the environment without `setting` and `optional_setting`, and why.
MAY = {
    "settings.py": "these two are there",
    "testing_your_bot/greeting_bot.py": "a reader's own bot, which has no file of this guide",
    "local_teams/running.py": "sets variables for a sample, and puts back what was there",
    "local_teams/stories.py": "hands the whole environment on to a bot's process",
    "local_teams/browser.py": "sets the variables of a story",
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
    running.start("testing_your_bot.greeting_bot")
    assert ports == [3978, 3978]


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
    for signing_in in (connect, credential):
        with pytest.raises(SystemExit, match="MicrosoftAppTenantId is not set"):
            signing_in()
    monkeypatch.setenv("MicrosoftAppTenantId", "7f0fb1c6-0000-4000-8000-000000000001")
    assert type(credential()).__name__ == "ClientSecretCredential"


async def test_a_missing_variable_is_named_with_the_agents_sdk_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MicrosoftAppId", "7f0fb1c6-0000-4000-8000-000000000000")
    monkeypatch.setenv("MicrosoftAppTenantId", "")
    with pytest.raises(SystemExit, match="MicrosoftAppTenantId is not set"):
        async with connect_agents_sdk("http://127.0.0.1:1/"):
            pass


@pytest.mark.parametrize("sample", [pytest.param(name, marks=looks_at(name)) for name in names()])
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
@pytest.mark.parametrize("sample", successors())
def test_every_successor_runs_with_every_optional_variable_blank(sample: str) -> None:
    with blank_variables(sample):
        done = rehearse(sample)
    assert done.complaint == "" and done.arrived


@pytest.mark.parametrize("blank", BLANKS)
def test_the_databases_are_files_in_this_folder(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, blank: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in running.environment(teams.world, teams.service_url, "").items():
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
    hooks["docs/theme/hooks.py"].on_config(config)
    assert config.site_url == "http://127.0.0.1:8000/"

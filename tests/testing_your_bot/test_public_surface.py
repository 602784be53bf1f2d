"""What tests of a bot use: each name of *Test your own bot* is there and documented."""

from __future__ import annotations

import re
import subprocess
import sys
from inspect import getdoc
from pathlib import Path

import pytest

from samples.local_teams import testing
from samples.local_teams.testing import Actor, Chat, LocalTeams, NotDelivered
from samples.local_teams.to_bot.deliveries import Deliveries
from tests.support import ROOT
from tests.support.listening import Listener

PAGE = ROOT / "docs" / "test-your-bot.md"
PUBLIC = {
    LocalTeams: {
        *("world", "wire", "deliveries", "service_url", "authority", "tenant_id", "environment"),
        *("connect", "disconnect", "bot", "bot_url", "person", "chat", "group", "channel"),
        *("fault", "happen", "wait_until"),
    },
    Actor: {
        *("name", "id", "aad_object_id", "install", "remove", "says", "presses"),
        *("block", "unblock", "does"),
    },
    Chat: {"id", "messages", "texts", "cards", "wait_for"},
    Deliveries: {"url", "duplicates", "lost", "attempts", "patience", "sign"},
}


def public_names(one: object) -> set[str]:
    return {name for name in dir(one) if not name.startswith("_")}


def test_the_surface_is_this_and_no_more(teams: LocalTeams) -> None:
    assert public_names(teams) == PUBLIC[LocalTeams]
    assert public_names(teams.person("Ada")) == PUBLIC[Actor]
    assert public_names(teams.chat("Ada")) == PUBLIC[Chat]
    assert public_names(teams.deliveries) == PUBLIC[Deliveries]


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_every_name_is_documented(kind: type) -> None:
    text = getdoc(kind) or ""
    for name in PUBLIC[kind]:
        method = vars(kind).get(name)
        described = method.__doc__ if callable(method) or isinstance(method, property) else text
        assert described and (described is not text or f"{name}" in text), name


def test_the_page_uses_only_what_is_public() -> None:
    page = PAGE.read_text("utf-8")
    used = set(re.findall(r"[`\s]teams\.(\w+)", page))
    assert used and used <= PUBLIC[LocalTeams]
    members = set(re.findall(r"`….(\w+)", page))
    assert members and members <= PUBLIC[Actor] | PUBLIC[Chat]


def test_what_the_package_offers_is_there() -> None:
    for name in testing.__all__:
        assert getattr(testing, name).__name__ == name
    assert testing.NotDelivered is NotDelivered
    with pytest.raises(AttributeError, match="has no attribute 'RemoteTeams'"):
        _ = testing.RemoteTeams


def test_pytest_pays_for_the_plugin_only_when_a_test_uses_it() -> None:
    program = (
        "import sys, samples.local_teams.testing.plugin; "
        "print([name for name in ('aiohttp', 'jwt', 'samples.facts') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


# -- who is there, and whether anybody listens ---------------------------------------------------


def test_people_the_tenant_and_the_bot_have_their_addresses(teams: LocalTeams) -> None:
    ada, known = teams.person("Ada"), teams.world.people[0]
    assert (ada.name, ada.id, ada.aad_object_id) == (known.name, known.id, known.aad_object_id)
    assert teams.tenant_id == teams.world.tenant_id
    with pytest.raises(ValueError, match=r"teams\.connect\(make_app\(\)\)"):
        _ = teams.bot_url
    teams.connect("http://127.0.0.1:3978/api/messages")
    assert teams.bot_url == "http://127.0.0.1:3978/"


def test_what_nobody_hears_is_an_error_unless_that_is_meant() -> None:
    with LocalTeams() as running:
        ada = running.person("Ada")
        for act in (ada.install, lambda: ada.says("hi")):
            with pytest.raises(NotDelivered, match=r"No bot is connected.*--teams-bot=http"):
                act()
        with pytest.raises(NotDelivered) as error:
            ada.says("hi")
        shown = error.traceback.filter(error)  # what pytest prints: the line of the test
        assert [Path(entry.path).name for entry in shown] == [Path(__file__).name]
        assert ada.block() == []  # of which Teams tells no bot
        running.disconnect()
        ada.unblock()
        assert [one["text"] for one in ada.says("hi")] == ["hi"]


# -- the older spelling, as tests that exist have it ---------------------------------------------


def test_teams_bot_still_connects_a_bot_and_sets_its_deliveries() -> None:
    listener = Listener()
    with LocalTeams() as running:
        running.bot = listener
        running.bot.duplicates = 2
        running.person("Ada").says("hi")
        assert listener.texts == ["hi", "hi"]
        assert running.deliveries.duplicates == 2
        running.bot = None
        running.person("Ada").says("is anybody there?")
        running.bot = ""  # as from an empty setting
        assert running.deliveries.url is None
    assert listener.texts == ["hi", "hi"]

"""What a reader sees and does on the page of Local Teams."""

from __future__ import annotations

import os
from urllib.parse import unquote

import pytest

from samples.local_teams.model import history
from samples.local_teams.model.world import World
from samples.local_teams.testing import LocalTeams
from samples.runner.recording import ticking
from samples.runner.running import start
from tests.support.browsing import TELEPHONE, Keys, Screen
from tests.support.teams_page import Page, say

pytestmark = pytest.mark.usefixtures("environ")


# -- messages --------------------------------------------------------------------------------------


def test_a_message_shows_as_it_arrives(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    world = page.teams.world
    grace = world.people[1]
    page.show()
    assert page.names().has("Ada Lovelace", "Releases")
    assert page.names().has("Dennis Ritchie blocked the bot", "Barbara Liskov no app")
    headings = page.each("nav h2", "(one) => shown(one).replace('\\n', ' ')")
    assert headings == ["Chats", "Group chats", "Engineering", "Finance no app"]
    assert page.said(".none") == ["Nothing here yet."]
    assert page.said() == []

    start("to_person")  # to Ada, whose chat is open
    assert page.said() == ["The report you asked for is ready."]

    monkeypatch.setenv("TEAMS_USER_ID", grace.id)
    start("to_person")
    chat = world.personal_chat(grace)
    assert page.row(chat).has("1 new")
    assert page.text("nav .name") == "Grace Hopper"  # where something was said last comes first
    assert page.text("#announced", hidden=True) == (
        "Contoso Notifier: The report you asked for is ready."
    )
    if picture := os.environ.get("PICTURE"):
        take(page, picture)

    page.click(f"nav [data-id='{chat.id}']")
    assert page.text("#place-name") == "Grace Hopper"
    assert page.said() == ["The report you asked for is ready."]
    assert page.row(chat).lacks("new")


def take(page: Page, picture: str) -> None:
    """The README's picture: the page after a few samples ran, with the wire open."""
    for sample in ("to_group_chat", "card"):
        start(sample)
    ada = page.teams.world.personal_chat(page.teams.world.people[0])
    page.click(f"nav [data-id='{ada.id}']")
    page.click("#wire-switch")
    page.prefer("light")
    page.resize((1200, 680), scale=1.5)
    page.shows(".ac-adaptiveCard")
    page.click("#wire summary", nth=-1)
    page.shows("#wire pre")
    page.picture(picture)
    page.as_before()
    page.click("#wire-close")


def test_a_thread_is_drawn_with_its_replies(page: Page) -> None:
    world = page.teams.world
    channel = world.teams[0].channels[1]
    post = world.post(channel, {"type": "message", "text": "Disk <b>full</b>"})
    world.post(channel, {"type": "message", "text": "Another"})
    world.post(channel, {"type": "message", "text": "Fixed"}, thread=post["id"])
    page.show(channel)
    assert page.said() == ["Disk <b>full</b>", "Fixed", "Another"]
    assert page.said(".replies .said") == ["Fixed"]
    page.live_in("Asia/Tokyo")  # it is 09:00 UTC
    page.show(channel)
    assert page.within("teams-conversation").text("time").matches(r"06:00 PM|18:00")


def test_of_a_long_conversation_the_end_shows_and_more_on_request(page: Page) -> None:
    world = page.teams.world
    chat = world.personal_chat(world.people[0])
    for number in range(250):
        world.post(chat, {"type": "message", "text": str(number)})
    page.show(chat)
    assert page.count(".said") == 200
    page.type("#earlier", Keys.ENTER)
    assert page.count(".said") == 250
    page.hides("#earlier")
    page.hides("#dropped")


def test_where_the_oldest_messages_are_dropped_the_page_says_so(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MESSAGES_KEPT", 2)
    world = page.teams.world
    chat = world.personal_chat(world.people[0])
    for number in range(5):
        world.post(chat, {"type": "message", "text": str(number)})
    page.show(chat)
    assert page.said() == ["3", "4"]
    assert page.text("#dropped") == "Earlier messages are not kept."
    page.hides("#earlier")


# -- the column ------------------------------------------------------------------------------------


def test_the_column_is_used_by_keyboard(page: Page) -> None:
    world = page.teams.world
    page.show(world.personal_chat(world.people[0]))
    page.type("#search", "a", Keys.BACKSPACE, Keys.ARROW_DOWN)
    assert page.focused().has("Ada Lovelace")
    page.press(Keys.ARROW_DOWN)
    assert page.focused().has("Grace Hopper")
    page.press(Keys.ARROW_DOWN)
    assert page.focused().has("Alan Turing")
    reached = page.texts("nav [tabindex='0']")  # Tab comes back to it
    assert reached == [page.focused().when(bool)]

    start("to_person")  # Ada's row changes, and Alan's keeps the focus
    assert page.row(world.personal_chat(world.people[0])).has("The report")
    assert page.focused().has("Alan Turing")

    page.press(Keys.ENTER)
    assert page.text("#place-name") == "Alan Turing"
    page.press(Keys.END)
    assert page.focused().has("General")
    page.press(Keys.HOME)
    assert page.focused().has("The report")
    page.press(Keys.ARROW_UP)
    assert page.focused("id") == "search"


def test_a_name_is_found_and_opened_with_enter(page: Page) -> None:
    page.show()
    page.type("#search", "incid")
    assert page.names() == ["Incidents"]
    page.press(Keys.ENTER)
    assert page.text("#place-name") == "Incidents"
    page.type("#search", "xyz")
    assert page.texts("#rows .none") == ["Nobody and nothing is called “incidxyz”."]


def test_of_a_thousand_people_only_the_one_who_got_something_is_asked_about(
    screen: Screen,
) -> None:
    world = World(clock=ticking())
    people = [world.add_person(f"Person {number:03}") for number in range(1000)]
    with LocalTeams(world) as teams:
        page = Page.of(teams, screen).show()
        assert page.count("nav .row") == 1000
        screen.requests()
        chat = world.personal_chat(people[700])
        say(teams, chat, "hello")
        assert page.row(chat).has("hello")
        say(teams, world.personal_chat(people[0]), "hello")  # whose chat is open
        assert page.said() == ["hello"]
        asked = [unquote(url) for url in screen.requests()]
        assert [one.removeprefix(teams.service_url) for one in asked] == [
            f"_local/conversations/{world.personal_chat(people[0]).id}?last=200"
        ]


def test_on_a_telephone_the_list_leads_to_a_conversation_and_back(page: Page) -> None:
    world = page.teams.world
    grace = world.personal_chat(world.people[1])
    world.post(grace, {"type": "message", "text": "hi"})
    page.resize(TELEPHONE)
    page.open(page.teams.service_url)
    page.shows("nav")
    assert page.row(grace).has("1 new")
    page.hides("#place-name")
    page.click(f"nav [data-id='{grace.id}']")
    assert page.said() == ["hi"]
    page.hides("nav")
    assert page.focused("id") == "back"
    page.press(Keys.ENTER)
    page.shows("nav")
    page.hides("#place-name")
    assert page.focused().has("Grace Hopper")
    assert page.focused().lacks("new")
    page.back()
    page.shows("#place-name")
    assert page.width() <= TELEPHONE[0]

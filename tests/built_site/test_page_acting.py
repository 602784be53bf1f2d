"""What a reader does on the page of Local Teams: makes it fail, speaks, installs, blocks."""

from __future__ import annotations

import json
from urllib.parse import quote

import aiohttp
import pytest
import requests
from aiohttp import web

from tests.support.browsing import Keys
from tests.support.teams_page import Page, say

pytestmark = pytest.mark.usefixtures("environ")


# -- the wire and faults ---------------------------------------------------------------------------


def test_the_wire_shows_each_request_with_its_answer(page: Page) -> None:
    chat = page.teams.world.personal_chat(page.teams.world.people[0])
    say(page.teams, chat, "before the panel is open")
    page.show(chat)
    page.click("#wire-switch")
    assert page.count("#wire li") == 1
    say(page.teams, chat, "while it is open")
    assert page.count("#wire li") == 2
    summary = page.within("#wire li:nth-of-type(2)").text("summary")
    assert summary.matches(
        r"POST\s/v3/conversations/a:\S{6}…/activities\s201\sBot → Teams · [\d:]+ .*· 2"
    )
    page.click("#wire summary", nth=1)
    body, answer = page.texts("#wire pre").when(lambda texts: len(texts) == 2 and all(texts))
    assert json.loads(body) == {"type": "message", "text": "while it is open"}
    assert json.loads(answer) == {"id": chat.messages[-1]["id"]}
    page.click("#wire-close")
    assert page.focused() == "Wire"
    page.hides("#wire")


def test_teams_fails_as_told_on_the_page_and_no_longer(page: Page) -> None:
    chat = page.teams.world.personal_chat(page.teams.world.people[0])
    page.show(chat)
    page.click("#faults summary")
    faults = ["429, Retry-After: 5: next request", "503: next 2 requests"]
    for text, times, active in (
        ("429, with Retry-After: 5", "1", faults[:1]),
        ("503", "2", faults),
    ):
        page.select("[name=fault]", text)
        page.clear("[name=times]")
        page.type("[name=times]", times)
        page.click("#faults .main")
        assert page.texts("#faults li") == active
    assert page.text("#faults summary").matches(r"Faults\s2")
    say(page.teams, chat, "throttled", 429)
    say(page.teams, chat, "unavailable", 503)
    assert page.texts("#faults li") == ["503: next request"]
    page.click("[name=clear]")
    assert page.text("#faults summary") == "Faults"
    say(page.teams, chat, "fine")
    assert page.said(".message:not(.failed) .said") == ["fine"]
    errors = ["Not delivered: 429", "Not delivered: 503"]
    assert [one[:18] for one in page.said(".failed strong").when(bool)] == errors
    assert page.focused("name") == "fault"
    page.press(Keys.ESCAPE)
    assert page.focused("tagName") == "SUMMARY"
    page.hides("#faults form")


# -- what people do --------------------------------------------------------------------------------


async def echo(request: web.Request) -> web.Response:
    """A bot that answers messages with what was said, in the same conversation or thread."""
    activity = await request.json()
    if activity["type"] == "message":
        path = f"v3/conversations/{quote(activity['conversation']['id'], safe='')}/activities"
        said = {"type": "message", "text": f"You said: {activity['text']}"}
        async with aiohttp.ClientSession() as session:
            await session.post(activity["serviceUrl"] + path, json=said)
    return web.Response()


def test_a_person_speaks_and_the_bot_answers(page: Page) -> None:
    world = page.teams.world
    chat = world.personal_chat(world.people[0])
    page.show(chat)
    page.hides("#mention")  # in a personal chat the bot gets all
    page.type("#text", "hello", Keys.ENTER)
    assert page.said(".mine .said") == ["hello"]
    assert page.text("#outcome") == (
        "No bot listens. Start Local Teams with --bot and the address of yours."
    )
    assert page.first("#text", "(one) => one.value") == ""

    page.teams.connect(echo)
    page.type("#text", "two", Keys.SHIFT, Keys.ENTER, Keys.NULL, "lines", Keys.ENTER)
    assert page.said() == ["hello", "two\nlines", "You said: two\nlines"]
    assert page.text("#outcome") == "Delivered to the bot."


def test_the_bot_is_mentioned_with_a_button(page: Page) -> None:
    page.teams.connect(echo)
    chat = page.teams.world.group_chats[0].conversation
    page.show(chat)
    page.type("#text", "hi all", Keys.ENTER)
    assert (
        page.text("#outcome") == "Not delivered: here the bot gets only messages that mention it."
    )
    assert page.first("#text", "(one) => one.value") == ""
    page.select("#who", "Grace Hopper")
    page.click("#mention")
    assert page.focused("id") == "text"
    page.press("what is new?", Keys.ENTER)
    assert page.count(".said") == 3
    assert page.said().has("hi all", "Contoso Notifier what is new?")
    assert page.text(".said .at") == "Contoso Notifier"
    assert [m["from"]["name"] for m in chat.messages] == [
        *("Ada Lovelace", "Grace Hopper", "Contoso Notifier")
    ]


def test_a_person_replies_in_a_thread_or_starts_one(page: Page) -> None:
    world = page.teams.world
    channel = world.teams[0].channels[2]
    world.post(channel, {"type": "message", "text": "Disk full"})
    page.show(channel)
    page.click(".reply")
    assert page.text("#replying span") == "Reply to Contoso Notifier: Disk full"
    assert page.focused("id") == "text"
    page.press("On it", Keys.ENTER)
    assert page.said(".replies .said") == ["On it"]
    page.hides("#replying")
    page.type("#text", "Another", Keys.ENTER)
    assert page.said() == ["Disk full", "On it", "Another"]
    page.click(".reply")
    page.shows("#replying")
    assert page.focused("id") == "text"
    page.press(Keys.ESCAPE)
    assert page.first("#text", "(one) => one.placeholder") == f"Start a post in {channel.name}"
    page.hides("#replying")


def test_a_person_installs_blocks_and_removes(page: Page) -> None:
    world = page.teams.world
    barbara = world.people[5]
    page.show()
    page.click(f"nav [data-id='{barbara.id}']")  # who has no chat with the bot yet
    assert page.text("#place-note") == "Personal chat · app not installed"
    page.click("#install")
    assert page.text("#place-note") == "Personal chat · app installed"
    assert barbara.installed
    chat = world.personal_chat(barbara)
    say(page.teams, chat, "welcome")
    assert page.said() == ["welcome"]
    page.click("#block", "Block the bot")
    assert page.names().has("Barbara Liskov blocked the bot")
    say(page.teams, chat, "hello?", 403)
    assert page.said(".failed .said") == ["hello?"]
    assert page.said(".failed strong") == ["Not delivered: 403 MessageWritesBlocked"]
    say(page.teams, chat, "hello?", 403)
    assert page.said(".failed strong") == ["Not delivered: 403 MessageWritesBlocked (2 times)"]
    assert page.row(chat).has("Not delivered: 403")
    assert page.text("#wire-switch .count", hidden=True) == "2 failed"
    page.click("button", "Show on the wire")
    assert page.text("#wire [open] .status") == "403"
    assert page.focused().has("POST")
    page.hides("#wire-switch .count")
    page.click("#wire-close")
    page.click("#block", "Unblock the bot")
    assert page.names().has("Barbara Liskov")
    assert not barbara.blocked
    page.click("#install", "Remove the app")
    assert page.names().has("Barbara Liskov no app")
    assert not barbara.installed


def test_a_chat_that_cannot_be_created_shows_at_the_person(page: Page) -> None:
    barbara = page.teams.world.people[5]  # without the app, and without a chat
    page.show()
    tenant = {"tenant": {"id": page.teams.world.tenant_id}}
    body = {"members": [{"id": barbara.id}], "channelData": tenant}
    refused = requests.post(f"{page.teams.service_url}v3/conversations", json=body, timeout=5)
    assert refused.status_code == 403
    page.click(f"nav [data-id='{barbara.id}']")
    assert page.said(".failed strong") == ["Not delivered: 403 ForbiddenOperationException"]


def test_ids_are_copied(page: Page) -> None:
    world = page.teams.world
    ada = world.people[0]
    page.teams.connect("http://127.0.0.1:9/api/messages")
    page.show(world.personal_chat(ada))
    page.click("#ids summary")
    assert page.texts("#ids dt").has("Conversation ID", "Tenant ID", "Service URL")
    page.click("[aria-label='Copy: Entra object ID of Ada Lovelace']")
    assert page.text("#ids [role=status]") == "Entra object ID of Ada Lovelace: copied."
    assert page.clipboard() == ada.aad_object_id
    assert page.texts("#ids code").has("http://127.0.0.1:9/api/messages")
    page.press(Keys.ESCAPE)
    releases = world.teams[0].channels[1]
    page.click(f"nav [data-id='{releases.id}']")
    page.click("#ids summary")
    assert page.texts("#ids code").has(releases.id, world.teams[0].id)


def test_a_hint_shows_until_it_is_read(page: Page) -> None:
    page.show()
    page.click("#hint button", "Got it")
    assert page.focused("id") == "text"
    page.hides("#hint")
    page.show()
    page.hides("#hint")


def test_a_bot_that_fails_is_told_of(page: Page) -> None:
    page.teams.connect("http://127.0.0.1:9/api/messages")  # where nobody listens
    page.show(page.teams.world.personal_chat(page.teams.world.people[0]))
    page.type("#text", "hello", Keys.ENTER)
    assert page.text("#outcome").has("No answer from the bot at http://127.0.0.1:9/api/messages")
    page.click("#wire-switch")
    assert page.texts("#wire .status") == ["dropped"] * 3
    assert page.text("#wire .when").has("Teams → bot")

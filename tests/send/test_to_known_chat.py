"""Where a message arrives when only a stored reference is left."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientError
from botbuilder.core import TurnContext
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import ConversationReference
from botframework.connector.auth import MicrosoftAppCredentials
from msrest.exceptions import ClientRequestError

from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.send.to_known_chat import post, read_reference
from samples.shared.bot import Bot, ReusingAuthentication, connect
from samples.shared.credentials import Credentials
from samples.shared.sending import reference_to
from tests.support.waiting import DEADLINE

pytestmark = pytest.mark.usefixtures("environ")


def reference(teams: LocalTeams, conversation_id: str = "") -> ConversationReference:
    return reference_to(
        connect(),
        service_url=teams.service_url,
        conversation_id=conversation_id or teams.world.personal_chat(teams.world.people[0]).id,
    )


def arrived(teams: LocalTeams) -> dict[str, list[str]]:
    """The texts in every conversation that has any, by its name."""
    return {
        c.name: [m["text"] for m in c.messages] for c in teams.world.conversations() if c.messages
    }


def test_the_message_arrives_in_the_stored_chat_and_nowhere_else(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    start("to_known_chat")
    assert arrived(teams) == {"Ada Lovelace": ["Your export is done."]}
    [message] = teams.world.personal_chat(teams.world.people[0]).messages
    stored, sent = capsys.readouterr().out.splitlines()
    assert json.loads(stored.removeprefix("Stored: ")) == {
        "channelId": "msteams",
        "serviceUrl": teams.service_url,
        "bot": {"id": "28:"},
        "conversation": {"id": teams.world.personal_chat(teams.world.people[0]).id},
    }
    assert sent == f"Sent. Keep this message id: {message['id']}"


async def test_one_request_is_all_it_takes(teams: LocalTeams) -> None:
    await post(connect(), reference=reference(teams), text="Hello")
    [exchange] = teams.wire
    assert exchange.request.path.startswith("/v3/conversations/a%3A")


async def test_any_conversation_that_was_kept_will_do(teams: LocalTeams) -> None:
    chat = teams.world.group_chats[0].conversation
    releases = teams.world.teams[0].channels[1]
    root = teams.world.post(releases, {"type": "message", "text": "Shall we?"})
    bot = connect()
    await post(bot, reference=reference(teams, chat.id), text="to the chat")
    await post(bot, reference=reference(teams, root["conversation"]["id"]), text="to the thread")
    assert arrived(teams) == {
        "Launch party": ["to the chat"],
        "Releases": ["Shall we?", "to the thread"],
    }
    assert releases.messages[1]["conversation"]["id"] == root["conversation"]["id"]


def test_the_stored_line_is_enough_for_another_process(teams: LocalTeams) -> None:
    stored = json.dumps(reference(teams).serialize())
    later = (
        "import asyncio, sys; from samples.shared.bot import connect;"
        "from samples.send.to_known_chat import post, read_reference;"
        "asyncio.run(post(connect(), reference=read_reference(sys.argv[1]), text='Later'))"
    )
    subprocess.run([sys.executable, "-c", later, stored], check=True, timeout=DEADLINE)
    assert arrived(teams) == {"Ada Lovelace": ["Later"]}


async def test_a_reference_taken_from_a_turn_survives_the_way_through_json(
    teams: LocalTeams,
) -> None:
    kept: list[str] = []

    async def on_turn(turn: TurnContext) -> None:
        kept.append(json.dumps(TurnContext.get_conversation_reference(turn.activity).serialize()))

    bot = connect()
    await bot.adapter.continue_conversation(reference(teams), on_turn, bot.app_id)
    back = read_reference(kept[0])
    assert back.activity_id  # of the turn: the next message goes under a new one
    await post(bot, reference=back, text="Hello again")
    assert arrived(teams) == {"Ada Lovelace": ["Hello again"]}
    assert back.activity_id not in teams.wire[-1].request.path


@pytest.mark.parametrize(
    ("chat", "expected"),
    [
        ("Dennis Ritchie", "403 MessageWritesBlocked: Thread is blocked from message writes."),
        ("Lunch", "403 BotNotInConversationRoster: The bot is not part of the conversation"),
        ("Lunch", "Forget this conversation, and wait until the app is installed"),
        ("", "404 ConversationNotFound: Conversation not found."),
        ("", "For a person, create the conversation again"),
    ],
)
def test_a_refusal_is_told_with_what_to_do(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, chat: str, expected: str
) -> None:
    found = {c.name: c.id for c in teams.world.conversations()}.get(chat, "19:gone@thread.v2")
    monkeypatch.setenv("TEAMS_CONVERSATION_ID", found)
    with pytest.raises(SystemExit, match=expected):
        start("to_known_chat")
    assert arrived(teams) == {}


def test_the_app_was_removed_since(teams: LocalTeams) -> None:
    teams.world.people[0].installed = teams.world.teams[0].installed = False
    with pytest.raises(SystemExit, match="403 BotNotInConversationRoster"):
        start("to_known_chat")


def test_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalTeams() as gone:
        url = gone.service_url
    monkeypatch.setenv("TEAMS_SERVICE_URL", url)
    with pytest.raises(SystemExit, match=r"Not sent\.(.|\n)*Check TEAMS_SERVICE_URL"):
        start("to_known_chat")


@pytest.mark.parametrize("missing", ["TEAMS_CONVERSATION_ID"])
def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(SystemExit, match=f"{missing} is not set"):
        start("to_known_chat")


# -- the traps that the page names -----------------------------------------------------------------


@pytest.mark.parametrize("url", ["", None])
async def test_without_a_service_url_nothing_is_sent_and_the_sdk_would_send_elsewhere(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    bad = reference(teams)
    bad.service_url = url
    with pytest.raises(ValueError, match="No service URL in"):
        read_reference(json.dumps(bad.serialize()))

    asked: list[str] = []

    async def refuse(_: str, url: str, *__: Any) -> tuple[int, dict[str, str], bytes]:
        asked.append(url)
        raise ClientError(url)

    monkeypatch.setattr("samples.shared.transport.transport", refuse)
    with pytest.raises(ClientRequestError, match=r"api\.botframework\.com"):
        await post(connect(), reference=bad, text="Hello")
    assert asked[0].startswith("https://api.botframework.com/v3/conversations/")


async def test_a_reference_is_no_dictionary(teams: LocalTeams) -> None:
    good = reference(teams)
    with pytest.raises(TypeError, match="'ConversationReference' object is not subscriptable"):
        good["conversation"]
    with pytest.raises(TypeError, match="ConversationReference is not JSON serializable"):
        json.dumps(good)
    for wrong in (
        ConversationReference(**good.serialize()),
        ConversationReference(**good.as_dict()),
    ):
        with pytest.raises(AttributeError, match="'dict' object has no attribute 'id'"):
            await post(connect(), reference=wrong, text="Hello")
    assert ConversationReference(**good.serialize()).service_url is None
    assert arrived(teams) == {}


async def test_the_third_argument_is_the_app_id_and_not_the_bots_id(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MicrosoftAppCredentials, "get_access_token", lambda *_: "a token")
    app_id = "5a7bd3f0-0000-4000-8000-000000000000"
    bot = Bot(CloudAdapter(ReusingAuthentication(Credentials(app_id, "secret"))), app_id)
    with pytest.raises(Exception, match=r"^Invalid app_id$"):
        await post(replace(bot, app_id=bot.id), reference=reference(teams), text="Hello")
    await post(bot, reference=reference(teams), text="Hello")
    [exchange] = teams.wire
    assert exchange.request.headers["Authorization"] == "Bearer a token"


async def test_an_error_handler_on_the_adapter_hides_the_refusal(teams: LocalTeams) -> None:
    bot, seen = connect(), []

    async def on_turn_error(_: TurnContext, error: Exception) -> None:
        seen.append(str(error))

    bot.adapter.on_turn_error = on_turn_error
    with pytest.raises(IndexError, match="list index out of range"):
        await post(bot, reference=reference(teams, "19:gone@thread.v2"), text="Hello")
    assert seen == ["(ConversationNotFound) Conversation not found."]

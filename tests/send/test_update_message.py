"""What the chat shows afterwards, and what cannot be changed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest
from botbuilder.core import CardFactory, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.schema import Activity, ConversationReference, ErrorResponseException
from msrest.exceptions import ClientRequestError, ValidationError

from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.teams import Conversation
from samples.local_teams.model.world import World
from samples.local_teams.server import hub as server
from samples.local_teams.services.dispatch import answer
from samples.local_teams.testing import LocalTeams
from samples.runner.report import gist
from samples.runner.running import start
from samples.send.update_message import delete_message, update_message
from samples.shared.bot import Bot, connect
from samples.shared.credentials import Credentials
from samples.shared.failure import Failure
from samples.shared.retrying import retrying
from samples.shared.sending import reference_to, send
from tests.support import ROOT
from tests.support.waiting import DEADLINE

NOT_THERE = "404 ActivityNotFoundInConversation: Conversation not found."

pytestmark = pytest.mark.usefixtures("environ")


@pytest.fixture
def bot() -> Bot:
    return connect()


@pytest.fixture
def reference(teams: LocalTeams, chat: Conversation, bot: Bot) -> ConversationReference:
    return reference_to(bot, service_url=teams.service_url, conversation_id=chat.id)


def shown(chat: Conversation) -> list[str]:
    return [gist(message) for message in chat.messages]


def test_one_message_is_changed_and_the_other_taken_back(
    chat: Conversation, capsys: pytest.CaptureFixture[str]
) -> None:
    start("update_message")
    assert shown(chat) == ["Your export is done. (edited)", "(deleted)"]
    first, second = (message["id"] for message in chat.messages)
    assert capsys.readouterr().out == (
        f"Sent {first} and {second}\nUpdated {first}, deleted {second}\n"
    )


def test_another_process_changes_it_with_nothing_but_strings(
    teams: LocalTeams, chat: Conversation, bot: Bot, reference: ConversationReference
) -> None:
    message_id = asyncio.run(send(bot, reference, "Running"))
    kept = json.dumps([teams.service_url, chat.id, message_id])
    later = """
import asyncio, json, sys
from samples.shared.bot import connect
from samples.send.update_message import update_message
from samples.shared.sending import reference_to
service_url, conversation_id, message_id = json.loads(sys.argv[1])
bot = connect()
reference = reference_to(bot, service_url=service_url, conversation_id=conversation_id)
asyncio.run(update_message(bot, reference, message_id=message_id, text="Done"))
"""
    subprocess.run([sys.executable, "-c", later, kept], cwd=ROOT, check=True, timeout=DEADLINE)
    assert shown(chat) == ["Done (edited)"]


async def test_a_text_replaces_a_card(
    chat: Conversation, bot: Bot, reference: ConversationReference
) -> None:
    card = Activity(type="message", attachments=[CardFactory.adaptive_card({"body": []})])
    message_id = await send(bot, reference, card)
    assert shown(chat) == ["(card)"]
    await update_message(bot, reference, message_id=message_id, text="Approved by Grace Hopper")
    assert shown(chat) == ["Approved by Grace Hopper (edited)"]


async def test_it_works_in_a_thread_of_a_channel(teams: LocalTeams, bot: Bot) -> None:
    channel = teams.world.teams[0].channels[1]
    post = teams.world.post(channel, {"type": "message", "text": "Deploying"})
    thread = reference_to(
        bot, service_url=teams.service_url, conversation_id=post["conversation"]["id"]
    )
    reply_id = await send(bot, thread, "Step 1")
    await update_message(bot, thread, message_id=post["id"], text="Deployed")
    await delete_message(bot, thread, message_id=reply_id)
    assert shown(channel) == ["Deployed (edited)", "(deleted)"]


# -- refusals --------------------------------------------------------------------------------------


async def refusals(bot: Bot, reference: ConversationReference, message_id: str) -> set[str]:
    """What a person reads when neither an update nor a delete works."""
    lines = set()
    with pytest.raises(ErrorResponseException) as updating:
        await update_message(bot, reference, message_id=message_id, text="x")
    with pytest.raises(ErrorResponseException) as deleting:
        await delete_message(bot, reference, message_id=message_id)
    for caught in (updating, deleting):
        lines.add(str(Failure.of(caught.value)))
    return lines


async def test_no_message_has_this_id(bot: Bot, reference: ConversationReference) -> None:
    [line] = await refusals(bot, reference, "1700000000000")
    assert line == f"Not sent. Teams answered {NOT_THERE}\nForget this message id."


async def test_a_deleted_message_is_gone(
    chat: Conversation, bot: Bot, reference: ConversationReference
) -> None:
    message_id = await send(bot, reference, "Oops")
    await delete_message(bot, reference, message_id=message_id)
    [line] = await refusals(bot, reference, message_id)
    assert NOT_THERE in line
    assert shown(chat) == ["(deleted)"]


async def test_the_id_of_another_conversation_will_not_do(
    teams: LocalTeams, bot: Bot, reference: ConversationReference
) -> None:
    """An activity id counts within its conversation only."""
    message_id = await send(bot, reference, "Running")
    grace = teams.world.personal_chat(teams.world.people[1])
    elsewhere = reference_to(bot, service_url=teams.service_url, conversation_id=grace.id)
    [line] = await refusals(bot, elsewhere, message_id)
    assert NOT_THERE in line


async def test_somebody_elses_message_stays_as_it_is(
    teams: LocalTeams, chat: Conversation, bot: Bot, reference: ConversationReference
) -> None:
    ada = teams.world.people[0]
    said = teams.world.post(chat, {"type": "message", "text": "Hello"}, sender=ada)
    [line] = await refusals(bot, reference, said["id"])
    assert "403 NotEnoughPermissions" in line
    assert shown(chat) == ["Hello"]


def test_there_is_no_such_conversation(teams: LocalTeams, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = "19:gone@thread.v2"
    monkeypatch.setenv("TEAMS_CONVERSATION_ID", gone)
    with pytest.raises(SystemExit, match="404 ConversationNotFound"):
        start("update_message")


async def test_the_app_was_removed_since(
    teams: LocalTeams, chat: Conversation, bot: Bot, reference: ConversationReference
) -> None:
    message_id = await send(bot, reference, "Running")
    teams.world.people[0].installed = teams.world.teams[0].installed = False
    [line] = await refusals(bot, reference, message_id)
    assert "403 BotNotInConversationRoster" in line
    assert shown(chat) == ["Running"]


async def test_without_an_id_the_sdk_refuses(bot: Bot, reference: ConversationReference) -> None:
    """The mistake in Microsoft's own Python example, which left the id out."""

    async def on_turn(turn: TurnContext) -> None:
        await turn.update_activity(Activity(type="message", text="x"))

    with pytest.raises(ValidationError, match="Parameter 'activity_id' can not be None"):
        await bot.adapter.continue_conversation(reference, on_turn, bot.app_id)


# -- what is repeated ------------------------------------------------------------------------------


class Failing:
    """Teams with a fault: the first requests of a method are answered with an error."""

    def __init__(self, method: str, *, times: int, status: int = 502) -> None:
        self.method, self.left, self.status, self.asked = method, times, status, 0

    def __call__(self, world: World, request: Request) -> Response:
        if request.method != self.method:
            return answer(world, request)
        self.asked += 1
        if self.left:
            self.left -= 1
            body = b'{"error": {"code": "ServiceError", "message": "Try again"}}'
            headers = {"Content-Type": "application/json", "Retry-After": "0"}
            return Response(self.status, headers, body)
        return answer(world, request)


HINT = "This takes about five minutes."


@pytest.mark.parametrize(
    ("method", "left"),
    [
        ("POST", []),
        ("PUT", ["Your export is running: 10 %.", HINT]),
        ("DELETE", ["Your export is done. (edited)", HINT]),
    ],
)
@pytest.mark.parametrize("status", [429, 502])
def test_each_request_is_made_once(
    chat: Conversation,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    left: list[str],
    status: int,
) -> None:
    failing = Failing(method, times=1, status=status)
    monkeypatch.setattr(server, "answer", failing)
    sent = "Perhaps sent" if status == 502 else "Not sent"
    with pytest.raises(
        SystemExit, match=f"{sent}. Teams answered {status} ServiceError: Try again"
    ):
        start("update_message")
    assert (failing.asked, shown(chat)) == (1, left)


@pytest.mark.usefixtures("no_waiting")
async def test_an_update_is_repeated_by_who_says_so(
    chat: Conversation, bot: Bot, reference: ConversationReference, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = await send(bot, reference, "Running")
    failing = Failing("PUT", times=2)
    monkeypatch.setattr(server, "answer", failing)
    # Twice the same update changes nothing the second time, so there is nothing to be unsure of.
    again = retrying(if_unsure="send again")
    await again(update_message, bot, reference, message_id=message_id, text="Done")
    assert (failing.asked, shown(chat)) == (3, ["Done (edited)"])


@pytest.mark.prove  # it waits as the SDK does
async def test_the_stock_adapter_repeats_an_update_and_loses_the_status(
    chat: Conversation, bot: Bot, reference: ConversationReference, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why transport.py makes one attempt: the SDK's three more hold a thread while they wait."""
    message_id = await send(bot, reference, "Running")
    stock = Bot(CloudAdapter(ConfigurationBotFrameworkAuthentication(Credentials())), "")
    failing = Failing("PUT", times=9)
    monkeypatch.setattr(server, "answer", failing)
    with pytest.raises(ClientRequestError) as caught:
        await update_message(stock, reference, message_id=message_id, text="Done")
    assert failing.asked == 4
    failure = Failure.of(caught.value)
    assert failure.status is None
    assert "too many 502 error responses" in failure.text
    assert shown(chat) == ["Running"]

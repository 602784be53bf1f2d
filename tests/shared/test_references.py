"""References that one SDK stored can be sent to with each of them."""

from __future__ import annotations

import asyncio
import io
import json
import runpy
from importlib import import_module
from typing import Any

import pytest
from botbuilder.core import TurnContext
from botbuilder.schema import Activity as BotbuilderActivity
from botbuilder.schema import ConversationReference as BotbuilderReference
from microsoft_agents.activity import Activity as AgentsActivity
from microsoft_agents.activity import ConversationReference as AgentsReference
from microsoft_agents.hosting.core.app.proactive import Conversation as AgentsConversation
from microsoft_teams.api import ConversationReference as TeamsReference
from microsoft_teams.api import MessageActivityInput

from samples.agents_sdk import bot as agents_sdk
from samples.local_teams.testing import LocalTeams
from samples.shared import references
from samples.shared.bot import connect
from samples.shared.conversations import Conversation, Conversations
from samples.shared.references import ReferenceRefused, convert
from samples.shared.remembering import reference_of
from samples.shared.sending import send
from tests.support.acting import let
from tests.support.successors import QUIET
from tests.support.turns import receive

pytestmark = QUIET
SDKS = ("botbuilder", "agents", "teams")


async def stored_by(writer: str, teams: LocalTeams) -> str:
    """What an SDK makes of a message that Ada wrote, as JSON."""
    step = {"who": "Ada Lovelace", "does": "says", "text": "hello"}
    if writer == "teams":
        sdk, endpoint = (import_module(f"samples.teams_sdk.{name}") for name in ("bot", "endpoint"))
        server, found = endpoint.Server(), []
        app = sdk.connect(server)

        async def keep(turn: Any) -> None:
            found.append(turn.conversation_ref)

        app.on_message(keep)
        await app.initialize()
        await receive(server.app, teams.world, [step], teams.service_url)
        return str(found[0].model_dump_json(by_alias=True, exclude_none=True))
    [activity] = let(teams.world, **step)
    activity["serviceUrl"] = teams.service_url
    if writer == "botbuilder":
        turn = BotbuilderActivity().deserialize(activity)
        return json.dumps(TurnContext.get_conversation_reference(turn).serialize())
    reference = AgentsActivity.model_validate(activity).get_conversation_reference()
    if writer == "agents":
        return str(reference.model_dump_json(by_alias=True, exclude_unset=True))
    return json.dumps(AgentsConversation({"aud": "1"}, reference).store_item_to_json())


async def send_with(reader: str, payload: dict[str, Any], text: str) -> None:
    """Send a text to a converted reference with an SDK."""
    stored = json.dumps(payload)
    if reader == "botbuilder":
        read = BotbuilderReference().deserialize(json.loads(stored))
        assert read.conversation.tenant_id == payload["conversation"]["tenantId"]
        await send(connect(), read, text)
    elif reader == "agents":
        bot = agents_sdk.connect()
        to = AgentsConversation(bot.identity, AgentsReference.model_validate_json(stored))
        message = AgentsActivity(type="message", text=text)
        await bot.app.proactive.send_activity(bot.adapter, to, message)
    else:
        app = import_module("samples.teams_sdk.bot").connect()
        to = TeamsReference.model_validate_json(stored)
        await app.api.conversations.create_activity(
            to.conversation.id, MessageActivityInput(text=text), service_url=to.service_url
        )


@pytest.mark.parametrize("writer", [*SDKS, "agents' storage"])
@pytest.mark.parametrize("reader", SDKS)
async def test_what_one_sdk_stored_another_sends_to(
    writer: str, reader: str, teams: LocalTeams, environ: dict[str, str]
) -> None:
    stored = await stored_by(writer, teams)
    payload = convert(stored, tenant_id=teams.world.tenant_id)
    await send_with(reader, payload, "Hello again")
    ada = teams.world.personal_chat(teams.world.people[0])
    assert [message["text"] for message in ada.messages] == ["hello", "Hello again"]
    assert convert(json.dumps(payload)) == payload


@pytest.mark.parametrize("reader", SDKS)
async def test_what_the_store_has_each_sdk_sends_to(
    reader: str, teams: LocalTeams, environ: dict[str, str]
) -> None:
    [activity] = let(teams.world, "Ada Lovelace", "says", text="hello")
    activity["serviceUrl"] = teams.service_url
    conversations = Conversations()
    conversations.remember(BotbuilderActivity().deserialize(activity))
    [row] = conversations.all()
    await send_with(reader, convert(json.dumps(reference_of(row).serialize())), "Hello again")
    ada = teams.world.personal_chat(teams.world.people[0])
    assert [message["text"] for message in ada.messages] == ["hello", "Hello again"]


async def test_each_sdk_stores_the_same_row(teams: LocalTeams, environ: dict[str, str]) -> None:
    """Rows of a bot that moves stay valid: the new one updates them."""
    rows: list[dict[str, Any]] = []
    payloads = [
        *let(teams.world, "Barbara Liskov", "installs"),
        *let(teams.world, "Grace Hopper", "says", where="Engineering/Releases", text="hello"),
    ]
    received = import_module("samples.teams_sdk.received").received
    adapter = import_module("microsoft_teams.api").ActivityTypeAdapter
    readers = {
        "botbuilder": lambda payload: BotbuilderActivity().deserialize(payload),
        "agents": AgentsActivity.model_validate,
        "teams": lambda payload: received(adapter.validate_python(payload)),
    }
    for sdk, read in readers.items():
        conversations = Conversations(f"{environ['CONVERSATIONS_URL']}.{sdk}")
        for payload in payloads:
            await asyncio.to_thread(conversations.follow, read(payload))
        columns = Conversation.__table__.columns.keys()
        rows.append({row.id: [getattr(row, key) for key in columns] for row in conversations.all()})
    assert rows[0] and rows[0] == rows[1] == rows[2]


async def test_botbuilder_drops_the_tenant(teams: LocalTeams, environ: dict[str, str]) -> None:
    """The trap of the page: Teams sends tenantId, and botbuilder reads tenantID."""
    stored = await stored_by("botbuilder", teams)
    assert teams.world.tenant_id not in stored
    with pytest.raises(ReferenceRefused, match="It has no tenant"):
        convert(stored)


GOOD: dict[str, Any] = {
    "channelId": "msteams",
    "serviceUrl": "https://smba.trafficmanager.net/emea/",
    "bot": {"id": "28:1"},
    "conversation": {"id": "a:1", "tenantId": "t"},
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"conversation": {}}, "no conversation ID"),
        ({"channelId": "webchat"}, "'webchat', not msteams"),
        ({"serviceUrl": "https://evil.example/"}, "is not a service URL of Teams"),
        ({"bot": {"id": "1"}}, "starts with 28:"),
    ],
)
def test_what_cannot_be_sent_to_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ReferenceRefused, match=said):
        convert(json.dumps(GOOD | change))


@pytest.mark.parametrize("stored", ["", "[1]", '"x"', "{"])
def test_what_is_no_reference_is_refused(stored: str) -> None:
    with pytest.raises(ReferenceRefused, match="not"):
        convert(stored)


def test_the_command_converts_a_file_and_names_what_it_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without = GOOD | {"conversation": {"id": "a:2"}}
    lines = f"{json.dumps(GOOD)}\n\n{json.dumps(without)}\n"
    monkeypatch.setattr("sys.argv", ["references"])
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    with pytest.raises(SystemExit, match="1 references were left out"):
        references.main()
    printed = capsys.readouterr()
    assert [json.loads(line)["conversation"]["id"] for line in printed.out.splitlines()] == ["a:1"]
    assert printed.err.startswith("Line 3: It has no tenant")
    monkeypatch.setattr("sys.argv", ["references", "t"])
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    runpy.run_path(str(references.__file__), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) == 2

"""Botbuilder's successors: their samples do what botbuilder's do, and so does every call here."""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web
from microsoft_agents.activity import (
    Activity,
)
from microsoft_agents.activity import ConversationReference as AgentsReference
from microsoft_teams.api import ConversationReference as TeamsReference
from microsoft_teams.api import (
    MessageActivityInput,
)

from samples.agents_sdk import bot as agents_sdk
from samples.agents_sdk.endpoint import messages_app
from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.world import World
from samples.local_teams.server.serving import serving
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from samples.runner.recording import recording, rehearse
from samples.runner.registry import everything, find, samples
from samples.runner.running import Run, run
from samples.runner.stories import read_story
from samples.shared.conversations import Conversations
from samples.shared.service_urls import ServiceUrlNotAllowed
from tests.support.acting import let
from tests.support.successors import QUIET
from tests.support.thief import Thief
from tests.support.turns import receive

pytestmark = QUIET


# -- the samples -----------------------------------------------------------------------------------

MESSAGE = "1700000000000"  # stands for the ID of any message
CREATE = "POST /v3/conversations"
CHAT, GROUP, CHANNEL, THREAD = (
    f"POST /v3/conversations/{{{place}}}/activities"
    for place in ("chat", "group", "channel", "thread")
)
UPDATE = ["PUT", "DELETE"]
MEMBER = "GET /v3/conversations/{group}/members/{ada}"
ROSTER = "GET /v3/conversations/{team}/pagedmembers?pageSize=500"
# The SDK gives the event that continues a conversation an ID, and sends as a reply to that.
REPLY = "/{id}"
WIRE = {
    "agents_sdk/card": [CHAT + REPLY],
    "agents_sdk/mention": [MEMBER, GROUP + REPLY],
    "agents_sdk/message_members": [ROSTER, *[CREATE, "POST"] * 6],
    "agents_sdk/remember": [],
    "agents_sdk/reply_in_thread": [CREATE, THREAD + REPLY, THREAD + REPLY],
    "agents_sdk/to_channel": [CREATE],
    "agents_sdk/to_group_chat": [GROUP + REPLY],
    "agents_sdk/to_known_chat": [CHAT + REPLY],
    "agents_sdk/to_person": [CREATE, CHAT + REPLY],
    "agents_sdk/update_message": [CHAT + REPLY, CHAT + REPLY, *UPDATE],
    "teams_sdk/card": [CHAT],
    "teams_sdk/mention": [MEMBER, GROUP],
    "teams_sdk/message_members": [ROSTER, *[CREATE, "POST"] * 6],
    "teams_sdk/remember": [],
    "teams_sdk/reply_in_thread": [CHANNEL, THREAD, THREAD],
    "teams_sdk/to_channel": [CHANNEL],
    "teams_sdk/to_group_chat": [GROUP],
    "teams_sdk/to_known_chat": [CHAT],
    "teams_sdk/to_person": [CREATE, CHAT],
    "teams_sdk/update_message": [CHAT, CHAT, *UPDATE],
}
# In every run of the tests; `make prove` signs in with each, and starts the bots.
SIGNED_IN = ("agents_sdk/to_person", "teams_sdk/to_person")
RUNS = [
    pytest.param(
        sample,
        sign_in,
        id=f"{sample}, signed in" if sign_in else sample,
        marks=pytest.mark.prove
        if sample.endswith("remember") or (sign_in and sample not in SIGNED_IN)
        else [],
    )
    for sample in WIRE
    for sign_in in (False, True)
]


def wire(done: Run) -> list[str]:
    """The requests of a run, with names for the IDs of people and places."""
    world = done.world
    channel = world.teams[0].channels[1].id
    places = {
        world.personal_chat(world.people[0]).id: "{chat}",
        world.group_chats[0].conversation.id: "{group}",
        f"{channel};messageid={MESSAGE}": "{thread}",
        channel: "{channel}",
        world.teams[0].id: "{team}",
        world.people[0].id: "{ada}",
    }
    result = "\n".join(f"{one.request.method} {unquote(one.request.path)}" for one in done.wire)
    result = re.sub(r"(?<=messageid=)\d{13}", MESSAGE, result)
    for id, name in places.items():
        result = result.replace(id, name)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "{id}", result).splitlines()


def test_the_teams_sdk_names_the_tenant_of_a_new_chat_once() -> None:
    """What `tenant_in_create` says on the pages."""
    sent = rehearse("teams_sdk.to_person").wire[0].request.json
    assert "tenantId" in sent and "channelData" not in sent


@pytest.mark.parametrize(("sample", "sign_in"), RUNS)
def test_a_sample_prints_and_brings_what_botbuilders_does(sample: str, sign_in: bool) -> None:
    done = rehearse(sample, sign_in=sign_in)
    payload = json.loads(recording(done))
    if not sign_in:  # `make record` writes what the tab shows
        assert payload == json.loads(find(sample).recording.read_text("utf-8"))
    like = json.loads(find(find(sample).stem).recording.read_text("utf-8"))
    assert payload["complaint"] == ""
    assert arrivals(payload) == arrivals(like)
    assert lines(payload, done.world if sign_in else None) == lines(like, None)
    asked = wire(done)
    assert len(asked) == len(WIRE[sample])
    for one, expected in zip(asked, WIRE[sample], strict=True):
        assert one.lower() == expected.lower() or one.partition(" ")[0] == expected
    if done.wire and done.wire[0].request.method == "POST":
        sent, first = done.wire[0].request.json, like["wire"][0]["body"]
        differ = {
            "activity",
            "bot",
            "from",
            "serviceUrl",
            "replyToId",
        }  # signed in, the bot has an ID
        for said in (sent.keys() & first.keys()) - differ:
            assert sent[said] == first[said]
    assert all(("Authorization" in one.request.headers) is sign_in for one in done.wire)


async def test_agents_sdk_sends_no_token_to_a_stranger(
    in_a_tenant: Authority, thief: Thief
) -> None:
    bot = agents_sdk.connect()
    chat = bot.conversation(service_url=thief.url, conversation_id="a:1")
    with pytest.raises(ServiceUrlNotAllowed):
        await bot.app.proactive.send_activity(bot.adapter, chat, Activity(type="message"))
    assert thief.requests == [] and in_a_tenant.asked == []


async def test_agents_sdk_follows_no_redirect_to_a_stranger(
    in_a_tenant: Authority, thief: Thief, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPPermanentRedirect(f"{thief.url}{request.path[1:]}")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", elsewhere)
    with serving(app) as url:
        monkeypatch.setenv("TEAMS_ALLOWED_SERVICE_URLS", url)
        async with agents_sdk.connect().client(url) as client:
            with pytest.raises(ServiceUrlNotAllowed):
                await client.conversations.send_to_conversation("a:1", Activity(type="message"))
    assert thief.requests == []


async def test_teams_sdk_sends_no_token_to_a_stranger(in_a_tenant: Authority, thief: Thief) -> None:
    sdk = import_module("samples.teams_sdk.bot")  # its import warns of what is in preview
    conversations = sdk.connect().api.conversations
    message = MessageActivityInput(text="The secret")
    with pytest.raises(ServiceUrlNotAllowed):
        await conversations.create_activity("a:1", message, service_url=thief.url)
    assert thief.requests == [] and in_a_tenant.asked == []


# What a person sees of a message; a deleted one has no more than its type.
SHOWN = ("type", "from", "text", "summary", "importance", "attachments", "entities", "channelData")


def arrivals(expected: dict[str, Any]) -> list[Any]:
    return [
        (a["id"], a["title"], [[m.get(key) for key in SHOWN] for m in a["messages"]])
        for a in expected["arrived"]
    ]


def lines(expected: dict[str, Any], signed_in: World | None) -> list[Any]:
    """What a run printed; a stored reference is read, and its bot is as without an app id."""
    found: list[Any] = []
    for line in expected["printed"].splitlines():
        name, _, stored = line.partition("Stored: ")
        found.append(json.loads(stored) if stored else name)
        if stored and signed_in:
            assert found[-1]["bot"]["id"] == signed_in.bot_id
            found[-1]["bot"]["id"] = "28:"
    return found


def test_these_are_all_the_samples() -> None:
    found = [sample.name for sample in everything() if sample.sdk and sample.stem in samples()]
    assert found == list(WIRE)


@pytest.mark.parametrize("sample", [name for name, asked in WIRE.items() if 0 < len(asked) < 9])
def test_a_refusal_is_told(sample: str) -> None:
    world = contoso()
    world.people[0].installed = world.teams[0].installed = world.group_chats[0].installed = False
    code = "ForbiddenOperation" if sample.endswith("person") else "BotNotInConversationRoster"
    done = run(sample, world=world)
    assert done.complaint.startswith(f"Not sent. Teams answered 403 {code}")
    assert (done.arrived, done.printed.count("Sent")) == ([], 0)


@pytest.mark.parametrize("sample", WIRE)
def test_its_function_can_be_imported_and_nothing_is_sent(
    sample: str, teams: LocalTeams, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = find(sample).module
    monkeypatch.delitem(sys.modules, module, raising=False)
    import_module(module)
    assert teams.wire == []


@pytest.mark.parametrize("reference", [AgentsReference, TeamsReference])
def test_a_reference_that_botbuilder_stored_can_be_read(reference: Any) -> None:
    payload = json.loads(find("to_known_chat").recording.read_text("utf-8"))
    stored = payload["printed"].partition("Stored: ")[2].partition("\n")[0]
    read = reference.model_validate_json(stored)
    assert read.conversation.id == payload["arrived"][0]["id"]
    assert read.service_url == "http://127.0.0.1:8090/"


@pytest.mark.parametrize("sdk", ["agents_sdk", "teams_sdk"])
async def test_a_bot_remembers_what_botbuilders_does(
    sdk: str, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The story of `remember`, without a process for the bot; `make prove` starts it."""
    sample = find(f"{sdk}/remember")
    made = import_module(sample.module).remembering(Conversations())
    await receive(made, contoso(), read_story(sample).steps)
    like = json.loads(find("remember").recording.read_text("utf-8"))["printed"].splitlines()
    expected = [line for line in like if not line.startswith("conversations known")]
    assert capsys.readouterr().out.splitlines() == expected


@pytest.mark.parametrize("sdk", ["agents_sdk", "teams_sdk"])
async def test_a_bot_that_signs_in_answers_401_to_a_stranger(
    sdk: str, in_a_tenant: Authority
) -> None:
    conversations = Conversations()
    made = import_module(find(f"{sdk}/remember").module).remembering(conversations)
    [activity] = let(contoso(), "Ada Lovelace", "says", text="hello")
    post = {"call": "/api/messages", "json": activity, "expect": 401}
    await receive(made, contoso(), [post, post | {"headers": {"Authorization": "Bearer forged"}}])
    assert conversations.all() == []


@pytest.mark.parametrize("sdk", ["agents_sdk", "teams_sdk"])
@pytest.mark.parametrize(
    ("change", "allowed", "status"),
    [
        ({}, "7f0fb1c6-0000-4000-8000-000000000001", 401),
        ({"conversation": "a:1"}, "", 400),
        ({"membersAdded": [None]}, "", 400),
    ],
)
async def test_a_bot_refuses_what_botbuilders_refuses(
    sdk: str,
    change: dict[str, Any],
    allowed: str,
    status: int,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEAMS_ALLOWED_TENANTS", allowed)
    conversations = Conversations()
    made = import_module(find(f"{sdk}/remember").module).remembering(conversations)
    [activity] = let(contoso(), "Ada Lovelace", "says", text="hello")
    post = {"call": "/api/messages", "json": activity | change, "expect": status}
    await receive(made, contoso(), [post])
    assert conversations.all() == []


async def test_an_answer_that_teams_refuses_is_logged_in_a_line(
    teams: LocalTeams, environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    bot = agents_sdk.connect()

    async def answer(context: Any, state: Any) -> bool:
        await context.send_activity("Hello")
        return True

    bot.app.before_turn(answer)
    teams.fault(status=403, code="MessageWritesBlocked")
    [activity] = let(teams.world, "Ada Lovelace", "says", text="hello")
    activity["serviceUrl"] = teams.service_url
    post = {"call": "/api/messages", "json": activity, "expect": 500}
    await receive(messages_app(bot), teams.world, [post])
    assert "The bot could not answer: Not sent. Teams answered 403" in caplog.text

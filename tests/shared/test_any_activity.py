"""Any body and header at a bot's endpoints: an answer in words, and no traceback."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import strategies as st

from samples.local_teams.model.contoso import contoso
from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app
from samples.shared.remembering import Remember
from tests.support.fuzzing import few_and_many, fuzz

WORLD = contoso()
ADA = WORLD.people[0]
TEAM, CHANNEL = WORLD.teams[0], WORLD.teams[0].channels[0]
PERSONAL: dict[str, Any] = {
    "channelId": "msteams",
    "conversation": {"id": WORLD.personal_chat(ADA).id, "conversationType": "personal"},
    "from": {"id": ADA.id, "aadObjectId": ADA.aad_object_id, "name": ADA.name},
    "recipient": {"id": WORLD.bot_id},
    "channelData": {"tenant": {"id": WORLD.tenant_id}},
}
IN_TEAM = PERSONAL | {
    "conversation": {"id": CHANNEL.id, "conversationType": "channel", "isGroup": True},
    "channelData": {"tenant": {"id": WORLD.tenant_id}, "team": {"id": TEAM.id}},
}
KINDS = [
    *("message", "conversationUpdate", "installationUpdate", "invoke", "messageReaction", "x"),
    *("typing", "event", "endOfConversation", "messageUpdate", "messageDelete", "trace", ""),
]

WORDS = st.text(max_size=8) | st.sampled_from(
    [
        *("add", "remove", "teamDeleted", "channelCreated", "teamRenamed", ADA.id, WORLD.bot_id),
        *("adaptiveCard/action", "task/fetch", "2026-01-01T00:00:00Z", "9" * 2000, "\0", "\ud800"),
        *("19:a@thread.tacv2;messageid=1", "http://x/", "https://smba.trafficmanager.net/emea/"),
    ]
)
NAMES = st.sampled_from(
    [
        *("type", "id", "name", "text", "value", "action", "aadObjectId", "conversation", "tenant"),
        *(
            "team",
            "channel",
            "eventType",
            "settings",
            "timestamp",
            "locale",
            "entities",
            "mentioned",
        ),
        *(
            "membersAdded",
            "membersRemoved",
            "channelData",
            "recipient",
            "from",
            "serviceUrl",
            "role",
        ),
        *(
            "replyToId",
            "attachments",
            "contentType",
            "content",
            "reactionsAdded",
            "conversationType",
        ),
        *(
            "localTimezone",
            "isGroup",
            "tenantId",
            "suggestedActions",
            "relatesTo",
            "semanticAction",
        ),
    ]
)
ANY: st.SearchStrategy[Any] = st.recursive(
    WORDS | st.sampled_from([None, True, 0, -1, 1e308, 2**70]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=6,
)
TYPES = st.sampled_from(
    [
        *["application/json"] * 6,
        *(
            "application/json; charset=utf-16",
            "text/plain",
            "application/json;;=",
            "x",
            "a/b; c*=d",
        ),
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(["Authorization", "Content-Encoding", "x-ms-conversation-id", "Expect", "X-A"]),
    st.sampled_from(["gzip", "br", "Bearer x", "Bearer a.b.c", "é", "", "a" * 9000]),
    max_size=2,
)


@st.composite
def activities(draw: st.DrawFn) -> bytes:
    """An activity as Teams posts it, with up to four properties that are odd."""
    activity = draw(st.sampled_from([PERSONAL, IN_TEAM])) | {"type": draw(st.sampled_from(KINDS))}
    here = "http://127.0.0.1:9/"
    activity["serviceUrl"] = draw(st.sampled_from([here] * 4) | WORDS)
    if activity["type"] == "invoke":
        activity["name"] = draw(st.sampled_from(["adaptiveCard/action", "task/fetch"]) | WORDS)
        executes = {"type": st.sampled_from(["Action.Execute"]) | ANY}
        action = st.fixed_dictionaries(executes, optional={"verb": ANY, "data": ANY}) | ANY
        activity["value"] = draw(st.fixed_dictionaries({"action": action}) | ANY)
    modes = st.sampled_from(["normal", "notification", "expectReplies", "stream"])
    activity["deliveryMode"] = draw(modes | WORDS)
    members = st.lists(st.fixed_dictionaries({"id": WORDS}), max_size=2)
    odd = st.dictionaries(NAMES, ANY | members, max_size=4)
    if draw(st.booleans()):
        activity["channelData"] = activity["channelData"] | draw(odd)
    return json.dumps(activity | draw(odd)).encode()


@few_and_many(30)
def test_any_activity_is_answered(
    cases: int,
    record_property: Callable[[str, object], None],
    environ: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def started() -> TestClient[Any, Any]:
        client = TestClient(TestServer(messages_app(connect(), Remember(Conversations()))))
        await client.start_server()
        return client

    async def post(body: bytes, kind: str, more: dict[str, str]) -> tuple[int, str]:
        headers = {"Content-Type": kind} | more
        async with client.post("/api/messages", data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    def check(body: bytes, kind: str, more: dict[str, str]) -> None:
        caplog.clear()
        status, text = loop.run(asyncio.wait_for(post(body, kind, more), 20))
        assert status in (200, 201, 202, 400, 401, 413, 415, 417, 501), text
        assert not any(entry.exc_info for entry in caplog.records), caplog.text

    with asyncio.Runner() as loop, caplog.at_level(logging.WARNING):
        client = loop.run(started())
        fuzz(
            "Activities to a bot",
            "The bot answers with a status below 500 (501: an invoke that it does not know), and "
            "its log has no traceback.",
            check,
            activities() | st.binary(max_size=30),
            TYPES,
            HEADERS,
            cases=cases,
            record_property=record_property,
        )
        loop.run(client.close())

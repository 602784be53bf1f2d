"""Every row of the table of errors, provoked: python -m tests.support.provoking FILE."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import (
    Activity,
    ChannelAccount,
    ConversationAccount,
    ConversationParameters,
    ConversationReference,
)
from botframework.connector import Channels

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.faults import Fault
from samples.local_teams.server.serving import HOST, PORT
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from samples.runner.environment import environment
from samples.runner.recording import ticking
from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import open_chat, send
from tests.support import ROOT

RECORDED = ROOT / "docs" / "recorded" / "errors" / "provoked.json"


@dataclass
class Scene:
    """A bot, Local Teams, and what a bot does there."""

    teams: LocalTeams
    connect: Callable[[], Bot]
    bot: Bot
    service_url: str

    def reference(self, conversation_id: str) -> ConversationReference:
        return ConversationReference(
            channel_id=Channels.ms_teams,
            service_url=self.service_url,
            bot=ChannelAccount(id=self.bot.id),
            conversation=ConversationAccount(id=conversation_id),
        )

    def chat(self, name: str) -> str:
        world = self.teams.world
        return world.personal_chat(next(p for p in world.people if p.name == name)).id

    async def post(self, conversation_id: str, text: str = "The build is green again.") -> None:
        await send(self.bot, self.reference(conversation_id), text)

    async def open(self, user_id: str) -> None:
        await open_chat(
            self.bot,
            service_url=self.service_url,
            tenant_id=self.teams.world.tenant_id,
            user_id=user_id,
        )

    async def create(self, **parameters: Any) -> None:
        async def on_turn(_: TurnContext) -> None:
            pass

        await self.bot.adapter.create_conversation(
            self.bot.app_id,
            on_turn,
            ConversationParameters(**parameters),
            Channels.ms_teams,
            self.service_url,
        )

    async def in_turn(self, conversation_id: str, do: Callable[[TurnContext], Any]) -> None:
        await self.bot.adapter.continue_conversation(
            self.reference(conversation_id), do, self.bot.app_id
        )

    async def ask(self, conversation_id: str, call: str, *arguments: Any, **named: Any) -> None:
        """Call an operation of the Connector that adapters have no method for."""

        async def do(turn: TurnContext) -> None:
            client = turn.turn_state[BotAdapter.BOT_CONNECTOR_CLIENT_KEY]
            await getattr(client.conversations, call)(conversation_id, *arguments, **named)

        await self.in_turn(conversation_id, do)

    def fault(self, **how: Any) -> None:
        self.teams.world.faults.append(Fault(**how))


Provoke = Callable[[Scene], Awaitable[None]]
PROVOKED: dict[str, tuple[str, Provoke]] = {}
ADA = "Ada Lovelace"


def provokes(anchor: str, how: str) -> Callable[[Provoke], Provoke]:
    def register(provoke: Provoke) -> Provoke:
        PROVOKED[anchor] = (how, provoke)
        return provoke

    return register


@provokes("400-badsyntax", "Create conversation names two people.")
async def _(scene: Scene) -> None:
    people = [ChannelAccount(id=person.id) for person in scene.teams.world.people[:2]]
    await scene.create(members=people, tenant_id=scene.teams.world.tenant_id)


@provokes("400-badsyntax-2", "Create conversation names a person, but no tenant.")
async def _(scene: Scene) -> None:
    await scene.create(members=[ChannelAccount(id=scene.teams.world.people[0].id)])


@provokes("400-badsyntax-3", "The app has sessions, and a create has no first message.")
async def _(scene: Scene) -> None:
    scene.teams.world.catalog[0].supports_sessions = True
    await scene.open(scene.teams.world.people[0].id)


@provokes("400-bad-argument", "The roster of a team is asked for with a page that nobody gave out.")
async def _(scene: Scene) -> None:
    team = scene.teams.world.teams[0].id
    await scene.ask(team, "get_conversation_paged_members", continuation_token="tomorrow")


@provokes("401-botnotregistered", "Local Teams is set to answer so.")
async def _(scene: Scene) -> None:
    scene.fault(status=401, code="BotNotRegistered")
    await scene.post(scene.chat(ADA))


@provokes("401", "Local Teams is set to answer so.")
async def _(scene: Scene) -> None:
    scene.fault(status=401)
    await scene.post(scene.chat(ADA))


@provokes("403-botdisabledbyadmin", "The administrator of Contoso blocks the app.")
async def _(scene: Scene) -> None:
    scene.teams.world.disabled_by_admin = True
    await scene.post(scene.chat(ADA))


@provokes("403-botnotinconversationroster", "The bot posts in a group chat without the app.")
async def _(scene: Scene) -> None:
    world = scene.teams.world
    await scene.post(next(c.conversation.id for c in world.group_chats if not c.installed))


@provokes("403-conversationblockedbyuser", "Local Teams is set to answer so.")
async def _(scene: Scene) -> None:
    scene.fault(status=403, code="ConversationBlockedByUser")
    await scene.post(scene.chat(ADA))


@provokes("403-messagewritesblocked", "Dennis blocked the bot, and it posts in his chat.")
async def _(scene: Scene) -> None:
    await scene.post(scene.chat("Dennis Ritchie"))


@provokes("403-forbiddenoperationexception", "The bot opens a chat with Barbara, who has no app.")
async def _(scene: Scene) -> None:
    world = scene.teams.world
    await scene.open(next(p.aad_object_id for p in world.people if p.name == "Barbara Liskov"))


@provokes("403-badargument", "The bot opens a chat by an id that another bot was given.")
async def _(scene: Scene) -> None:
    await scene.open("29:1anotherBotKnowsThemByThisId")


@provokes("403-badargument-2", "The bot posts in a personal chat of another bot.")
async def _(scene: Scene) -> None:
    await scene.post("a:1anotherBotHasThisConversation")


@provokes("403-tenantnopermission", "Local Teams is set to answer so.")
async def _(scene: Scene) -> None:
    scene.fault(status=403, code="TenantNoPermission")
    await scene.post(scene.chat(ADA))


@provokes("403-invalidbotapihost", "Contoso is a GCC tenant, and the bot uses the public host.")
async def _(scene: Scene) -> None:
    scene.teams.world.cloud = "GCC"
    await scene.post(scene.chat(ADA))


@provokes("403-notenoughpermissions", "The bot changes a message that somebody else wrote.")
async def _(scene: Scene) -> None:
    world = scene.teams.world
    chat = world.personal_chat(world.people[0])
    hello = world.post(chat, {"type": "message", "text": "hello"}, sender=world.people[0])

    async def change(turn: TurnContext) -> None:
        await turn.update_activity(Activity(id=hello["id"], type="message", text="goodbye"))

    await scene.in_turn(chat.id, change)


@provokes("404-activitynotfoundinconversation", "The bot deletes a message that is not there.")
async def _(scene: Scene) -> None:
    async def delete(turn: TurnContext) -> None:
        await turn.delete_activity("1767603600000")

    await scene.in_turn(scene.chat(ADA), delete)


@provokes("404-conversationnotfound", "The bot posts in a conversation that is not there.")
async def _(scene: Scene) -> None:
    await scene.post("19:nobodyHasThisConversation@thread.v2")


@provokes("404-membernotfoundinconversation", "A roster is asked for somebody who is not in it.")
async def _(scene: Scene) -> None:
    barbara = next(p for p in scene.teams.world.people if p.name == "Barbara Liskov")
    await scene.ask(scene.teams.world.teams[0].id, "get_conversation_member", barbara.id)


@provokes("412-preconditionfailed", "Local Teams is set to answer so.")
async def _(scene: Scene) -> None:
    scene.fault(status=412)
    await scene.post(scene.chat(ADA))


@provokes("413-messagesizetoobig", "The bot posts 60,000 letters.")
async def _(scene: Scene) -> None:
    await scene.post(scene.chat(ADA), "x" * 60_000)


@provokes("429-throttled", "Local Teams is set to answer so, and to ask for seven seconds.")
async def _(scene: Scene) -> None:
    scene.fault(status=429, retry_after=7)
    await scene.post(scene.chat(ADA))


@provokes("500-serviceerror", "Local Teams is set to answer so.")
async def _(scene: Scene) -> None:
    scene.fault(status=500)
    await scene.post(scene.chat(ADA))


@provokes("502-serviceerror", "Local Teams is set to deliver the message, and to answer so.")
async def _(scene: Scene) -> None:
    scene.fault(status=502, after=True)
    await scene.post(scene.chat(ADA))


@provokes("503", "Local Teams is set to answer so.")
async def _(scene: Scene) -> None:
    scene.fault(status=503)
    await scene.post(scene.chat(ADA))


@provokes("504", "Local Teams is set to deliver the message, and to answer so.")
async def _(scene: Scene) -> None:
    scene.fault(status=504, after=True)
    await scene.post(scene.chat(ADA))


@provokes("unreachable", "Nothing listens at the service URL.")
async def _(scene: Scene) -> None:
    scene.service_url = f"http://{HOST}:1/"
    await scene.post(scene.chat(ADA))


@provokes("answerlost", "Local Teams is set to deliver the message, and to drop the connection.")
async def _(scene: Scene) -> None:
    scene.fault(drop=True, after=True)
    await scene.post(scene.chat(ADA))


@provokes("signinfailed", "The bot signs in with a wrong secret.")
async def _(scene: Scene) -> None:
    with signing_in(Authority.of(scene.teams.world)) as variables:
        with patch.dict(os.environ, variables | {"MicrosoftAppPassword": "wrong"}):
            scene.bot = scene.connect()
        with patch.dict(os.environ, variables):
            await scene.post(scene.chat(ADA))


@provokes("serviceurlnotallowed", "The bot posts to a service URL that is not one of Teams'.")
async def _(scene: Scene) -> None:
    scene.service_url = "https://teams.contoso.example/"
    await scene.post(scene.chat(ADA))


async def provoked(anchor: str, connect: Callable[[], Bot] = connect) -> dict[str, Any]:
    """What goes out, what comes back, and what failure.py makes of it."""
    how, provoke = PROVOKED[anchor]
    world = contoso(clock=ticking())
    with ExitStack() as stack:
        teams = stack.enter_context(LocalTeams(world))
        stack.enter_context(patch.dict(os.environ, environment(world, teams.service_url, "")))
        failure = None
        try:
            await provoke(Scene(teams, connect, connect(), teams.service_url))
        except SEND_ERRORS as error:
            failure = Failure.of(error)
    assert failure, f"{anchor} was not refused"
    exchange = teams.wire[-1] if teams.wire else None
    result: dict[str, Any] = {"how": how}
    if exchange:
        lost = exchange.response.dropped
        result |= {
            "method": exchange.request.method,
            "path": exchange.request.path,
            "body": exchange.request.json,
            "status": None if lost else exchange.response.status,
            "retry_after": exchange.response.headers.get("Retry-After"),
            "answer": None if lost else exchange.response.json,
        }
    result |= {
        "failure": asdict(failure),
        "action": failure.action,
        "again": {choice: failure.to_send_again(choice) for choice in ("send again", "leave")},
        "said": str(failure),
    }
    text = json.dumps(result, ensure_ascii=False).replace(
        teams.service_url, f"http://{HOST}:{PORT}/"
    )
    text = re.sub(r"x{100,}", "xxx…", text)
    known = json.dumps(world.as_json(""))
    for made in re.findall(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", text):
        if made not in known:  # an id that the SDK made up
            text = text.replace(made, "00000000-0000-4000-8000-000000000001")
    text = re.sub(r"Timestamp: [-0-9: Z]+", "Timestamp: …", text)
    return dict(json.loads(text))


async def everything() -> dict[str, Any]:
    return {anchor: await provoked(anchor) for anchor in PROVOKED}


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.parent.mkdir(exist_ok=True)
    text = json.dumps(asyncio.run(everything()), indent=2, ensure_ascii=False)
    file.write_text(text + "\n", "utf-8")

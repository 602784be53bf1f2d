"""Local Teams that counts connections and tokens, and bots that send to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from samples.local_teams.model.world import World
from samples.send.to_person import message_person
from samples.shared.bot import Bot


@dataclass
class Connector:
    """Local Teams that demands tokens, counts connections and keeps the tokens it was shown."""

    world: World
    url: str = ""
    connections: set[object] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)


async def send(bot: Bot, connector: Connector) -> None:
    await message_person(
        bot,
        service_url=connector.url,
        tenant_id=connector.world.tenant_id,
        user_id=connector.world.people[0].id,
        text="Hello",
    )


async def one_after_another(bot: Bot, connector: Connector) -> None:
    for _ in range(5):
        await send(bot, connector)


async def at_once(bot: Bot, connector: Connector) -> None:
    await asyncio.gather(*(send(bot, connector) for _ in range(30)))

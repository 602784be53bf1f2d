"""Message every member of a team in their personal chat, with Microsoft 365 Agents SDK."""

import asyncio
from collections.abc import AsyncIterator

from microsoft_agents.activity import (
    Activity,
    ChannelAccount,
    ConversationParameters,
    PagedMembersResult,
)
from microsoft_agents.hosting.core.app.proactive import Conversation, CreateConversationOptions

from samples.agents_sdk.bot import Bot, connect
from samples.agents_sdk.failure import SEND_ERRORS, Failure
from samples.shared.printing import one_line
from samples.shared.retrying import retrying
from samples.shared.settings import setting


async def members_of(
    bot: Bot, *, service_url: str, team_id: str, page_size: int = 500
) -> list[ChannelAccount]:
    """Read the roster of a team that has the app, page by page; each member once."""
    members: dict[str, ChannelAccount] = {}
    token: str | None = None
    async with bot.client(service_url) as client:
        while True:
            page: PagedMembersResult = await retrying(if_unsure="send again")(
                client.conversations.get_conversation_paged_members, team_id, page_size, token
            )
            # A page may repeat members of the previous one; nobody must get the message twice.
            members.update({member.id: member for member in page.members})
            token = page.continuation_token
            if not token:
                return list(members.values())


async def open_chat(bot: Bot, *, service_url: str, tenant_id: str, user_id: str) -> Conversation:
    """Find or create the personal chat with one person."""
    return await bot.app.proactive.create_conversation(
        bot.adapter,
        CreateConversationOptions(
            identity=bot.identity,
            channel_id="msteams",
            service_url=service_url,
            parameters=ConversationParameters(
                is_group=False,
                agent=ChannelAccount(id=bot.id),
                members=[ChannelAccount(id=user_id)],
                tenant_id=tenant_id,
            ),
        ),
    )


async def message_members(
    bot: Bot, *, service_url: str, tenant_id: str, members: list[ChannelAccount], text: str
) -> AsyncIterator[tuple[ChannelAccount, Failure | None]]:
    """Post a message in the personal chat with each member, one after another.

    Yields:
        Each member after the attempt, with None, or with the reason why the message was not sent.
    """
    for member in members:
        try:
            # Opening a chat twice does no harm; sending a message twice does.
            chat: Conversation = await retrying(if_unsure="send again")(
                open_chat, bot, service_url=service_url, tenant_id=tenant_id, user_id=member.id
            )
            message = Activity(type="message", text=text)
            await retrying(if_unsure="leave")(
                bot.app.proactive.send_activity, bot.adapter, chat, message
            )
        except SEND_ERRORS as error:  # this member blocked the bot or left; go on
            yield member, Failure.of(error)
        else:
            yield member, None


async def main() -> None:
    bot, service_url = connect(), setting("TEAMS_SERVICE_URL")
    tenant_id, team_id = setting("TEAMS_TENANT_ID"), setting("TEAMS_TEAM_ID")
    try:
        members = await members_of(bot, service_url=service_url, team_id=team_id)
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    sent = 0
    async for member, failure in message_members(
        bot,
        service_url=service_url,
        tenant_id=tenant_id,
        members=members,
        text="Engineering moves to the new build server on Monday.",
    ):
        sent += failure is None
        print(f"{one_line(member.name)}: {failure or 'Sent.'}")
    print(f"{sent} of {len(members)} members got it.")


if __name__ == "__main__":
    asyncio.run(main())

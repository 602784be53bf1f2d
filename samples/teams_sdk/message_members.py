"""Message every member of a team in their personal chat, with Teams SDK."""

import asyncio
from collections.abc import AsyncIterator

from microsoft_teams.api import (
    Account,
    ConversationResource,
    CreateConversationParams,
    MessageActivityInput,
    PagedMembersResult,
    TeamsChannelAccount,
)
from microsoft_teams.apps import App

from samples.shared.printing import one_line
from samples.shared.retrying import retrying
from samples.shared.settings import setting
from samples.teams_sdk.bot import connect
from samples.teams_sdk.failure import SEND_ERRORS, Failure


async def members_of(app: App, *, team_id: str, page_size: int = 500) -> list[TeamsChannelAccount]:
    """Read the roster of a team that has the app, page by page; each member once."""
    members: dict[str, TeamsChannelAccount] = {}
    token = None
    while True:
        page: PagedMembersResult = await retrying(if_unsure="send again")(
            app.api.conversations.get_paged_members, team_id, page_size, token
        )
        # A page may repeat members of the previous one; nobody must get the message twice.
        members.update({member.id: member for member in page.members})
        token = page.continuation_token
        if not token:
            return list(members.values())


async def message_members(
    app: App, *, tenant_id: str, members: list[TeamsChannelAccount], text: str
) -> AsyncIterator[tuple[TeamsChannelAccount, Failure | None]]:
    """Post a message in the personal chat with each member, one after another.

    Yields:
        Each member after the attempt, with None, or with the reason why the message was not sent.
    """
    teams = app.api.conversations
    for member in members:
        whose = CreateConversationParams(members=[Account(id=member.id)], tenant_id=tenant_id)
        try:
            # Opening a chat twice does no harm; sending a message twice does.
            chat: ConversationResource = await retrying(if_unsure="send again")(teams.create, whose)
            message = MessageActivityInput(text=text)
            await retrying(if_unsure="leave")(teams.create_activity, chat.id, message)
        except SEND_ERRORS as error:  # this member blocked the bot or left; go on
            yield member, Failure.of(error)
        else:
            yield member, None


async def main() -> None:
    app = connect()
    tenant_id, team_id = setting("TEAMS_TENANT_ID"), setting("TEAMS_TEAM_ID")
    try:
        members = await members_of(app, team_id=team_id)
    except SEND_ERRORS as error:
        raise SystemExit(str(Failure.of(error))) from error
    sent = 0
    async for member, failure in message_members(
        app,
        tenant_id=tenant_id,
        members=members,
        text="Engineering moves to the new build server on Monday.",
    ):
        sent += failure is None
        print(f"{one_line(member.name)}: {failure or 'Sent.'}")
    print(f"{sent} of {len(members)} members got it.")


if __name__ == "__main__":
    asyncio.run(main())

"""Message every member of a team in their personal chat, and report who got it."""

import asyncio
from collections.abc import AsyncIterator

from botbuilder.core import TurnContext
from botbuilder.core.teams import TeamsInfo
from botbuilder.schema import ConversationReference
from botbuilder.schema.teams import TeamsChannelAccount, TeamsPagedMembersResult

from samples.shared.bot import Bot, connect
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.printing import one_line
from samples.shared.retrying import retrying
from samples.shared.sending import open_chat, reference_to, send
from samples.shared.settings import setting


async def members_of(
    bot: Bot, *, service_url: str, team_id: str, page_size: int = 500
) -> list[TeamsChannelAccount]:
    """Read the roster of a team that has the app, page by page.

    Args:
        bot: asks Teams.
        service_url: the address of Teams, for example `https://smba.trafficmanager.net/teams/`.
        team_id: the team, `19:…@thread.tacv2`: the id of its General channel.
        page_size: members per request, 50 to 500.

    Returns:
        Each member once, with the `29:` ID that this bot can send to.

    Raises:
        SEND_ERRORS: Teams refused, for example because the team does not have the app, or cannot
            be reached; see `Failure.of`.
    """
    members: dict[str, TeamsChannelAccount] = {}

    async def on_turn(turn: TurnContext) -> None:
        token = None
        while True:
            # get_paged_members would read the team from channel_data, which is None in a turn that
            # the bot starts, and raise TypeError.
            page: TeamsPagedMembersResult = await retrying(if_unsure="send again")(
                TeamsInfo.get_paged_team_members, turn, team_id, token, page_size
            )
            # A page may repeat members of the previous one; nobody must get the message twice.
            members.update({member.id: member for member in page.members or []})
            token = page.continuation_token
            if not token:
                return

    team = reference_to(bot, service_url=service_url, conversation_id=team_id)
    await bot.adapter.continue_conversation(team, on_turn, bot.app_id)
    return list(members.values())


async def message_members(
    bot: Bot, *, service_url: str, tenant_id: str, members: list[TeamsChannelAccount], text: str
) -> AsyncIterator[tuple[TeamsChannelAccount, Failure | None]]:
    """Post a message in the personal chat with each member, one after another.

    Args:
        bot: sends the message.
        service_url: the address of Teams, for example `https://smba.trafficmanager.net/teams/`.
        tenant_id: the members' tenant, a GUID.
        members: the recipients, the result of `members_of`.
        text: the message.

    Yields:
        Each member after the attempt, with None, or with the reason why the message was not sent.
    """

    for member in members:
        try:
            # Opening a chat twice does no harm; sending a message twice does.
            chat: ConversationReference = await retrying(if_unsure="send again")(
                open_chat, bot, service_url=service_url, tenant_id=tenant_id, user_id=member.id
            )
            await retrying(if_unsure="leave")(send, bot, chat, text)
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

"""Greet once where the app is installed: why this message came, what it offers, what to do next."""

import asyncio

from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.core.teams import TeamsInfo

from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app, serve
from samples.shared.failure import SEND_ERRORS, Failure

OFFER = "I write when a build of yours breaks or a release is ready, and at no other time."
ANSWERS = {
    "stop": "I will not write unasked any more. Write start to change that.",
    "start": "I will write again when there is news for you.",
}


async def greeting(turn: TurnContext) -> str:
    """The welcome for the place that an installation is about.

    Args:
        turn: the turn of an `installationUpdate` activity.
    """
    activity = turn.activity
    if activity.conversation.conversation_type == "personal":
        return (
            f"You get this message because {activity.recipient.name} was installed for you, by you "
            f"or by your administrator. {OFFER} Write stop if you do not want that, or start to "
            "have it again."
        )
    team = activity.channel_data.get("team")
    place = f"the team {team['name']}" if team and team.get("name") else "this conversation"
    return (
        f"{await installer(turn)} added {activity.recipient.name} to {place}. {OFFER} To hear of "
        "your own builds in private, add the app for yourself."
    )


async def installer(turn: TurnContext) -> str:
    """Who installed the app. The event has their id without a name: it is looked up, once."""
    try:
        member = await TeamsInfo.get_member(turn, turn.activity.from_property.id)
    except SEND_ERRORS:  # for one, they are no member here: a welcome without the name will do
        return "Somebody"
    return str(member.name)


class Welcome(ActivityHandler):
    """Greets in a personal chat, a group chat or a team on install, and stops on request."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def on_installation_update_add(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        # Remember first: a second delivery of the same event finds the conversation known.
        new = await asyncio.to_thread(self._conversations.remember, activity)
        # The SDK calls this for add-upgrade too, when nobody has installed anything.
        if not new or activity.action != "add":
            return
        try:
            await turn_context.send_activity(await greeting(turn_context))
            print(f"greeted {activity.conversation.conversation_type}")
        except SEND_ERRORS as error:
            print(Failure.of(error))

    async def on_installation_update_remove(self, turn_context: TurnContext) -> None:
        # No farewell: the bot may not write here any more.
        await asyncio.to_thread(self._conversations.forget_activity, turn_context.activity)

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        await asyncio.to_thread(self._conversations.remember, activity)
        word = (activity.text or "").strip().lower()
        if activity.conversation.conversation_type != "personal" or word not in ("stop", "start"):
            return
        tenant_id = activity.channel_data["tenant"]["id"]
        await asyncio.to_thread(
            self._conversations.opt_out, tenant_id, activity.conversation.id, out=word == "stop"
        )
        await turn_context.send_activity(ANSWERS[word])


def main() -> None:
    serve(messages_app(connect(), Welcome(Conversations())))


if __name__ == "__main__":
    main()

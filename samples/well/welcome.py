"""Greet once where the app is installed: the reason, what the bot offers, what to do next."""

import asyncio

from botbuilder.core import TurnContext
from botbuilder.core.teams import TeamsInfo

from samples.shared.bot import connect
from samples.shared.conversations import Conversations, tenant_of
from samples.shared.endpoint import messages_app, serve
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.remembering import Remember

OFFER = "I write when a build of yours breaks or a release is ready, and at no other time."
ANSWERS = {
    "stop": "I will not write unasked any more. Write start to change that.",
    "start": "I will write again when there is news for you.",
}


async def greeting(turn: TurnContext) -> str:
    """Write the welcome for the place of an installation.

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
    """Look up the name of the person who installed the app; the event has only their ID."""
    try:
        member = await TeamsInfo.get_member(turn, turn.activity.from_property.id)
    except SEND_ERRORS:  # for example not a member here: greet without the name
        return "Somebody"
    return str(member.name)


class Welcome(Remember):
    """Greets in a personal chat, a group chat or a team on install, and stops on request."""

    async def on_installation_update_add(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        # The SDK calls this for add-upgrade too, when nobody has installed anything.
        if activity.action != "add":
            return
        # Teams may deliver an event twice.
        if not await asyncio.to_thread(self.conversations.claim_greeting, activity):
            return
        try:
            await turn_context.send_activity(await greeting(turn_context))
            print(f"greeted {activity.conversation.conversation_type}")
        except SEND_ERRORS as error:
            print(Failure.of(error))

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        # Somebody who already talks to the bot needs no welcome.
        await asyncio.to_thread(self.conversations.claim_greeting, activity)
        word = (activity.text or "").strip().lower()
        if activity.conversation.conversation_type != "personal" or word not in ("stop", "start"):
            return
        tenant_id = tenant_of(activity)
        await asyncio.to_thread(
            self.conversations.opt_out, tenant_id, activity.conversation.id, out=word == "stop"
        )
        await turn_context.send_activity(ANSWERS[word])


def main() -> None:
    serve(messages_app(connect(), Welcome(Conversations())))


if __name__ == "__main__":
    main()

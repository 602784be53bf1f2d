"""What people say to the bot: watch, stop, list; anything else is answered with help."""

from __future__ import annotations

import asyncio

from botbuilder.core import TurnContext

from samples.shared.conversations import Conversations, tenant_of
from samples.shared.remembering import Remember
from samples.well.price_alert.inputs import parse_price, parse_product
from samples.well.price_alert.watches import Watches

HELP = (
    "I write to you when a price changes. Say, for example: watch desk lamp, "
    "watch desk lamp below 40, list, stop desk lamp, or stop to end everything."
)


class Chat(Remember):
    """Answers people, and stores what they want to know."""

    def __init__(self, conversations: Conversations, watches: Watches) -> None:
        super().__init__(conversations)
        self._watches = watches

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        # In a thread: the answer comes from the database.
        where, said = _chat(turn_context), _said(turn_context)
        await turn_context.send_activity(await asyncio.to_thread(self._answer, *where, said))

    async def on_installation_update_remove(self, turn_context: TurnContext) -> None:
        await asyncio.to_thread(self._watches.stop, *_chat(turn_context))

    def _answer(self, tenant_id: str, conversation_id: str, said: str) -> str:
        """Carry out a command; return the reply."""
        command, _, rest = said.partition(" ")
        if command == "watch" and rest:
            return self._watch(tenant_id, conversation_id, rest)
        if command == "stop":
            ended = self._watches.stop(tenant_id, conversation_id, rest)
            if ended:
                return f"I no longer watch {', '.join(ended)}."
            return f"I do not watch {rest or 'anything'} for you."
        if said == "list":
            return self._list(tenant_id, conversation_id)
        return HELP

    def _watch(self, tenant_id: str, conversation_id: str, rest: str) -> str:
        name, asked_for_a_limit, limit = rest.partition(" below ")
        try:
            product = parse_product(name)
            below = parse_price(limit) if asked_for_a_limit else None
        except ValueError as error:
            return str(error)
        watch = self._watches.watch(tenant_id, conversation_id, product, below)
        now = f"costs {watch.known:.2f} now" if watch.known is not None else "has no price yet"
        when = f"changes to less than {below:.2f}" if below is not None else "changes"
        return f"I write to you when the price of {product} {when}. It {now}."

    def _list(self, tenant_id: str, conversation_id: str) -> str:
        watched = [
            watch.product + (f" below {watch.below:.2f}" if watch.below is not None else "")
            for watch in self._watches.of(tenant_id, conversation_id)
        ]
        return f"I watch for you: {', '.join(watched) or 'nothing'}."


def _chat(turn_context: TurnContext) -> tuple[str, str]:
    """The tenant and conversation IDs, the key of the rows in both tables."""
    activity = turn_context.activity
    return tenant_of(activity), activity.conversation.id


def _said(turn_context: TurnContext) -> str:
    """The text, the same however it is spaced and capitalized; a message may have no text."""
    return " ".join((turn_context.activity.text or "").split()).casefold()

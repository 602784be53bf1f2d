"""Notify people of price changes: they ask in chat, and a shop posts prices to /api/prices."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from aiohttp import web

from samples.shared.bearer import read_call
from samples.shared.bot import Bot, connect
from samples.shared.callers import Callers, CallRefused, callers_from_environment
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app, serve
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.printing import one_line
from samples.shared.remembering import reference_of
from samples.shared.sending import send
from samples.shared.settings import setting
from samples.well.price_alert.chat import Chat
from samples.well.price_alert.inputs import parse_price, parse_product
from samples.well.price_alert.tables import Watch
from samples.well.price_alert.watches import Watches


async def notify(
    bot: Bot, conversations: Conversations, watches: Watches, *, product: str, price: Decimal
) -> dict[str, int]:
    """Send a price to everybody who watches the product and has not been sent it.

    Returns:
        How many were sent it; how many watches ended, because Teams says that the bot may no longer
        write to the person; and how many sends failed, which the same price posted again repeats.
    """
    count = {"notified": 0, "ended": 0, "failed": 0}
    for watch in await asyncio.to_thread(watches.set_price, product, price):
        conversation = await asyncio.to_thread(watches.chat_of, watch)
        if conversation is None or not conversation.can_notify:
            continue  # for example: they said stop while others were notified
        try:
            await send(bot, reference_of(conversation), _message(watch, price))
        except SEND_ERRORS as error:
            # Caught per person, so that one refusal does not stop the others.
            failure = Failure.of(error)
            print(failure)
            where = (watch.tenant_id, watch.conversation_id)
            if await asyncio.to_thread(conversations.note_refusal, *where, failure):
                await asyncio.to_thread(watches.stop, *where)
                count["ended"] += 1
            else:
                count["failed"] += 1
        else:
            await asyncio.to_thread(watches.mark_notified, watch, price)
            count["notified"] += 1
    return count


def _message(watch: Watch, price: Decimal) -> str:
    """What happened, why the person gets this, and how to stop it."""
    change = f"{watch.known:.2f} → {price:.2f}" if watch.known is not None else f"{price:.2f}"
    limit = f" and to tell you below {watch.below:.2f}" if watch.below is not None else ""
    return (
        f"{watch.product}: {change}. You asked me to watch it{limit}. "
        f"To end this, say: stop {watch.product}"
    )


def make_app(
    bot: Bot, conversations: Conversations, watches: Watches, callers: Callers
) -> web.Application:
    """The bot's web application: people talk at /api/messages, prices come to /api/prices."""
    one_at_a_time = asyncio.Lock()

    async def prices(request: web.Request) -> web.Response:
        try:
            call = await read_call(request, callers, "product", "price")
            product, price = parse_product(call["product"]), parse_price(call["price"])
        except CallRefused as refused:
            return refused.response()
        except ValueError as error:
            return CallRefused(400, str(error)).response()
        async with one_at_a_time:  # or an older price could be sent after a newer one
            count = await notify(bot, conversations, watches, product=product, price=price)
        counted = ", ".join(f"{number} {what}" for what, number in count.items())
        print(one_line(f"{product} {price:.2f}: {counted}"))
        return web.json_response(count, status=502 if count["failed"] else 200)

    app = messages_app(bot, Chat(conversations, watches))
    app.router.add_post("/api/prices", prices)
    return app


def main() -> None:
    callers = callers_from_environment("PRICES")  # Without, anyone could write to everyone.
    database = setting("CONVERSATIONS_URL")
    serve(make_app(connect(fast=True), Conversations(database), Watches(database), callers))


if __name__ == "__main__":
    main()

"""Tell people when a price changes: they ask in chat, and prices are posted to /api/prices."""

from __future__ import annotations

import asyncio
import hmac
import json
from decimal import Decimal

from aiohttp import web

from samples.shared.bot import Bot, connect
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app, serve
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.sending import send
from samples.shared.settings import setting
from samples.well.price_alert.chat import Chat
from samples.well.price_alert.watches import Watch, Watches, money, named


async def tell(
    bot: Bot, conversations: Conversations, watches: Watches, *, product: str, price: Decimal
) -> dict[str, int]:
    """Tell a price to everybody who watches the product and does not know it.

    Returns:
        How many were told; for how many the watch ended, because Teams says that the bot may not
        write to them any more; and how many could not be told, and will be with the same price.
    """
    count = {"told": 0, "ended": 0, "failed": 0}
    for watch in watches.news(product, price):
        conversation = watches.where(watch)
        if conversation is None:
            continue  # They said stop while the others were told.
        try:
            await send(bot, conversation.reference(), _message(watch, price))
        except SEND_ERRORS as error:
            # Caught for each person, so that one refusal does not stop the others.
            failure = Failure.of(error)
            print(failure)
            if failure.action == "forget":
                watches.stop(watch.tenant_id, watch.conversation_id)
                conversations.forget(watch.tenant_id, watch.conversation_id)
                count["ended"] += 1
            else:
                count["failed"] += 1
        else:
            watches.told(watch, price)
            count["told"] += 1
    return count


def _message(watch: Watch, price: Decimal) -> str:
    """What happened, why they are told, and how to stop it."""
    change = f"{watch.known:.2f} → {price:.2f}" if watch.known is not None else f"{price:.2f}"
    limit = f" and to tell you below {watch.below:.2f}" if watch.below is not None else ""
    return (
        f"{watch.product}: {change}. You asked me to watch it{limit}. "
        f"To end this, say: stop {watch.product}"
    )


def make_app(
    bot: Bot, conversations: Conversations, watches: Watches, token: str
) -> web.Application:
    """The bot's web application: people talk at /api/messages, prices come to /api/prices."""
    one_at_a_time = asyncio.Lock()

    async def prices(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        # Comparing with == stops at the first difference, and the time it takes tells which.
        if not hmac.compare_digest(given, f"Bearer {token}".encode()):
            raise web.HTTPUnauthorized
        try:
            # Numbers stay as they were written: 39.90 has no exact float.
            posted = json.loads(await request.read(), parse_float=str, parse_int=str)
            product, price = named(posted["product"]), money(posted["price"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            wanted = 'Post {"product": "desk lamp", "price": "39.90"}.'
            return web.json_response({"error": f"{wanted} {error!r}"}, status=400)
        async with one_at_a_time:  # or an older price could be told after a newer one
            count = await tell(bot, conversations, watches, product=product, price=price)
        print(f"{product} {price:.2f}: {', '.join(f'{n} {what}' for what, n in count.items())}")
        return web.json_response(count, status=502 if count["failed"] else 200)

    app = messages_app(bot, Chat(conversations, watches))
    app.router.add_post("/api/prices", prices)
    return app


def main() -> None:
    token = setting("PRICES_TOKEN")  # Without one, anybody could write to everybody.
    database = setting("CONVERSATIONS_URL")
    serve(make_app(connect(), Conversations(database), Watches(database), token))


if __name__ == "__main__":
    main()

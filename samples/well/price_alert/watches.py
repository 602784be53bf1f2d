"""Keep who watches which product, and decide who to notify of a price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from samples.shared.conversations import Conversation
from samples.shared.database import open_database
from samples.well.price_alert.tables import Base, Price, Watch


class Watches:
    """Every watch and every price, in a database that outlives the process.

    Args:
        url: of the database, the same as that of `Conversations`.
    """

    def __init__(self, url: str) -> None:
        engine = open_database(url, Base.metadata)
        self._session = sessionmaker(engine, expire_on_commit=False)

    def watch(
        self, tenant_id: str, conversation_id: str, product: str, below: Decimal | None
    ) -> Watch:
        """Store that a chat watches a product; replaces an earlier watch of the same product."""
        with self._session.begin() as session:
            now = session.get(Price, product)
            return session.merge(
                Watch(
                    tenant_id=tenant_id,
                    conversation_id=conversation_id,
                    product=product,
                    below=below,
                    known=now.price if now else None,
                )
            )

    def stop(self, tenant_id: str, conversation_id: str, product: str = "") -> list[str]:
        """End one watch of a chat, or all of them; return the products."""
        with self._session.begin() as session:
            ended = [
                watch
                for watch in session.scalars(_of(tenant_id, conversation_id))
                if product in ("", watch.product)
            ]
            for watch in ended:
                session.delete(watch)
            return [watch.product for watch in ended]

    def of(self, tenant_id: str, conversation_id: str) -> list[Watch]:
        """The watches of a chat."""
        with self._session.begin() as session:
            return list(session.scalars(_of(tenant_id, conversation_id)))

    def set_price(self, product: str, price: Decimal) -> list[Watch]:
        """Store what a product costs now; return the watches to notify.

        A watch is returned again until `mark_notified`, so that a killed process passes nobody
        over and notifies nobody twice.
        """
        wanted = []
        with self._session.begin() as session:
            session.merge(Price(product=product, price=price))
            watches = select(Watch).where(Watch.product == product)
            for watch in session.scalars(watches.order_by(Watch.conversation_id)):
                if watch.known == price:
                    continue
                if watch.below is None or price < watch.below:
                    wanted.append(watch)
                else:
                    watch.known = price
        return wanted

    def chat_of(self, watch: Watch) -> Conversation | None:
        """The chat of a watch, or None when the watch has ended."""
        with self._session.begin() as session:
            if session.get(Watch, (watch.tenant_id, watch.conversation_id, watch.product)):
                return session.get(Conversation, (watch.tenant_id, watch.conversation_id))
            return None

    def mark_notified(self, watch: Watch, price: Decimal) -> None:
        """Store that this price was sent to the watch's chat."""
        with self._session.begin() as session:
            if found := session.get(Watch, (watch.tenant_id, watch.conversation_id, watch.product)):
                found.known = price


def _of(tenant_id: str, conversation_id: str) -> Any:
    return (
        select(Watch)
        .where(Watch.tenant_id == tenant_id, Watch.conversation_id == conversation_id)
        .order_by(Watch.product)
    )

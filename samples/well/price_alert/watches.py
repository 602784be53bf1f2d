"""Who watches which product, and what it costs: two tables next to the conversations."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from sqlalchemy import String, TypeDecorator, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from samples.shared.conversations import Conversation


def named(text: str) -> str:
    """A product's name, the same however it is spaced and capitalized.

    Raises:
        ValueError: there is no name, or one that is too long to be one.
    """
    name = " ".join(text.split()).casefold()
    if not 0 < len(name) <= 80:
        raise ValueError("A product's name has 1 to 80 characters.")
    return name


def money(text: str) -> Decimal:
    """A price as people and price lists write it, exact to the cent.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", text):
        raise ValueError(f"{text!r} is not a price. Write it like 39.90")
    return Decimal(text)


class _Money(TypeDecorator[Decimal]):
    """Kept as text, because SQLite would make a float of it, and floats lose cents."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value)


class _Base(DeclarativeBase):
    type_annotation_map = {Decimal: _Money}  # noqa: RUF012


class Price(_Base):
    """What a product costs now."""

    __tablename__ = "prices"

    product: Mapped[str] = mapped_column(primary_key=True)
    price: Mapped[Decimal]


class Watch(_Base):
    """Somebody wants to know when the price of a product changes.

    Attributes:
        below: only prices below this one are wanted; every price when None.
        known: the last price that they were told or did not want to be told, or None.
    """

    __tablename__ = "watches"

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    below: Mapped[Decimal | None]
    known: Mapped[Decimal | None]


class Watches:
    """Every watch and every price, in a database that outlives the process.

    Args:
        url: of the database, the same as that of `Conversations`.
    """

    def __init__(self, url: str) -> None:
        engine = create_engine(url)
        _Base.metadata.create_all(engine)
        self._session = sessionmaker(engine, expire_on_commit=False)

    def watch(
        self, tenant_id: str, conversation_id: str, product: str, below: Decimal | None
    ) -> Watch:
        """Keep that a chat watches a product. Asked again, what was asked last holds."""
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
        """End one watch of a chat, or all of them; answers with the products."""
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
        """What a chat watches."""
        with self._session.begin() as session:
            return list(session.scalars(_of(tenant_id, conversation_id)))

    def news(self, product: str, price: Decimal) -> list[Watch]:
        """Keep what a product costs now; answers with the watches to be told of it.

        A watch stays among them until `told`, so that nobody is passed over when the process is
        killed in between, and nobody who was told is told again.
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

    def where(self, watch: Watch) -> Conversation | None:
        """The chat to tell it in, or None when the watch has ended since."""
        with self._session.begin() as session:
            if session.get(Watch, (watch.tenant_id, watch.conversation_id, watch.product)):
                return session.get(Conversation, (watch.tenant_id, watch.conversation_id))
            return None

    def told(self, watch: Watch, price: Decimal) -> None:
        """Keep that this price was told."""
        with self._session.begin() as session:
            if found := session.get(Watch, (watch.tenant_id, watch.conversation_id, watch.product)):
                found.known = price


def _of(tenant_id: str, conversation_id: str) -> Any:
    return (
        select(Watch)
        .where(Watch.tenant_id == tenant_id, Watch.conversation_id == conversation_id)
        .order_by(Watch.product)
    )

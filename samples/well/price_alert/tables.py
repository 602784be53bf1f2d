"""Two tables next to the conversations: what products cost, and who watches which."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class _Money(TypeDecorator[Decimal]):
    """A price stored as text: SQLite would make it a float, and floats lose cents."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value)


class Base(DeclarativeBase):
    type_annotation_map = {Decimal: _Money}  # noqa: RUF012


class Price(Base):
    """What a product costs now."""

    __tablename__ = "prices"

    product: Mapped[str] = mapped_column(primary_key=True)
    price: Mapped[Decimal]


class Watch(Base):
    """Somebody wants to know when the price of a product changes.

    Attributes:
        below: the person wants only prices below this one; every price when None.
        known: the last price that was sent to the person or that they did not want, or None.
    """

    __tablename__ = "watches"

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    below: Mapped[Decimal | None]
    known: Mapped[Decimal | None]

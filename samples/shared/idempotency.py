"""Answer a call that is repeated with the same Idempotency-Key as before, and do nothing again.

The header and its statuses: draft-ietf-httpapi-idempotency-key-header-07, October 2025.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from samples.shared.callers import CallRefused
from samples.shared.database import open_database

HEADER = "Idempotency-Key"
KEPT = 24 * 3600  # seconds after which a key is forgotten


class _Base(DeclarativeBase):
    pass


class _Answer(_Base):
    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    call: Mapped[str]  # a hash of what was asked
    status: Mapped[int] = mapped_column(default=0)  # 0 while it is being done
    body: Mapped[str] = mapped_column(default="")
    since: Mapped[float] = mapped_column(index=True)


class Answers:
    """The answers of the last day, in a database that outlives the process.

    Args:
        url: of the database, as SQLAlchemy writes it.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_database(url, _Base.metadata)

    async def once(
        self,
        request: web.Request,
        call: dict[str, str],
        do: Callable[..., Awaitable[web.Response]],
    ) -> web.Response:
        """Do what a call asks for, or give the answer that the same call got before.

        Args:
            request: may have the header Idempotency-Key; without it the call is done.
            call: what it asks for, the arguments of `do`.

        Raises:
            CallRefused: with 400 the key is wrong, with 409 the first call is not finished, with
                422 the key belongs to another call; or as `do` raises.
        """
        key = request.headers.get(HEADER)
        if key is None:
            return await do(**call)
        if not re.fullmatch(r"[!-~]{1,255}", key):
            raise CallRefused(400, f"{HEADER} must have 1 to 255 visible ASCII characters.")
        if known := await asyncio.to_thread(self._claim, key, call):
            return web.json_response(text=known[1], status=known[0])
        try:
            response = await do(**call)
        except CallRefused as refused:
            if refused.may_repeat:
                await asyncio.to_thread(self._forget, key)
            else:
                await asyncio.to_thread(self._keep, key, refused.response())
            raise
        await asyncio.to_thread(self._keep, key, response)
        return response

    def _claim(self, key: str, call: dict[str, str]) -> tuple[int, str] | None:
        """Claim a key; return the answer of the call that had it before."""
        asked = hashlib.sha256(json.dumps(call, sort_keys=True).encode()).hexdigest()
        with self._engine.begin() as db:
            db.execute(delete(_Answer).where(_Answer.since < time.time() - KEPT))
        try:
            with self._engine.begin() as db:
                db.execute(insert(_Answer).values(key=key, call=asked, since=time.time()))
            return None
        except IntegrityError:
            pass
        with self._engine.connect() as db:
            known = db.execute(select(_Answer).where(_Answer.key == key)).first()
        if known is None or (known.call == asked and not known.status):
            # After a crash it stays so: the message may have been sent, or not.
            raise CallRefused(409, f"The first call with this {HEADER} is not finished.")
        if known.call != asked:
            raise CallRefused(422, f"This {HEADER} belongs to another call.")
        return known.status, known.body

    def _keep(self, key: str, response: web.Response) -> None:
        with self._engine.begin() as db:
            answer = update(_Answer).where(_Answer.key == key)
            db.execute(answer.values(status=response.status, body=response.text))

    def _forget(self, key: str) -> None:
        with self._engine.begin() as db:
            db.execute(delete(_Answer).where(_Answer.key == key))

"""Send everybody a digest at nine in the morning where they are; a scheduler starts it hourly."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Column, Date, Engine, MetaData, String, Table, delete, insert
from sqlalchemy.exc import IntegrityError

from samples.shared.bot import Bot, connect
from samples.shared.conversations import Conversation, Conversations
from samples.shared.database import open_database
from samples.shared.each_person import each_to_notify
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.printing import one_line
from samples.shared.remembering import reference_of
from samples.shared.retrying import retrying
from samples.shared.sending import send
from samples.shared.settings import optional_setting, setting

HOUR = 9
ZONES = available_timezones()
OFFICE = "Europe/London"  # the time zone of people whose own Teams has not sent

# Who got which day's digest.
DIGESTS = Table(
    "digests",
    MetaData(),
    Column("tenant_id", String, primary_key=True),
    Column("conversation_id", String, primary_key=True),
    Column("day", Date, primary_key=True),
)


def digest_of(day: date) -> str:
    """The text: what is new, what to do about it, why the person gets it, how to get no more."""
    return (
        f"{day:%A} {day.day} {day:%B}: 3 reviews are waiting in Engineering. Take one in the "
        "Releases channel. You get this at nine on working days because you have this app. Send "
        "stop to get no more of these."
    )


def due(person: Conversation, *, now: datetime) -> date | None:
    """The day whose digest a person gets now, by their own clock; None if none."""
    zone = person.timezone if person.timezone in ZONES else OFFICE
    there = now.astimezone(ZoneInfo(zone))
    return there.date() if there.hour == HOUR and there.weekday() < 5 else None


async def send_digests(
    bot: Bot, conversations: Conversations, database: Engine, *, now: datetime
) -> dict[str, int]:
    """Send the digest to everyone for whom it is nine, except those who opted out or blocked.

    Args:
        bot: sends the messages.
        conversations: the chats that the bot knows.
        database: has the table of digests; the database of the conversations will do.
        now: the moment, with a time zone.

    Returns:
        How many were sent; how many were not, because the person blocked the bot or the chat is
        gone and forgotten; and how many were not for another reason.
    """
    count = {"sent": 0, "blocked": 0, "forgotten": 0, "not sent": 0}
    await asyncio.to_thread(delete_old, database, now.date())
    for person in await asyncio.to_thread(lambda: list(each_to_notify(conversations))):
        day = due(person, now=now)
        if day is None or not await asyncio.to_thread(claim, database, person, day):
            continue
        try:
            await retrying(if_unsure="leave")(send, bot, reference_of(person), digest_of(day))
            count["sent"] += 1
        except SEND_ERRORS as error:  # the others still get theirs
            failure = Failure.of(error)
            print(f"{one_line(person.user_name)}: {failure}")
            where = (person.tenant_id, person.id)
            noted = await asyncio.to_thread(conversations.note_refusal, *where, failure)
            count[noted or "not sent"] += 1
            # What may have arrived, after a timeout or a 5xx, stays claimed: better none than two.
            if not failure.maybe_arrived:
                await asyncio.to_thread(give_back, database, person, day)
    return count


def delete_old(database: Engine, today: date) -> None:
    """Delete claims older than a week, which no longer prevent duplicates."""
    with database.begin() as connection:
        connection.execute(delete(DIGESTS).where(DIGESTS.c.day < today - timedelta(days=7)))


def claim(database: Engine, person: Conversation, day: date) -> bool:
    """Store that a person gets a day's digest; return False if another run stored it before.

    Claim first, then send: of two runs at the same moment, the database lets one store it.
    """
    row = {"tenant_id": person.tenant_id, "conversation_id": person.id, "day": day}
    try:
        with database.begin() as connection:
            connection.execute(insert(DIGESTS).values(row))
    except IntegrityError:
        return False
    return True


def give_back(database: Engine, person: Conversation, day: date) -> None:
    """Delete a claim, so that another run in this hour may try again."""
    row = {"tenant_id": person.tenant_id, "conversation_id": person.id, "day": day}
    with database.begin() as connection:
        connection.execute(delete(DIGESTS).filter_by(**row))


async def main() -> None:
    # No default: schedulers start programs in some other folder, where the bot's file is not.
    url = setting("CONVERSATIONS_URL")
    given = optional_setting("DIGEST_NOW")
    now = datetime.fromisoformat(given) if given else datetime.now(UTC)
    if now.tzinfo is None:
        raise SystemExit("DIGEST_NOW needs an offset, for example 2026-01-05T09:00+00:00")
    database = open_database(url, DIGESTS.metadata)
    count = await send_digests(connect(fast=True), Conversations(url), database, now=now)
    print(", ".join(f"{number} {what}" for what, number in count.items()))
    if count["not sent"]:
        raise SystemExit(1)  # so that the scheduler reports it


if __name__ == "__main__":
    asyncio.run(main())

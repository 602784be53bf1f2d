"""Send everybody a digest at nine in the morning where they are; a scheduler starts it hourly."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Column, Date, Engine, MetaData, String, Table, create_engine, delete, insert
from sqlalchemy.exc import IntegrityError

from samples.shared.bot import Bot, connect
from samples.shared.conversations import Conversation, Conversations
from samples.shared.failure import SEND_ERRORS, Failure
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
    """What is new, what to do about it, why this person gets it, and how to get no more."""
    return (
        f"{day:%A} {day.day} {day:%B}: 3 reviews are waiting in Engineering. Take one in the "
        "Releases channel. You get this at nine on working days because you have this app. Send "
        "stop to get no more of these."
    )


def due(person: Conversation, *, now: datetime) -> date | None:
    """The day whose digest somebody is to get now, by their own clock; None if none is."""
    zone = person.timezone if person.timezone in ZONES else OFFICE
    there = now.astimezone(ZoneInfo(zone))
    return there.date() if there.hour == HOUR and there.weekday() < 5 else None


async def send_digests(
    bot: Bot, conversations: Conversations, database: Engine, *, now: datetime
) -> dict[str, int]:
    """Send the digest to everybody for whom it is nine, except those who opted out.

    Args:
        bot: who sends.
        conversations: the chats that the bot knows.
        database: where the table of digests stands; theirs will do.
        now: the moment, with a time zone.

    Returns:
        How many were sent, forgotten (who blocked the bot, for example) and not sent.
    """
    count = {"sent": 0, "forgotten": 0, "not sent": 0}
    with database.begin() as connection:  # what is a week old guards nothing any more
        connection.execute(delete(DIGESTS).where(DIGESTS.c.day < now.date() - timedelta(days=7)))
    for person in conversations.all("personal"):
        day = due(person, now=now)
        if person.opted_out or day is None or not claim(database, person, day):
            continue
        try:
            await retrying(if_unsure="leave")(send, bot, person.reference(), digest_of(day))
            count["sent"] += 1
        except SEND_ERRORS as error:  # the others still get theirs
            failure = Failure.of(error)
            print(f"{person.user_name}: {failure}")
            gone = failure.action == "forget"
            count["forgotten" if gone else "not sent"] += 1
            if gone:
                conversations.forget(person.tenant_id, person.id)
            # What may have arrived, after a time-out or a 5xx, stays claimed: better none than two.
            if not failure.maybe_arrived:
                give_back(database, person, day)
    return count


def claim(database: Engine, person: Conversation, day: date) -> bool:
    """Write down that somebody gets a day's digest; False when a run wrote it down before.

    Claimed first and sent then: of two runs at the same moment the database lets one write it.
    """
    row = {"tenant_id": person.tenant_id, "conversation_id": person.id, "day": day}
    try:
        with database.begin() as connection:
            connection.execute(insert(DIGESTS).values(row))
    except IntegrityError:
        return False
    return True


def give_back(database: Engine, person: Conversation, day: date) -> None:
    """Take a claim back, so that another run in this hour may try again."""
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
    database = create_engine(url)
    DIGESTS.create(database, checkfirst=True)
    count = await send_digests(connect(fast=True), Conversations(url), database, now=now)
    print(", ".join(f"{number} {what}" for what, number in count.items()))
    if count["not sent"]:
        raise SystemExit(1)  # so that the scheduler tells somebody


if __name__ == "__main__":
    asyncio.run(main())

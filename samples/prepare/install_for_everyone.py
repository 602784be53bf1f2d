"""Install the app for everyone in a group or a file, message each, and resume after a stop."""

import argparse
import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from samples.prepare.install_app import find_app, install
from samples.shared.bot import Bot, connect
from samples.shared.bulk.attempt import Attempt
from samples.shared.bulk.drain import AT_ONCE, Stopped, drain
from samples.shared.bulk.group import people_in
from samples.shared.bulk.lists import Listed, read_list
from samples.shared.bulk.locks import Busy
from samples.shared.bulk.message import Message
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.pace import Pace
from samples.shared.bulk.recipients import listed
from samples.shared.bulk.report import UNFINISHED, exit_status, summary_lines
from samples.shared.bulk.rows import New, Recipient
from samples.shared.bulk.sender import sender
from samples.shared.conversations import Conversations
from samples.shared.failure import Failure
from samples.shared.graph import Graph, GraphError, connect_graph
from samples.shared.settings import setting

MESSAGE = Message(
    json.dumps(
        {
            "type": "message",
            "text": "Hello ${name|there}. IT gave you this app: it tells you when an approval "
            "waits for you. Send stop to get no more of these.",
        }
    )
)
RETRIED = ("fix", "stop", "retry", "install")  # actions that another run repeats


async def install_for_everyone(
    bot: Bot, graph: Graph, outbox: Outbox, *, job: str, app_id: str, at_once: int = AT_ONCE
) -> None:
    """Install the app for each waiting recipient of a job, and send them its message.

    Args:
        outbox: has the job; see `Outbox.add`.
        app_id: the result of `find_app`.
        at_once: how many people are in progress at a time at most.

    Raises:
        Busy: another process does.
        Stopped: nothing more can be done for now, for example because nobody consented.
    """
    send = sender(bot, Conversations(), Message(outbox.content(job)))

    async def handle(recipient: Recipient, attempt: Attempt) -> str | Failure:
        place = f"/users/{quote(recipient.data['person'])}/teamwork"
        try:
            # One attempt: the outbox decides who is retried, and when. A repeat does no harm.
            await install(graph, place, app_id=app_id, attempts=1)
        except GraphError as error:
            return error.failure
        return await send(recipient, attempt)

    with outbox.exclusive(job) as check_lock:
        for tenant_id in outbox.tenants(job):
            await drain(
                outbox,
                job,
                tenant_id,
                handle,
                pace=Pace(),
                stop=asyncio.Event(),
                at_once=at_once,
                check_lock=check_lock,
                on_notice=print,
            )


def recipients(people: Iterable[Listed]) -> Iterable[New]:
    """The people in a file or a group, except those who opted out or blocked the bot."""
    return listed(
        people,
        Conversations(),
        MESSAGE,
        tenant_id=setting("TEAMS_TENANT_ID"),
        service_url=setting("TEAMS_SERVICE_URL"),
    )


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m samples.prepare.install_for_everyone")
    parser.add_argument("job", help="its name; use the same name to resume")
    parser.add_argument("people", nargs="?", type=Path, help="CSV (default: TEAMS_GROUP_ID)")
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    given = parser.parse_args()
    bot, manifest_id, outbox = connect(fast=True), setting("TEAMS_APP_MANIFEST_ID"), Outbox()
    try:
        async with connect_graph() as graph:
            app_id = await find_app(graph, manifest_id=manifest_id)
            if given.people:
                people: Iterable[Listed] = read_list(given.people)
            else:
                people = await people_in(graph, group_id=setting("TEAMS_GROUP_ID"))
            everyone = recipients(people)
            await outbox.in_thread(outbox.add, given.job, MESSAGE.text, everyone)
            await outbox.in_thread(outbox.retry_failed, given.job, RETRIED)
            await install_for_everyone(
                bot, graph, outbox, job=given.job, app_id=app_id, at_once=given.at_once
            )
    except (GraphError, LookupError, OSError, ValueError, Busy) as error:
        raise SystemExit(str(error)) from error
    except Stopped as error:
        print(f"Stopped. {error}\nRun it again with the same name to go on.")
        return UNFINISHED
    print(*summary_lines(outbox, given.job, done="installed and notified"), sep="\n")
    return exit_status(outbox, given.job)


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))

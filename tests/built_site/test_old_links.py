"""A link from before the samples moved brings its code, and the code runs."""

from __future__ import annotations

import pytest

from tests.support.browsing import Screen
from tests.support.running_in_page import Sample, linked

# A reader's code as links have it: it imports what samples/ itself had then.
CODE = """
import asyncio

from samples.bot import connect, setting
from samples.broadcast.message import read_message
from samples.delivery import SEND_ERRORS, Failure
from samples.to_group_chat import message_group_chat


async def main() -> None:
    try:
        await message_group_chat(
            connect(),
            service_url=setting("TEAMS_SERVICE_URL"),
            chat_id=setting("TEAMS_CHAT_ID"),
            text=f"From an old link, with {read_message.__name__}",
        )
    except SEND_ERRORS as error:
        raise SystemExit(f"Not sent. {Failure.of(error)}") from error


if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize(
    "file", [pytest.param("to_person.py", marks=pytest.mark.prove), "send/to_person.py"]
)
def test_the_code_of_an_old_link_runs(loaded: Sample, screen: Screen, file: str) -> None:
    here = Sample.anew(screen, "to_person", linked(file, CODE))
    assert here.text(".run-status").has("came with the link")
    here.agree_and_run()
    assert here.texts(".run-error") == []
    arrived = "(one) => one.shadowRoot?.querySelector('.said')?.textContent ?? null"
    assert here.first("teams-conversation", arrived) == "From an old link, with read_message"

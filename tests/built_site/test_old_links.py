"""A link from before the samples moved brings its code, and the code runs."""

from __future__ import annotations

import base64
import zlib

import pytest

from tests.support.browsing import Screen

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


def linked(file: str, code: str) -> str:
    """The end of a link with code, as run.js writes it."""
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = deflate.compress(code.encode()) + deflate.flush()
    return f"#run={file}~{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


@pytest.mark.parametrize("file", ["to_person.py", "send/to_person.py"])
def test_the_code_of_an_old_link_runs(runs_samples: str, screen: Screen, file: str) -> None:
    screen.open(f"{runs_samples}send/to-a-person/{linked(file, CODE)}")
    here = screen.within("[data-run=to_person]")
    assert here.text(".run-status").has("came with the link")
    here.click("button", "Run")
    assert here.value("return found[0].dataset.ended ?? null") == "done"
    assert here.texts(".run-error") == []
    arrived = "(one) => one.shadowRoot?.querySelector('.said')?.textContent ?? null"
    assert here.first("teams-conversation", arrived) == "From an old link, with read_message"

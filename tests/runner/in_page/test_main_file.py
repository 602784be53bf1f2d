"""A file runs as `__main__` while an event loop runs."""

from __future__ import annotations

from samples.runner.registry import Registry
from tests.support.in_page import Heard, run_text


async def test_asyncio_run_is_awaited_wherever_it_stands_outside_functions(
    heard: Heard, written: Registry
) -> None:
    text = """
import asyncio


async def main(text):
    await asyncio.sleep(0)
    return text


class Kept:
    def later(self):
        return asyncio.run(main("never"))


async def later():
    asyncio.run(main("never"))


inside = lambda: asyncio.run(main("never"))

if __name__ == "__main__":
    print(asyncio.run(main("one")), str(asyncio.run(main("two"))))
    try:
        asyncio.run(main(1 / 0))
    except ZeroDivisionError:
        print("caught")
"""
    await run_text(written, text, heard)
    assert heard.printed == "one two\ncaught\n"


async def test_functions_that_call_asyncio_run_are_awaited_too(
    heard: Heard, written: Registry
) -> None:
    text = """
import asyncio


async def main(text):
    await asyncio.sleep(0)
    return text


def run(text):
    return asyncio.run(main(text))


def twice(text):
    def shown(one):
        return f"<{one}>"

    return shown(run(text)) + shown(run(text))


print(run("one"), twice("two"))


def taken():
    return asyncio.run(main("never"))


value = taken
try:
    value()
except RuntimeError as error:
    print(error)
"""
    await run_text(written, text, heard)
    said = "asyncio.run() cannot be called from a running event loop"
    assert heard.printed == f"one <two><two>\n{said}\n"

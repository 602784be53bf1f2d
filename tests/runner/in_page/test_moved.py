"""Code in an old link runs: it imports modules by the names that they had then."""

from __future__ import annotations

import importlib
import sys

import pytest

from samples.runner.in_page import moved
from samples.runner.in_page.moved import MOVED, old_names, today
from samples.runner.registry import Registry, samples
from tests.support.in_page import Heard, run_text

# What code in a link can have imported from each module of samples/ before it was moved.
OLD = {
    "samples.bot": "Bot connect setting log",
    "samples.booking": "BookingBot SqlStorage",
    "samples.broadcast.lists": "Listed read_list object_id",
    "samples.broadcast.message": "Message read_message",
    "samples.broadcast.recipients": "everyone listed",
    "samples.broadcast.sending": "sender",
    "samples.broadcast.workers": "TENANTS make_app submit work",
    "samples.conversations": "Conversation Conversations",
    "samples.delivery": "SEND_ERRORS Failure IfUnsure open_chat pause retrying send",
    "samples.drain": "AT_ONCE ATTEMPTS PATIENCE Attempt Do Stopped drain",
    "samples.endpoint": "messages_app serve",
    "samples.graph": "Graph GraphError GraphFailure connect_graph credential",
    "samples.install_app": "find_app install",
    "samples.notification_queue": "main",
    "samples.outbox": "Busy Job JobState New Outbox Outcome Recipient",
    "samples.pace": "ALLOWED RATE Pace",
    "samples.price_alert.chat": "Chat",
    "samples.price_alert.watches": "Watch Watches money named",
    "samples.queue": "main",
    "samples.report": "UNFINISHED exit_status report write_csv",
    "samples.service_urls": "ServiceUrlNotAllowed check_environment is_allowed is_loopback "
    "require_allowed",
    "samples.settings": "optional_setting setting",
    "samples.slow_answer.jobs": "Job Jobs",
    "samples.slow_answer.worker": "work",
    "samples.to_channel": "start_thread",
    "samples.to_group_chat": "message_group_chat",
    "samples.to_person": "main",
}
LINKED = """
import asyncio

import samples.delivery as delivery
from samples.bot import Bot, connect, setting
from samples.broadcast.message import Message
from samples.delivery import SEND_ERRORS, Failure, send
from samples.to_person import message_person


async def main() -> None:
    bot = connect()
    try:
        chat = await message_person(
            bot,
            service_url=setting("TEAMS_SERVICE_URL"),
            tenant_id=setting("TEAMS_TENANT_ID"),
            user_id=setting("TEAMS_USER_ID"),
            text="From an old link",
        )
    except SEND_ERRORS as error:
        raise SystemExit(f"Not sent. {Failure.of(error)}") from error
    print(chat.conversation.id.partition(":")[0], Message.__name__, delivery.send is send)


if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_the_code_of_an_old_link_runs(heard: Heard, written: Registry) -> None:
    await run_text(written, LINKED, heard)
    assert "failed" not in heard, heard
    assert heard.printed == "a Message True\n"
    [[chat]] = heard["arrived"]
    assert [message["text"] for message in chat["messages"]] == ["From an old link"]


@pytest.mark.parametrize("module", OLD)
def test_every_name_that_a_link_may_import_is_there(module: str) -> None:
    with old_names():
        old = importlib.import_module(module)
        for name in OLD[module].split():
            assert hasattr(old, name), name


def test_every_module_that_moved_is_among_them() -> None:
    assert set(OLD) >= set(MOVED)
    assert {today(name) for name in MOVED} == set(MOVED.values())


def test_samples_are_found_by_their_old_modules() -> None:
    for sample in samples().values():
        assert today(f"samples.{sample.stem}") == (sample.module,)


async def test_a_name_that_never_was_is_an_import_error_as_ever(
    heard: Heard, written: Registry
) -> None:
    await run_text(written, "from samples.bot import nothing\n", heard)
    assert "ImportError: cannot import name 'nothing' from 'samples.bot'" in heard.failed["text"]


async def test_a_module_that_never_was_is_missing_as_ever(heard: Heard, written: Registry) -> None:
    await run_text(written, "import samples.nothing\n", heard)
    assert "No module named 'samples.nothing'" in heard.failed["text"]


def test_an_attribute_that_is_gone_is_explained() -> None:
    with old_names():
        bot = importlib.import_module("samples.bot")
        with pytest.raises(AttributeError, match=r"samples\.bot is samples\.shared.* today: no x"):
            _ = bot.x


def test_a_renamed_name_leads_to_todays(monkeypatch: pytest.MonkeyPatch) -> None:
    new = "samples.runner.in_page.moved.today"
    monkeypatch.setitem(moved.RENAMED, "samples.bot.formerly", new)
    with old_names():
        assert importlib.import_module("samples.bot").formerly is today


def test_old_names_are_gone_when_the_page_is_closed() -> None:
    with old_names():
        importlib.import_module("samples.bot")
        importlib.import_module("samples.broadcast.message")
    assert not {"samples.bot", "samples.broadcast"} & sys.modules.keys()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("samples.bot")

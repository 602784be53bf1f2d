"""A reader sees what failed, and where in the code."""

from __future__ import annotations

from pathlib import Path

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.faults import Fault
from samples.runner.in_page import run
from samples.runner.registry import Registry
from tests.support.in_page import Heard, run_text


async def test_a_refusal_says_what_teams_answered_and_where(heard: Heard, tmp_path: Path) -> None:
    world = contoso()
    world.people[0].blocked = True
    await run("to_person", world, heard, folder=str(tmp_path))
    assert heard.failed["text"].startswith("Not sent. Teams answered 403 MessageWritesBlocked")
    assert heard.failed["refusal"] == {"status": 403, "code": "MessageWritesBlocked"}
    assert heard.failed["file"] == "send/to_person.py"
    assert heard["arrived"] == [[]]


async def test_an_install_that_is_missing_is_a_refusal_too(heard: Heard, tmp_path: Path) -> None:
    world = contoso()
    world.group_chats[0].installed = False
    await run("to_group_chat", world, heard, folder=str(tmp_path))
    assert heard.failed["refusal"]["status"] == 403 and heard.failed["refusal"]["code"]


async def test_an_answer_without_a_body_is_told_too(heard: Heard, tmp_path: Path) -> None:
    world = contoso()
    world.faults += [Fault(status=503, times=0)]
    await run("to_known_chat", world, heard, folder=str(tmp_path))
    assert heard.failed["refusal"] == {"status": 503, "code": ""}


async def test_an_error_points_at_the_readers_line(heard: Heard, written: Registry) -> None:
    text = "import json\n\n\ndef wrong():\n    json.loads('{')\n\n\nwrong()\n"
    await run_text(written, text, heard)
    assert heard.failed["text"].startswith("Traceback")
    assert heard.failed["text"].endswith("(char 1)\n") and "in_page" not in heard.failed["text"]
    assert (heard.failed["file"], heard.failed["line"]) == ("send/mine.py", 5)
    assert "refusal" not in heard.failed


async def test_what_is_no_python_points_at_the_line(heard: Heard, written: Registry) -> None:
    await run_text(written, "print('a')\nprint('b'\n", heard)
    assert (heard.failed["file"], heard.failed["line"]) == ("send/mine.py", 2)
    assert "was never closed" in heard.failed["text"]
    assert heard.printed == ""


async def test_to_exit_without_a_complaint_is_no_error(heard: Heard, written: Registry) -> None:
    await run_text(written, "print('a')\nraise SystemExit(0)\n", heard)
    assert heard.printed == "a\n" and "failed" not in heard

"""What is refused or shown before anything leaves."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from samples.local_teams.testing import LocalTeams
from tests.support.broadcasting import (
    ADA,
    ALAN,
    Broadcast,
    ids,
    know,
    listing,
    message,
)


def test_a_dry_run_shows_it_and_stores_nothing(
    teams: LocalTeams, broadcast: Broadcast, tmp_path: Path
) -> None:
    know(teams, ADA)
    result = broadcast(
        "send", "move", "--dry-run", "--to", listing(tmp_path, *ids(teams, ADA, ALAN))
    )
    assert result.status == 0
    assert result.out.startswith(
        "2 recipients, 3 requests, 1 tenants.\n"
        "At 47.8 requests a second in each tenant that takes 0:00:01.\n"
        "Ada Lovelace would get:\n{"
    )
    assert '"text": "Hello Ada Lovelace, please pack' in result.out
    assert result.out.endswith("Nothing was sent, and nothing was stored.\n")
    assert not (tmp_path / "outbox.db").exists() and teams.wire == []


def test_a_dry_run_for_nobody(broadcast: Broadcast) -> None:
    assert broadcast("send", "move", "--dry-run").out.startswith("0 recipients, 0 requests")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('7f0fb1c6-0000-4000-8000-000000000000,"Grace,', "the quotation marks do not match"),
        ("ada@contoso.example,Ada,", "is no Entra object id, which is a GUID."),
        ("7f0fb1c6-0000-4000-8000-000000000000,Grace,", "Grace has no room, which the message"),
    ],
)
@pytest.mark.parametrize("at", [4, 1200], ids=["early", "after the first were put in"])
def test_a_list_that_is_wrong_is_refused_with_its_line_and_nobody_is_stored(
    teams: LocalTeams,
    broadcast: Broadcast,
    tmp_path: Path,
    line: str,
    said: str,
    at: int,
) -> None:
    """A stray quotation mark once swallowed everybody after it, with exit status 0."""
    lines = [f"7f0fb1c6-0000-4000-8000-{number:012x},Person,Blue" for number in range(1, 1300)]
    lines[at - 2] = line
    people = listing(tmp_path, *lines, head="aad_object_id,name,room")
    text = message(tmp_path, '{"type": "message", "text": "${room}"}')
    for rehearsal in (["--dry-run"], []):
        result = broadcast("send", "move", "--to", people, "--message", text, *rehearsal)
        assert (result.status, result.out) == (1, "")
        assert f"people.csv:{at}: " in result.err and said in result.err
    assert teams.wire == [] and "There is no 'move'" in broadcast("report", "move").err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello", "The message is not JSON: Expecting value"),
        ('{"type": "AdaptiveCard"}', "The message is not an activity"),
        ("[]", "The message is not an activity"),
        pytest.param("[" * 5000, "The message is not JSON: ", id="too deep"),
        ('{"type": "message", "text": "a", "text": "b"}', "'text' occurs twice in an object."),
    ],
)
def test_a_message_that_is_none_is_told(
    broadcast: Broadcast, tmp_path: Path, text: str, said: str
) -> None:
    result = broadcast("send", "move", "--message", message(tmp_path, text))
    assert result.status == 1 and said in result.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("send", "move", "--message", "none.json"), "No such file or directory: 'none.json'"),
        (("send", "move", "--rate", "60"), "60 requests a second: Teams allows up to 50."),
        (("send", "move", "--rate", "nan"), "nan requests a second: Teams allows up to 50."),
        (("pause", "none"), "There is no 'none' in the outbox."),
        (("worker",), "Workers share a PostgreSQL database, and OUTBOX_URL names a SQLite file."),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(
    teams: LocalTeams, broadcast: Broadcast, arguments: tuple[str, ...], said: str
) -> None:
    know(teams, ADA)
    result = broadcast(*arguments)
    assert result.status == 1 and said in result.err and "Traceback" not in result.err


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "x", "9" * 5000, "1000000", "\u0663"])
def test_a_number_at_once_that_makes_no_sense_is_refused(
    teams: LocalTeams, broadcast: Broadcast, number: str
) -> None:
    know(teams, ADA)
    result = broadcast("send", "move", "--at-once", number)
    assert result.status == 2 and "It must be a whole number from 1 to 500." in result.err
    assert teams.wire == []


@pytest.mark.parametrize(("encoding", "at"), [("cp1252", 31), ("utf-16", 0)])
def test_a_message_in_another_encoding_is_refused(
    broadcast: Broadcast, tmp_path: Path, encoding: str, at: int
) -> None:
    file = tmp_path / "message.json"
    file.write_text('{"type": "message", "text": "Grüße"}', encoding)
    error_text = broadcast("send", "move", "--message", str(file))
    assert error_text.status == 1
    assert error_text.err == f"{file} is not UTF-8, from byte {at}: save it so.\n"


def test_importing_the_program_sends_nothing(teams: LocalTeams, environ: dict[str, str]) -> None:
    program = import_module("samples.well.broadcast.__main__")
    assert callable(program.main) and teams.wire == []

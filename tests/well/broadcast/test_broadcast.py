"""Who gets the message, what the reader is told, and what survives a kill -9."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import random
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from samples.local_teams.model.faults import Fault
from samples.local_teams.model.limits import Limits
from samples.local_teams.server.app import LocalTeams
from samples.runner.recording import ticking
from samples.runner.running import run, start
from samples.shared.bulk.drain import AT_ONCE
from samples.shared.bulk.message import Message, read_message
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.report import write_csv
from samples.shared.conversations import Conversations
from samples.well.broadcast.__main__ import _interrupts
from tests.support import ROOT, forked
from tests.support.crowd import crowd, environment, got, remember
from tests.support.waiting import DEADLINE, eventually

ADA, GRACE, ALAN, BARBARA, DENNIS = 0, 1, 2, 5, 6  # their places among Contoso's people


class Told:
    """What the command said, and its exit status."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


Broadcast = Callable[..., Told]


@pytest.fixture
def broadcast(environ: dict[str, str], capfd: pytest.CaptureFixture[str]) -> Broadcast:
    """Runs the command in this process."""

    def broadcast(*arguments: str) -> Told:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            start("broadcast", *arguments)
        told = capfd.readouterr()
        if isinstance(
            ended.value.code, str
        ):  # what Python prints, and the status that it ends with
            return Told(1, told.out, f"{told.err}{ended.value.code}\n")
        return Told(ended.value.code or 0, told.out, told.err)

    return broadcast


def know(teams: LocalTeams, *people: int) -> None:
    remember(teams.world, os.environ["CONVERSATIONS_URL"], *(teams.world.people[n] for n in people))


def cards(teams: LocalTeams, person: int) -> list[str]:
    """The second text of each card that somebody got."""
    chat = teams.world.personal_chat(teams.world.people[person])
    return [m["attachments"][0]["content"]["body"][1]["text"] for m in chat.messages]


def listing(tmp_path: Path, *lines: str, head: str = "aad_object_id,name") -> str:
    file = tmp_path / "people.csv"
    file.write_text("\n".join([head, *lines]), "utf-8-sig")  # as spreadsheets save it
    return str(file)


def message(tmp_path: Path, text: str) -> str:
    file = tmp_path / "message.json"
    file.write_text(text, "utf-8")
    return str(file)


# -- who gets what ---------------------------------------------------------------------------------


def test_the_story_of_the_page() -> None:
    """Ada and Grace get it; Alan said stop, and Dennis blocked the bot."""
    done = run("broadcast")
    assert done.complaint == ""
    assert done.printed == (
        "office-move: 2 sent, 1 failed\nNot sent: 1 x 403 MessageWritesBlocked\n  Dennis Ritchie\n"
    )


def test_everyone_in_the_store_gets_it_with_their_name_in_it(
    teams: LocalTeams, broadcast: Broadcast
) -> None:
    know(teams, ADA, GRACE)
    told = broadcast("send", "move")
    assert (told.status, told.out) == (0, "move: 2 sent\n")
    assert cards(teams, ADA) == [
        "Hello Ada Lovelace, please pack your desk by Friday at 17:00 UTC."
    ]
    chat = teams.world.personal_chat(teams.world.people[GRACE])
    assert chat.messages[0]["summary"] == "The London office moves on Monday"


def test_who_opted_out_gets_none(teams: LocalTeams, broadcast: Broadcast, tmp_path: Path) -> None:
    know(teams, ADA, GRACE)
    chat = teams.world.personal_chat(teams.world.people[GRACE])
    Conversations().opt_out(teams.world.tenant_id, chat.id)
    assert broadcast("send", "move").out == "move: 1 sent\n"
    told = broadcast("send", "again", "--to", listing(tmp_path, *ids(teams, GRACE)))
    assert told.out == "again: nobody to write to\n"
    assert cards(teams, GRACE) == []


def ids(teams: LocalTeams, *people: int) -> list[str]:
    return [f"{teams.world.people[n].aad_object_id},{teams.world.people[n].name}" for n in people]


def test_a_list_of_object_ids_reaches_those_whose_chat_is_not_kept(
    teams: LocalTeams, broadcast: Broadcast, tmp_path: Path
) -> None:
    know(teams, ADA)
    told = broadcast("send", "move", "--to", listing(tmp_path, *ids(teams, ADA, GRACE)))
    assert (told.status, told.out) == (0, "move: 2 sent\n")
    assert len(cards(teams, ADA)) == len(cards(teams, GRACE)) == 1
    created = [e for e in teams.exchanges if e.request.path.endswith("/v3/conversations")]
    assert len(created) == 1  # Ada's chat is known
    assert broadcast("send", "move", "--to", listing(tmp_path, *ids(teams, GRACE))).status == 0
    assert len(cards(teams, GRACE)) == 1


def test_a_column_is_a_field_and_a_quotation_mark_in_it_harms_nothing(
    teams: LocalTeams, broadcast: Broadcast, tmp_path: Path
) -> None:
    person = teams.world.people[ADA].aad_object_id
    people = listing(tmp_path, f'{person},"The ""blue"" room"', head="aad_object_id,room")
    text = '{"type": "message", "text": "You move to ${room}, ${name|friend}."}'
    broadcast("send", "move", "--to", people, "--message", message(tmp_path, text))
    [sent] = teams.world.personal_chat(teams.world.people[ADA]).messages
    assert sent["text"] == 'You move to The "blue" room, friend.'


def test_who_lacks_the_app_is_named_and_gets_it_once_it_is_there(
    teams: LocalTeams, broadcast: Broadcast, tmp_path: Path
) -> None:
    people = listing(tmp_path, *ids(teams, ADA, BARBARA))
    told = broadcast("send", "move", "--to", people)
    assert told.status == 1
    assert told.out == (
        "move: 1 sent, 1 failed\n"
        "App to be installed: 1 x 403 ForbiddenOperationException\n  Barbara Liskov\n"
    )
    teams.world.people[BARBARA].installed = True
    told = broadcast("send", "move", "--to", people, "--retry-failed")
    assert (told.status, told.out) == (0, "move: 2 sent\n")
    assert len(cards(teams, ADA)) == len(cards(teams, BARBARA)) == 1


def test_who_blocked_the_bot_is_forgotten(teams: LocalTeams, broadcast: Broadcast) -> None:
    know(teams, ADA, DENNIS)
    told = broadcast("send", "move")
    assert told.status == 0  # nobody has to see to that
    assert "Not sent: 1 x 403 MessageWritesBlocked\n  Dennis Ritchie\n" in told.out
    assert [chat.user_name for chat in Conversations().all()] == ["Ada Lovelace"]


def test_a_chat_that_is_gone_is_created_again(teams: LocalTeams, broadcast: Broadcast) -> None:
    know(teams, ADA)
    teams.world.weather.append(Fault(status=404, code="ConversationNotFound", path="/activities"))
    assert broadcast("send", "move").out == "move: 1 sent\n"
    assert len(cards(teams, ADA)) == 1


def test_a_502_that_arrived_is_named_as_perhaps_twice(
    teams: LocalTeams, broadcast: Broadcast
) -> None:
    know(teams, ADA, GRACE)
    teams.world.weather.append(Fault(status=502, after=True))
    told = broadcast("send", "move", "--at-once", "1")
    [twice] = [n for n in (ADA, GRACE) if len(cards(teams, n)) == 2]
    name = teams.world.people[twice].name
    assert told.out == f"move: 2 sent\nSent, perhaps twice: 1 x 502 ServiceError\n  {name}\n"
    table = broadcast("report", "move", "--csv").out
    assert [row["name"] for row in csv.DictReader(table.splitlines())] == [name]


def test_or_it_is_left_and_named_when_twice_is_worse(
    teams: LocalTeams, broadcast: Broadcast
) -> None:
    know(teams, ADA)
    teams.world.weather.append(Fault(status=502, after=True))
    told = broadcast("send", "move", "--if-unsure", "leave")
    assert told.status == 1
    assert told.out == (
        "move: 1 perhaps sent\nPerhaps sent: 1 x 502 ServiceError\n  Ada Lovelace\n"
    )
    assert len(cards(teams, ADA)) == 1


def test_a_429_is_waited_for_and_told(teams: LocalTeams, broadcast: Broadcast) -> None:
    know(teams, ADA)
    teams.world.weather.append(Fault(status=429, retry_after=0))
    told = broadcast("send", "move")
    assert told.out == "move: 1 sent\n"
    assert "nothing goes for" in told.err and "Too many requests." in told.err


# -- before anything leaves ------------------------------------------------------------------------


def test_a_dry_run_shows_it_and_stores_nothing(
    teams: LocalTeams, broadcast: Broadcast, tmp_path: Path
) -> None:
    know(teams, ADA)
    told = broadcast("send", "move", "--dry-run", "--to", listing(tmp_path, *ids(teams, ADA, ALAN)))
    assert told.status == 0
    assert told.out.startswith(
        "2 recipients, 3 requests, 1 tenants.\n"
        "At 47.8 requests a second in each tenant that takes 0:00:01.\n"
        "Ada Lovelace would get:\n{"
    )
    assert '"text": "Hello Ada Lovelace, please pack' in told.out
    assert told.out.endswith("Nothing was sent, and nothing was stored.\n")
    assert not (tmp_path / "outbox.db").exists() and teams.exchanges == []


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
        told = broadcast("send", "move", "--to", people, "--message", text, *rehearsal)
        assert (told.status, told.out) == (1, "")
        assert f"people.csv:{at}: " in told.err and said in told.err
    assert teams.exchanges == [] and "There is no 'move'" in broadcast("report", "move").err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello", "The message is no JSON: Expecting value"),
        ('{"type": "AdaptiveCard"}', "The message is no activity"),
        ("[]", "The message is no activity"),
        pytest.param("[" * 5000, "The message is no JSON: ", id="too deep"),
        ('{"type": "message", "text": "a", "text": "b"}', "'text' occurs twice in an object."),
    ],
)
def test_a_message_that_is_none_is_told(
    broadcast: Broadcast, tmp_path: Path, text: str, said: str
) -> None:
    told = broadcast("send", "move", "--message", message(tmp_path, text))
    assert told.status == 1 and said in told.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("send", "move", "--message", "none.json"), "No such file or directory: 'none.json'"),
        (("send", "move", "--rate", "60"), "60 requests a second: Teams allows up to 50."),
        (("pause", "none"), "There is no 'none' in the outbox."),
        (("worker",), "Workers share a PostgreSQL database, and OUTBOX_URL names a SQLite file."),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(
    teams: LocalTeams, broadcast: Broadcast, arguments: tuple[str, ...], said: str
) -> None:
    know(teams, ADA)
    told = broadcast(*arguments)
    assert told.status == 1 and said in told.err and "Traceback" not in told.err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_message_is_utf_8_with_or_without_a_mark(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "message.json"
    file.write_text('{"type": "message", "text": "Grüße"}', encoding)
    assert read_message(file).to({}).text == "Grüße"


@pytest.mark.parametrize(("encoding", "at"), [("cp1252", 31), ("utf-16", 0)])
def test_a_message_in_another_encoding_is_refused(
    broadcast: Broadcast, tmp_path: Path, encoding: str, at: int
) -> None:
    file = tmp_path / "message.json"
    file.write_text('{"type": "message", "text": "Grüße"}', encoding)
    told = broadcast("send", "move", "--message", str(file))
    assert told.status == 1
    assert told.err == f"{file} is not UTF-8, from byte {at}: save it so.\n"


def test_fields_in_every_corner_of_a_message() -> None:
    filled = Message(
        '{"type": "message", "text": "${a} ${b|two} ${a}", "attachments": '
        '[{"contentType": "${a}", "content": {"n": 1, "list": ["${b|two}"]}}]}'
    )
    assert filled.fields == {"a", "b"} and filled.missing({"b": "x"}) == {"a"}
    sent = filled.to({"a": "one"}).serialize()
    assert sent["text"] == "one two one"
    assert sent["attachments"] == [{"contentType": "one", "content": {"n": 1, "list": ["two"]}}]


# -- pause, cancel, resume -------------------------------------------------------------------------


def test_pause_and_cancel_from_elsewhere(teams: LocalTeams, broadcast: Broadcast) -> None:
    know(teams, ADA, GRACE)
    text = Message((ROOT / "samples/well/broadcast/notice.json").read_text("utf-8")).text
    outbox = Outbox()
    outbox.add("move", text, [])
    assert broadcast("pause", "move").out == "move: 0 are not written to.\n"
    assert outbox.state("move") == "paused"
    assert broadcast("send", "move").out == "move: 2 sent\n"  # and so it goes on
    assert broadcast("cancel", "move").status == 0
    assert "was cancelled: give this a new name" in broadcast("send", "move").err
    outbox.close()


def test_two_at_once_send_nothing_twice(teams: LocalTeams, broadcast: Broadcast) -> None:
    know(teams, ADA)
    outbox = Outbox()
    with outbox.alone("elsewhere"):
        lock = f"{os.environ['OUTBOX_URL'].removeprefix('sqlite:///')}"
        assert f"Another process works on {lock}." in broadcast("send", "move").err
    assert cards(teams, ADA) == []
    outbox.close()


def test_a_disabled_bot_stops_it_and_it_goes_on_later(
    teams: LocalTeams, broadcast: Broadcast
) -> None:
    know(teams, ADA, GRACE)
    teams.world.disabled_by_admin = True
    told = broadcast("send", "move")
    assert told.status == 75
    assert "Stopped. Not sent. Teams answered 403 BotDisabledByAdmin" in told.err
    assert told.err.endswith("To go on: python -m samples.well.broadcast send move\n")
    teams.world.disabled_by_admin = False
    assert broadcast("send", "move").out == "move: 2 sent\n"


def test_a_full_disk_is_told_and_gone_on_with(
    teams: LocalTeams, broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite may not grow any more; what was sent is not lost, and who was not told of is named."""
    know(teams, ADA, GRACE)
    real = Outbox.finish

    def full(self: Outbox, *args: object) -> None:
        with self._engine.begin() as db:
            pages = db.exec_driver_sql("PRAGMA page_count").scalar_one()
            db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            db.exec_driver_sql(f"UPDATE outbox_jobs SET content = '{'x' * 100_000}'")

    monkeypatch.setattr(Outbox, "finish", full)
    told = broadcast("send", "move", "--at-once", "1")
    assert told.status == 75
    assert "Stopped: the database says database or disk is full." in told.err
    assert "Traceback" not in told.err
    monkeypatch.setattr(Outbox, "finish", real)
    told = broadcast("send", "move")
    assert told.status == 0 and told.out.startswith("move: 2 sent\nSent, perhaps twice: 1 x inter")


def process(environ: dict[str, str], *arguments: str) -> Any:
    return forked.Popen(
        [sys.executable, "-m", "samples.well.broadcast", *arguments],
        cwd=ROOT,
        env=os.environ | environ,
        stdout=forked.PIPE,
        stderr=forked.PIPE,
        text=True,
    )


def test_killed_twice_nobody_is_lost_and_who_may_have_got_it_twice_is_named(
    tmp_path: Path,
) -> None:
    """Each time with messages on their way. `make bench` does it twenty times, with 3,000."""
    world = crowd(150, clock=ticking())
    luck = random.Random(6)
    with LocalTeams(world):
        environ = environment(world, tmp_path)
        remember(world, environ["CONVERSATIONS_URL"])
        world.weather.append(Fault(delay=0.1, times=0))
        in_doubt = 0
        for _ in range(2):
            before, more = got(world).total(), luck.randint(8, 20)
            sending = process(environ, "send", "move")
            eventually(lambda before=before, more=more: got(world).total() >= before + more)
            sending.kill()
            sending.communicate()
            outbox = Outbox(environ["OUTBOX_URL"])
            started = outbox.counts("move").get("started", 0)
            outbox.close()
            assert 0 < started <= AT_ONCE
            in_doubt += started
        sending = process(environ, "send", "move")
        out, _ = sending.communicate(timeout=DEADLINE)
    assert sending.returncode == 0 and out.startswith("move: 150 sent\n")
    everybody = got(world)
    assert min(everybody.values()) == 1
    twice = {name for name, number in everybody.items() if number > 1}
    outbox, table = Outbox(environ["OUTBOX_URL"]), io.StringIO()
    write_csv(outbox, "move", table)
    outbox.close()
    named = {row["name"] for row in csv.DictReader(table.getvalue().splitlines())}
    assert twice <= named and len(named) <= in_doubt
    assert everybody.total() - 150 <= in_doubt


def test_ctrl_c_lets_arrive_what_is_on_its_way_and_says_how_to_go_on(tmp_path: Path) -> None:
    world = crowd(300, clock=ticking())  # at most 50 a second: five seconds to be stopped in
    with LocalTeams(world) as teams:
        environ = environment(world, tmp_path)
        remember(world, environ["CONVERSATIONS_URL"])
        world.limits = Limits(lambda: datetime.now(UTC))
        sending = process(environ, "send", "move")
        eventually(lambda: got(world).total() >= 20)
        sending.send_signal(signal.SIGINT)
        out, err = sending.communicate(timeout=DEADLINE)
        assert sending.returncode == 75
        assert "Stopping: what is on its way arrives." in err
        assert err.endswith("To go on: python -m samples.well.broadcast send move\n")
        sent = got(world).total()
        assert 20 <= sent < 300 and out == f"move: {sent} sent, {300 - sent} waiting\n"
    assert set(got(world).values()) == {0, 1}
    assert all(exchange.response.status == 201 for exchange in teams.exchanges)


async def test_the_second_ctrl_c_ends_it_at_once() -> None:
    before = signal.getsignal(signal.SIGINT)
    with _interrupts() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(stop.wait(), DEADLINE)
        assert signal.getsignal(signal.SIGINT) == before
    assert signal.getsignal(signal.SIGINT) == before

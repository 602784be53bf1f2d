"""Everyone gets the digest once, whatever fails."""

from __future__ import annotations

import os
import sys
from datetime import date

import pytest
from sqlalchemy import create_engine, select

from samples.local_teams.model.faults import Fault
from samples.local_teams.testing import LocalTeams
from samples.shared.conversations import Conversations
from samples.well.digest import DIGESTS
from tests.support import ROOT, forked
from tests.support.digesting import MONDAY_NINE, Run, answers, got, meet
from tests.support.waiting import DEADLINE

pytestmark = pytest.mark.usefixtures("no_waiting")


def test_a_second_run_in_the_same_hour_sends_nothing(teams: LocalTeams, run_at: Run) -> None:
    meet(teams, "Ada Lovelace")
    assert run_at(MONDAY_NINE).startswith("1 sent")
    assert run_at(MONDAY_NINE).startswith("0 sent")
    meet(teams, "Alan Turing")  # new since
    assert run_at("2026-01-05T09:45+00:00").startswith("1 sent")
    assert got(teams.world, "Ada Lovelace") == ["Monday 5 January"]


def test_runs_at_the_same_moment_share_the_work(
    teams: LocalTeams, environ: dict[str, str], run_at: Run
) -> None:
    londoners = [teams.world.add_person(f"Londoner {n}").name for n in range(12)]
    meet(teams, *londoners)
    run_at("2026-01-05T03:00+00:00")  # makes the table
    at_nine = os.environ | environ | {"DIGEST_NOW": MONDAY_NINE}
    runs = [
        forked.Popen(
            [sys.executable, "-m", "samples.well.digest"],
            cwd=ROOT,
            env=at_nine,
            stdout=forked.PIPE,
            stderr=forked.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    printed = [process.communicate(timeout=2 * DEADLINE)[0] for process in runs]
    assert sum(int(said.split()[0]) for said in printed) == 12
    for name in londoners:
        assert got(teams.world, name) == ["Monday 5 January"]


def test_what_may_have_arrived_is_not_sent_again(
    teams: LocalTeams, run_at: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet(teams, "Ada Lovelace")
    with monkeypatch.context() as patch:
        answers(patch, 502, "ServiceError", arrives=True)
        with pytest.raises(SystemExit) as ended:
            run_at(MONDAY_NINE)
    assert ended.value.code == 1
    assert run_at(MONDAY_NINE).startswith("0 sent")
    assert got(teams.world, "Ada Lovelace") == ["Monday 5 January"]


def test_nothing_answers(
    teams: LocalTeams, run_at: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with LocalTeams() as gone:
        url = gone.service_url
    meet(teams, "Ada Lovelace", service_url=url)
    meet(teams, "Alan Turing")
    with pytest.raises(SystemExit):
        run_at(MONDAY_NINE)
    captured = capsys.readouterr().out
    assert "Ada Lovelace: Not sent. " in captured and "Check TEAMS_SERVICE_URL" in captured
    assert captured.endswith("1 sent, 0 blocked, 0 forgotten, 1 not sent\n")
    meet(teams, "Ada Lovelace")
    assert run_at(MONDAY_NINE).startswith("1 sent")  # nothing left, so nothing can have arrived


@pytest.mark.parametrize(("status", "code"), [(429, "Throttled"), (412, "PreconditionFailed")])
def test_what_teams_refused_is_tried_again_in_the_same_hour(
    teams: LocalTeams,
    run_at: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    status: int,
    code: str,
) -> None:
    meet(teams, "Ada Lovelace")
    with monkeypatch.context() as patch:
        answers(patch, status, code)
        with pytest.raises(SystemExit):
            run_at(MONDAY_NINE)
    captured = capsys.readouterr().out
    assert captured.startswith(
        f"Ada Lovelace: Not sent. Teams answered {status} {code}: Not now.\n"
    )
    assert captured.endswith("0 sent, 0 blocked, 0 forgotten, 1 not sent\n")
    assert run_at("2026-01-05T09:15+00:00").startswith("1 sent")
    assert got(teams.world, "Ada Lovelace") == ["Monday 5 January"]


def test_what_may_have_arrived_is_left(
    teams: LocalTeams, run_at: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Better none than two: not again in this run, and not in the next."""
    meet(teams, "Ada Lovelace")
    teams.world.faults.append(Fault(status=502, after=True))
    with pytest.raises(SystemExit):
        run_at(MONDAY_NINE)
    assert "Ada Lovelace: Perhaps sent. Teams answered 502" in capsys.readouterr().out
    assert run_at(MONDAY_NINE).startswith("0 sent")
    assert got(teams.world, "Ada Lovelace") == ["Monday 5 January"]


def test_a_short_throttling_is_waited_for(
    teams: LocalTeams, run_at: Run, no_waiting: list[float]
) -> None:
    meet(teams, "Ada Lovelace")
    teams.world.faults.append(Fault(status=429, retry_after=7))
    assert run_at(MONDAY_NINE).startswith("1 sent")
    assert len(no_waiting) == 1 and 7 <= no_waiting[0] <= 8


def test_who_blocked_the_bot_is_not_tried_again_and_the_others_get_theirs(
    teams: LocalTeams, run_at: Run
) -> None:
    world = teams.world
    names = ["Ada Lovelace", "Alan Turing"]
    dennis = world.people[6]
    meet(teams, *names, dennis.name)
    order = [c.user_name for c in Conversations().all("personal")]
    first = world.people[[p.name for p in world.people].index(order[0])]
    dennis.blocked, first.blocked = False, True  # whoever comes first: the others come after
    assert run_at(MONDAY_NINE).endswith("2 sent, 1 blocked, 0 forgotten, 0 not sent\n")
    blocked = [c.user_name for c in Conversations().all("personal") if c.blocked]
    assert blocked == order[:1]
    first_try = len(teams.wire)
    assert run_at(MONDAY_NINE).startswith("0 sent, 0 blocked")  # nothing is tried again
    assert len(teams.wire) == first_try
    # They come back, and write: they get today's.
    first.blocked = False
    meet(teams, first.name)
    assert run_at(MONDAY_NINE).startswith("1 sent")


def test_a_chat_that_is_gone_is_told_and_kept(
    teams: LocalTeams, run_at: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its row says recreate: a person decides, and the scheduler says so."""
    meet(teams, "Ada Lovelace")
    teams.world.remove_personal_chat(teams.world.people[0])
    with pytest.raises(SystemExit):
        run_at(MONDAY_NINE)
    assert "404 ConversationNotFound" in capsys.readouterr().out
    assert len(Conversations().all()) == 1


def test_old_rows_go(teams: LocalTeams, environ: dict[str, str], run_at: Run) -> None:
    meet(teams, "Ada Lovelace")
    for day in (5, 6, 13):
        run_at(f"2026-01-{day:02}T09:00+00:00")
    with create_engine(environ["CONVERSATIONS_URL"]).connect() as connection:
        assert list(connection.scalars(select(DIGESTS.c.day))) == [
            date(2026, 1, 6),
            date(2026, 1, 13),
        ]


# -- starting --------------------------------------------------------------------------------------

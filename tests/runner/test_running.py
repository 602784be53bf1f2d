"""Running samples: the command line, what it shows, and the recordings on the pages."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from pathlib import Path

import pytest

from samples.local_teams.model.world import contoso
from samples.local_teams.testing import LocalTeams
from samples.runner import registry, running
from samples.runner.cli import main
from samples.runner.registry import everything, find, samples
from samples.runner.running import record_all, recording, run
from samples.runner.stories import read_story
from tests.support import ROOT
from tests.support.talking import looks_at, story

RECORDED = ROOT / "docs" / "recorded"


def test_run_shows_what_arrived_where_and_from_whom(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "to_person"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("Sent. Keep this conversation id: a:1")
    assert "What arrived\n  Ada Lovelace (personal chat)\n" in told
    assert "  Contoso Notifier: The report you asked for is ready.\n" in told
    assert "On the wire" not in told


def test_run_shows_the_wire_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", "to_person", "--wire"])
    wire = capsys.readouterr().out.partition("On the wire\n")[2]
    assert wire.startswith("  POST /v3/conversations\n")
    assert "/activities/" in wire and '"isGroup": false' in wire and "  201\n" in wire


@pytest.mark.parametrize("who", ["Grace Hopper", "grace hopper's id"])
def test_run_writes_to_whom_you_name(capsys: pytest.CaptureFixture[str], who: str) -> None:
    grace = next(p for p in contoso().people if p.name == "Grace Hopper")
    main(["run", "to_person", "--user", who if who == grace.name else grace.aad_object_id])
    assert "  Grace Hopper (personal chat)\n" in capsys.readouterr().out


def test_a_refused_run_says_so_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "to_person", "--user", "Dennis Ritchie"]) == 1
    told = capsys.readouterr()
    assert "403 MessageWritesBlocked" in told.err
    assert "Nothing arrived." in told.out


def test_an_unknown_sample_is_answered_with_those_there_are() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "to_nobody"])
    known = ", ".join(sample.name for sample in everything())
    assert str(ended.value) == f"There is no sample 'to_nobody'. There are: {known}"


def test_a_sample_is_run_by_its_old_name_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever kept a command does not have to learn that a sample was renamed."""
    monkeypatch.setitem(registry.ALIASES, "message_person", "to_person")
    assert main(["run", "message_person"]) == 0
    assert "The report you asked for is ready." in capsys.readouterr().out
    assert main(["record", str(tmp_path), "message_person"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["to_person.json"]


def test_an_old_name_is_that_of_no_sample_and_leads_to_one() -> None:
    assert find("queue").name == "notification_queue"
    assert not set(registry.ALIASES) & set(samples())


def test_credentials_stay_out_of_a_local_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run against Local Teams signs in nowhere, whatever the reader's environment holds."""
    monkeypatch.setenv("MicrosoftAppId", "7f0fb1c6-0000-4000-8000-000000000000")
    monkeypatch.setenv("TEAMS_USER_ID", "29:1somebody-real")
    before = dict(os.environ)
    done = running.run("to_person")
    assert done.arrived and not done.complaint
    assert not any("Authorization" in exchange.request.headers for exchange in done.wire)
    assert dict(os.environ) == before


def test_a_run_leaves_no_trace_among_the_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    import samples.send.to_person

    running.run("to_person")
    assert sys.modules["samples.send.to_person"] is samples.send.to_person
    monkeypatch.delitem(sys.modules, "samples.send.to_person")
    running.run("to_person")
    assert "samples.send.to_person" not in sys.modules


@pytest.mark.parametrize("sample", samples())
def test_without_a_tenant_a_sample_says_what_is_missing_and_leaves_nothing(
    sample: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in os.environ:
        if name.startswith(("Microsoft", "TEAMS_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        running.start(sample, *read_story(find(sample)).arguments)
    assert re.fullmatch(
        r"[A-Za-z_]+ is not set\. "
        rf"To run without a tenant: python -m samples run {sample}",
        str(ended.value),
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sample", [pytest.param(name, marks=looks_at(name)) for name in samples()])
def test_the_page_shows_what_a_run_does_today(sample: str) -> None:
    """When this fails the sample or Local Teams changed: `make record`, and read the diff."""
    assert recording(story(sample)) == (RECORDED / f"{sample}.json").read_text("utf-8")


def test_there_is_one_recording_a_sample() -> None:
    assert sorted(path.stem for path in RECORDED.glob("*.json")) == list(samples())


def test_record_writes_each_and_removes_what_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = {"to_person": find("to_person")}
    monkeypatch.setattr("samples.runner.registry.samples", lambda *_: only)
    (tmp_path / "old.json").write_text("{}", "utf-8")
    said = io.StringIO()
    record_all(tmp_path, show=said)
    assert [path.name for path in tmp_path.iterdir()] == ["to_person.json"]
    assert said.getvalue() == "recording to_person\n"


def test_record_is_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only = {"to_person": find("to_person")}
    monkeypatch.setattr("samples.runner.registry.samples", lambda *_: only)
    assert main(["record", str(tmp_path / "new")]) == 0
    told = json.loads((tmp_path / "new" / "to_person.json").read_text("utf-8"))
    assert told["sample"] == "to_person"
    assert told["arrived"][0]["title"] == "Ada Lovelace (personal chat)"


def test_a_channel_is_called_with_its_team(teams: LocalTeams) -> None:
    channel = teams.world.teams[0].channels[1]
    assert running.title(teams.world, channel) == "Releases (channel in Engineering)"


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ({"text": "hi"}, "hi"),
        ({"text": "hi", "edited": True}, "hi (edited)"),
        ({"deleted": True}, "(deleted)"),
        ({"summary": "Build failed", "attachments": [{}]}, "Build failed (card)"),
        ({"attachments": [{}, {}]}, "(2 cards)"),
    ],
)
def test_a_message_in_one_line(message: dict[str, object], line: str) -> None:
    assert running.gist(message) == line


def test_bodies_that_are_empty_are_not_shown(teams: LocalTeams) -> None:
    assert list(running._indented(None)) == []


def test_a_user_whom_nobody_knows_is_tried_and_refused() -> None:
    done = run("to_person", user="29:1nobody")
    assert "Failed to decrypt pairwise id" in done.complaint

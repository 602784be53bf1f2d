"""The command line: run, record, list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from samples.local_teams.model.contoso import contoso
from samples.runner import cli, registry
from samples.runner.cli import main
from samples.runner.registry import everything


def test_run_shows_what_arrived_where_and_from_whom(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "to_person"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("Sent. Keep this conversation id: a:1")
    assert "What arrived\n  Ada Lovelace (personal chat)\n" in output
    assert "  Contoso Notifier: The report you asked for is ready.\n" in output
    assert "On the wire" not in output


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
    shown = capsys.readouterr()
    assert "403 MessageWritesBlocked" in shown.err
    assert "Nothing arrived." in shown.out


@pytest.mark.parametrize("command", [["run"], ["record", "nowhere"]], ids=" ".join)
def test_an_unknown_sample_is_answered_with_all_samples(command: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "nobody"])
    known = ", ".join(sample.name for sample in everything())
    assert str(ended.value) == f"There is no sample 'nobody'. There are: {known}"


def test_an_error_of_the_sample_itself_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A KeyError is a LookupError too, and is no matter of the sample's name."""

    def run(*_: object, **__: object) -> None:
        raise KeyError("tenant")

    monkeypatch.setattr(cli, "run", run)
    with pytest.raises(KeyError, match="tenant"):
        main(["run", "to_person"])


def test_list_names_every_sample_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    listed = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert list(listed) == [sample.name for sample in everything()]
    assert listed["to_channel"] == "Start a new thread in a channel."


def test_a_sample_is_run_by_its_old_name_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever kept a command does not have to learn that a sample was renamed."""
    monkeypatch.setitem(registry.ALIASES, "message_person", "to_person")
    assert main(["run", "message_person"]) == 0
    assert "The report you asked for is ready." in capsys.readouterr().out
    assert main(["record", str(tmp_path), "message_person"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["to_person.json"]


def test_record_writes_into_a_new_folder_and_shows_progress(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", str(tmp_path / "new"), "to_person", "to_channel"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "recording to_person (1 of 2)",
        "recording to_channel (2 of 2)",
    ]
    payload = json.loads((tmp_path / "new" / "to_person.json").read_text("utf-8"))
    assert payload["sample"] == "to_person"
    assert payload["arrived"][0]["title"] == "Ada Lovelace (personal chat)"


def test_record_refuses_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    file = tmp_path / "recorded"
    file.touch()
    with pytest.raises(SystemExit, match=r"recorded is a file\. Name the folder"):
        main(["record", str(file)])

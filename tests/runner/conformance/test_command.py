"""The command line of the conformance run."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samples.local_teams.__main__ import main as local_teams
from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.server.hub import HUB
from samples.local_teams.server.signing_in import signing_in
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from samples.runner.cli import main
from samples.runner.conformance.command import SETTINGS, write
from tests.support.planting import body, dropped, plant


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "conformance.json"


@pytest.fixture
def reader(environ: dict[str, str], teams: LocalTeams) -> LocalTeams:
    """Local Teams, named by the settings as a reader's Teams is."""
    return teams


@pytest.fixture
def signing_teams(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[LocalTeams, dict[str, str]]]:
    """Local Teams that demands tokens, and the environment of a bot that signs in there."""
    authority = Authority.of(contoso())
    with LocalTeams(contoso(), authority) as strict, signing_in(authority) as signed:
        environ |= strict.environment | signed
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        yield strict, environ


def test_without_send_it_shows_what_it_would_send(
    reader: LocalTeams, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["conform"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("25 requests would go to Teams. Nothing was sent: add --send.")
    assert "\ndelete: DELETE v3/conversations/{chat}/activities/{message}\n" in shown
    assert "{user} is TEAMS_USER_ID, which is set" in shown
    assert "Before --send, set: MicrosoftAppId" in shown
    assert reader.world.people[0].id not in shown
    assert reader.wire == []
    monkeypatch.setenv("MicrosoftAppId", "an-app")
    monkeypatch.setenv("TEAMS_CHANNEL_ID", "")
    assert main(["conform"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("23 requests would go to Teams")
    assert "{channel} is TEAMS_CHANNEL_ID, which is not set" in shown
    assert "Before --send" not in shown


def test_local_teams_has_the_command_too(
    reader: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        local_teams(["conform"])
    assert ended.value.code == 0
    assert "requests would go to Teams" in capsys.readouterr().out


def test_equals_end_well(
    reader: LocalTeams, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conform", "--send", "--output", str(output)]) == 0
    assert capsys.readouterr().out.startswith("24 requests, no differences.\n")
    assert len(json.loads(output.read_text("utf-8"))["probes"]) == 24


def private(payload: Any, field: str = "") -> Iterator[str]:
    """Every text of an answer that is not an error's, and each word of a name."""
    if isinstance(payload, dict):
        for key, part in payload.items():
            yield from private(part, key)
    elif isinstance(payload, list):
        for part in payload:
            yield from private(part, field)
    elif isinstance(payload, str) and field not in ("code", "message", "userRole"):
        yield payload
        yield from payload.split()


def test_the_file_names_nobody(
    signing_teams: tuple[LocalTeams, dict[str, str]],
    output: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    strict, environ = signing_teams
    ada = strict.world.people[0]
    gossip = (
        f"{ada.name} ({ada.email}, {ada.id}) of {strict.tenant_id} is not in "
        f"'{strict.world.teams[0].name}' {strict.world.teams[0].id}"
    )
    plant(
        strict,
        {
            "no member": body(lambda b: b["error"].update(message=gossip)),
            "channels": body(lambda b: b.update({ada.aad_object_id: ada.email})),
        },
        signed_in=True,
    )
    assert main(["conform", "--send", "--output", str(output)]) == 1
    shown, file = capsys.readouterr().out, output.read_text("utf-8")
    answers = {text for one in strict.wire for text in private(one.response.json)}
    tokens = {
        part
        for one in strict.wire
        for part in one.request.headers.get("Authorization", "").split()[1:]
    }
    settings = {
        value
        for name, values in environ.items()
        for value in values.split(",")
        if len(value) > 4 and name not in ("MicrosoftAppType", "NO_PROXY", "no_proxy")
    }
    assert len(answers) > 15
    assert len(tokens) == 1
    assert {ada.name, ada.email} <= answers
    assert {strict.tenant_id, ada.id} <= settings
    secrets = {text for text in answers | tokens | settings if len(text) > 2}
    seen = [text for text in secrets if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", file)]
    assert seen == []
    assert [text for text in secrets if len(text) > 12 and text in shown] == []
    assert "25 requests, 2 differ.\nPROBE" in shown
    assert re.search(r"\nchannels +body\.<field> +<text> +<missing>\n", shown)


def test_a_recording_that_names_somebody_is_not_written(output: Path) -> None:
    recording = {"probes": [{"probe": {"name": "send"}, "teams": {"body": {"name": "Ada L."}}}]}
    with pytest.raises(SystemExit, match="was not written: 1 of your values") as ended:
        write(recording, {"Ada L.", "send"}, output)
    assert "Ada" not in str(ended.value)
    assert not output.exists()


def test_what_was_left_out_is_named(
    reader: LocalTeams, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(reader, {"create chat": body(lambda _: {})})
    assert main(["conform", "--send", "--output", str(output)]) == 1
    assert "Not sent, because an earlier answer has no ID: send, " in capsys.readouterr().out


def test_where_nothing_answers_nothing_is_written(
    reader: LocalTeams, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(reader, {"create chat": dropped})
    assert main(["conform", "--send", "--output", str(output)]) == 1
    shown = capsys.readouterr().out
    assert shown == f"Nothing answers at {reader.service_url}. Nothing was posted.\n"
    assert not output.exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_when_interrupted_it_deletes_what_it_posted(
    how: signal.Signals, reader: LocalTeams, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = reader._app[HUB]
    right = hub.answer

    def answer(request: Request) -> Response:
        response = right(request)
        if len(reader.wire) == 8:  # two messages are posted
            os.kill(os.getpid(), how)
        return response

    hub.answer = answer  # type: ignore[method-assign]
    assert main(["conform", "--send", "--output", str(output)]) == 130
    assert capsys.readouterr().out == "Interrupted. No file was written.\n"
    messages = reader.world.personal_chat(reader.world.people[0]).messages
    assert len(messages) in (2, 3)
    assert all(message.get("deleted") for message in messages)
    assert not output.exists()


def test_a_message_that_stays_is_named(
    reader: LocalTeams, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(reader, {"send card": dropped})
    assert main(["conform", "--send", "--output", str(output)]) == 1
    assert "Not deleted: send card: it may have arrived" in capsys.readouterr().out


def test_a_wrong_secret_is_answered_with_what_entra_says(
    signing_teams: tuple[LocalTeams, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MicrosoftAppPassword", "wrong")
    with pytest.raises(SystemExit, match=r"Entra gives no token: .*AADSTS7000215"):
        main(["conform", "--send"])


def test_a_missing_setting_is_named(reader: LocalTeams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTINGS["user"], "")
    with pytest.raises(SystemExit, match="TEAMS_USER_ID is not set"):
        main(["conform", "--send"])

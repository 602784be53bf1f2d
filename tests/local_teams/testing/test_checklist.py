"""The checklist for a bot that moved: a bot that is ready, and one with each flaw."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError

import pytest

from samples.local_teams.__main__ import main
from samples.local_teams.server.serving import serving
from samples.local_teams.testing import LocalTeams
from samples.local_teams.testing.checklist import (
    Checklist,
    Line,
    check_references,
    notifying,
    saying,
)
from tests.support.checklist import PlainBot

QUICK = {"retry_after": 0.1, "patience": 0.3, "settle": 0.02}
HEADERS = ["Authorization: Bearer secret"]


def lines_of(teams: LocalTeams, flaw: str | int = "", *, notifies: bool = True) -> list[Line]:
    teams.connect(PlainBot(flaw).app)
    payload = '{"to": "{user}", "text": "{text}"}'
    send = saying(teams, "thanks")
    if notifies:
        send = notifying(teams, f"{teams.bot_url}api/notify", payload, HEADERS)
    return list(Checklist(teams, send, notifies=notifies, **QUICK).lines())


def test_a_bot_that_is_ready_passes(teams: LocalTeams) -> None:
    lines = lines_of(teams)
    assert [str(line) for line in lines if not line.ok] == [] and len(lines) == 12


def test_what_a_bot_stores_is_seen_only_where_a_program_has_it_send(teams: LocalTeams) -> None:
    lines = lines_of(teams, notifies=False)
    assert [line.what for line in lines if line.ok is None] == [
        "Stops after a person blocked it.",
        "Stops after the app is removed.",
        "Sends again after the app is installed anew.",
    ]
    assert all(line.ok for line in lines[:-3])
    assert "Name with --notify" in str(lines[-1])


@pytest.mark.parametrize(
    ("flaw", "what", "seen", "remedy"),
    [
        ("add", "Accepts an installation of the app.", "500 from", "log"),
        ("add-upgrade", "Accepts a new version of the app.", "500 from", "add-upgrade"),
        ("message in groupChat", "Accepts a message from a group chat.", "500 from", "log"),
        ("gives up", "Sends again after a 429", "no messages", "retrying"),
        ("hurries", "Sends again after a 429", "waited 0.0 s of 0.1", "Retry-After"),
        (502, "Does not send a message again", "After a 502, 2 messages", "leave"),
        (0, "Does not send a message again", "After a lost answer, 2 messages", "leave"),
        ("tells", "Keeps an error to itself", "'Exception caught: 403'", "on_turn_error"),
        ("block", "Stops after a person blocked it.", "tried again", "note it"),
        ("removal", "Stops after the app is removed.", "a request to the chat", "delete"),
        ("return", "Sends again after the app is installed anew.", "Nothing", "store"),
    ],
)
def test_each_flaw_is_found_and_named_with_its_remedy(
    flaw: str | int, what: str, seen: str, remedy: str, teams: LocalTeams
) -> None:
    wrong = [line for line in lines_of(teams, flaw) if line.ok is False]
    assert wrong[0].what.startswith(what)
    assert seen in wrong[0].seen and remedy in wrong[0].remedy
    follows = flaw == "add"  # a bot that never knew the chat sends nothing there
    assert [line.what for line in wrong[1:]] == [
        *(["Sends to the service URL of the conversation."] if follows else [])
    ]


def test_a_bot_that_sends_nothing_is_not_asked_to_send_again(teams: LocalTeams) -> None:
    *accepts, last = lines_of(teams, "silent")
    assert all(line.ok for line in accepts) and len(accepts) == 5
    assert "Nothing arrived" in str(last) and "public cloud" in last.remedy


def references(tmp_path: Path, *conversations: str) -> Path:
    path = tmp_path / "stored.jsonl"
    rows = [f'{{"serviceUrl": "https://x/", "conversation": {one}}}' for one in conversations]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def test_stored_references_need_their_tenant(tmp_path: Path) -> None:
    whole = '{"id": "a:1", "tenantId": "1"}'
    assert check_references(references(tmp_path, whole)).ok
    line = check_references(references(tmp_path, '{"id": "a:1", "tenantID": "1"}', whole, "1"))
    assert "not in line 1, 3." in line.seen and "samples.shared.references" in line.remedy
    many = check_references(references(tmp_path, *["{"] * 7))
    assert "not in line 1, 2, 3, 4, 5, …" in many.seen


def test_the_command_prints_each_line_and_what_is_left_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in QUICK.items():
        monkeypatch.setitem(Checklist.__init__.__kwdefaults__, name, seconds)
    stored = str(references(tmp_path, "{}"))
    with serving(PlainBot("add").app) as url:
        to = ["--bot", f"{url}api/messages", "--notify", f"{url}api/notify"]
        assert main(["checklist", *to, "--header", HEADERS[0], "--references", stored]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("not ok       Every stored reference names its tenant as tenantId.\n")
    assert "ok           Accepts a new version of the app.\n" in printed
    assert printed.count("By hand: ") == 2


def test_a_bot_that_is_not_there_ends_the_checklist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["checklist", "--bot", "http://127.0.0.1:9/api/messages"]) == 1
    printed = capsys.readouterr().out
    assert printed.count("ok  ") == 1 and "No answer from the bot at" in printed


@pytest.mark.parametrize(
    ("arguments", "error_text"),
    [
        (["--bot", "localhost"], "'localhost' is not the URL of a messaging endpoint"),
        (["--bot", "http://x/y", "--notify", "http://x/", "--json", "{"], "Expecting"),
        (["--bot", "http://x/y", "--notify", "http://x/", "--header", "X"], "Name: value"),
        (["--bot", "http://x/y", "--references", "/nowhere"], "/nowhere"),
    ],
)
def test_a_wrong_argument_is_named(arguments: list[str], error_text: str) -> None:
    with pytest.raises(SystemExit, match=error_text):
        main(["checklist", *arguments])


def test_a_program_that_cannot_be_reached_is_an_error(teams: LocalTeams) -> None:
    send = notifying(teams, "http://127.0.0.1:9/", "{}", [])
    with pytest.raises(URLError):
        send()

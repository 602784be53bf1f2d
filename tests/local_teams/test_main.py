"""The command line of Local Teams."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from samples.local_teams.__main__ import main
from samples.local_teams.model.contoso import contoso


def test_serve_gets_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(
        "samples.local_teams.__main__.serve", lambda **options: asked.append(options)
    )
    assert main(["serve", "--port", "9000"]) == 0
    assert main(["serve", "--bot", ""]) == 0
    usual = {"host": "127.0.0.1", "port": 8090, "allowed_hosts": []}
    endpoint = "http://127.0.0.1:3978/api/messages"  # where bots listen
    assert asked == [{**usual, "port": 9000, "bot": endpoint}, {**usual, "bot": ""}]


@pytest.mark.parametrize("port", ["65536", "-1", "http", "٣"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", f"--port={port}"])
    assert f"{port!r} is not a port, a number from 0" in capsys.readouterr().err


def test_no_command_shows_those_there_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["local_teams"])
    monkeypatch.delitem(sys.modules, "samples.local_teams.__main__")
    with pytest.raises(SystemExit):
        runpy.run_module("samples.local_teams", run_name="__main__", alter_sys=True)
    assert "serve" in capsys.readouterr().err


def test_the_commands_of_the_runner_work_under_their_old_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "to_person"])
    assert ended.value.code == 0
    assert "What arrived\n  Ada Lovelace (personal chat)\n" in capsys.readouterr().out


def test_run_and_sign_in_under_the_old_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "to_person", "--sign-in", "--wire"])
    assert ended.value.code == 0
    assert f'"id": "28:{contoso().bot_app_id}"' in capsys.readouterr().out


def test_without_the_guide_a_command_of_the_runner_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("samples.local_teams.__main__.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="python -m samples record 'my folder'"):
        main(["record", "my folder"])


def test_sign_in_without_its_packages_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("server.signing_in", "sign_in.authority"):
        monkeypatch.delitem(sys.modules, f"samples.local_teams.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(SystemExit, match=r"package jwt, which .*\[sign-in\]"):
        main(["serve", "--sign-in"])


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ([], "http://127.0.0.1:8090/"),
        (["--host", "0.0.0.0", "--port", "9000"], "http://127.0.0.1:9000/"),
        (["--host", "localhost"], "http://localhost:8090/"),
        (["--port", "0"], ""),
    ],
    ids=" ".join,
)
def test_the_hosts_of_teams_lead_to_where_it_is_served(
    arguments: list[str], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    @contextmanager
    def signing_in(_: object, *, local_teams: str) -> Iterator[dict[str, str]]:
        asked.append(local_teams)
        yield {}

    monkeypatch.setattr("samples.local_teams.server.signing_in.signing_in", signing_in)
    monkeypatch.setattr("samples.local_teams.__main__.serve", lambda **_: None)
    assert main(["serve", "--sign-in", *arguments]) == 0
    assert asked == [where]

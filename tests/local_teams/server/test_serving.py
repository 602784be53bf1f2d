"""The command that serves Local Teams until Ctrl+C."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from samples.facts import facts
from samples.local_teams.model.contoso import contoso
from samples.local_teams.server.serving import PORT, serve
from tests.support import ROOT
from tests.support.fetching import get_json


def test_a_busy_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            serve(port=port)
    error_text = str(ended.value)
    assert f"http://127.0.0.1:{port}/" in error_text and "in use" in error_text
    assert f"--port {port + 1}" in error_text


def test_an_address_of_a_bot_that_is_none_is_named() -> None:
    with pytest.raises(SystemExit, match="'3978' is not the URL of a messaging endpoint"):
        serve(bot="3978")


def test_serve_says_where_and_stops_when_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "samples.local_teams", "serve", "--port", str(port)]
    command += ["--bot", "http://127.0.0.1:3978/api/messages"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout
        try:
            assert f"http://127.0.0.1:{port}/" in process.stdout.readline()
            payload = get_json(f"http://127.0.0.1:{port}/_local/world")
            assert payload["serviceUrl"] == f"http://127.0.0.1:{port}/"
            bot = get_json(f"http://127.0.0.1:{port}/_local/bot")
            assert bot["url"] == "http://127.0.0.1:3978/api/messages"
            assert "Paste this into the shell" in process.stdout.readline()
            exported = [process.stdout.readline() for _ in range(3)]
            assert exported == [
                f"export TEAMS_SERVICE_URL=http://127.0.0.1:{port}/\n",
                f"export TEAMS_TENANT_ID={payload['tenantId']}\n",
                f"export TEAMS_USER_ID={payload['people'][0]['id']}\n",
            ]
            more = [process.stdout.readline() for _ in range(13)]
            assert "export DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS=true\n" in more
        finally:
            process.terminate()
        assert process.wait(10) == 0
    assert PORT == 8090


def test_serve_says_what_to_export_and_then_demands_tokens() -> None:
    command = [sys.executable, "-m", "samples.local_teams", "serve", "--port", "0", "--sign-in"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        try:
            lines: list[str] = []
            while not lines or not lines[-1].startswith("Local Teams:"):
                assert process.poll() is None, "it ended before it served"
                lines.append(process.stdout.readline())
        finally:
            process.terminate()
        assert process.wait(10) == 0
    assert lines[0] == "Start your bot in a shell with these variables, and it signs in:\n"
    assert f"export MicrosoftAppId={contoso().bot_app_id}\n" in lines
    assert any(line.startswith("export HTTPS_PROXY=http://127.0.0.1:") for line in lines)
    for client in facts()["clients"]:
        for name in (*client["credentials"], *client["also"], *client["trust"]):
            assert any(line.startswith(f"export {name}=") for line in lines), name
    allowed = "export TEAMS_ALLOWED_SERVICE_URLS=http://127.0.0.1:0/,http://localhost:0/\n"
    assert allowed in lines

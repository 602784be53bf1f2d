"""The container file, as far as it can be read without building it."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address

import pytest

from samples.runner.registry import samples
from samples.shared.serving import listening_host
from tests.support import ROOT

HOSTING = ROOT / "samples" / "prepare" / "hosting"
TEXT = (HOSTING / "Dockerfile").read_text("utf-8")
INSTRUCTIONS = [
    tuple(line.split(maxsplit=1)) for line in TEXT.splitlines() if line and line[0] != "#"
]


def of(instruction: str) -> list[str]:
    return [rest for name, rest in INSTRUCTIONS if name == instruction]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in of("ENV") for pair in line.split())


def test_each_line_is_an_instruction() -> None:
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "ENV", "EXPOSE", "CMD"}
    assert {instruction for instruction, _ in INSTRUCTIONS} == known
    assert INSTRUCTIONS[0][0] == "FROM" and INSTRUCTIONS[-1][0] == "CMD"


def test_the_bot_runs_as_a_user_other_than_root() -> None:
    [user] = of("USER")
    assert int(user) >= 1_000 and f"--uid {user} " in TEXT
    names = [name for name, _ in INSTRUCTIONS]
    assert "RUN" not in names[names.index("USER") :], "what runs after it is not root's any more"


def test_only_code_is_copied() -> None:
    """A `.env` beside it has the secret."""
    copied = [source for line in of("COPY") for source in line.split()[:-1]]
    assert copied == ["requirements.txt", "samples"]
    assert all((ROOT / source).exists() for source in copied)
    assert not re.search(r"(?i)password|secret|token", TEXT)


def test_the_command_is_a_sample_that_gets_the_signal_to_stop() -> None:
    command = json.loads(of("CMD")[0])
    assert command[:2] == ["python", "-m"]
    assert command[2] in {sample.module for sample in samples().values()}


def test_it_listens_for_other_machines_once_it_signs_in(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MicrosoftAppId", "858906d1-e477-4808-8c13-c551b6e26112")
    assert ip_address(listening_host()).is_unspecified
    assert of("EXPOSE") == [environment()["PORT"]]


def test_the_database_is_on_the_volume() -> None:
    [volume] = of("VOLUME")
    assert environment()["CONVERSATIONS_URL"].startswith(f"sqlite:///{volume}/")
    assert f"--owner=bot {volume}" in TEXT


def test_the_proxy_ends_requests_that_do_not_and_passes_one_path() -> None:
    text = (HOSTING / "nginx.conf").read_text("utf-8")
    for waits in ("client_header_timeout", "client_body_timeout", "proxy_read_timeout"):
        assert re.search(rf"{waits} +\d+s;", text), waits
    assert re.findall(r"location (.+?) {", text) == ["= /api/messages"]

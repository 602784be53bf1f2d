"""The programs that call Teams by plain HTTP, against Local Teams, signed in and not."""

from __future__ import annotations

import json
import re

import pytest

from samples.facts import facts
from samples.runner.files import SAMPLES
from samples.shared.clouds import clouds
from tests.support.other_languages import Started, other_program

REST = SAMPLES / "rest"
SIGNED = pytest.mark.parametrize("signed_in", [False, True], ids=["anonymous", "signed in"])


@SIGNED
def test_javascript_writes_to_a_person(signed_in: bool) -> None:
    with other_program("node", REST / "send.mjs", signed_in=signed_in) as done:
        assert done.teams.chat("Ada").texts == ["The report you asked for is ready."]
        [message] = done.teams.chat("Ada").messages
        chat = done.teams.chat("Ada").id
        assert done.output == f"Sent message {message['id']} to chat {chat}\n"
        assert tokens(done) == (2 if signed_in else 0)


@SIGNED
def test_curl_makes_every_call(signed_in: bool) -> None:
    with other_program("sh", REST / "calls.sh", signed_in=signed_in) as done:
        assert done.teams.chat("Ada").texts == ["Final"]
        assert done.teams.channel("Engineering/Releases").texts == ["Disk full", "Fixed"]
        disk_full, fixed = done.teams.channel("Engineering/Releases").messages
        assert fixed["conversation"]["id"] == disk_full["conversation"]["id"]
        assert len(json.loads(done.output)["members"]) == 4
        assert tokens(done) == (8 if signed_in else 0)


def test_a_refusal_is_shown_and_ends_it() -> None:
    with other_program("sh", REST / "calls.sh", TEAMS_USER_ID="29:1nobody") as done:
        assert done.status == 1
        assert "Failed to decrypt pairwise id" in done.errors
        assert len(done.teams.wire) == 1
    with other_program("sh", REST / "calls.sh", signed_in=True, CLIENT_SECRET="wrong") as done:
        assert done.status == 1
        assert "AADSTS7000215" in done.errors
        assert done.teams.wire == []


def test_the_addresses_are_those_of_the_facts() -> None:
    public = clouds()[0]
    for path in (REST / "send.mjs", REST / "calls.sh"):
        urls = set(re.findall(r"https://[\w.]+", path.read_text("utf-8")))
        assert urls == {public.login, public.audience}, path.name
    assert public.login == facts()["clouds"][0]["login"]


def tokens(done: Started) -> int:
    """How many requests showed a token."""
    return sum("Authorization" in exchange.request.headers for exchange in done.teams.wire)

"""Any link with code: its code, or none, and never a page that stops. Node reads it, no browser."""

from __future__ import annotations

import base64
import json
import subprocess
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st

from tests.support import ROOT
from tests.support.fuzzing import few_and_many, fuzz
from tests.support.programs import NODE, node, require
from tests.support.running_in_page import linked

LONGEST = 1_000_000  # characters, as packed.js has it
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask_link() -> Iterator[Ask]:
    """Asks the JavaScript that reads links."""
    command = [require(node(), NODE), str(ROOT / "tests/support/links.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        sent, answers = process.stdin, process.stdout

        def ask(**question: Any) -> dict[str, Any]:
            sent.write(json.dumps(question).encode() + b"\n")
            sent.flush()
            return dict(json.loads(answers.readline()))

        yield ask
        sent.close()


CODE = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
FILES = st.sampled_from(["send/to_person.py", "x", "~", "%", "é", ""])
PACKED = st.text("abcXYZ019-_=+/%~ é", max_size=40) | st.binary(max_size=40).map(
    lambda raw: base64.urlsafe_b64encode(raw).decode()
)
HASHES = st.one_of(
    st.tuples(FILES, PACKED).map(lambda it: f"#run={it[0]}~{it[1]}"),
    st.tuples(FILES, CODE).map(lambda it: linked(*it)),
    st.tuples(FILES, CODE, st.integers(0, 99)).map(lambda it: linked(*it[:2])[: -it[2]]),
    st.text(max_size=20).map(lambda text: f"#run={text}"),
    st.text(max_size=20),
)


@few_and_many(100)
def test_any_link_has_code_or_none(
    ask_link: Ask, cases: int, record_property: Callable[[str, object], None]
) -> None:
    def check(hash_: str, code: str) -> None:
        answer = ask_link(hash=hash_)
        if not hash_.startswith("#run="):
            assert answer == {}
        elif "error" not in answer:
            assert len(answer["text"]) <= LONGEST
        packed = ask_link(text=code)["packed"]
        whole = f"#run=send/to_person.py~{packed}"
        for link in (whole, quote(whole, safe="#=")):  # as a browser or a chat may change it
            assert ask_link(hash=link) == {"file": "send/to_person.py", "text": code}
        assert ask_link(hash=linked("x", code)) == {"file": "x", "text": code}

    fuzz(
        "Links with code",
        "The link brings its code, letter by letter, or a sentence that it has none.",
        check,
        HASHES,
        CODE,
        cases=cases,
        record_property=record_property,
    )


# -- the smallest that once stopped the page -------------------------------------------------------


@pytest.mark.parametrize("hash_", ["#%", "#run", "", "#send-it"])
def test_a_hash_without_code_is_none(ask_link: Ask, hash_: str) -> None:
    assert ask_link(hash=hash_) == {}


@pytest.mark.parametrize(
    "hash_", ["#run=", "#run=%", "#run=x", "#run=x~", "#run=x~%", "#run=x~!", "#run=x~__79"]
)
def test_a_link_whose_code_cannot_be_read_says_so(ask_link: Ask, hash_: str) -> None:
    assert ask_link(hash=hash_)["error"]


def test_a_short_link_does_not_fill_the_memory(ask_link: Ask) -> None:
    bomb = linked("x", "x" * 5_000_000)
    assert len(bomb) < 10_000
    assert ask_link(hash=bomb)["error"] == f"Error: The link holds over {LONGEST} characters."
    assert len(ask_link(hash=linked("x", "x" * LONGEST))["text"]) == LONGEST


def test_code_that_is_not_utf_8_is_refused(ask_link: Ask) -> None:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = deflate.compress(b"print('\xff')") + deflate.flush()
    hash_ = f"#run=x~{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"
    assert "not valid" in ask_link(hash=hash_)["error"]

"""Any file as a list of recipients: everybody in it, or an error that names the line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from samples.shared.bulk.lists import read_list
from tests.support.fuzzing import few_and_many, fuzz

GUIDS = [f"7f0fb1c6-0000-4000-8000-{number:012x}" for number in range(30)]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "utf-7", "cp037"]
ODD = st.sampled_from([*"\",;\t\\='|", "\r", "\n", "\r\n", '""', "\0", "\u2028", "\x85", "\ufeff"])
NAMES = st.text("aé🧮 \"',;\t\r\n\x0b\u2028\x85", max_size=8) | ODD
LINES = st.tuples(st.sampled_from(GUIDS) | st.sampled_from(GUIDS).map(str.upper) | ODD, NAMES)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A list, as some program saves it or breaks it."""
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    quote = draw(st.sampled_from(["", "", '"']))
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
    head = draw(st.sampled_from(["aad_object_id", "AAD_object_id", "name", ""]) | NAMES)
    rows = [(head if draw(st.booleans()) else "aad_object_id", "name"), *draw(st.lists(LINES))]
    text = end.join(delimiter.join(f"{quote}{one}{quote}" for one in row) for row in rows)
    at = draw(st.integers(0, len(text)))
    text = text[:at] + draw(st.just("") | ODD) + text[at:]
    content = bytearray(text.encode(draw(st.sampled_from(ENCODINGS)), "replace"))
    if content and draw(st.booleans()):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content)


@few_and_many(50)
def test_any_list_is_read_whole_or_refused(
    tmp_path: Path, cases: int, record_property: Callable[[str, object], None]
) -> None:
    path = tmp_path / "people.csv"

    def check(content: bytes) -> None:
        path.write_bytes(content)
        try:
            found = [*read_list(path)]
        except ValueError as refused:
            assert re.match(r".*people\.csv(:\d+: | lists nobody)", str(refused)), refused
            return
        read = [one.aad_object_id for one in found]
        assert sorted(set(read)) == sorted(read)
        written = re.findall("7f0fb1c6-0000-4000-8000-[0-9a-f]{12}", content.decode().lower())
        assert set(written) == set(read), "nobody is lost"

    fuzz(
        "Lists of recipients",
        "Everybody in the file is read, or the error names the line.",
        check,
        files() | st.binary(max_size=60),
        cases=cases,
        record_property=record_property,
    )

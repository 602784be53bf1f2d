"""Any archive as an app package: findings in words, one line each, and never a traceback."""

from __future__ import annotations

import io
import json
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import strategies as st

from samples.runner.app_package.rules import MOST, read_package
from samples.runner.checking.package import check_package
from tests.support import ROOT
from tests.support.fuzzing import few_and_many, fuzz

APP = ROOT / "samples" / "prepare" / "app"
FILES = {path.name: path.read_bytes() for path in (*APP.glob("*.png"), APP / "manifest.json")}
MANIFEST = json.loads(FILES["manifest.json"])
METHODS = [*[ZIP_STORED] * 4, *[ZIP_DEFLATED] * 4, ZIP_BZIP2, ZIP_LZMA]
ODD: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, 0, -1, 1e308, "", "\ud800", "\x1b[2J", "a\u202eb", "../x", "{{"])
    | st.text(max_size=40)
    | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


def places(part: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in some JSON."""
    inner: Any = part.items() if isinstance(part, dict) else ()
    inner = enumerate(part) if isinstance(part, list) else inner
    return [at, *(place for key, one in inner for place in places(one, (*at, key)))]


PLACES = places(MANIFEST)


def replaced(part: Any, place: tuple[Any, ...], value: Any) -> Any:
    """Some JSON with another value at one place."""
    if not place:
        return value
    copied = part.copy()
    copied[place[0]] = replaced(part[place[0]], place[1:], value)
    return copied


MANIFESTS = st.one_of(
    st.tuples(st.sampled_from(PLACES), ODD).map(lambda it: replaced(MANIFEST, *it)).map(json.dumps),
    st.sampled_from(["[" * 5000, '{"a":' * 300 + "1" + "}" * 300, "9" * 5000, "NaN", "", "\ufeff"]),
).map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=30)
ICONS = st.binary(max_size=40) | st.binary(max_size=20).map(lambda end: b"\x89PNG\r\n\x1a\n" + end)
NAMES = st.sampled_from([*FILES, "app/manifest.json", "/", "..", "a/", "zz", "é", "x"])


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """A package, of which one or more things are odd: a part, the archive or its bytes."""
    files: list[tuple[str, bytes]] = [*FILES.items()]
    if draw(st.booleans()):
        files = [*(FILES | {"manifest.json": draw(MANIFESTS)}).items()]
    if draw(st.booleans()):
        files.append((draw(NAMES | st.text("/.:*a\u202e\n", min_size=1)), draw(ICONS)))
    packed = io.BytesIO()
    with ZipFile(packed, "w", draw(st.sampled_from(METHODS))) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that occurs twice is meant
        for name, content in files:
            archive.writestr(ZipInfo(name), content)
    changed = bytearray(packed.getvalue().replace(b"zz", bytes(2)))  # which zipfile cannot write
    for _ in range(draw(st.integers(0, 4))):
        changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    end = draw(st.just(len(changed)) | st.integers(0, len(changed)))
    return draw(st.sampled_from([b"", b"", b"#!", bytes(22)])) + bytes(changed[:end])


@few_and_many(30)
def test_any_archive_brings_findings(
    tmp_path: Path, cases: int, record_property: Callable[[str, object], None]
) -> None:
    path = tmp_path / "app.zip"

    def check(content: bytes) -> None:
        path.write_bytes(content)
        lines = [str(found) for found in check_package(path)]
        assert lines and all(line.isprintable() and line.encode() for line in lines), lines

    fuzz(
        "App packages",
        "`python -m samples check` prints findings, a line each, and ends.",
        check,
        archives() | st.binary(max_size=100),
        cases=cases,
        record_property=record_property,
    )


# -- the smallest that once ended the check --------------------------------------------------------


def packed(name: str = "manifest.json", content: bytes = b"{}", **more: Any) -> bytes:
    """An archive of one file."""
    made = io.BytesIO()
    with ZipFile(made, "w", **more) as archive:
        archive.writestr(name, content)
    return made.getvalue()


def spoiled(offset: int, value: int, form: str = "<H") -> bytes:
    """An archive with another value at the same place of its two headers."""
    content = bytearray(packed())
    for start in (0, content.index(b"PK\x01\x02") + 2):
        struct.pack_into(form, content, start + offset, value)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(spoiled(6, 1), id="with a password"),
        pytest.param(spoiled(8, 99), id="packed by a method that nobody knows"),
        pytest.param(spoiled(8, ZIP_DEFLATED), id="not packed by the method it names"),
        pytest.param(packed("folder/"), id="a folder alone"),
        pytest.param(packed("zz").replace(b"zz", bytes(2)), id="a file without a name"),
    ],
)
def test_an_archive_that_cannot_be_read_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"Make it with: python -m samples package"):
        read_package(content)


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    content = packed("bomb", bytes(MOST + 1), compression=ZIP_DEFLATED)
    with pytest.raises(ValueError, match=r"over .* bytes when it is unpacked"):
        read_package(content)

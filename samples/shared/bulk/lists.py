"""Read a CSV file of people: all of them, or an error that names the line and the reason."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

WHO = "aad_object_id"
DELIMITERS = ",;\t"  # Excel writes semicolons where the comma separates decimals
LONGEST_LINE = 131_072  # characters; csv.field_size_limit() allows a field as many
OBJECT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Control characters and Unicode's line separators would hide a second person in a line. Bytes that
# are not UTF-8 arrive as surrogates.
UNREADABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\udc80-\udcff]")


@dataclass(frozen=True)
class Listed:
    """One person of a list.

    Attributes:
        where: the file and the line, for error messages.
        aad_object_id: in lower case, as Teams writes it.
        fields: the value of each column, by its name.
    """

    where: str
    aad_object_id: str
    fields: dict[str, str]


def read_list(path: Path) -> Iterator[Listed]:
    """Read everybody in a CSV file; the first line names the columns, blank lines do not count.

    Each person is on one line. Otherwise a quotation mark that is never closed would turn everybody
    after it into one long field, and they would be lost without an error.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is not such a list, or lists nobody. A caller that stores while reading
            must then roll back.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = _lines(file, path)
        where, head = next(lines, (f"{path}:1", ""))
        columns, delimiter = _header(head, where)
        seen: dict[str, str] = {}
        for where, line in lines:
            values = _values(line, delimiter)
            if values is None:
                raise ValueError(
                    f"{where}: the quotation marks do not match. A field with {delimiter!r} or a "
                    'quotation mark in it is "in ""double"" quotes", and ends on its line.'
                )
            if not any(values):
                continue
            fields = _by_column(columns, values, where)
            person = object_id(fields[WHO], where)
            if person in seen:
                raise ValueError(f"{where}: {person} is in {seen[person]} too. Name each once.")
            seen[person] = where
            yield Listed(where, person, fields)
    if not seen:
        raise ValueError(f"{path} lists nobody: after the line with the columns, add the people.")


def object_id(text: str, where: str) -> str:
    """An Entra object ID in lower case.

    Raises:
        ValueError: the text is not one.
    """
    if OBJECT_ID.fullmatch(found := text.strip().lower()):
        return found
    raise ValueError(
        f"{where}: {text!r} is no Entra object id, which is a GUID. "
        "Teams takes no mail address and no user principal name."
    )


def _lines(file: TextIO, path: Path) -> Iterator[tuple[str, str]]:
    """Each line that is not blank, with the file and its number."""
    number = 0
    while line := file.readline(LONGEST_LINE + 2):  # two more, for the line's end
        number += 1
        where, line = f"{path}:{number}", line.rstrip("\r\n")
        if len(line) > LONGEST_LINE:
            raise ValueError(f"{where}: the line has more than {LONGEST_LINE:,} characters.")
        if found := UNREADABLE.search(line):
            character = found[0]
            what = (
                f"the byte 0x{ord(character) - 0xDC00:02X} is not UTF-8"
                if character >= "\udc80"
                else f"the character {character!r} has no place in a list"
            )
            raise ValueError(
                f"{where}: {what}. Save the list as UTF-8; in Excel that is CSV UTF-8."
            )
        if line and not line.isspace():
            yield where, line


def _header(line: str, where: str) -> tuple[list[str], str]:
    """The names of the columns, and what separates them."""
    for delimiter in DELIMITERS:
        columns = _values(line, delimiter) or []
        if WHO in columns:
            break
    else:
        raise ValueError(f"{where}: a list needs a column {WHO}. Its first line is {line[:200]!r}")
    named = [column.casefold() for column in columns if column]
    if twice := next((name for name in named if named.count(name) > 1), None):
        raise ValueError(f"{where}: the column {twice} occurs twice. Rename or remove one.")
    return columns, delimiter


def _values(line: str, delimiter: str) -> list[str] | None:
    """The values in a line, without spaces around them; None where its quotes do not match."""
    if '"' in line:
        # As RFC 4180 (October 2005) has it. The csv module also accepts a quotation mark in the
        # middle of a field, and one that is closed on another line.
        value = rf'(?:"(?:[^"]|"")*+"|[^"{delimiter}]*+)'
        if not re.fullmatch(rf"{value}(?:{delimiter}{value})*+", line):
            return None
    return [value.strip() for value in next(csv.reader([line], delimiter=delimiter, strict=True))]


def _by_column(columns: list[str], values: list[str], where: str) -> dict[str, str]:
    if len(values) != len(columns):
        raise ValueError(
            f"{where}: the line has {len(values)} fields, and the first line {len(columns)}."
        )
    if lost := next((v for c, v in zip(columns, values, strict=True) if v and not c), ""):
        raise ValueError(f"{where}: {lost!r} is in a column that has no name in the first line.")
    return {column: value for column, value in zip(columns, values, strict=True) if column}

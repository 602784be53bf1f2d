"""A list is read whole, or refused with the line and the reason."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.shared.bulk.lists import Listed, object_id, read_list

HEAD = "aad_object_id,name"


def person(number: int) -> str:
    return f"7f0fb1c6-0000-4000-8000-{number:012x}"


def read(folder: Path, content: str | bytes) -> list[Listed]:
    file = folder / "people.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_list(file))


def people(*lines: str, head: str = HEAD, end: str = "\n") -> str:
    return end.join([head, *lines, ""])


# -- what is read ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        people(f"{person(1)},Ada"),
        people(f"{person(1)},Ada").rstrip(),
        "\ufeff" + people(f"{person(1)},Ada"),
        people(f"{person(1)},Ada", end="\r\n"),
        people(f"{person(1)},Ada", end="\r"),
        people(f"{person(1)};Ada", head="aad_object_id;name"),
        people(f"{person(1)}\tAda", head="aad_object_id\tname"),
        people(f'"{person(1)}";"Ada"', head='"aad_object_id";"name"'),
        people(f" {person(1).upper()} , Ada ", head=" aad_object_id , name "),
        people("", f"{person(1)},Ada", ",", " ", "", head="\n" + HEAD),
        people(f"{person(1)},Ada,,", head=f"{HEAD},,"),
    ],
    ids=[
        "plain",
        "no end",
        "BOM",
        "CR LF",
        "CR",
        "semicolon",
        "tab",
        "all quoted",
        "spaces and capitals",
        "blank lines",
        "unnamed empty columns",
    ],
)
def test_a_list_as_programs_save_it_is_read(tmp_path: Path, content: str) -> None:
    assert [(one.aad_object_id, one.fields["name"]) for one in read(tmp_path, content)] == [
        (person(1), "Ada")
    ]


def test_a_quoted_field_keeps_its_commas_and_quotation_marks(tmp_path: Path) -> None:
    found = read(tmp_path, people(f'{person(1)},"Lovelace, ""Ada"" 🧮"'))
    assert found == [
        Listed(
            f"{tmp_path}/people.csv:2",
            person(1),
            {"aad_object_id": person(1), "name": 'Lovelace, "Ada" 🧮'},
        )
    ]


# -- what is refused, with the line ----------------------------------------------------------------

GOOD = [f"{person(n)},Person {n}" for n in range(1, 101)]


def spoiled(number: int, line: str) -> str:
    """A hundred people, one of whose lines is another."""
    return people(*GOOD[: number - 2], line, *GOOD[number - 1 :])


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (spoiled(5, f'{person(4)},"Ada'), 5, "the quotation marks do not match"),
        (spoiled(101, f'{person(4)},"Ada'), 101, "the quotation marks do not match"),
        (people(*GOOD[:3], f'{person(4)},"Ada', f'{person(5)},Alan"'), 5, "quotation marks"),
        (people(*GOOD[:3], f'{person(4)},"Ada', '"', person(5)), 5, "quotation marks"),
        (spoiled(5, f'{person(4)},"Ada "Lovelace"'), 5, "quotation marks"),
        (spoiled(5, f'{person(4)},Ada "Lovelace'), 5, "quotation marks"),
        (spoiled(5, f'{person(4)}, "Lovelace, Ada"'), 5, "quotation marks"),
        (spoiled(5, rf'{person(4)},"Ada \"Augusta\""'), 5, "quotation marks"),
        (spoiled(5, f'="{person(4)}",Ada'), 5, "quotation marks"),
        (spoiled(5, f'"{person(4)},Ada'), 5, "quotation marks"),
        (spoiled(5, f"{person(4)},{'A' * 131_072}"), 5, "more than 131,072 characters"),
        (spoiled(5, f'{person(4)},"{"A" * 140_000}"'), 5, "more than 131,072 characters"),
        (spoiled(5, person(4)), 5, "the line has 1 fields, and the first line 2"),
        (spoiled(5, f"{person(4)},Lovelace, Ada"), 5, "the line has 3 fields"),
        (spoiled(5, f"{person(4)};Ada"), 5, "the line has 1 fields"),
        (people(f"{person(1)},{person(2)}", head="aad_object_id"), 2, "the line has 2 fields"),
        (people(f"{person(1)},{person(2)}", head="aad_object_id,"), 2, "that has no name"),
        (spoiled(5, f"{person(9)},Ada"), 10, f"{person(9)} is in "),
        (spoiled(5, f"{person(3).upper()},Ada"), 5, "Name each once"),
        (spoiled(5, ",Ada"), 5, "'' is no Entra object id"),
        (spoiled(5, HEAD), 5, "'aad_object_id' is no Entra object id"),
        (spoiled(5, f"\ufeff{person(4)},Ada"), 5, "is no Entra object id"),
        (spoiled(5, f"{person(4)}\u2028{person(5)},Ada"), 5, r"'\u2028' has no place in a list"),
        (spoiled(5, f'{person(4)},"Ada\u2028{person(5)}"'), 5, r"'\u2028' has no place"),
        (spoiled(5, f'{person(4)},"Ada\x0b{person(5)}"'), 5, r"'\x0b' has no place"),
        (spoiled(5, f"{person(4)},Ada\0"), 5, r"'\x00' has no place in a list. Save the list as"),
        (spoiled(5, f"{person(4)},Zoë").encode("cp1252"), 5, "the byte 0xEB is not UTF-8"),
        (spoiled(5, f"{person(4)},Zoë").encode("utf-16"), 1, "the byte 0xFF is not UTF-8"),
        (spoiled(5, f"{person(4)},Zoë").encode("utf-16-le"), 1, r"'\x00' has no place"),
        (spoiled(5, f"{person(4)},Zoë").encode("utf-16-be"), 1, r"'\x00' has no place"),
        (spoiled(5, f"{person(4)},Zoë").encode("utf-32"), 1, "not UTF-8"),
        (people(*GOOD, head="aad_object_id,name,name"), 1, "the column name occurs twice"),
        (people(*GOOD, head="aad_object_id,AAD_OBJECT_ID"), 1, "aad_object_id occurs twice"),
        (people(*GOOD, head="name,mail"), 1, "needs a column aad_object_id. Its first line is"),
        (people(*GOOD, head='"aad_object_id,name'), 1, "needs a column aad_object_id"),
        (people(*GOOD, head="aad_object_id|name"), 1, "needs a column aad_object_id"),
        (people(HEAD, *GOOD, head="sep=,"), 1, "Its first line is 'sep=,'"),
        (people(*GOOD, head="\ufeff\ufeff" + HEAD), 1, r"Its first line is '\ufeffaad"),
        ("", 1, "needs a column aad_object_id. Its first line is ''"),
        (b"PK\x03\x04\x14\x00\x06\x00", 1, r"'\x03' has no place in a list"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 60 else "",
)
def test_a_list_that_is_wrong_is_refused_with_its_line(
    tmp_path: Path, content: str | bytes, line: int, said: str
) -> None:
    with pytest.raises(ValueError, match=r"people\.csv") as refused:
        read(tmp_path, content)
    assert str(refused.value).startswith(f"{tmp_path}/people.csv:{line}: ")
    assert said in str(refused.value)


@pytest.mark.parametrize("content", [HEAD, f"{HEAD}\n", f"{HEAD}\n\n,\n"])
def test_a_list_of_nobody_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ValueError, match=r"people\.csv lists nobody"):
        read(tmp_path, content)


@pytest.mark.parametrize(
    "text",
    [
        f"urn:uuid:{person(1)}",
        person(1).replace("-", ""),
        "٣" * 8 + person(1)[8:],
        "1_34567" + person(1)[7:],
        "ada@contoso.example",
    ],
)
def test_only_a_guid_is_an_object_id(text: str) -> None:
    """Python's uuid.UUID takes more, such as digits of other scripts."""
    with pytest.raises(ValueError, match=r"^x:1: '.+' is no Entra object id"):
        object_id(text, "x:1")


# -- nobody is lost, whatever is in the file -------------------------------------------------------

VALUES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=20), st.sampled_from(",;\t"))
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], delimiter: str
) -> None:
    written = io.StringIO()
    table = csv.writer(written, delimiter=delimiter)
    table.writerow(("aad_object_id", "name"))
    table.writerows((person(n), name) for n, name in enumerate(names))
    found = read(tmp_path_factory.getbasetemp(), written.getvalue())
    assert [one.fields["name"] for one in found] == [name.strip() for name in names]


@settings(deadline=None)
@given(
    st.integers(0, len(people(*GOOD[:20]))),
    st.sampled_from(['"', '""', '","', "\\", "'", "\r", "\n", "\0", "\u2028", ",", ";", "\x1c"]),
)
def test_one_stray_character_anywhere_loses_nobody(
    tmp_path_factory: pytest.TempPathFactory, at: int, stray: str
) -> None:
    content = people(*GOOD[:20])
    try:
        found = read(tmp_path_factory.getbasetemp(), content[:at] + stray + content[at:])
    except ValueError as refused:
        assert "people.csv:" in str(refused)
    else:
        assert [one.aad_object_id for one in found] == [person(n) for n in range(1, 21)]

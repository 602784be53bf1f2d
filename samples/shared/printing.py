"""Print what others wrote: on one line, without characters that change how a terminal shows it."""

from __future__ import annotations

import unicodedata

# What a spreadsheet takes for a formula (owasp.org/www-community/attacks/CSV_Injection, 2026).
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_KEPT = "\u200d"  # joins parts of an emoji


def one_line(text: object) -> str:
    """A text with each control, format or unpaired character as an escape."""
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and character not in _KEPT
        else character
        for character in str(text)
    )


def first_line(error: object) -> str:
    """The first line of an error's text, without a full stop."""
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")


def cell(text: object) -> str:
    """A text for a cell of a CSV file: a spreadsheet shows it, and does not calculate it."""
    line = one_line(text)
    return f"'{line}" if line.startswith(FORMULA) else line

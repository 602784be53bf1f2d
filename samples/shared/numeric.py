"""Read numbers from the environment and the command line, and refuse those that make no sense."""

from __future__ import annotations

from math import inf

from samples.shared.settings import optional_setting


def whole_number(name: str, default: int, *, least: int = 1, most: int) -> int:
    """A whole number from the environment.

    Raises:
        SystemExit: the variable has another value; the message names it.
    """
    try:
        return read_whole_number(optional_setting(name, str(default)), least=least, most=most)
    except ValueError as error:
        raise SystemExit(f"{name} is {error}") from error


def number(name: str, default: float, *, least: float, most: float) -> float:
    """A number from the environment.

    Raises:
        SystemExit: the variable has another value; the message names it.
    """
    text = optional_setting(name, str(default))
    try:
        if least <= (found := float(text)) <= most < inf:
            return found
    except ValueError:
        pass
    raise SystemExit(f"{name} is {text[:50]!r}. It must be a number from {least:g} to {most:g}.")


def read_whole_number(text: str, *, least: int = 1, most: int) -> int:
    """A whole number.

    Raises:
        ValueError: the text is not one, or it is too small or too large.
    """
    # No longer than the longest: Python refuses to read numbers of more than 4,300 digits.
    if text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= most:
        return int(text)
    raise ValueError(f"{text[:50]!r}. It must be a whole number from {least} to {most}.")

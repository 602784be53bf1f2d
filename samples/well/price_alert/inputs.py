"""Read product names and prices as people and price lists write them."""

from __future__ import annotations

import re
from decimal import Decimal


def parse_product(text: str) -> str:
    """A product's name, the same however it is spaced and capitalized.

    Raises:
        ValueError: the name is empty or too long.
    """
    name = " ".join(text.split()).casefold()
    if not 0 < len(name) <= 80:
        raise ValueError("A product's name has 1 to 80 characters.")
    return name


def parse_price(text: str) -> Decimal:
    """A price, exact to the cent.

    Raises:
        ValueError: the text is not a price.
    """
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", text):
        raise ValueError(f"{text!r} is not a price. Write it like 39.90")
    return Decimal(text)

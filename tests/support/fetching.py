"""Reading JSON from an address."""

from __future__ import annotations

import json
import urllib.request
from typing import Any


def get_json(url: str) -> Any:
    """The JSON at an address.

    Raises:
        HTTPError: the answer is a refusal.
    """
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)

"""What pages say in numbers about the SDK: asked of the one that is installed, never typed."""

from __future__ import annotations

import json
from importlib.metadata import metadata

from botbuilder import schema
from msrest.universal_http.requests import ClientRetryPolicy

from samples.runner.registry import find

_WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def in_words(number: int) -> str:
    """A number as a sentence has it: four, 42."""
    return _WORDS[number] if number < len(_WORDS) else f"{number:,}"


def fields_of(model: str) -> int:
    """How many fields the SDK's class has, for example Activity."""
    return len(getattr(schema, model)._attribute_map)


def fields_sent(sample: str) -> int:
    """How many fields the last message had that the recorded run of a sample sent."""
    wire = json.loads(find(sample).recording.read_text("utf-8"))["wire"]
    return len(
        next(e["body"] for e in reversed(wire) if e["method"] == "POST" and "text" in e["body"])
    )


def sdk_attempts() -> int:
    """How often at most the SDK itself makes a request that it repeats: once, and its retries."""
    return 1 + int(ClientRetryPolicy().policy.total)


def repeated_statuses() -> int:
    """How many statuses are in the list that the SDK makes for each of its clients."""
    return len(ClientRetryPolicy().policy.status_forcelist)


def threads_of(cores: int) -> int:
    """How many threads asyncio's default pool has (`max_workers` of ThreadPoolExecutor)."""
    return min(32, cores + 4)


def python_classifiers(package: str) -> list[str]:
    """The Python versions that a package's classifiers name, for example 3.7."""
    named = metadata(package).get_all("Classifier") or []
    prefix = "Programming Language :: Python :: "
    return [line.removeprefix(prefix) for line in named if line.startswith(f"{prefix}3.")]

"""Reads stories: what people do in Teams while a bot runs, so that a bot can be run and recorded.

A story lies beside its sample, as `<sample>.story.toml`:

    bot = "remember"          # the sample that serves as the bot; the sample itself by default
    arguments = ["send"]      # the sample's command line
    [environment]             # variables for the bot and the sample
    NAME = "value"
    [[steps]]                 # in this order, each after the one before has ended
    who = "Ada Lovelace"      # somebody does something: see samples/local_teams/events/actions.py
    does = "says"
    text = "hi"
    [[steps]]
    call = "/api/notify"      # a program posts JSON to the bot
    json = { text = "hi" }
    headers = { Authorization = "Bearer …" }
    expect = 202              # the status that the bot must answer with; 200 to 299 by default
    [[steps]]
    wait = 1                  # until the bot has sent so many more messages
    [[steps]]
    restart = true            # the bot is killed (kill -9) and started again

If `bot` names another sample, that one runs while the steps happen, and stops; then the sample
runs.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Any

from samples.runner.registry import Sample

PATIENCE = 60.0  # seconds that a bot gets to start, answer or send a message


@dataclass(frozen=True)
class Story:
    """What happens while a bot runs: see the module for the format.

    Attributes:
        bot: the sample that serves as the bot; empty for a sample that simply runs.
        is_bot: whether that is the sample itself.
    """

    bot: str = ""
    is_bot: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)


def read_story(sample: Sample) -> Story:
    """The story of a sample; an empty one for a sample that has none and simply runs."""
    if not sample.story.exists():
        return Story()
    written = tomllib.loads(sample.story.read_text("utf-8"))
    bot = written.get("bot", sample.name)
    return Story(
        bot,
        bot == sample.name,
        written.get("environment", {}),
        written["steps"],
        written.get("arguments", []),
    )

"""The playground's place on its page, with the samples that it offers."""

from __future__ import annotations

import html
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from shipping.obstacles import obstacle

from pages.recordings import template
from samples.local_teams.model.contoso import contoso
from samples.runner import registry
from samples.runner.files import ROOT
from samples.runner.registry import Sample
from samples.runner.stories import read_story

DOCS = ROOT / "docs"


def playground(first: str) -> str:
    """Where the playground goes, with the samples that can be started in it and their stories.

    Args:
        first: the sample that is chosen until the reader chooses another.
    """
    offered: list[dict[str, Any]] = []
    for sample in sorted(registry.samples().values(), key=lambda sample: sample.name != first):
        if not obstacle(sample):
            offered.append(_offer(sample))
    shared = Counter(one["title"] for one in offered)
    for one in offered:
        words = one["name"].split("_")
        # Of several samples of a page, and where the title does not say it, the name tells which.
        if shared[one["title"]] > 1 or not any(word in one["title"].lower() for word in words):
            one["title"] += f": {' '.join(words)}"
    return (
        f'<div class="playground" data-playground>{template(offered)}'
        '<div class="run-bar"><button class="run-button run-button--go" disabled>Start</button>'
        '<span class="run-status"></span></div>'
        f'<p class="playground-says">{html.escape(offered[0]["says"])}</p>'
        '<div class="playground-panes"><div class="playground-left">'
        '<div class="playground-story"></div><div class="playground-code"></div></div>'
        '<div class="playground-teams"><div>The playground needs JavaScript. On your machine, '
        "<code>make local</code> does the same.</div></div></div></div>"
    )


def _offer(sample: Sample) -> dict[str, Any]:
    """What the playground knows of a sample."""
    story = read_story(sample)
    page = _page(sample)
    steps = [
        {"number": number, "label": _step(step)}
        for number, step in enumerate(story.steps)
        if "wait" not in step
    ]
    if story.steps and not story.is_bot:
        steps.append({"number": len(story.steps), "label": "Run the program"})
    return {
        "name": sample.name,
        "title": _title(page) if page else sample.stem.replace("_", " ").capitalize(),
        "page": f"../{page.relative_to(DOCS).with_suffix('').as_posix()}/" if page else "",
        "file": sample.path,
        "was": sample.old_paths,
        "says": sample.summary,
        "serves": bool(story.bot),
        "steps": steps,
    }


@cache
def _texts() -> dict[Path, str]:
    """The pages that samples are for."""
    return {path: path.read_text("utf-8") for path in sorted(DOCS.glob("*/*.md"))}


def _page(sample: Sample) -> Path | None:
    """The page that shows a sample: the one in its folder that has the most of it."""
    folder = DOCS / sample.path.partition("/")[0]
    counted = {
        path: text.count(f'"{sample.path}"')
        for path, text in _texts().items()
        if path.parent == folder
    }
    best = max(counted, key=lambda path: counted[path], default=None)
    return best if best and counted[best] else None


def _title(page: Path) -> str:
    found = re.search(r"^# (.+)$", _texts()[page], re.MULTILINE)
    return found[1] if found else page.stem


def _step(step: dict[str, Any]) -> str:
    """A step of a story, as a button names it."""
    if step.get("restart"):
        return "Kill the bot and start it again"
    if "call" in step:
        names = {person.aad_object_id: person.name for person in contoso().people}
        values = [names.get(value, value) for value in map(str, step.get("json", {}).values())]
        refused = ": it is refused" if step.get("expect", 200) >= 400 else ""
        return f"A program posts “{', '.join(values)}” to {step['call']}{refused}"
    what = {
        "installs": "installs the app",
        "removes": "removes the app",
        "blocks": "blocks the bot",
        "unblocks": "unblocks the bot",
    }.get(step["does"], step["does"])
    text = re.sub(r"<at>(.*?)</at>", r"@\1", step.get("text", ""))
    join = " " if step["does"] in ("joins", "leaves") else " in "
    where = f"{join}{step['where']}" if "where" in step else ""
    return f"{step['who']} {what}{f' “{text}”' if text else ''}{where}"

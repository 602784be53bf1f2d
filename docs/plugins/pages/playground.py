"""The playground's place on its page, with the samples that it offers."""

from __future__ import annotations

import re
from typing import Any

from shipping.obstacles import obstacle

from pages.recordings import template
from samples.local_teams.model.contoso import contoso
from samples.runner import registry
from samples.runner.stories import read_story


def playground(first: str) -> str:
    """Where the playground goes, with the samples that can be started in it and their stories.

    Args:
        first: the sample that is chosen until the reader chooses another.
    """
    offered = []
    for sample in sorted(registry.samples().values(), key=lambda sample: sample.name != first):
        if obstacle(sample):
            continue
        story = read_story(sample)
        steps = [
            {"number": number, "label": _step(step)}
            for number, step in enumerate(story.steps)
            if "wait" not in step
        ]
        if story.steps and not story.is_bot:
            steps.append({"number": len(story.steps), "label": f"Run {sample.name}"})
        offered.append(
            {
                "name": sample.name,
                "file": sample.path,
                "was": sample.old_paths,
                "says": sample.summary,
                "serves": bool(story.bot),
                "steps": steps,
            }
        )
    return (
        f'<div class="playground" data-playground>{template(offered)}'
        "<p>The playground needs JavaScript. On your machine, <code>make local</code> does the "
        "same.</p></div>"
    )


def _step(step: dict[str, Any]) -> str:
    """A step of a story, as a button names it."""
    if step.get("restart"):
        return "Kill the bot and start it again"
    if "call" in step:
        names = {person.aad_object_id: person.name for person in contoso().people}
        values = map(str, step.get("json", {}).values())
        text = ", ".join(names.get(value, value) for value in values)
        refused = " and is refused" if step.get("expect", 200) >= 400 else ""
        return f"A program posts “{text}” to {step['call']}{refused}"
    where = f" in {step['where']}" if "where" in step else ""
    text = re.sub(r"<at>(.*?)</at>", r"@\1", step.get("text", ""))
    return f"{step['who']} {step['does']}{f' “{text}”' if text else ''}{where}"

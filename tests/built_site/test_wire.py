"""What went over the wire is on its page when a reader opens the fold."""

from __future__ import annotations

import json

from samples.facts import named_rows
from samples.runner.registry import find
from tests.support import ROOT
from tests.support.browsing import Screen

PROVOKED = ROOT / "docs" / "recorded" / "errors" / "provoked.json"


def test_a_recordings_requests_come_with_their_answers(site_url: str, screen: Screen) -> None:
    wire = json.loads(find("to_channel").recording.read_text("utf-8"))["wire"]
    sent = [one[part] for one in wire for part in ("body", "answer") if one[part] is not None]
    screen.open(f"{site_url}send/to-a-channel/")
    fold = screen.within("[data-recorded=to_channel] details.note")
    fold.click("summary")
    shown = fold.texts("pre").when(lambda texts: len(texts) == len(sent) and all(texts))
    assert [json.loads(text) for text in shown] == sent
    assert fold.texts("p code") == [f"{one['method']} {one['path']}" for one in wire]
    fold.click("button.md-code__button")
    assert json.loads(screen.clipboard().when(bool)) == sent[0]


def test_a_link_to_an_error_opens_what_provoked_it(site_url: str, screen: Screen) -> None:
    provoked = json.loads(PROVOKED.read_text("utf-8"))
    anchor = next(name for name, row in named_rows().items() if row.code == "MessageWritesBlocked")
    screen.open(f"{site_url}reference/errors-and-limits/#{anchor}")
    texts = screen.within(f"[id='{anchor}'] [data-wire]").texts("pre")
    shown = texts.when(lambda texts: len(texts) == 2 and all(texts))
    done = provoked[anchor]
    assert [json.loads(text) for text in shown] == [done["body"], done["answer"]]

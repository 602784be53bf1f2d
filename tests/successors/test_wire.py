"""Each successor's tab shows its own requests, or says that they are botbuilder's."""

from __future__ import annotations

import json
import re
import sys

import markdown
import pytest
from bs4 import BeautifulSoup

from samples.runner.registry import Sample, everything, find, samples
from tests.support import ROOT

sys.path.insert(0, str(ROOT / "docs" / "plugins"))

from pages import recordings

SUCCESSORS = [one for one in everything() if one.sdk and one.stem in samples()]


def wire(sample: Sample) -> object:
    return json.loads(sample.recording.read_text("utf-8"))["wire"]


@pytest.mark.parametrize("sample", SUCCESSORS, ids=lambda one: one.name)
def test_a_tab_has_its_own_requests_or_says_that_they_are_the_same(sample: Sample) -> None:
    shown = recordings.sent(sample)
    if wire(sample) == wire(find(sample.stem)):
        assert shown == "On the wire: nothing."
        return
    file = re.findall(r"\]\(/(.*?)\)", shown)
    assert file == [f"assets/wire/{sample.name}.json"]
    assert json.loads(recordings.wire_files()[file[0]]) == wire(sample)


def test_the_same_requests_are_called_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "_recorded_wire", lambda sample: [{"method": "POST"}])
    same = recordings.sent(find("teams_sdk/to_person"))
    assert same == "On the wire: the same as with `botbuilder-core`, byte for byte."


def test_requests_are_in_a_fold_that_loads_them_when_it_opens() -> None:
    """As docs/assets/wire.js looks for them."""
    extensions = ["pymdownx.details", "admonition", "attr_list", "md_in_html"]
    html = markdown.markdown(recordings.sent(find("agents_sdk/to_person")), extensions=extensions)
    fold = BeautifulSoup(html, "html.parser").select_one("details.note")
    assert fold and fold.summary and fold.summary.text == "On the wire: 2 requests"
    link = fold.select_one("[data-wire='']:not([data-opened]) a")
    assert link and link["href"] == "/assets/wire/agents_sdk/to_person.json"


def test_a_sample_of_botbuilder_shows_them_with_its_recording() -> None:
    assert recordings.sent(find("to_person")) == recordings.sent(find("teams_sdk/notifier")) == ""

"""Run in the page, as a reader sees it: real Python and the real SDK in a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from samples.runner.registry import find
from tests.support.browsing import DESK, TELEPHONE, Screen
from tests.support.firefox import in_firefox
from tests.support.running_in_page import PAGE, Sample, editing, with_button
from tests.support.serving import served

# -- a run -----------------------------------------------------------------------------------------


def brings_what_was_recorded(sample: str, screen: Screen) -> None:
    here = Sample.on(screen, sample).run_it()
    recorded = json.loads(find(sample).recording.read_text("utf-8"))
    requests = len([one for one in recorded["wire"] if one.get("direction") != "to the bot"])
    shown = here.text(".note summary").when(lambda text: re.search(r"\d+ request", text))
    assert requests <= int(re.findall(r"(\d+) request", shown)[0])
    assert here.count(".run-error") == 0
    titles = {chat["title"] for chat in recorded["arrived"]}
    drawn = here.arrived.when(lambda drawn: set(drawn) == titles)
    for chat in recorded["arrived"]:
        said = [m["text"] for m in chat["messages"] if m.get("text") and "<at>" not in m["text"]]
        assert set(said) <= set(drawn[chat["title"]])
    lines = here.value("return found[0].querySelector('.run-printed')?.innerText ?? ''")
    count = len(recorded["printed"].splitlines())
    lines.when(lambda text: len(text.strip().splitlines()) == count)


# A program, a card, a bot that a story talks to, a database; the build itself ran every sample.
@pytest.mark.parametrize(
    "sample",
    [
        "to_person",
        *(pytest.param(name, marks=pytest.mark.prove) for name in ("card", "price_alert")),
        "notification_queue",
    ],
)
def test_a_sample_brings_what_was_recorded(loaded: Sample, screen: Screen, sample: str) -> None:
    brings_what_was_recorded(sample, screen)
    assert {urlsplit(one).hostname for one in screen.requests()} <= {"127.0.0.1", None}
    assert screen.complaints() == []


@pytest.mark.prove
def test_every_sample_brings_what_was_recorded(
    site: Path, runs_samples: str, screen: Screen
) -> None:
    loaded: list[str] = []
    can = sorted(with_button(site))
    with served(site, loaded) as url:  # where the browser has nothing in its cache
        screen.open(url + PAGE)
        for sample in can:
            brings_what_was_recorded(sample, screen)
        assert {urlsplit(one).hostname for one in screen.requests()} <= {"127.0.0.1", None}
        assert screen.complaints() == []
        screen.open("about:blank")  # before its server ends
    assert "200 /assets/run/sqlalchemy.zip.xz" in loaded
    assert "200 /assets/run/rest.zip.xz" not in loaded  # it has what no sample needs
    assert len(can) >= 26


def test_a_run_as_it_looks(loaded: Sample, screen: Screen) -> None:
    """What arrived is under the code. With PICTURE it is also the picture of the README."""
    screen.resize(DESK)
    loaded.run_it()
    box = "(one) => { const { top, width } = one.getBoundingClientRect(); return [top, width]; }"
    [[bar, _]] = loaded.each(".run-bar", box).when(bool)
    [[top, width]] = loaded.each("teams-conversation", box).when(bool)
    assert top > bar and width > 300
    loaded.run("found[0].querySelector('teams-conversation').scrollIntoView({block: 'center'})")
    if picture := os.environ.get("PICTURE"):
        settled = "return new Promise((done) => setTimeout(done, 500, 'settled'))"
        assert screen.value(settled) == "settled"  # the title changes as the page scrolls
        screen.picture(picture)


def test_run_stays_in_view_while_a_long_program_is_scrolled(loaded: Sample, screen: Screen) -> None:
    bar = ".whole .filename"
    place = "(one) => one.getBoundingClientRect().top"
    on_top = """(one) => {
      const { left, top, width, height } = one.getBoundingClientRect();
      return document.elementFromPoint(left + width / 2, top + height / 2) === one;
    }"""
    for size in (DESK, TELEPHONE):
        screen.resize(size)
        screen.run(
            """
            const whole = document.querySelector(".whole");
            whole.open = true;
            whole.querySelector("pre").scrollIntoView({ block: "start" });
            scrollBy(0, 400);
            """
        )
        assert screen.first(f"{bar} ~ pre", place).when(lambda top: top < -200)
        assert screen.first(f"{bar} button", place).when(lambda top: 40 < top < 90)
        assert screen.first(f"{bar} button", on_top).when(bool)
    screen.click(f"{bar} button", "Run")
    loaded.has_ended("done")
    assert screen.text(f"{bar} button", hidden=True) == "Run"
    assert loaded.first(".run-status", place).when(lambda top: 0 < top < TELEPHONE[1])


@pytest.mark.prove
def test_what_a_run_shows_can_be_used_by_everyone(loaded: Sample, screen: Screen) -> None:
    editing(loaded, "print('so far')\n\nprint(1 / 0)\n").run_it()
    for scheme in ("default", "slate"):
        screen.wear(scheme)
        screen.run("document.activeElement.blur()")  # its cursor blinks without end
        loaded.shows("mark")
        assert screen.violations(of="[data-run=to_person]") == [], scheme
    screen.resize(TELEPHONE)
    assert screen.width() <= TELEPHONE[0]


@pytest.mark.prove
def test_a_second_visit_loads_nothing_anew(site: Path, screen: Screen) -> None:
    asked: list[str] = []
    with served(site, asked) as url:
        for visit in ("first", "second"):
            screen.open("about:blank")
            asked.clear()
            screen.open(url + PAGE)
            Sample.on(screen, "to_person").run_it()
            python = [one for one in asked if re.match(r"200 .*\.(wasm|zip|xz)$", one)]
            assert bool(python) == (visit == "first"), asked
        screen.open("about:blank")  # before its server ends


@pytest.mark.prove
def test_python_stays_while_the_reader_goes_on(site: Path, tmp_path: Path, screen: Screen) -> None:
    """Material replaces the page and keeps its scripts, where the site is at its own address."""
    there = tmp_path / "site"
    shutil.copytree(site, there)
    with served(there) as url:
        for name in ("sitemap.xml", "sitemap.xml.gz"):  # which says what the site is
            (there / name).unlink()
        text = (site / "sitemap.xml").read_text("utf-8")
        (there / "sitemap.xml").write_text(re.sub(r"(?<=<loc>)https?://[^/]+/", url, text))
        screen.open(url + PAGE)
        Sample.on(screen, "to_person").run_it()
        screen.run("window.kept = true")
        screen.run("document.querySelector(\".md-nav__link[href*='to-a-channel']\").click()")
        screen.shows("[data-run=to_channel] .run-bar")
        assert screen.value("return window.kept ? 'kept' : 'anew'") == "kept"
        recorded = "[data-recorded] teams-conversation"
        assert screen.first(recorded, "(one) => one.getBoundingClientRect().height") > 50
        screen.run(
            """
            globalThis.stages = [];
            const status = document.querySelector("[data-run=to_channel] .run-status");
            new MutationObserver(() => stages.push(status.textContent))
              .observe(status, { childList: true });
            """
        )
        here = Sample.on(screen, "to_channel").run_it()
        assert here.arrived.when(bool)
        stages = screen.value("return stages")
        assert stages.has("running …")
        assert stages.lacks("loading Python 3.14 …", "installing botbuilder …")
        assert screen.complaints() == []
        screen.open("about:blank")  # before its server ends


def test_a_run_replaces_the_recording(loaded: Sample, screen: Screen) -> None:
    recorded = screen.within("[data-recorded=to_person]")
    recorded.shows("teams-conversation")
    loaded.run_it()
    loaded.run_it()
    recorded.shows(".run-replaced > summary")
    assert recorded.count(".run-replaced > summary") == 1
    recorded.hides("teams-conversation")
    recorded.click(".run-replaced > summary")
    recorded.shows("teams-conversation")


# -- a browser without stack switching -------------------------------------------------------------


@pytest.mark.prove
async def test_firefox_runs_it_too(runs_samples: str, tmp_path: Path) -> None:
    script = """
    (async () => {
      const place = document.querySelector("[data-run=to_person]");
      const moment = () => new Promise((resolve) => setTimeout(resolve, 50));
      while (!place.querySelector("button")) await moment();
      place.querySelector("button").click();
      while (!place.dataset.ended) await moment();
      const drawn = place.querySelector("teams-conversation")?.shadowRoot;
      return JSON.stringify([
        typeof WebAssembly.Suspending,
        drawn ? [...drawn.querySelectorAll(".said")].map((one) => one.textContent)
              : place.textContent,
      ]);
    })()
    """
    switching, said = json.loads(await in_firefox(tmp_path, runs_samples + PAGE, script))
    assert said == ["The report you asked for is ready."]
    assert switching == "undefined", "this Firefox has stack switching all the same"

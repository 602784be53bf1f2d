"""Run in the page, as a reader sees it: real Python and the real SDK in a browser."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from samples.local_teams.server.app import LocalTeams
from samples.runner.environment import environment
from samples.runner.registry import find, samples
from samples.runner.report import gist
from tests.built_site.test_docs import pages
from tests.support import ROOT
from tests.support.browsing import DESK, TELEPHONE, Screen
from tests.support.firefox import in_firefox
from tests.support.serving import served
from tests.support.waiting import Polled

PAGE = "send/to-a-person/"
MEGABYTE = 1_000_000


class Sample(Screen):
    """Where a sample runs, on a page."""

    @classmethod
    def on(cls, page: Screen, sample: str) -> Sample:
        """On a page that does not have it, it is put there."""
        page.run(
            """
            const [, sample, file] = arguments;
            if (document.querySelector(`[data-run=${sample}]`)) return;
            const block = document.createElement("div");
            const place = Object.assign(document.createElement("div"), { className: "run" });
            Object.assign(place.dataset, { run: sample, file });
            document.querySelector(".md-content article").append(block, place);
            dispatchEvent(new Event("run:mount"));
            """,
            sample,
            find(sample).path,
        )
        return cls(page, [[f"[data-run={sample}]", None]])

    def push(self, label: str) -> None:
        self.click("button", label)

    def run_it(self, ends: str = "done") -> Sample:
        """Run it, and wait until the run has ended."""
        self.run("delete found[0].dataset.ended")
        self.push("Run")
        self.has_ended(ends)
        return self

    def has_ended(self, how: str) -> None:
        assert self.first_of("(one) => one.dataset.ended") == how

    def first_of(self, what: str) -> Polled[Any]:
        return self.value(f"return ({what})(found[0])")

    @property
    def arrived(self) -> Polled[dict[str, list[str]]]:
        """The texts that are drawn, by the title of the conversation."""
        return self.value(
            """
            return Object.fromEntries([...found[0].querySelectorAll("teams-conversation")].map(
              ({ shadowRoot }) => [
                shadowRoot.querySelector("header").textContent,
                [...shadowRoot.querySelectorAll(".said")].map((one) => one.textContent),
              ]));
            """
        )

    def write(self, text: str) -> None:
        """Put a text into the editor, as if it were typed."""
        self.run("found[0].sample.editor.text = arguments[1]", text)


@pytest.fixture
def visited(runs_samples: str, screen: Screen) -> Sample:
    """The first sample, on its page."""
    screen.open(runs_samples + PAGE)
    return Sample.on(screen, "to_person")


def editing(sample: Sample, text: str) -> Sample:
    """The sample, with another text in its editor."""
    sample.push("Edit")
    sample.write(text)
    return sample


def with_button(site: Path) -> set[str]:
    """The samples that a page lets run."""
    return {
        str(place["data-run"])
        for page in pages(site).values()
        for place in page.select("[data-run]")
    }


# -- what the site has -----------------------------------------------------------------------------


def test_every_sample_has_a_button_or_says_why_not(site: Path, runs_samples: str) -> None:
    can = with_button(site)
    told = [line.get_text() for page in pages(site).values() for line in page.select(".run-not")]
    for sample in list(samples()):
        reasons = [line for line in told if f"make run SAMPLE={sample}" in line]
        assert (sample in can) != bool(reasons), sample
        assert all("does not run in the page: it needs " in reason for reason in reasons)


def test_the_page_has_the_versions_of_the_lock(site: Path, runs_samples: str) -> None:
    table = pages(site)["reference/licenses/index.html"].find("table")
    assert table
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in table.find_all("tr")[1:]]
    locked = dict(
        re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements.txt").read_text("utf-8"), re.M)
    )
    shipped = {name: version for name, version, _, origin in rows if origin == "PyPI"}
    assert "botbuilder-core" in shipped
    for name, version in shipped.items():
        assert locked[re.sub(r"[-_.]+", "-", name).lower()] == version, name
    assert all(license for _, _, license, _ in rows)
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    pyodide = next(version for name, version, *_ in rows if name == "pyodide")
    assert packages["node_modules/pyodide"]["version"] == pyodide


def test_a_run_loads_nine_megabytes_at_most(site: Path, runs_samples: str) -> None:
    folder = site / "assets" / "run"
    first = [path for path in folder.rglob("*") if path.is_file() and "rest" not in path.name]
    sizes = {
        str(path.relative_to(folder)): min(
            path.stat().st_size, len(gzip.compress(path.read_bytes(), 6))
        )
        for path in first
        if path.name != "licenses.txt"
    }
    assert sum(sizes.values()) <= 9 * MEGABYTE, sizes


# -- a run -----------------------------------------------------------------------------------------


def test_a_page_loads_nothing_of_python_before_the_first_click(
    visited: Sample, screen: Screen
) -> None:
    visited.shows("button", "Run")
    paths = [urlsplit(one).path for one in screen.requests()]
    assert [one for one in paths if "/run/" in one] == [
        "/assets/run/run.css",
        "/assets/run/run.js",
    ]


def test_every_sample_brings_what_was_recorded(
    site: Path, runs_samples: str, screen: Screen
) -> None:
    loaded: list[str] = []
    with served(site, loaded) as url:  # where the browser has nothing in its cache
        screen.open(url + PAGE)
        every_sample_brings_what_was_recorded(site, screen)
        assert {urlsplit(one).hostname for one in screen.requests()} <= {"127.0.0.1", None}
        assert screen.complaints() == []
        screen.open("about:blank")  # before its server ends
    assert "200 /assets/run/sqlalchemy.zip.xz" in loaded
    assert "200 /assets/run/rest.zip.xz" not in loaded  # it has what no sample needs


def every_sample_brings_what_was_recorded(site: Path, screen: Screen) -> None:
    can = sorted(with_button(site))
    for sample in can:
        here = Sample.on(screen, sample).run_it()
        recorded = json.loads((ROOT / f"docs/recorded/{sample}.json").read_text("utf-8"))
        requests = len([one for one in recorded["wire"] if one.get("direction") != "to the bot"])
        shown = here.text(".note summary").when(lambda text: re.search(r"\d+ request", text))
        assert requests <= int(re.findall(r"(\d+) request", shown)[0])
        assert here.count(".run-error") == 0, sample
        titles = {chat["title"] for chat in recorded["arrived"]}
        drawn = here.arrived.when(lambda drawn, titles=titles: set(drawn) == titles)
        for chat in recorded["arrived"]:
            said = [
                m["text"] for m in chat["messages"] if m.get("text") and "<at>" not in m["text"]
            ]
            assert set(said) <= set(drawn[chat["title"]]), sample
        lines = here.value("return found[0].querySelector('.run-printed')?.innerText ?? ''")
        count = len(recorded["printed"].splitlines())
        lines.when(lambda text, count=count: len(text.strip().splitlines()) == count)
    assert len(can) >= 26


def test_a_run_as_it_looks(visited: Sample, screen: Screen) -> None:
    """What arrived is under the code. With PICTURE it is also the picture of the README."""
    screen.resize(DESK)
    visited.run_it()
    box = "(one) => { const { top, width } = one.getBoundingClientRect(); return [top, width]; }"
    [[bar, _]] = visited.each(".run-bar", box).when(bool)
    [[top, width]] = visited.each("teams-conversation", box).when(bool)
    assert top > bar and width > 300
    visited.run("found[0].querySelector('teams-conversation').scrollIntoView({block: 'center'})")
    if picture := os.environ.get("PICTURE"):
        settled = "return new Promise((done) => setTimeout(done, 500, 'settled'))"
        assert screen.value(settled) == "settled"  # the title changes as the page scrolls
        screen.picture(picture)


def test_the_file_that_runs_is_the_sample(site: Path, runs_samples: str) -> None:
    told = json.loads((site / "assets/run/samples.json").read_text("utf-8"))
    for name in ("to_person.py", "bot.py", "price_alert/__main__.py"):
        assert told[name].encode() == (ROOT / "samples" / name).read_bytes()


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_what_a_run_shows_can_be_used_by_everyone(
    visited: Sample, screen: Screen, scheme: str
) -> None:
    editing(visited, "print('so far')\n\nprint(1 / 0)\n").run_it()
    screen.wear(scheme)
    screen.run("document.activeElement.blur()")  # its cursor blinks without end
    visited.shows("mark")
    assert screen.violations() == []
    screen.resize(TELEPHONE)
    assert screen.width() <= TELEPHONE[0]


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


def test_python_stays_while_the_reader_goes_on(site: Path, tmp_path: Path, screen: Screen) -> None:
    """Material replaces the page and keeps its scripts, where the site is at its own address."""
    there = tmp_path / "site"
    shutil.copytree(site, there)
    with served(there) as url:
        for name in ("sitemap.xml", "sitemap.xml.gz"):  # which says what the site is
            (there / name).unlink()
        told = (site / "sitemap.xml").read_text("utf-8")
        (there / "sitemap.xml").write_text(re.sub(r"(?<=<loc>)https?://[^/]+/", url, told))
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


def test_a_run_replaces_the_recording(visited: Sample, screen: Screen) -> None:
    recorded = screen.within("[data-recorded=to_person]")
    recorded.shows("teams-conversation")
    visited.run_it()
    visited.run_it()
    recorded.shows(".run-replaced > summary")
    assert recorded.count(".run-replaced > summary") == 1
    recorded.hides("teams-conversation")
    recorded.click(".run-replaced > summary")
    recorded.shows("teams-conversation")


# -- a reader's own code ---------------------------------------------------------------------------


def test_edited_code_runs_and_is_reset(visited: Sample) -> None:
    sample = (ROOT / "samples/send/to_person.py").read_text("utf-8")
    editing(visited, sample.replace("The report you asked for", "My own report")).run_it()
    assert visited.arrived == {"Ada Lovelace (personal chat)": ["My own report is ready."]}
    visited.push("Reset")
    assert visited.first_of("(one) => one.sample.editor.text") == sample
    visited.run_it()
    assert visited.arrived == {
        "Ada Lovelace (personal chat)": ["The report you asked for is ready."]
    }


def test_changed_code_is_copied(visited: Sample, screen: Screen) -> None:
    editing(visited, "print('mine')\n").push("Copy")
    assert visited.text().has("The code is copied.")
    assert screen.clipboard() == "print('mine')\n"


def test_an_error_marks_the_readers_line(visited: Sample, screen: Screen) -> None:
    editing(visited, "print('so far')\n\nprint(1 / 0)\n").run_it()
    assert visited.text(".run-printed") == "so far"
    assert visited.text(".run-error").has("ZeroDivisionError")
    assert visited.text("mark").matches(r"3\s+print\(1 / 0\)")
    assert screen.text(".run-wrong") == "print(1 / 0)"


def test_what_the_page_has_not_got_says_so(visited: Sample) -> None:
    code = """
from botbuilder.dialogs.prompts import NumberPrompt
from cryptography.hazmat.primitives import hashes
from recognizers_number import recognize_number


class Mine(hashes.HashAlgorithm):
    pass


Hash = hashes.SHA256 | None
try:
    hashes.SHA256()
except (hashes.SHA512, NotImplementedError) as error:
    print(error)
print(NumberPrompt("how many").default_locale, hashes.SHA256 is hashes.SHA256)
recognize_number("one", "en-us")
"""
    editing(visited, code).run_it()
    assert visited.text(".run-printed") == (
        "cryptography.hazmat.primitives.hashes.SHA256 is not in the page: "
        "there is no build of it for browsers, and nobody signs in here.\nNone True"
    )
    error = visited.text(".run-error")
    assert error.has("NotInThePage: recognizers_number.recognize_number is not in the page: ")
    assert visited.text("mark").matches(r"17\s.*")


def test_a_refusal_leads_to_its_row(visited: Sample, screen: Screen) -> None:
    sample = (ROOT / "samples/send/to_person.py").read_text("utf-8")
    editing(visited, sample.replace('setting("TEAMS_TENANT_ID")', '"none"')).run_it()
    assert visited.text(".run-error").has("Not sent. Teams answered 400 BadSyntax")
    link = "(one) => one.textContent.includes('in the table of errors') ? one.href : null"
    screen.open(visited.first(".run-output a", link).when(bool))
    anchor = urlsplit(screen.address().when(bool)).fragment
    assert anchor
    assert screen.count(f"[id='{anchor}']") == 1


def test_an_endless_loop_is_stopped(visited: Sample) -> None:
    editing(visited, "print('round')\nwhile True:\n    pass\n").push("Run")
    assert visited.text(".run-printed") == "round"
    visited.push("Stop")  # the page answers while the code does not
    visited.has_ended("stopped")
    visited.write("print('again')\n")
    visited.run_it()
    assert visited.text(".run-printed") == "again"


def test_code_travels_in_a_link(visited: Sample, screen: Screen) -> None:
    editing(visited, "print('from afar – ✓')\n").push("Copy link")
    link = screen.address().when(lambda url: "#run=" in url)
    # The tab of another SDK is chosen, which is kept; the link shows the one with its code.
    screen.run("document.querySelector('.tabbed-set > input:nth-of-type(3)').click()")
    chosen = screen.each(".tabbed-set > input:nth-of-type(3)", "(one) => one.checked")
    assert chosen == [True]
    screen.hides("[data-run=to_person]")
    screen.open("about:blank")
    screen.open(link)
    assert visited.text(".run-status").has("came with the link")
    visited.run_it()
    assert visited.text(".run-printed") == "from afar – ✓"
    screen.shows("[data-run=to_person]")


@pytest.mark.parametrize("page", ["well/fit-in/", "playground/"])
def test_a_link_from_before_a_rename_still_brings_its_code(
    runs_samples: str, visited: Sample, screen: Screen, page: str
) -> None:
    editing(visited, "print('as it was')\n").push("Copy link")
    packed = screen.address().when(lambda url: "#run=" in url).partition("~")[2]
    screen.open("about:blank")
    screen.open(f"{runs_samples}{page}#run=queue.py~{packed}")
    came = screen.value(
        """
        const places = [...document.querySelectorAll(".run")].map(({ sample }) => sample);
        const came = places.find((sample) => sample?.status.textContent.includes("came with"));
        return came && [came.name, came.editor.text];
        """
    )
    assert came == ["notification_queue", "print('as it was')\n"]


def test_a_project_is_downloaded_and_runs(
    visited: Sample, tmp_path: Path, teams: LocalTeams
) -> None:
    packed: list[int] = visited.value(
        """
        const run = new URL("assets/run/", new URL("../../", location.href)).href;
        const get = (name) => fetch(run + name).then((answer) => answer.json());
        return Promise.all([import(run + "project.js"), get("run.json"), get("samples.json")]).then(
          ([{ project }, { projects }, samples]) =>
            [...project("to_person", projects.to_person, samples)]);
        """
    ).when(bool)
    zipfile.ZipFile(io.BytesIO(bytes(packed))).extractall(tmp_path)
    project = tmp_path / "to_person"
    locked = (ROOT / "requirements.txt").read_text("utf-8")
    assert all(
        re.search(rf"^{re.escape(line)}\b", locked, re.M)
        for line in (project / "requirements.txt").read_text("utf-8").splitlines()
    )
    variables = environment(teams.world, teams.service_url, str(tmp_path))
    settings = (project / ".env.example").read_text("utf-8")
    assert {"MicrosoftAppId=", "TEAMS_USER_ID="} <= set(settings.splitlines())
    assert "# MicrosoftAppType=SingleTenant" in settings.splitlines()
    assert ".env" in (project / ".gitignore").read_text("utf-8").splitlines()
    assert ".env.example" not in (project / ".gitignore").read_text("utf-8").splitlines()
    done = subprocess.run(
        [sys.executable, "-m", "samples.send.to_person"],
        env={**os.environ, **variables},
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ada = teams.world.personal_chat(teams.world.people[0])
    assert [gist(m) for m in ada.messages] == ["The report you asked for is ready."]


# -- a browser without stack switching -------------------------------------------------------------


async def test_firefox_runs_it_too(runs_samples: str, tmp_path: Path) -> None:
    script = """
    (async () => {
      const place = document.querySelector("[data-run=to_person]");
      place.querySelector("button").click();
      while (!place.dataset.ended) await new Promise((resolve) => setTimeout(resolve, 50));
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

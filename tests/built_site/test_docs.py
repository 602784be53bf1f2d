"""Every line that a reader may copy runs, and the built pages hold together."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import textwrap
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import Tag
from pytest_examples import CodeExample, EvalExample, find_examples

from samples.runner.registry import everything, samples
from tests.support import ROOT
from tests.support.browsing import TELEPHONE, Screen
from tests.support.pages import pages
from tests.support.programs import GIT, require

TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs"]


# -- Python in the sources, through pytest-examples ------------------------------------------------


@pytest.mark.parametrize("example", list(find_examples(*TEXTS)), ids=str)
def test_python_in_the_sources(example: CodeExample, eval_example: EvalExample) -> None:
    eval_example.set_config(target_version="py311", line_length=100)
    eval_example.lint_ruff(example)
    eval_example.run_print_check(example)


def test_there_is_python_in_the_sources() -> None:
    assert len(list(find_examples(*TEXTS))) >= 1


# -- Python as the reader sees it, on the built pages ----------------------------------------------


@cache
def lines_of(sample: Path) -> list[str]:
    return [line.rstrip() for line in sample.read_text("utf-8").splitlines()]


def is_run_of_lines(block: str, sample: Path) -> bool:
    """Whether a block is lines of the sample, one after another, at any indent."""
    want = textwrap.dedent(block).strip("\n").splitlines()
    have = lines_of(sample)
    for begin in range(len(have) - len(want) + 1):
        cut = textwrap.dedent("\n".join(have[begin : begin + len(want)])).splitlines()
        if [line.rstrip() for line in want] == cut:
            return True
    return False


def has_test(shown: Path) -> bool:
    """Whether the tests mirror a file of samples/, or a sample that uses it.

    Those of the SDKs' folders are in tests/successors/, and compare them with each other.
    """
    home = ROOT / "tests" / Path(*shown.parent.parts[1:])
    beside = (ROOT / shown).parent.glob(f"test_{shown.stem}.py")  # *Test your own bot* has its own
    if shown.stem.startswith("test_") or any(beside):
        return True
    if any(home.glob(f"test_{shown.stem}.py")) or any(home.glob(f"test_{home.name}.py")):
        return True
    module = ".".join(shown.with_suffix("").parts)
    compared = (ROOT / "tests" / "successors").glob("test_*.py")
    if shown.parts[1].endswith("_sdk") and any(module in test.read_text() for test in compared):
        return True
    return any(sample.tests.exists() for sample in everything() if ROOT / shown in sample.files())


def test_every_python_block_on_the_site_is_a_samples_or_runs(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    found = 0
    for name, page in pages(site).items():
        for block in page.select("div.language-python.highlight"):
            found += 1
            code = block.select_one("code")
            title = block.select_one("span.filename")
            assert code
            if title and title.text.startswith("samples/"):
                assert is_run_of_lines(code.get_text(), ROOT / title.text), (name, title.text)
                assert has_test(Path(title.text)), f"no test for {title.text}"
            else:
                exec(compile(code.get_text(), name, "exec"), {"__name__": "__main__"})
    assert found >= 60, "the selector finds too little"


def test_the_check_of_blocks_can_fail() -> None:
    sample = ROOT / "samples/send/to_person.py"
    assert is_run_of_lines("async def main() -> None:\n    try:", sample)
    assert not is_run_of_lines("async def main() -> None:\n    trie:", sample)


def test_every_sample_is_shown_whole_on_a_page_with_its_recording(site: Path) -> None:
    built = {
        name: (
            {code.get_text().strip() for code in page.select("code")},
            {title.get_text() for title in page.select("span.filename")},
            page.find("teams-conversation") is not None and "On the wire" in page.get_text(),
        )
        for name, page in pages(site).items()
    }
    for sample in samples().values():
        whole_folder = sample.start.name == "__main__.py"
        files = sample.start.parent.glob("*.py") if whole_folder else [sample.start]
        wholes = {path.read_text("utf-8").strip() for path in files}
        homes = [
            name
            for name, (blocks, titles, has_recording) in built.items()
            if wholes <= blocks and f"make run SAMPLE={sample.name}" in titles and has_recording
        ]
        assert homes, f"no page shows samples/{sample.path} with its recording"


# -- commands --------------------------------------------------------------------------------------


def test_every_make_target_that_a_text_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    named = set()
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for text in texts:
        named |= set(re.findall(r"(?:^|`)make ([a-z]+)", text.read_text("utf-8"), re.M))
    assert named <= targets
    assert {"serve", "test", "run"} <= named


def test_make_help_lists_every_target() -> None:
    result = subprocess.run(["make", "help"], capture_output=True, text=True, cwd=ROOT, check=True)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):", makefile, re.M)
    assert re.findall(r"^make ([a-z]+)", result.stdout, re.M) == targets


# -- the pages hold together -----------------------------------------------------------------------


def test_every_page_has_one_title_and_a_description(site: Path) -> None:
    for name, page in pages(site).items():
        assert len(page.find_all("h1")) == 1, name
        description = page.find("meta", attrs={"name": "description"})
        assert isinstance(description, Tag) and len(str(description["content"])) > 50, name


def test_every_link_inside_the_site_leads_somewhere(site: Path) -> None:
    built = pages(site)
    ids = {name: [str(tag["id"]) for tag in page.find_all(id=True)] for name, page in built.items()}
    anchors = {name: set(found) for name, found in ids.items()}
    for name, page in built.items():
        assert len(ids[name]) == len(anchors[name]), f"{name}: an id stands twice"
        for tag in page.find_all(href=True):
            link = urlsplit(str(tag["href"]))
            if link.scheme or link.netloc:
                continue
            target = (site / name).parent / unquote(link.path) if link.path else site / name
            if target.is_dir():
                target /= "index.html"
            assert target.exists(), f"{name}: {tag['href']}"
            if link.fragment and target.suffix == ".html":
                there = anchors[str(target.resolve().relative_to(site.resolve()))]
                assert unquote(link.fragment) in there, f"{name}: {tag['href']}"


LOADING = "script[src], img[src], iframe[src], source[src], video[src], embed[src], object[data]"
LINKS = ["stylesheet", "icon", "preload", "modulepreload", "prefetch", "manifest"]


def test_no_page_names_another_host_for_what_it_loads(site: Path) -> None:
    for name, page in pages(site).items():
        loading = [str(tag.get("src") or tag.get("data")) for tag in page.select(LOADING)]
        links = [tag for tag in page.select("link[href]") if {*LINKS} & {*(tag["rel"] or [])}]
        assert links, name
        asked = [*loading, *(str(tag["href"]) for tag in links)]
        assert {urlsplit(one).netloc for one in asked} == {""}, name
    for sheet in site.rglob("*.css"):
        text = sheet.read_text("utf-8")
        named = re.findall(r"(?:@import|url\()\s*[\"']?((?:https?:)?//[^\"')\s]+)", text)
        assert named == [], sheet


OF_RUNS = {
    f"/assets/run/{name}" for name in ("run.css", "run.js", "python.js", "link.js", "packed.js")
}
# With a card, tables, a notebook, and the most samples.
STAND_FOR_ALL = [
    f"{page}/index.html"
    for page in (
        "send/mention-and-card",
        "reference/errors-and-limits",
        "notebooks/pacing",
        "send/to-a-channel",
    )
]


@pytest.mark.parametrize(
    "every",
    [pytest.param(False, id="some"), pytest.param(True, id="every", marks=pytest.mark.prove)],
)
def test_pages_draw_what_arrived_fit_a_telephone_and_fetch_no_more_than_they_need(
    site: Path, site_url: str, screen: Screen, every: bool
) -> None:
    names = list(pages(site)) if every else STAND_FOR_ALL
    drawn = (
        "return [...document.querySelectorAll('teams-conversation')]"
        ".map(one => Boolean(one.shadowRoot?.querySelector('.said')))"
    )
    screen.resize(TELEPHONE, mobile=True)
    for name in names:
        screen.open(site_url + name)
        assert screen.text("h1") > ""
        assert screen.value(drawn).lacks(False), name
        assert screen.width() <= TELEPHONE[0], name
    asked = screen.requests()
    # No Python is loaded before a reader points at Run, and an editor only by the playground.
    of_runs = {path for one in asked if "/run/" in (path := urlsplit(one).path)}
    assert of_runs >= OF_RUNS
    assert every or of_runs == OF_RUNS
    of_python = (".wasm", ".xz", ".deflate", ".zip", ".py")
    assert [path for path in of_runs if path.endswith(of_python)] == []
    assert len(asked) > len(names)
    # The page of an earlier test may still ask its own Local Teams; no other host is asked.
    assert {urlsplit(a).hostname for a in asked} <= {"127.0.0.1", None}
    assert screen.complaints() == []


# -- what the project says of itself ---------------------------------------------------------------


def tracked() -> list[str]:
    """The files that Git knows, by their path."""
    git = require(shutil.which("git") if (ROOT / ".git").exists() else None, GIT)
    command = [git, "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    return listed.stdout.split("\0")[:-1]


def test_no_registry_address_and_no_path_of_a_machine_is_committed() -> None:
    locks = [ROOT / name for name in tracked() if re.search(r"(requirements|lock)", name)]
    assert locks
    for lock in locks:
        text = lock.read_text("utf-8")
        assert not re.search(r"index-url|find-links|\"resolved\":|https?://", text), lock


def test_the_lock_has_every_requirement() -> None:
    wanted = re.findall(r"^([a-z0-9-]+)", (ROOT / "requirements.in").read_text("utf-8"), re.M)
    locked = (ROOT / "requirements.txt").read_text("utf-8")
    for name in wanted:
        assert re.search(rf"^{name}==\S+ (; .+ )?\\\n    --hash=sha256:", locked, re.M), name


def test_one_place_knows_the_packages_that_bring_a_browser() -> None:
    """CI, the development container and the summary of the tests all call `make browsers`."""
    package = "chromium-" + "driver"
    naming = [
        name
        for name in tracked()
        if (ROOT / name).is_file() and package.encode() in (ROOT / name).read_bytes()
    ]
    assert naming == ["tests/support/programs.py"]
    for name in (".ci/run", ".devcontainer/devcontainer.json"):
        assert "make browsers" in (ROOT / name).read_text("utf-8"), name
    assert os.access(ROOT / ".ci" / "run", os.X_OK)

"""What the site has of Run in the page: buttons, files, versions, megabytes."""

from __future__ import annotations

import gzip
import json
import logging
import re
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from samples.runner.registry import samples
from tests.support import ROOT
from tests.support.pages import pages
from tests.support.running_in_page import with_button

sys.path.insert(0, str(ROOT / "docs" / "plugins"))

from shipping import Missing, packing
from shipping.needs import needs

MEGABYTE = 1_000_000


def test_every_sample_has_a_button_or_says_why_not(site: Path, runs_samples: str) -> None:
    can = with_button(site)
    result = [line.get_text() for page in pages(site).values() for line in page.select(".run-not")]
    for sample in list(samples()):
        reasons = [line for line in result if f"make run SAMPLE={sample}" in line]
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


def test_the_first_run_imports_no_database() -> None:
    """It was a fifth of the time between a press on Run and the first message."""
    assert "botbuilder-core" in needs(packing._base())
    assert "sqlalchemy" not in needs(packing._base())


def test_the_file_that_runs_is_the_sample(site: Path, runs_samples: str) -> None:
    payload = json.loads((site / "assets/run/samples.json").read_text("utf-8"))
    for name in ("send/to_person.py", "shared/bot.py", "well/price_alert/__main__.py"):
        assert payload[name].encode() == (ROOT / "samples" / name).read_bytes()
    for name, sample in samples().items():
        shown = (site / f"assets/run/code/{sample.path}.html").read_text("utf-8")
        text = BeautifulSoup(f"<pre>{shown}</pre>", "html.parser").get_text()
        assert text.encode() == sample.start.read_bytes(), name


def test_the_first_build_says_what_takes_long_and_how_long(
    runs_samples: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def unreachable(_: object) -> None:
        raise Missing("the network is missing")

    monkeypatch.setattr(packing, "KEPT", tmp_path)
    monkeypatch.setattr(packing, "_wheels", unreachable)
    with caplog.at_level(logging.INFO), pytest.raises(Missing, match="the network is missing"):
        packing._assemble()
    assert "Packing Python for Run in the page: a minute or two" in caplog.messages[0]
    assert re.fullmatch(r"1 of 3: fetching \d\d+ packages as plain Python", caplog.messages[1])
    assert [*tmp_path.iterdir()] == []  # nothing half-done is left

"""What the pages say of the SDKs is proven by tests, by name, and measured."""

from __future__ import annotations

import sys

from samples.facts import facts
from samples.runner.registry import samples
from tests.support import ROOT

sys.path.insert(0, str(ROOT / "docs" / "plugins"))

from pages import sdks


def test_every_cell_is_proven_by_a_test_that_exists() -> None:
    text = "".join(path.read_text("utf-8") for path in (ROOT / "tests" / "successors").glob("*.py"))
    rows = [*facts()["sdk_brief"], *facts()["sdk_table"]]
    proofs = [name for row in rows for name in row["proofs"]]
    assert proofs and all(f"def {name}(" in text for name in proofs)


def test_the_page_names_every_sample_that_all_three_have() -> None:
    common = samples().keys() & samples("agents_sdk").keys() & samples("teams_sdk").keys()
    assert sdks.SAMPLES.keys() == common
    assert all(name in sdks.sdk_calls() for name in common)


def test_what_is_installed_is_measured() -> None:
    [botbuilder, agents, teams] = [row["package"] for row in facts()["sdks"]]
    assert "msrest" in sdks.needs(botbuilder) and "fastapi" in sdks.needs(teams)
    assert "msrest" not in sdks.needs(agents)
    assert all(5 < sdks.megabytes(package) < 200 for package in (botbuilder, agents, teams))


def test_the_tables_have_a_cell_for_each_sdk() -> None:
    tables = (sdks.which_sdk(), sdks.sdk_brief(), sdks.sdk_table())
    for table in (*tables, sdks.sdk_variables(), sdks.sdk_packages()):
        rows = table.splitlines()
        assert len({row.replace("\\|", "").count("|") for row in rows}) == 1 and len(rows) > 3

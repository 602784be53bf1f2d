"""A downloaded project: what is in it, and that it runs with that and nothing else."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from bs4 import Tag

from samples.local_teams.server.variables import variables
from samples.local_teams.testing import LocalTeams
from samples.runner.environment import environment
from samples.runner.recording import recording, rehearse
from samples.runner.registry import FIRST, everything, find, samples
from samples.runner.report import gist
from tests.support import ROOT
from tests.support.pages import pages
from tests.support.projects import Projects, beside, from_their_projects, start_isolated, unpacked
from tests.support.waiting import DEADLINE

sys.path.insert(0, str(ROOT / "docs" / "plugins"))

from shipping.needs import needs
from shipping.projects import archive_name, content, example_settings
from shipping.requiring import locked, requirements

# -- what is in it ---------------------------------------------------------------------------------


def test_what_a_sample_needs_is_to_be_filled_in_and_the_rest_is_a_comment() -> None:
    lines = example_settings(find("install_for_everyone").files()).splitlines()
    first = ["MicrosoftAppId=", "MicrosoftAppPassword=", "MicrosoftAppTenantId="]
    assert lines[:3] == first and "TEAMS_TENANT_ID=" in lines
    assert {
        "# MicrosoftAppType=SingleTenant",
        "# CONVERSATIONS_URL=sqlite:///conversations.db",
        "# OUTBOX_URL=sqlite:///outbox.db",
        "# CLOUD=Public",  # which decides the default of the next
        "# GRAPH_URL=",
        "# AZURE_CLIENT_CERTIFICATE_PATH=",
    } <= set(lines)


@pytest.mark.parametrize(("sample", "prefix"), [("notify", "NOTIFY"), ("price_alert", "PRICES")])
def test_who_may_call_is_to_be_filled_in_too(sample: str, prefix: str) -> None:
    lines = example_settings(find(sample).files()).splitlines()
    wanted = {f"{prefix}_TOKEN=", f"# {prefix}_AUDIENCE=", f"# {prefix}_ROLE=Notifications.Send"}
    assert wanted <= set(lines)


@pytest.mark.parametrize("sample", samples())
def test_a_shell_that_reads_it_gets_blank_variables_and_no_error(sample: str) -> None:
    settings = example_settings(find(sample).files())
    shell = f"set -eua\n{settings}\nenv"
    done = subprocess.run(["sh", "-c", shell], env={}, capture_output=True, text=True, check=True)
    given = {
        name: value
        for name, _, value in (line.partition("=") for line in done.stdout.splitlines())
        if name.startswith(("Microsoft", "TEAMS_", "CONVERSATIONS", "OUTBOX"))
    }
    assert "MicrosoftAppId" in given and set(given.values()) == {""}


def test_every_package_is_pinned_also_those_that_packages_need() -> None:
    lines = requirements(needs([find("broadcast").start]))
    assert lines["multidict"] == f"multidict=={locked()['multidict'][0]}"  # which aiohttp needs
    assert "psycopg-binary" in lines  # as requirements.in asks for it: psycopg alone finds no libpq
    assert "; sys_platform == 'win32'" in requirements({"tqdm"})["colorama"] or locked()["colorama"]
    assert not {"mkdocs", "pytest"} & lines.keys()


def test_where_the_lock_overrides_a_package_the_project_has_what_pip_accepts() -> None:
    lines = requirements({"botbuilder-dialogs"})
    assert lines["babel"] == "babel==2.9.1"
    assert lines["pytz"] == f"pytz=={locked()['pytz'][0]}"  # which babel needs at that version
    assert locked()["babel"][0] != "2.9.1"


def test_the_readme_names_each_file_and_says_what_it_is_for() -> None:
    for sample in map(find, (FIRST, "broadcast", "teams_sdk/to_person")):
        project = content(sample)
        readme = project["README.md"]
        own = [path for path in project if path.startswith("samples/") and project[path].strip()]
        assert [path for path in own if f"| `{path}` | " not in readme] == []
        assert f"-m {sample.module}" in readme
    assert "| `samples/shared/bot.py` | Sign in once" in content(find(FIRST))["README.md"]


# -- what leads there ------------------------------------------------------------------------------


def test_under_each_sample_a_sentence_leads_to_the_page_and_to_the_project(site: Path) -> None:
    found = 0
    for name, page in pages(site).items():
        for place in page.select(".run, .run-not"):
            found += 1
            sentence = place.find_next(class_="own-project")
            assert isinstance(sentence, Tag), (name, place)
            hrefs = [str(link["href"]) for link in sentence.select("a")]
            there = [(site / name).parent / href for href in hrefs]
            assert (there[-1] / "index.html").resolve() == site / "own-project" / "index.html"
            if "run-not" in str(place["class"]):  # no button makes the archive
                assert there[0].suffix == ".zip" and there[0].exists()
    assert found >= len(everything())


def test_the_archive_of_a_sample_that_does_not_run_in_the_page_is_its_project(site: Path) -> None:
    for sample in [one for one in everything() if one.sdk]:
        with ZipFile(site / archive_name(sample)) as packed:
            inside = {name: packed.read(name).decode() for name in packed.namelist()}
        expected = content(sample)
        assert inside == {f"{sample.stem}/{path}": text for path, text in expected.items()}


def test_the_reference_shows_each_shared_file_whole_or_leads_to_it(site: Path) -> None:
    built = pages(site)
    reference = built["reference/shared-code/index.html"]
    table = {code.text for code in built["own-project/index.html"].select("td > a > code")}
    blocks = {code.get_text().strip() for code in reference.select("code")}
    shared = ROOT / "samples" / "shared"
    for path in shared.rglob("*.py"):
        if not (text := path.read_text("utf-8").strip()):
            continue
        name = path.relative_to(shared).as_posix()
        heading = next(one for one in reference.select("h3") if one.find("code", string=name))
        assert name in table and heading["id"]
        if text not in blocks:
            link = heading.find_next("a", href=re.compile(r"^\.\./\.\./"))
            assert isinstance(link, Tag)
            page = built[f"{str(link['href']).removeprefix('../../')}index.html"]
            assert text in {code.get_text().strip() for code in page.select("code")}, name


# -- it runs, with its files and its packages alone ------------------------------------------------


# test_recording.py runs every project: what a page shows comes from it.
@pytest.mark.parametrize("missing", ["samples.shared.failure", "msrest"])
def test_a_file_or_a_package_that_is_missing_is_noticed(
    teams: LocalTeams, tmp_path: Path, missing: str
) -> None:
    projects = Projects(tmp_path, start_isolated)
    project = unpacked(find(FIRST), projects.folder)
    if missing == "msrest":
        beside(project).write_text(json.dumps(["msrest"]), "utf-8")
    else:
        (project / f"{missing.replace('.', '/')}.py").unlink()
    with pytest.raises(AssertionError, match=f"No module named '{missing}'"):
        projects.run(find(FIRST), **environment(teams.world, teams.service_url, str(tmp_path)))


def test_it_runs_as_its_readme_says_without_a_tenant(teams: LocalTeams, tmp_path: Path) -> None:
    """With the `.env` that nobody filled in, then with the lines that Local Teams prints; and
    again under another name, as the page says."""
    project = unpacked(find(FIRST), tmp_path)
    (project / ".venv").symlink_to(sys.prefix)
    install, in_tenant, clone, without = blocks(project / "README.md")
    assert "requirements.txt" in install and clone == "make local"
    untouched = said_by_shell(f"cp .env.example .env\n{in_tenant}", project)
    assert untouched.returncode and " is not set." in untouched.stderr
    exported = variables(teams.world, teams.service_url).items()
    lines = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in exported)
    done = said_by_shell(f"{lines}\n{without}", project)
    assert done.returncode == 0, done.stderr
    rename = blocks(ROOT / "docs" / "own-project.md")[-1]
    assert "mv samples" in rename
    done = said_by_shell(f"{lines}\n{rename}", project)
    assert done.returncode == 0, done.stderr
    ada = teams.world.personal_chat(teams.world.people[0])
    assert [gist(m) for m in ada.messages] == ["The report you asked for is ready."] * 2


def blocks(page: Path) -> list[str]:
    """The shell blocks of a page."""
    return re.findall(r"^```sh\n(.*?)\n```$", page.read_text("utf-8"), re.M | re.S)


def said_by_shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """In a shell that has no variables of a bot, and does not find this checkout."""
    return subprocess.run(
        ["sh", "-ec", script],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


@pytest.mark.prove  # packages are fetched
@pytest.mark.parametrize("name", ["to_person", "flag", "install_for_everyone"])
def test_a_project_runs_in_a_fresh_environment(name: str) -> None:
    """With nothing but what its requirements.txt pins, and pip finds no conflict in that."""

    def start_there(command: list[str], *, env: dict[str, str], folder: Path) -> Any:
        return subprocess.Popen(
            [str(fresh_environment(folder)), *command[1:]],
            env={name: value for name, value in env.items() if not name.startswith("PYTHON")},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    with from_their_projects(start_there):
        assert recording(rehearse(name)) == find(name).recording.read_text("utf-8")


def fresh_environment(project: Path) -> Path:
    """The Python of an environment in the project, made as the README says, but by uv."""
    python = project / ".venv" / "bin" / "python"
    if not python.exists():
        uv = [sys.executable, "-m", "uv"]
        into = ["--quiet", "--python", str(python)]
        for command in (
            [*uv, "venv", "--quiet", "--python", sys.executable, ".venv"],
            [*uv, "pip", "install", *into, "-r", "requirements.txt"],
            [*uv, "pip", "check", *into],
        ):
            subprocess.run(command, cwd=project, check=True)
        pinned = (project / "requirements.txt").read_text("utf-8").split()
        frozen = [*uv, "pip", "freeze", "--quiet", "--python", str(python)]
        there = subprocess.run(frozen, capture_output=True, text=True, check=True).stdout.split()
        assert there and set(there) <= set(pinned)  # a marker leaves out what is for other systems
    return python

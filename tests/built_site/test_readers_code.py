"""A reader's own code in the page: it runs, fails, hangs, is copied, linked and downloaded."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from samples.local_teams.testing import LocalTeams
from samples.runner.environment import environment
from samples.runner.report import gist
from tests.support import ROOT
from tests.support.browsing import Screen
from tests.support.pages import pages
from tests.support.running_in_page import Sample, editing, linked
from tests.support.serving import served

LINKED = "print('as it was')\n"


def test_edited_code_runs_and_is_reset(loaded: Sample) -> None:
    sample = (ROOT / "samples/send/to_person.py").read_text("utf-8")
    editing(loaded, sample.replace("The report you asked for", "My own report")).run_it()
    assert loaded.arrived == {"Ada Lovelace (personal chat)": ["My own report is ready."]}
    loaded.push("Reset")
    assert loaded.first_of("(one) => one.sample.editor.text") == sample
    loaded.run_it()
    assert loaded.arrived == {
        "Ada Lovelace (personal chat)": ["The report you asked for is ready."]
    }


@pytest.mark.prove  # a copied link is in every run
def test_changed_code_is_copied(loaded: Sample, screen: Screen) -> None:
    editing(loaded, "print('mine')\n").push("Copy")
    assert loaded.text().has("The code is copied.")
    assert screen.clipboard() == "print('mine')\n"


def test_an_error_marks_the_readers_line(loaded: Sample, screen: Screen) -> None:
    editing(loaded, "print('so far')\n\nprint(1 / 0)\n").run_it()
    assert loaded.text(".run-printed") == "so far"
    assert loaded.text(".run-error").has("ZeroDivisionError")
    assert loaded.text("mark").matches(r"3\s+print\(1 / 0\)")
    assert screen.text(".run-wrong") == "print(1 / 0)"


def test_what_the_page_has_not_got_says_so(loaded: Sample) -> None:
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
    editing(loaded, code).run_it()
    assert loaded.text(".run-printed") == (
        "cryptography.hazmat.primitives.hashes.SHA256 is not in the page: "
        "there is no build of it for browsers, and nobody signs in here.\nNone True"
    )
    error = loaded.text(".run-error")
    assert error.has("NotInThePage: recognizers_number.recognize_number is not in the page: ")
    assert loaded.text("mark").matches(r"17\s.*")


def test_a_refusal_leads_to_its_row(site: Path, loaded: Sample) -> None:
    sample = (ROOT / "samples/send/to_person.py").read_text("utf-8")
    editing(loaded, sample.replace('setting("TEAMS_TENANT_ID")', '"none"')).run_it()
    assert loaded.text(".run-error").has("Not sent. Teams answered 400 BadSyntax")
    link = "(one) => one.textContent.includes('in the table of errors') ? one.href : null"
    row = urlsplit(loaded.first(".run-output a", link).when(bool))
    assert row.path == "/reference/errors-and-limits/" and row.fragment
    assert pages(site)["reference/errors-and-limits/index.html"].find(id=row.fragment)


@pytest.mark.prove  # Python is loaded anew afterwards
def test_an_endless_loop_is_stopped(loaded: Sample) -> None:
    editing(loaded, "print('round')\nwhile True:\n    pass\n").push("Run")
    assert loaded.text(".run-printed") == "round"
    loaded.push("Stop")  # the page answers while the code does not
    loaded.has_ended("stopped")
    loaded.write("print('again')\n")
    loaded.run_it()
    assert loaded.text(".run-printed") == "again"


def copied_link(sample: Sample, screen: Screen) -> str:
    assert sample.text(".run-status") == "The link is copied."
    return screen.clipboard().when(lambda text: "#run=" in text)


@pytest.mark.prove  # a page of its own, with another way to the clipboard
def test_where_a_page_may_not_copy_the_link_is_shown(visited: Sample, screen: Screen) -> None:
    screen.run("navigator.clipboard.writeText = () => Promise.reject(new Error())")
    editing(visited, "print('mine')\n").push("Copy link")
    assert visited.text(".run-status").has("Copy this link yourself.")
    screen.open(visited.first(".run-status a", "(one) => one.href").when(bool))
    assert screen.text(".cm-content") == "print('mine')"


def test_code_travels_in_a_link(visited: Sample, screen: Screen) -> None:
    editing(visited, "print('from afar – ✓')\n").push("Copy link")
    link = copied_link(visited, screen)
    # The tab of another SDK is chosen, which is kept; the link shows the one with its code.
    screen.run("document.querySelector('.tabbed-set > input:nth-of-type(3)').click()")
    chosen = screen.each(".tabbed-set > input:nth-of-type(3)", "(one) => one.checked")
    assert chosen == [True]
    screen.hides("[data-run=to_person]")
    screen.open("about:blank")
    screen.open(link)
    assert visited.text(".run-status").has("came with the link")
    assert visited.first_of("(one) => one.sample.editor.text") == "print('from afar – ✓')\n"
    screen.shows("[data-run=to_person]")


# What a stranger's code may try. The prototype has the fetch that the browser came with.
STRANGERS = """
import js
from pyodide.ffi import run_sync


def request():
    asking = js.XMLHttpRequest.new()
    asking.open("GET", "ELSEWHERE", False)
    asking.send()
    return "sent"


def tried(what, deed):
    try:
        print(what, deed())
    except Exception:
        print(what, "failed")


fetch = js.WorkerGlobalScope.prototype.fetch
tried("fetch", lambda: run_sync(fetch.call(js.self, "ELSEWHERE")).status)
tried("request", request)
tried("script", lambda: js.eval("import('ELSEWHEREevil.js')"))
tried("database", lambda: js.indexedDB.open("any"))
tried("cache", lambda: js.caches)
js.WebSocket.new("ELSEWHERE".replace("http", "ws"))
import sqlalchemy  # what was not loaded before

print(js.self.origin, "#\u202e\u200b")
"""


def test_the_code_of_a_link_runs_in_a_sandbox(
    loaded: Sample, screen: Screen, tmp_path: Path
) -> None:
    asked: list[str] = []
    with served(tmp_path, asked) as elsewhere:
        code = STRANGERS.replace("ELSEWHERE", elsewhere)
        came = Sample.anew(screen, "to_person", linked("send/to_person.py", code))
        assert came.text(".run-status").has("came with the link", "2 hidden characters")
        came.push("Run")
        came.push("Cancel")
        assert came.text(".run-status") == "Not run."
        came.agree_and_run()
        printed = came.text(".run-printed")
        failed = [f"{what} failed" for what in ("fetch", "request", "script", "database", "cache")]
        assert printed.has("\n".join([*failed, "null #\u202e\u200b"]))
        came.run_it()  # and is not asked again
        assert printed.has("null")
        assert asked == []


def test_hidden_characters_are_shown(loaded: Sample, screen: Screen) -> None:
    hidden = "\u202e\u2066\u200b\u200d\u00ad\u00a0\u3164\ufe0f\U000e0041\x07"
    editing(loaded, f"a = 'é 你 →\t{hidden}'\n")
    shown = [f"U+{ord(one):04X}" for one in hidden]
    assert screen.texts(".run-hidden") == shown


@pytest.mark.parametrize(
    "page", ["well/fit-in/", pytest.param("playground/", marks=pytest.mark.prove)]
)
def test_a_link_from_before_a_rename_still_brings_its_code(
    runs_samples: str, screen: Screen, page: str
) -> None:
    screen.open(f"{runs_samples}{page}{linked('queue.py', LINKED)}")
    came = screen.value(
        """
        const places = [...document.querySelectorAll(".run")].map(({ sample }) => sample);
        const came = places.find((sample) => sample?.status.textContent.includes("came with"));
        return came && [came.name, came.editor.text];
        """
    )
    assert came == ["notification_queue", LINKED]


def test_a_project_is_downloaded_and_runs(
    loaded: Sample, tmp_path: Path, teams: LocalTeams
) -> None:
    packed: list[int] = loaded.value(
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
    locked = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    pinned = (project / "requirements.txt").read_text("utf-8").splitlines()
    assert len(pinned) > 20 and [line for line in pinned if f"{line} \\" not in locked] == []
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

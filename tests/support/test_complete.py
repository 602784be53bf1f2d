"""What `make test` asks for: everything where nothing is left out, and a green end where it is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, programs

PROJECT = {
    "pyproject.toml": """
        [tool.pytest.ini_options]
        testpaths = ["tests"]
        pythonpath = ["."]
        addopts = [
          "-ra", "-p", "pytest_cov", "-p", "xdist", "-p", "tests.support.complete",
          "--cov-report=", "--cov-fail-under=0", "-m", "not prove",
        ]
        markers = ["prove", "slow"]
        [tool.coverage.run]
        source = ["samples"]
        [tool.coverage.report]
        fail_under = 100
        show_missing = true
    """,
    "samples/__init__.py": "",
    "samples/two.py": "def first():\n    return 1\n\n\ndef second():\n    return 2\n",
    "tests/test_first.py": """
        from samples import two
        def test_first():
            assert two.first() == 1
    """,
    "tests/test_second.py": """
        from samples import two
        def test_second():
            assert two.second() == 2
    """,
}
NEEDS_FIREFOX = """
    from tests.support.programs import FIREFOX, require
    def test_of_firefox():
        require(FIREFOX.path, FIREFOX.name)
"""
LONG_PROOF = """
    import pytest
    @pytest.mark.prove
    def test_third():
        assert False, "it takes too long for this run"
"""
# Runs one after another in one process, since most of a run is its start.
RUNS = """
    import json, sys, pytest
    for arguments in json.loads(sys.argv[1]):
        code = pytest.main(["--cov=samples", *arguments])
        print(f"exit code {int(code)}")
"""
ONE = "0"  # process, without workers
REACHED, MISSED = "100 % are asked for, and reached.", "100 % are asked for, and not reached."


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of two tests, each of which covers a half, that uses the plugin."""
    for name, text in PROJECT.items():
        put(tmp_path, name, text)
    for name in ("__init__.py", "complete.py", "programs.py"):
        put(
            tmp_path,
            f"tests/support/{name}",
            (ROOT / "tests" / "support" / name).read_text("utf-8"),
        )
    return tmp_path


def put(project: Path, name: str, text: str) -> None:
    lines = text.splitlines()
    indent = 0 if not text.startswith("\n") else len(lines[1]) - len(lines[1].lstrip())
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("".join(f"{line[indent:]}\n" for line in lines), "utf-8")


def run(folder: Path, path: Path, *command: str, **variables: str) -> tuple[int, str]:
    """A command's exit code and output, where the PATH is one folder and nothing else is set."""
    env = {"PATH": str(path), "HOME": str(folder), **variables}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the others take seconds to start


def tried(project: Path, *arguments: str, workers: str = ONE, **variables: str) -> tuple[int, str]:
    """`make test` in the project, on a machine without any program."""
    command = (sys.executable, "-m", "pytest", "-n", workers, "--cov=samples", *arguments)
    return run(project, project / "nothing", *command, **PLUGINS, **variables)


@pytest.mark.prove  # every run of the tests shows it
def test_a_complete_run_that_covers_everything_is_green(project: Path) -> None:
    """A long proof is not a part of it."""
    put(project, "tests/test_third.py", LONG_PROOF)
    code, output = tried(project, workers="2")
    assert (code, REACHED in output) == (0, True), output
    assert "left out" not in output


def test_a_complete_run_that_misses_a_line_is_red_and_names_it(project: Path) -> None:
    (project / "tests" / "test_second.py").unlink()
    code, output = tried(project)
    assert (code, MISSED in output) == (1, True), output
    assert "two.py" in output and " 6\n" in output


@pytest.mark.prove
def test_a_run_of_some_tests_says_nothing_of_coverage(project: Path) -> None:
    failing = PROJECT["tests/test_second.py"].replace("== 2", "== 3")
    put(project, "tests/test_third.py", failing.replace("second()", "third()", 1))
    put(project, "tests/test_fourth.py", LONG_PROOF.replace("assert False", "assert True"))
    runs = {
        ("tests/test_third.py",): 1,  # which --lf runs again
        ("--lf",): 1,
        ("tests/test_first.py",): 0,
        ("-k", "first"): 0,
        ("-m", "not slow", "--ignore", "tests/test_third.py"): 0,
        ("-m", "prove"): 0,
        ("--ignore", "tests/test_third.py"): 0,
        ("--deselect", "tests/test_third.py::test_third"): 0,
    }
    put(project, "runs.py", RUNS)
    command = (sys.executable, "runs.py", json.dumps([*runs]))
    _, output = run(project, project / "nothing", *command, **PLUGINS)
    assert [int(code) for code in re.findall(r"^exit code (\d)$", output, re.M)] == [
        *runs.values()
    ], output
    assert ("asked for" in output, "two.py" in output) == (False, False), output


@pytest.mark.prove
@pytest.mark.parametrize(
    "broken", ["import nothing_of_this_name\n", "def test_second():\n    assert False\n"]
)
def test_a_failed_run_says_nothing_of_coverage(project: Path, broken: str) -> None:
    (project / "tests" / "test_second.py").write_text(broken, "utf-8")
    code, output = tried(project)
    assert (code != 0, "asked for" in output) == (True, False), output


@pytest.mark.prove
def test_what_a_machine_lacks_is_left_out_and_named_with_its_remedy(project: Path) -> None:
    put(project, "tests/test_second.py", NEEDS_FIREFOX)
    code, output = tried(project, workers="2")
    assert code == 0, output
    *_, not_asked, heading, remedy, summary = output.splitlines()
    assert not_asked == "Coverage is not asked for: it takes every test."
    assert "left out" in heading and "1 passed, 1 skipped" in summary
    assert remedy == "1 test without Firefox. To run them: make browsers"


def test_in_ci_what_is_missing_is_an_error(project: Path) -> None:
    put(project, "tests/test_second.py", NEEDS_FIREFOX)
    code, output = tried(project, CI="true")
    assert code == 1, output
    assert "CI leaves nothing out, and Firefox is missing. Run: make browsers" in output


@pytest.mark.prove
def test_a_skip_for_another_reason_does_not_lower_what_is_asked_for(project: Path) -> None:
    skip = "\n    import pytest\n    def test_second():\n        pytest.skip('some reason')\n"
    put(project, "tests/test_second.py", skip)
    code, output = tried(project)
    assert (code, MISSED in output) == (1, True), output


@pytest.mark.prove  # the job `lean` of continuous integration runs every test this way
def test_a_real_run_without_programs_is_green_and_brings_postgresql(tmp_path: Path) -> None:
    """make, a shell and what make's recipes call: no browser, Node, npm or PostgreSQL."""
    path = tmp_path / "bin"
    path.mkdir()
    for name in ("make", "sh", "sed", "awk", "touch"):
        found = shutil.which(name)
        if not found:
            pytest.skip(f"{name} is not here, and the README's commands need it")
        (path / name).symlink_to(found)
    some = (
        "tests/send/test_to_person.py",
        "tests/built_site/test_drawing.py::test_a_card_is_drawn_by_microsofts_library",
        "tests/shared/bulk/test_outbox.py::test_or_it_is_left_and_named[postgresql]",
    )
    arguments = " ".join(["-n0", "-p no:cacheprovider", *some])
    code, output = run(ROOT, path, "make", "test", f"ARGS={arguments}")
    assert code == 0, output
    assert "1 test without Chromium. To run them: make browsers" in output
    assert "1 skipped" in output.splitlines()[-1] and "asked for" not in output


def test_what_is_missing_is_installed_in_one_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a machine with apt-get, which here writes down what it is called with, and one browser."""
    calls = tmp_path / "calls"
    for name, does in (("apt-get", f'echo "$@" >> {calls}'), ("firefox", ""), ("sudo", '"$@"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    programs.install()
    update, install = calls.read_text().splitlines()
    assert update.split() == ["update", "-qq"]
    assert [word for word in install.split() if not word.startswith("-")] == [
        *("install", *programs.CHROMIUM.packages, *programs.DRIVER.packages),
    ]


def test_with_every_browser_nothing_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("chromium-headless-shell", "chromium", "chromedriver", "firefox"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    programs.install()  # there is no apt-get that it could call


def test_without_apt_get_you_learn_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="Chromium as chromium-headless-shell or chromium"):
        programs.install()
    monkeypatch.setenv("PATH", os.defpath)

"""Testing your own bot: the page's example, here and from another project with the wheel."""

from __future__ import annotations

import os
import runpy
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_string
from pathlib import Path

import pytest
from aiohttp import web

from tests.support import ROOT
from tests.support.fetching import get_json
from tests.support.waiting import eventually, listens

EXAMPLE = ROOT / "samples" / "testing_your_bot"


@dataclass
class Wheel:
    """The wheel of this repository, unpacked."""

    folder: Path
    names: list[str]

    @property
    def metadata(self) -> str:
        [metadata] = self.folder.glob("*.dist-info/METADATA")
        return metadata.read_text("utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    built, installed = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    [path] = built.glob("*.whl")
    with zipfile.ZipFile(path) as packed:
        packed.extractall(installed)
        return Wheel(installed, packed.namelist())


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def python_says(
    *arguments: str, cwd: Path, path: Path, expected: int = 0, without: str = ""
) -> str:
    """What a Python of its own prints, where only these packages are added to those installed.

    Args:
        without: packages that it cannot import, separated by commas.
    """
    if without:
        blocked = f"import sys; sys.modules |= dict.fromkeys({without.split(',')!r}); "
        run = f"import runpy; sys.argv = {list(arguments)!r}; "
        arguments = ("-c", f"{blocked}{run}runpy.run_module(sys.argv[0], run_name='__main__')")
    else:
        arguments = ("-m", *arguments)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout + done.stderr


def pytest_says(*arguments: str, cwd: Path, path: Path) -> str:
    return python_says("pytest", "-p", "no:cacheprovider", *arguments, cwd=cwd, path=path)


# -- the example -----------------------------------------------------------------------------------


@contextmanager
def listening() -> Iterator[str]:
    """The example bot in a process of its own; gives its URL."""
    port = free_port()
    bot = [sys.executable, str(EXAMPLE / "greeting_bot.py")]
    with subprocess.Popen(bot, env=os.environ | {"PORT": str(port)}, cwd=ROOT) as process:
        try:
            eventually(lambda: listens(port))
            yield f"http://127.0.0.1:{port}/api/messages"
        finally:
            process.terminate()


BOT_THAT_CONNECTS = """
import os

from botbuilder.core import ActivityHandler, TurnContext
from samples.shared.bot import connect
from samples.shared.endpoint import messages_app
from samples.shared.settings import setting


class Tenant(ActivityHandler):
    async def on_message_activity(self, turn):
        await turn.send_activity(f"{turn.activity.text}: {setting('TEAMS_TENANT_ID')}")


def test_it_answers(teams, tmp_path):
    assert os.environ["CONVERSATIONS_URL"] == f"sqlite:///{tmp_path}/conversations.db"
    teams.connect(messages_app(connect(), Tenant()))
    teams.person("Ada").says("who?")
    assert teams.chat("Ada").texts == [f"who?: {teams.tenant_id}"]
"""


def test_the_examples_pass_and_so_does_a_bot_that_connects_as_the_guide_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the shell has a bot's app ID, with which it would sign in to a tenant."""
    monkeypatch.setenv("MicrosoftAppId", "858906d1-e477-4808-8c13-c551b6e26112")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # this project's take longer
    own = tmp_path / "test_tenant.py"
    own.write_text(BOT_THAT_CONNECTS, "utf-8")
    plugin = ("-p", "samples.local_teams.testing.plugin")
    none = ("-c", os.devnull)  # no configuration
    output = pytest_says(*none, *plugin, str(EXAMPLE), str(own), cwd=tmp_path, path=ROOT)
    assert "6 passed" in output


@pytest.mark.prove
def test_the_installed_package_brings_the_fixture_to_another_project(
    wheel: Wheel, tmp_path: Path
) -> None:
    """In-process as the page shows it, and at a URL as the page says: without the first line."""
    project = tmp_path / "project"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__"))
    # A name that no installed package may occupy in the reader's project.
    (project / "samples.py").write_text("MINE = True\n")
    (project / "test_mine.py").write_text(
        "import samples\n\n\ndef test_samples_is_mine():\n    assert samples.MINE\n"
    )
    shown = (EXAMPLE / "test_greeting_bot.py").read_text("utf-8")
    assert shown.count("make_app") == 2
    at_url = "".join(line for line in shown.splitlines(True) if "make_app" not in line)
    (project / "test_at_a_url.py").write_text(at_url, "utf-8")
    with listening() as url:
        output = pytest_says(f"--teams-bot={url}", "-v", cwd=project, path=wheel.folder)
    assert "7 passed" in output
    assert "test_at_a_url.py::test_it_greets PASSED" in output
    assert "test_greeting_bot.py::test_it_greets PASSED" in output


def test_the_alert_bot_listens_where_bots_do(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[dict[str, object]] = []
    monkeypatch.setattr(web, "run_app", lambda app, **where: served.append(where))
    runpy.run_path(str(EXAMPLE / "alert_bot.py"), run_name="__main__")
    assert served == [{"host": "127.0.0.1", "port": 3978}]


# -- the wheel -------------------------------------------------------------------------------------


def test_the_wheel_has_local_teams_and_nothing_of_the_guide(wheel: Wheel) -> None:
    top = {name.partition("/")[0] for name in wheel.names}
    assert len(top) == 2 and "teams_guide" in top  # and the metadata
    inside = {"/".join(name.split("/")[:2]) for name in wheel.names if "dist-info" not in name}
    assert inside == {
        "teams_guide/__init__.py",
        "teams_guide/facts",
        "teams_guide/local_teams",
    }
    for data in ("local_teams/server/page/index.html", "facts/facts.toml"):
        assert f"teams_guide/{data}" in wheel.names


def test_what_only_sign_in_and_pytest_need_is_an_extra(wheel: Wheel) -> None:
    requires = message_from_string(wheel.metadata).get_all("Requires-Dist") or []
    always = {one.partition(">")[0] for one in requires if "extra ==" not in one}
    assert always == {"aiohttp", "aiohttp-sse"}
    by_extra = {
        (one.partition(";")[2].strip(" ").removeprefix("extra == ").strip("'\"")): one
        for one in requires
        if "extra ==" in one
    }
    assert set(by_extra) == {"pytest", "sign-in"}
    sign_in = {one.partition(">")[0] for one in requires if "sign-in" in one}
    assert sign_in == {"cryptography", "pyjwt", "trustme"}


def test_the_installed_package_serves_without_the_extra(wheel: Wheel, tmp_path: Path) -> None:
    port = free_port()
    program = (
        "import runpy, sys; sys.modules |= dict.fromkeys(['cryptography', 'jwt', 'trustme']); "
        f"sys.argv = ['', 'serve', '--port', '{port}']; "
        "runpy.run_module('teams_guide.local_teams', run_name='__main__')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(wheel.folder)},
    ) as process:
        assert process.stdout
        try:
            assert f"http://127.0.0.1:{port}/" in process.stdout.readline()
            world = get_json(f"http://127.0.0.1:{port}/_local/world")
            assert world["people"][0]["name"] == "Ada Lovelace"
        finally:
            process.terminate()
        assert process.wait(10) == 0


@pytest.mark.prove
def test_installed_alone_it_is_small_and_starts_in_a_second(tmp_path: Path) -> None:
    """In an empty environment, without sign-in: what a bot in another language needs."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "empty")], check=True)
    python = next((tmp_path / "empty").glob("*/python"))
    command = [str(python), "-m", "pip", "install", "--quiet", "--target", "site", str(ROOT)]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=300)
    sizes = [path.stat().st_size for path in (tmp_path / "site").rglob("*") if path.is_file()]
    assert sum(sizes) <= 15_000_000
    port = free_port()
    serve = [str(python), "-m", "teams_guide.local_teams", "serve", "--port", str(port)]
    with subprocess.Popen(
        serve, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(tmp_path / "site")}
    ) as process:
        assert process.stdout
        assert f"http://127.0.0.1:{port}/" in process.stdout.readline()
        process.terminate()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    # Of the processor, so that what else the machine does is not counted.
    assert used.ru_utime + used.ru_stime <= 1


@pytest.mark.prove
@pytest.mark.parametrize("missing", ["jwt", "trustme"])
def test_sign_in_without_its_extra_names_the_extra(
    wheel: Wheel, tmp_path: Path, missing: str
) -> None:
    command = ("teams_guide.local_teams", "serve", "--sign-in")
    output = python_says(*command, cwd=tmp_path, path=wheel.folder, expected=1, without=missing)
    assert f"Sign-in needs the package {missing}" in output
    assert "[sign-in]" in output and "Traceback" not in output


@pytest.mark.prove
@pytest.mark.parametrize("command", ["run", "record"])
def test_the_installed_package_runs_no_samples_and_says_so(
    wheel: Wheel, tmp_path: Path, command: str
) -> None:
    (tmp_path / "samples.py").write_text("print('mine')\n")  # the reader's own
    arguments = ("teams_guide.local_teams", command, "to_person")
    output = python_says(*arguments, cwd=tmp_path, path=wheel.folder, expected=1)
    assert f"python -m samples {command} to_person" in output
    assert "mine" not in output and "Traceback" not in output

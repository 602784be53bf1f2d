"""The notebooks run anywhere in a clone, show what Teams does, and become pages like all others."""

from __future__ import annotations

import importlib.util
import re
import sys
from functools import cache
from pathlib import Path

import nbformat
import pytest
from aiohttp import web
from botbuilder.schema import (
    ChannelAccount,
    ConversationAccount,
    ConversationReference,
    ErrorResponseException,
)
from bs4 import BeautifulSoup, Tag
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from samples.facts import facts
from samples.local_teams.server.serving import serving
from samples.shared.bot import connect
from samples.shared.sending import send
from tests.support import ROOT

SPEC = importlib.util.spec_from_file_location("hook", ROOT / "docs" / "plugins" / "notebooks.py")
assert SPEC and SPEC.loader
sys.path.insert(0, str(SPEC.origin).rpartition("/")[0])
hook = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(hook)
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
# One worker runs them: each once, and for `make prove` elsewhere too.
pytestmark = pytest.mark.xdist_group("notebooks")
WIRE, PACING = (ROOT / "docs" / "notebooks" / f"{name}.ipynb" for name in ("on-the-wire", "pacing"))


def read(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


@cache
def outputs(path: Path, folder: Path) -> dict[str, str]:
    """What each cell shows when the notebook runs in a folder: text, or HTML where there is any."""
    return {
        cell.id: "".join(
            out.text if out.output_type == "stream" else out.data["text/html"]
            for out in cell.outputs
        )
        for cell in hook.executed(path, folder).cells
        if cell.cell_type == "code"
    }


def test_the_notebooks_are_found() -> None:
    assert {WIRE, PACING} <= set(NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_committed_has_no_outputs_and_is_valid(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert len(notebook.metadata.description) > 50
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None, cell.id


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_sources_that_a_notebook_names_are_those_of_facts_toml(path: Path) -> None:
    known = {row["url"]: row["date"] for row in facts()["sources"].values()}
    text = " ".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    named = re.findall(r"\]\((https://[^)]+)\)[,\s]*(\d+)\s+(\w+)\s+(\d{4})", text)
    assert len(named) == text.count("](https://") > 0
    for url, day, month, year in named:
        assert f"{known[url].day} {known[url]:%B %Y}" == f"{day} {month} {year}"


# -- on the wire -----------------------------------------------------------------------------------


def test_each_call_shows_its_request_and_the_answer() -> None:
    shown = outputs(WIRE, WIRE.parent)
    chat = "/v3/conversations/a%3A1za5zb…"
    channel = "19:ca97c5…@thread.tacv2"
    thread = "/v3/conversations/19%3Aca97c5…%40thread.tacv2%3Bmessageid%3D1767603602000"
    for step, request, answer in (
        ("personal", "POST /v3/conversations", '→ 201 {"id": "a:1za5zb…"}'),
        ("send", f"POST {chat}/activities/(random)", '→ 201 {"id": "1767603600000"}'),
        (
            "thread",
            "POST /v3/conversations",
            f'→ 201 {{"id": "{channel};messageid=1767603602000", "activityId": "1767603602000"}}',
        ),
        ("reply", f"POST {thread}/activities/(random)", '→ 201 {"id": "1767603603000"}'),
        ("update", f"PUT {thread}/activities/1767603603000", '→ 200 {"id": "1767603603000"}'),
        ("delete", f"DELETE {thread}/activities/1767603603000", "→ 200 "),
    ):
        lines = shown[step].splitlines()
        assert (lines[0], lines[-1]) == (request, answer), step
        assert sum(line.startswith("→") for line in lines) == 1, f"{step} takes one request"


def test_the_bodies_are_as_the_text_says() -> None:
    shown = outputs(WIRE, WIRE.parent)
    assert '    tenantID: "' in shown["personal"]
    assert '    channelData: {"tenant": {"id": "' in shown["personal"]
    assert '    replyToId: "(random)"' in shown["send"]
    assert '    channelData: {"channel": {"id": "' in shown["thread"]
    assert '    activity: {"type": "message", "text": "Release 1.4.0 is out."' in shown["thread"]
    assert '    text: "Its notes are in the wiki, under Releases."' in shown["update"]
    assert shown["delete"].count("\n") == 2


def test_the_headers_the_roster_and_a_refusal_are_shown() -> None:
    shown = outputs(WIRE, WIRE.parent)
    assert "Authorization: (none)\nx-ms-conversation-id: a:1za5zb…\n→ 201" in shown["headers"]
    assert re.search(r"^MS-CV: \S+$", shown["headers"], re.M)
    request, answer, *first = shown["roster"].splitlines()
    assert request == ("GET /v3/conversations/19%3Ad51d59…%40thread.tacv2/pagedmembers?pageSize=50")
    assert answer == "→ 200, 4 members; the first:" and "    name: Ada Lovelace" in first
    assert "Not sent. Teams answered 403 ForbiddenOperationException" in shown["refused"]
    assert '→ 403 {"error": {"code": "ForbiddenOperationException"' in shown["refused"]


@pytest.mark.prove
def test_a_run_elsewhere_in_the_clone_shows_the_same() -> None:
    """Also the port and the random ids are others, so nothing of these may show."""
    assert outputs(WIRE, ROOT) == outputs(WIRE, WIRE.parent)


# -- pacing ----------------------------------------------------------------------------------------


def test_a_burst_is_refused_and_a_steady_pace_is_not() -> None:
    shown = outputs(PACING, PACING.parent)
    assert shown["limits"] == (
        "One conversation: 7 in 1 s, 8 in 2 s, 60 in 30 s, 1,800 in 3,600 s\n"
        "One tenant: 50 in 1 s\n"
    )
    for step, burst, steady in (("one", (8431, 94), (0, 111)), ("many", (2250, 9), (0, 11))):
        result = re.findall(
            r"([\d,]+) refused, the last message delivered after (\d+) s", shown[step]
        )
        assert [(int(r.replace(",", "")), int(end)) for r, end in result] == [burst, steady]
    assert shown["long"].splitlines()[-1] == " 50,000 people: 18 min 31 s"


def test_without_a_second_try_most_of_the_burst_is_lost() -> None:
    """The text says how many: all but 7 of 200, and all but 50 of 500."""
    shown = outputs(PACING, PACING.parent)
    assert ">193</text>" in shown["one"] and ">450</text>" in shown["many"]


def test_the_plots_can_be_read_in_light_and_in_dark() -> None:
    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(one: str, other: str) -> float:
        dark, light = sorted((luminance(one), luminance(other)))
        return (light + 0.05) / (dark + 0.05)

    for step in ("one", "many"):
        drawn = BeautifulSoup(outputs(PACING, PACING.parent)[step], "html.parser").svg
        assert drawn and drawn["fill"] == "currentColor" and len(str(drawn["aria-label"])) > 50
        colors = set(re.findall(r"#[0-9a-f]{6}", str(drawn)))
        assert colors
        for color in colors:
            assert min(contrast(color, page) for page in ("#ffffff", "#1e2129")) >= 3, color


async def test_the_sdk_does_not_repeat_what_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def refuse(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response(
            {"error": {"code": "Throttled"}}, status=429, headers={"Retry-After": "1"}
        )

    app = web.Application()
    app.add_routes([web.post("/{tail:.*}", refuse)])
    with serving(app) as url:
        monkeypatch.setenv("MicrosoftAppId", "")
        monkeypatch.setenv("TEAMS_SERVICE_URL", url)
        reference = ConversationReference(
            channel_id="msteams",
            service_url=url,
            bot=ChannelAccount(id="28:"),
            conversation=ConversationAccount(id="a:1"),
        )
        with pytest.raises(ErrorResponseException):
            await send(connect(), reference, "Hello")
    assert len(asked) == 1


# -- on the site -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_page_like_all_others(path: Path, site: Path) -> None:
    folder = site / "notebooks" / path.stem
    built = (folder / "index.html").read_text("utf-8")
    assert len(built) < 120_000, "JupyterLab's styles are in the page"
    article = BeautifulSoup(built, "html.parser").find("article")
    assert isinstance(article, Tag)
    assert not article.find_all(["script", "style", "link", "iframe"])
    assert not article.find_all(src=re.compile("^(https?:)?//"))
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    shown = [code.get_text().strip() for code in article.select(".highlight:not(.language-text)")]
    assert shown == cells


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_can_be_downloaded(path: Path, site: Path) -> None:
    folder = site / "notebooks" / path.stem
    page = BeautifulSoup((folder / "index.html").read_text("utf-8"), "html.parser")
    link = page.find("a", string="Download this notebook")
    assert isinstance(link, Tag)
    assert (folder / str(link["href"])).read_bytes() == path.read_bytes()


def test_the_page_shows_what_a_run_shows(site: Path) -> None:
    built = (site / "notebooks" / "on-the-wire" / "index.html").read_text("utf-8")
    page = BeautifulSoup(built, "html.parser")
    shown = [code.get_text() for code in page.select(".language-text code")]
    assert shown == [text for text in outputs(WIRE, WIRE.parent).values() if text]


# -- the build -------------------------------------------------------------------------------------


def notebook_of(folder: Path, code: str) -> Path:
    path = folder / "docs" / "some.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=[new_code_cell(code)]), path)
    return path


@pytest.mark.prove  # a kernel takes seconds to start
def test_a_cell_that_fails_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        hook.executed(notebook_of(tmp_path, "1 / 0"), tmp_path)


def test_outputs_are_kept_only_as_long_as_the_samples_stay_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "samples" / "deep").mkdir(parents=True)
    (tmp_path / "samples" / "deep" / "bot.py").write_text("one", "utf-8")
    (tmp_path / "requirements.txt").write_text("", "utf-8")
    notebook = notebook_of(tmp_path, "1")
    ran: list[Path] = []
    monkeypatch.setattr(hook, "ROOT", tmp_path)
    monkeypatch.setattr(hook, "KEPT", tmp_path / "kept")

    def executed(path: Path, _: Path) -> NotebookNode:
        ran.append(path)
        return read(path)

    monkeypatch.setattr(hook, "executed", executed)

    def kept_in() -> Path:
        hook.on_config({"docs_dir": str(tmp_path / "docs")})
        kept: Path = hook._running[str(notebook)].result()
        return kept.parent

    first = kept_in()
    assert kept_in() == first and ran == [notebook]
    (tmp_path / "samples" / "deep" / "bot.py").write_text("two", "utf-8")
    second = kept_in()
    assert second != first and not first.exists() and len(ran) == 2
    (tmp_path / "requirements.txt").write_text("aiohttp", "utf-8")
    third = kept_in()
    notebook_of(tmp_path, "2")
    assert len({second, third, kept_in()}) == 3 and len(ran) == 4

"""Run in the page, as a reader sees it: real Python and the real SDK in a browser."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from samples.local_teams.running import environment, gist, names
from samples.local_teams.server import LocalTeams
from tests.programs import FIREFOX, IN_PAGE, require
from tests.test_accessible import TELEPHONE, found, resize, wear
from tests.test_docs import pages, served

ROOT = Path(__file__).parents[1]
PAGE = "send/to-a-person/"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def url(site: Path) -> Iterator[str]:
    """The site, with what runs samples."""
    missing = json.loads((site / "assets/run/run.json").read_text("utf-8")).get("missing")
    require(not missing, IN_PAGE)
    with served(site) as at:
        yield at


def place(browser: webdriver.Chrome, sample: str) -> WebElement:
    """Where a sample runs; on a page that does not have it, it is put there."""
    browser.execute_script(
        """
        const [sample, file] = arguments;
        if (document.querySelector(`[data-run=${sample}]`)) return;
        const block = document.createElement("div");
        const place = Object.assign(document.createElement("div"), { className: "run" });
        Object.assign(place.dataset, { run: sample, file });
        document.querySelector(".md-content article").append(block, place);
        dispatchEvent(new Event("run:mount"));
        """,
        sample,
        f"{sample}.py" if (ROOT / "samples" / f"{sample}.py").exists() else f"{sample}/__main__.py",
    )
    return browser.find_element(By.CSS_SELECTOR, f"[data-run={sample}]")


def button(place: WebElement, label: str) -> WebElement:
    buttons = place.find_elements(By.CSS_SELECTOR, "button")
    return next(one for one in buttons if one.text == label)


def press(browser: webdriver.Chrome, place: WebElement, label: str) -> None:
    browser.execute_script("arguments[0].click()", button(place, label))


def ended(place: WebElement) -> str:
    """How a run ended, once it has."""
    return str(WebDriverWait(place, 60, 0.05).until(lambda one: one.get_attribute("data-ended")))


def ran(browser: webdriver.Chrome, sample: str) -> WebElement:
    here = place(browser, sample)
    browser.execute_script("delete arguments[0].dataset.ended", here)
    press(browser, here, "Run")
    ended(here)
    return here


def arrived(browser: webdriver.Chrome, here: WebElement) -> dict[str, list[str]]:
    """The texts that are drawn, by the title of the conversation."""
    told: dict[str, list[str]] = browser.execute_script(
        """
        return Object.fromEntries([...arguments[0].querySelectorAll("teams-conversation")].map(
          ({ shadowRoot }) => [
            shadowRoot.querySelector("header").textContent,
            [...shadowRoot.querySelectorAll(".said")].map((one) => one.textContent),
          ]));
        """,
        here,
    )
    return told


def write(browser: webdriver.Chrome, here: WebElement, text: str) -> None:
    """Put a text into the editor, as if it were typed."""
    browser.execute_script("arguments[0].sample.editor.text = arguments[1]", here, text)


def editing(browser: webdriver.Chrome, url: str, text: str) -> WebElement:
    """The page of a sample, with another text in its editor."""
    browser.get("about:blank")
    browser.get(url + PAGE)
    here = place(browser, "to_person")
    press(browser, here, "Edit")
    WebDriverWait(browser, 10, 0.05).until(
        lambda _: browser.find_elements(By.CLASS_NAME, "cm-content")
    )
    write(browser, here, text)
    return here


def asked(browser: webdriver.Chrome) -> list[str]:
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]


def with_button(site: Path) -> set[str]:
    """The samples that a page lets run."""
    return {
        str(place["data-run"])
        for page in pages(site).values()
        for place in page.select("[data-run]")
    }


# -- what the site has -----------------------------------------------------------------------------


def test_every_sample_has_a_button_or_says_why_not(site: Path, url: str) -> None:
    can = with_button(site)
    told = [line.get_text() for page in pages(site).values() for line in page.select(".run-not")]
    for sample in names():
        reasons = [line for line in told if f"make run SAMPLE={sample}" in line]
        assert (sample in can) != bool(reasons), sample
        assert all("does not run in the page: it needs " in reason for reason in reasons)


def test_the_page_has_the_versions_of_the_lock(site: Path, url: str) -> None:
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


def test_a_run_loads_nine_megabytes_at_most(site: Path, url: str) -> None:
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
    url: str, browser: webdriver.Chrome
) -> None:
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get(url + PAGE)
    place(browser, "to_person")
    paths = [urlsplit(one).path for one in asked(browser)]
    assert [one for one in paths if "/run/" in one] == [
        "/assets/run/run.css",
        "/assets/run/run.js",
    ]


def test_every_sample_brings_what_was_recorded(
    site: Path, url: str, browser: webdriver.Chrome, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    send = SimpleHTTPRequestHandler.send_head

    def sending(handler: SimpleHTTPRequestHandler) -> Any:
        loaded.append(handler.path)
        return send(handler)

    monkeypatch.setattr(SimpleHTTPRequestHandler, "send_head", sending)
    browser.get_log("performance")
    browser.get_log("browser")
    browser.get(url + PAGE)
    can = sorted(with_button(site))
    for sample in can:
        here = ran(browser, sample)
        recorded = json.loads((ROOT / f"docs/recorded/{sample}.json").read_text("utf-8"))
        assert not here.find_elements(By.CLASS_NAME, "run-error"), here.text
        drawn = arrived(browser, here)
        assert set(drawn) == {chat["title"] for chat in recorded["arrived"]}, sample
        for chat in recorded["arrived"]:
            said = [
                m["text"] for m in chat["messages"] if m.get("text") and "<at>" not in m["text"]
            ]
            assert set(said) <= set(drawn[chat["title"]]), sample
        requests = len([one for one in recorded["wire"] if one.get("direction") != "to the bot"])
        assert requests <= int(re.findall(r"(\d+) request", here.text)[0])
        printed = here.find_elements(By.CLASS_NAME, "run-printed")
        lines = printed[0].text.splitlines() if printed else []
        assert len(lines) == len(recorded["printed"].splitlines()), sample
    assert len(can) >= 26
    assert {urlsplit(one).hostname for one in asked(browser)} <= {"127.0.0.1", None}
    assert "/assets/run/sqlalchemy.zip.xz" in loaded
    assert "/assets/run/rest.zip.xz" not in loaded  # it has what no sample needs
    assert browser.get_log("browser") == []


def test_a_run_as_it_looks(url: str, browser: webdriver.Chrome) -> None:
    """What arrived stands under the code. With PICTURE it is also the picture of the README."""
    resize(browser, (1280, 900))
    browser.get("about:blank")
    browser.get(url + PAGE)
    here = ran(browser, "to_person")
    drawn = here.find_element(By.TAG_NAME, "teams-conversation")
    bar = here.find_element(By.CLASS_NAME, "run-bar")
    assert drawn.location["y"] > bar.location["y"] and drawn.size["width"] > 300
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", drawn)
    if picture := os.environ.get("PICTURE"):
        finish = "requestAnimationFrame(() => setTimeout(arguments[0], 500))"
        browser.execute_async_script(finish)  # the title changes as the page scrolls
        browser.save_screenshot(picture)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_file_that_runs_is_the_sample(site: Path, url: str) -> None:
    told = json.loads((site / "assets/run/samples.json").read_text("utf-8"))
    for name in ("to_person.py", "bot.py", "price_alert/__main__.py"):
        assert told[name].encode() == (ROOT / "samples" / name).read_bytes()


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_what_a_run_shows_can_be_used_by_everyone(
    url: str, browser: webdriver.Chrome, scheme: str
) -> None:
    editing(browser, url, "print('so far')\n\nprint(1 / 0)\n")
    ran(browser, "to_person")
    wear(browser, scheme)
    browser.execute_script("document.activeElement.blur()")  # its cursor blinks without end
    assert found(browser) == []
    resize(browser, TELEPHONE)
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide <= 390


def test_a_second_visit_loads_nothing_anew(site: Path, browser: webdriver.Chrome) -> None:
    asked: list[str] = []
    with served(site, asked) as url:
        for visit in ("first", "second"):
            browser.get("about:blank")
            asked.clear()
            browser.get(url + PAGE)
            ran(browser, "to_person")
            python = [one for one in asked if re.match(r"200 .*\.(wasm|zip|xz)$", one)]
            assert bool(python) == (visit == "first"), asked


def test_python_stays_while_the_reader_goes_on(
    site: Path, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    """Material replaces the page and keeps its scripts, where the site is at its own address."""
    there = tmp_path / "site"
    shutil.copytree(site, there)
    with served(there) as url:
        for name in ("sitemap.xml", "sitemap.xml.gz"):  # which says what the site is
            (there / name).unlink()
        told = (site / "sitemap.xml").read_text("utf-8")
        (there / "sitemap.xml").write_text(re.sub(r"(?<=<loc>)https?://[^/]+/", url, told))
        browser.get("about:blank")
        browser.get(url + PAGE)
        browser.get_log("browser")
        ran(browser, "to_person")
        browser.execute_script("window.kept = true")
        link = browser.find_element(By.CSS_SELECTOR, ".md-nav__link[href*='to-a-channel']")
        browser.execute_script("arguments[0].click()", link)
        WebDriverWait(browser, 20, 0.05).until(
            lambda _: browser.find_elements(By.CSS_SELECTOR, "[data-run=to_channel] .run-bar")
        )
        assert browser.execute_script("return window.kept")
        recorded = browser.find_element(By.CSS_SELECTOR, "[data-recorded] teams-conversation")
        WebDriverWait(browser, 20, 0.05).until(lambda _: recorded.size["height"] > 50)
        here = ran(browser, "to_channel")
        assert arrived(browser, here)
        told = here.find_element(By.CLASS_NAME, "run-status").text
        assert "loading" not in told and float(told.split()[2]) < 2, told
        assert browser.get_log("browser") == []


def test_a_run_replaces_the_recording(url: str, browser: webdriver.Chrome) -> None:
    browser.get("about:blank")
    browser.get(url + PAGE)
    recorded = browser.find_element(By.CSS_SELECTOR, "[data-recorded=to_person]")
    before = recorded.find_element(By.TAG_NAME, "teams-conversation")
    assert before.is_displayed()
    ran(browser, "to_person")
    ran(browser, "to_person")
    assert not before.is_displayed()
    (summary,) = recorded.find_elements(By.CSS_SELECTOR, ".run-replaced > summary")
    summary.click()
    assert before.is_displayed()


# -- a reader's own code ---------------------------------------------------------------------------


def test_edited_code_runs_and_is_reset(url: str, browser: webdriver.Chrome) -> None:
    sample = (ROOT / "samples/to_person.py").read_text("utf-8")
    here = editing(browser, url, sample.replace("The report you asked for", "My own report"))
    ran(browser, "to_person")
    assert arrived(browser, here) == {"Ada Lovelace (personal chat)": ["My own report is ready."]}
    press(browser, here, "Reset")
    ran(browser, "to_person")
    assert list(arrived(browser, here).values()) == [["The report you asked for is ready."]]


def test_changed_code_is_copied(url: str, browser: webdriver.Chrome) -> None:
    here = editing(browser, url, "print('mine')\n")
    browser.execute_cdp_cmd(
        "Browser.grantPermissions",
        {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]},
    )
    press(browser, here, "Copy")
    WebDriverWait(browser, 10, 0.05).until(lambda _: "The code is copied." in here.text)
    browser.execute_cdp_cmd("Page.bringToFront", {})
    read = "navigator.clipboard.readText().then(arguments[0])"
    assert browser.execute_async_script(read) == "print('mine')\n"


def test_an_error_marks_the_readers_line(url: str, browser: webdriver.Chrome) -> None:
    here = editing(browser, url, "print('so far')\n\nprint(1 / 0)\n")
    ran(browser, "to_person")
    assert here.find_element(By.CLASS_NAME, "run-printed").text == "so far"
    assert "ZeroDivisionError" in here.find_element(By.CLASS_NAME, "run-error").text
    assert here.find_element(By.TAG_NAME, "mark").text.split() == ["3", "print(1", "/", "0)"]
    assert browser.find_element(By.CLASS_NAME, "run-wrong").text == "print(1 / 0)"


def test_what_the_page_has_not_got_says_so(url: str, browser: webdriver.Chrome) -> None:
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
    here = editing(browser, url, code)
    ran(browser, "to_person")
    printed = here.find_element(By.CLASS_NAME, "run-printed").text
    assert printed == (
        "cryptography.hazmat.primitives.hashes.SHA256 is not in the page: "
        "there is no build of it for browsers, and nobody signs in here.\nNone True"
    )
    error = here.find_element(By.CLASS_NAME, "run-error").text
    assert "NotInThePage: recognizers_number.recognize_number is not in the page: " in error
    assert here.find_element(By.TAG_NAME, "mark").text.split()[0] == "17"


def test_a_refusal_leads_to_its_row(url: str, browser: webdriver.Chrome) -> None:
    sample = (ROOT / "samples/to_person.py").read_text("utf-8")
    here = editing(browser, url, sample.replace('setting("TEAMS_TENANT_ID")', '"none"'))
    ran(browser, "to_person")
    assert "Not sent. Teams answered 400 BadSyntax" in here.text
    link = here.find_element(By.PARTIAL_LINK_TEXT, "in the table of errors")
    browser.get(str(link.get_attribute("href")))
    anchor = urlsplit(browser.current_url).fragment
    assert anchor and browser.find_element(By.ID, anchor)


def test_an_endless_loop_is_stopped(url: str, browser: webdriver.Chrome) -> None:
    here = editing(browser, url, "print('round')\nwhile True:\n    pass\n")
    press(browser, here, "Run")
    WebDriverWait(browser, 60, 0.05).until(
        lambda _: here.find_elements(By.CLASS_NAME, "run-printed")
    )
    press(browser, here, "Stop")  # the page answers while the code does not
    assert ended(here) == "stopped"
    write(browser, here, "print('again')\n")
    ran(browser, "to_person")
    assert here.find_element(By.CLASS_NAME, "run-printed").text == "again"


def test_code_travels_in_a_link(url: str, browser: webdriver.Chrome) -> None:
    here = editing(browser, url, "print('from afar – ✓')\n")
    press(browser, here, "Copy link")
    WebDriverWait(browser, 10, 0.05).until(lambda _: "#run=" in browser.current_url)
    link = browser.current_url
    # The tab of another SDK is chosen, which is kept; the link shows the one with its code.
    other = browser.find_element(By.CSS_SELECTOR, ".tabbed-set > input:nth-of-type(3)")
    browser.execute_script("arguments[0].click()", other)
    assert not here.is_displayed()
    browser.get("about:blank")
    browser.get(link)
    WebDriverWait(browser, 10, 0.05).until(
        lambda _: "came with the link" in place(browser, "to_person").text
    )
    here = ran(browser, "to_person")
    assert here.find_element(By.CLASS_NAME, "run-printed").text == "from afar – ✓"
    assert here.is_displayed()


@pytest.mark.parametrize("page", ["well/fit-in/", "playground/"])
def test_a_link_from_before_a_rename_still_brings_its_code(
    url: str, browser: webdriver.Chrome, page: str
) -> None:
    here = editing(browser, url, "print('as it was')\n")
    press(browser, here, "Copy link")
    WebDriverWait(browser, 10, 0.05).until(lambda _: "#run=" in browser.current_url)
    packed = browser.current_url.partition("~")[2]
    browser.get("about:blank")
    browser.get(f"{url}{page}#run=queue.py~{packed}")

    def code(_: webdriver.Chrome) -> bool:
        shown: bool = browser.execute_script(
            """
            const places = [...document.querySelectorAll(".run")].map(({ sample }) => sample);
            const came = places.find((sample) => sample?.status.textContent.includes("came with"));
            return came?.name === "notification_queue" && came.editor.text === arguments[0];
            """,
            "print('as it was')\n",
        )
        return shown

    WebDriverWait(browser, 20, 0.05).until(code)


def test_a_project_is_downloaded_and_runs(
    url: str, browser: webdriver.Chrome, tmp_path: Path, teams: LocalTeams
) -> None:
    browser.get(url + PAGE)
    place(browser, "to_person")
    packed: list[int] = browser.execute_async_script(
        """
        const done = arguments[0];
        const run = new URL("assets/run/", new URL("../../", location.href)).href;
        const get = (name) => fetch(run + name).then((answer) => answer.json());
        Promise.all([import(run + "project.js"), get("run.json"), get("samples.json")]).then(
          ([{ project }, { projects }, samples]) =>
            done([...project("to_person", projects.to_person, samples)]));
        """
    )
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
        [sys.executable, "-m", "samples.to_person"],
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


async def in_firefox(profile: Path, address: str, script: str) -> Any:
    """What a script gives on a page in Firefox, without stack switching, over WebDriver BiDi."""
    firefox = require(FIREFOX.path, FIREFOX.name)
    preference = 'user_pref("javascript.options.wasm_js_promise_integration", false);\n'
    (profile / "user.js").write_text(preference, "utf-8")
    running = await asyncio.create_subprocess_exec(
        *(firefox, "--headless", "--no-remote", "--profile", str(profile)),
        *("--remote-debugging-port", "0"),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "HOME": str(profile)},
    )
    try:
        assert running.stderr
        async for line in running.stderr:
            if found := re.search(rb"ws://[\d.:]+", line):
                break
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(found[0].decode() + "/session") as bidi,  # type: ignore[index]
        ):

            async def ask(method: str, **params: Any) -> Any:
                await bidi.send_json({"id": 1, "method": method, "params": params})
                while "id" not in (told := await bidi.receive_json(timeout=90)):
                    pass
                assert told["type"] == "success", told
                return told["result"]

            await ask("session.new", capabilities={})
            context = (await ask("browsingContext.getTree"))["contexts"][0]["context"]
            await ask("browsingContext.navigate", context=context, url=address, wait="complete")
            given = await ask(
                "script.evaluate",
                expression=script,
                target={"context": context},
                awaitPromise=True,
            )
            assert given["type"] == "success", given
            return given["result"]["value"]
    finally:
        running.terminate()
        await running.communicate()


async def test_firefox_runs_it_too(url: str, tmp_path: Path) -> None:
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
    switching, said = json.loads(await in_firefox(tmp_path, url + PAGE, script))
    assert said == ["The report you asked for is ready."]
    assert switching == "undefined", "this Firefox has stack switching all the same"

"""The playground, as a reader uses it: talk to a bot, install, block, throttle, change its code."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.test_accessible import TELEPHONE, found, resize, wear
from tests.test_docs import served
from tests.test_run_in_page import asked, place, press, url

__all__ = ["url"]  # the fixture
SOON = 60


class Playground:
    """The page, with what a reader does on it."""

    def __init__(self, browser: webdriver.Chrome) -> None:
        self.browser = browser

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    @property
    def status(self) -> str:
        return self.find(".playground > .run-bar .run-status").text

    def until(self, status: str) -> None:
        WebDriverWait(self.browser, SOON, 0.05).until(lambda _: self.status == status)

    def choose(self, sample: str) -> None:
        Select(self.find(".playground select")).select_by_value(sample)
        self.until_code(f"samples/{sample}")

    def until_code(self, label: str) -> None:
        editor = f'.cm-content[aria-label^="The code of {label}"]'
        WebDriverWait(self.browser, SOON, 0.05).until(
            lambda browser: browser.find_elements(By.CSS_SELECTOR, editor)
        )

    def start(self, ends: str = "The bot runs: talk to it.") -> None:
        self.browser.execute_script(
            "document.querySelector('.playground > .run-bar .run-status').textContent = ''"
        )
        self.find(".playground .run-button--go").click()
        self.until(ends)

    def press(self, label: str) -> None:
        for button in self.browser.find_elements(By.CSS_SELECTOR, ".playground button"):
            if button.text == label:
                button.click()
                return
        raise AssertionError(f"no button {label}")

    def let_all_happen(self) -> list[str]:
        """Press the buttons of the story, one after another; what they are called."""
        steps = self.browser.find_elements(By.CSS_SELECTOR, ".playground [role=group] button")
        for step in steps:
            step.click()
            WebDriverWait(step, SOON, 0.05).until(
                lambda one: "run-done" in (one.get_attribute("class") or "")
            )
        return [step.text.strip() for step in steps]

    def printed(self) -> str:
        shown = self.browser.find_elements(By.CLASS_NAME, "run-printed")
        return shown[0].text if shown else ""

    def write(self, change: dict[str, str]) -> None:
        """Change the code, as if it were typed."""
        code = self.browser.execute_script(
            "return document.querySelector('.playground .run').sample.editor.text"
        )
        for old, new in change.items():
            assert old in code
            code = code.replace(old, new)
        self.browser.execute_script(
            "document.querySelector('.playground .run').sample.editor.text = arguments[0]", code
        )

    @contextmanager
    def teams(self) -> Iterator[webdriver.Chrome]:
        """Inside the frame, where Local Teams' page is."""
        self.browser.switch_to.frame(self.find("iframe"))
        try:
            yield self.browser
        finally:
            self.browser.switch_to.default_content()

    def open(self, name: str) -> None:
        with self.teams() as page:
            WebDriverWait(page, SOON).until(lambda _: page.find_elements(By.CLASS_NAME, "row"))
            row = f"//button[contains(@class, 'row')][.//*[starts-with(text(), '{name}')]]"
            page.find_element(By.XPATH, row).click()
            WebDriverWait(page, SOON).until(
                lambda _: page.find_element(By.ID, "place-name").text == name
            )

    def say(self, text: str) -> None:
        """Write in the open chat, and wait until the bot was told."""
        with self.teams() as page:
            page.find_element(By.ID, "text").send_keys(text)
            page.find_element(By.CSS_SELECTOR, "#compose button.main").click()
            WebDriverWait(page, SOON).until(
                lambda _: page.find_element(By.ID, "text").get_attribute("value") == ""
            )

    def deed(self, label: str) -> None:
        with self.teams() as page:
            page.find_element(By.XPATH, f"//button[text()='{label}']").click()

    def messages(self, least: int = 1) -> list[str]:
        """The messages of the open chat, once there are so many."""
        script = """return [...document.querySelector("teams-conversation").shadowRoot
            .querySelectorAll(".said")].map((one) => one.textContent)"""
        with self.teams() as page:
            WebDriverWait(page, SOON, 0.05).until(
                lambda _: len(page.execute_script(script)) >= least
            )
            return list(page.execute_script(script))


@pytest.fixture
def playground(url: str, browser: webdriver.Chrome) -> Playground:
    """The page, as it is when it has just been opened."""
    browser.get("about:blank")
    resize(browser, (1280, 1400))
    browser.get(f"{url}playground/")
    opened = Playground(browser)
    opened.until_code("samples/proactive_bot.py")
    return opened


def test_a_bot_is_talked_to_and_its_code_changed(playground: Playground) -> None:
    playground.browser.get_log("performance")
    playground.browser.get_log("browser")
    playground.start()
    playground.open("Ada Lovelace")
    playground.say("hello")
    before = playground.messages(3)
    assert before[:2] == ["hello", "Hello Ada Lovelace. You wrote to me; I answer you here too."]
    assert playground.printed() == "sent in private\nsent in the thread"
    playground.write({"You wrote to me;": "So you wrote;"})
    playground.start()
    playground.say("again")
    # The chat is still there, and it is the changed code that answers.
    assert playground.messages(6)[:5] == [
        *before,
        "again",
        "Hello Ada Lovelace. So you wrote; I answer you here too.",
    ]
    playground.press("Stop")
    playground.until("Stopped.")
    playground.say("and now?")
    with playground.teams() as page:
        assert page.find_element(By.ID, "told").text == "No bot runs: start one."
    playground.press("Begin anew")
    playground.start()
    playground.open("Ada Lovelace")
    with playground.teams() as page:
        script = "return document.querySelector('teams-conversation').shadowRoot.textContent"
        assert "Nothing here yet." in page.execute_script(script)
    hosts = {urlsplit(one).hostname for one in asked(playground.browser)}
    assert hosts <= {"127.0.0.1", None}
    assert playground.browser.get_log("browser") == []


def test_install_block_and_throttle(playground: Playground) -> None:
    playground.choose("welcome")
    playground.start()
    playground.open("Barbara Liskov")
    playground.deed("Install the app")
    (greeting,) = playground.messages()
    assert "Contoso" in greeting
    playground.choose("proactive_bot")
    playground.start()
    playground.open("Ada Lovelace")
    playground.deed("Block the bot")
    playground.say("hello")
    error = playground.printed()
    assert "403 MessageWritesBlocked" in error
    assert playground.messages() == ["hello"]
    playground.deed("Unblock the bot")
    with playground.teams() as page:
        page.find_element(By.CSS_SELECTOR, "#weather summary").click()
        fault = page.find_element(By.CSS_SELECTOR, "#weather select")
        Select(fault).select_by_visible_text("429, without Retry-After")
        page.find_element(By.CSS_SELECTOR, "#weather button.main").click()
        WebDriverWait(page, SOON).until(
            lambda _: page.find_elements(By.CSS_SELECTOR, "#weather li")
        )
        page.find_element(By.CSS_SELECTOR, "#weather summary").click()
        page.find_element(By.ID, "wire-switch").click()
    playground.say("hello again")
    with playground.teams() as page:
        WebDriverWait(page, SOON).until(
            lambda _: "429" in page.find_element(By.CSS_SELECTOR, "#wire ol").text
        )


def test_a_story_happens_step_by_step(playground: Playground) -> None:
    playground.choose("price_alert")
    playground.start()
    labels = playground.let_all_happen()
    assert "Ada Lovelace says “watch desk lamp”" in labels
    assert "Kill the bot and start it again" in labels
    playground.open("Ada Lovelace")
    assert any("39.00" in text for text in playground.messages(3))
    playground.choose("digest")  # a program, whose bot is another sample
    playground.start()
    assert playground.let_all_happen()[-1] == "Run digest"
    assert "sent, 1 forgotten" in playground.printed()
    assert "Unclosed" not in playground.printed()


def test_a_program_sends_once(playground: Playground) -> None:
    playground.choose("to_person")
    playground.start("It has run.")
    playground.open("Ada Lovelace")
    assert playground.messages() == ["The report you asked for is ready."]
    playground.write({'setting("TEAMS_TENANT_ID")': '"none"'})
    playground.start("It ended with an error.")
    assert playground.find(".run-error").text.startswith("Not sent. Teams answered 400 BadSyntax")
    assert playground.find(".playground").text.count("in the table of errors") == 1
    playground.press("Reset")
    playground.start("It has run.")


def test_a_bot_that_hangs_is_stopped(playground: Playground) -> None:
    playground.browser.execute_script(
        "document.querySelector('.playground .run').sample.editor.text = 'while True: pass'"
    )
    playground.find(".playground .run-button--go").click()
    playground.until("starting …")
    playground.press("Stop")
    playground.until("Stopped. It did not stop by itself, so the world begins anew.")
    playground.press("Reset")
    playground.start()


def test_a_bot_that_hangs_in_a_step_is_stopped(playground: Playground) -> None:
    body = "        activity = turn_context.activity\n"
    playground.write({body: "        while True: pass\n"})
    playground.start()
    steps = playground.browser.find_elements(By.CSS_SELECTOR, ".playground [role=group] button")
    steps[0].click()
    playground.press("Stop")
    playground.until("Stopped. It did not stop by itself, so the world begins anew.")
    assert not any(step.is_enabled() for step in steps)


def test_what_was_not_loaded_is_loaded_at_the_next_start(
    site: Path, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    there = tmp_path / "site"
    shutil.copytree(site, there)
    base = there / "assets/run/base.zip.xz"
    away = base.rename(tmp_path / base.name)
    with served(there) as url:
        resize(browser, (1280, 1400))
        browser.get(f"{url}playground/")
        opened = Playground(browser)
        opened.until_code("samples/proactive_bot.py")
        opened.start("base.zip.xz could not be loaded: 404")
        assert not browser.find_elements(By.TAG_NAME, "iframe")
        away.rename(base)
        browser.execute_script(  # twice at once is as good as once
            "for (const _ of '12') document.querySelector('.playground .run-button--go').click()"
        )
        opened.until("The bot runs: talk to it.")
        opened.open("Ada Lovelace")
        opened.say("hello")
        assert opened.messages(3)[0] == "hello"


def test_a_sample_is_opened_with_the_readers_changes(url: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{url}send/to-a-person/")
    here = place(browser, "to_person")
    press(browser, here, "Edit")
    WebDriverWait(browser, SOON).until(lambda _: browser.find_elements(By.CLASS_NAME, "cm-content"))
    browser.execute_script("arguments[0].sample.editor.text = 'print(1)'", here)
    press(browser, here, "Open in playground")
    WebDriverWait(browser, SOON).until(lambda _: "/playground/" in browser.current_url)
    opened = Playground(browser)
    opened.until_code("samples/to_person.py")
    assert re.sub(r"\s", "", opened.find(".cm-content").text) == "print(1)"
    assert Select(opened.find("select")).first_selected_option.text == "to_person"


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_the_playground_can_be_used_by_everyone(playground: Playground, scheme: str) -> None:
    browser = playground.browser
    wear(browser, scheme)
    playground.start()
    playground.open("Ada Lovelace")
    assert found(browser) == []
    with playground.teams() as page:
        dark = page.execute_script("return getComputedStyle(document.documentElement).colorScheme")
    assert dark == {"default": "light", "slate": "dark"}[scheme]
    resize(browser, TELEPHONE)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390


@pytest.fixture(autouse=True)
def size_as_before(browser: webdriver.Chrome) -> Iterator[None]:
    """The next test finds the browser as it was."""
    yield
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

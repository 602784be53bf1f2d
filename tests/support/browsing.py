"""The browser as tests use it. Nothing can be read from a page before it is drawn: see Screen.

Only this module knows Selenium, which `test_waiting.py` checks.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    JavascriptException,
    NoSuchElementException,
    NoSuchFrameException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from tests.support import ROOT
from tests.support.programs import CHROMIUM, DRIVER, NPM, require
from tests.support.waiting import NotYetError, Polled, eventually

__all__ = ["DESK", "TELEPHONE", "VISIBLE", "Keys", "Screen", "chromium"]

DESK, TELEPHONE = (1280, 900), (390, 844)
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]  # WCAG 2.2 AA
# Rules on colors take nearly all the time. They look at each scheme of colors once, and the others,
# which know no colors, at each size.
ON_COLORS = ["color-contrast", "link-in-text-block"]

NOT_YET = (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    JavascriptException,
    NoSuchElementException,
    NoSuchFrameException,
    NotYetError,
    StaleElementReferenceException,
)

# Elements by steps of [selector, text]: each step looks inside the first that the one before found,
# shadow roots included.
FIND = """
const shown = (one) => one.checkVisibility() ? one.innerText.trim() : "";
const inside = (root, selector) => [
  ...(root.shadowRoot ? inside(root.shadowRoot, selector) : []),
  ...root.querySelectorAll(selector),
  ...[...root.querySelectorAll("*")].filter((one) => one.shadowRoot)
    .flatMap((one) => inside(one.shadowRoot, selector)),
];
let found = [document];
for (const [selector, text] of arguments[0]) {
  found = found.slice(0, 1).flatMap((root) => inside(root, selector))
    .filter((one) => text === null || shown(one) === text);
}
"""
VISIBLE = "(one) => one.checkVisibility() ? 'visible' : 'hidden'"


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """Headless Chromium. Without one, its tests are left out."""
    options = webdriver.ChromeOptions()
    options.binary_location = require(CHROMIUM.path, CHROMIUM.name)
    driver = require(DRIVER.path, DRIVER.name)
    for flag in (
        *("headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
        *("disable-background-networking", "disable-component-update", "disable-sync"),
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    running = webdriver.Chrome(options, webdriver.ChromeService(driver))
    running.set_script_timeout(120)
    running.execute_cdp_cmd("Page.setLifecycleEventsEnabled", {"enabled": True})
    # The shell has nobody whom it could ask whether a page may use the clipboard.
    permissions = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    running.execute_cdp_cmd("Browser.grantPermissions", permissions)
    try:
        yield running
    finally:
        running.quit()


class _State:
    """What the parts of a page share."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.drawn = False  # whether something that was waited for came after the last action
        self.in_frame = False
        self.tabs = {"": driver.current_window_handle}

    def came(self) -> None:
        self.drawn = True

    def check(self) -> None:
        assert self.drawn, (
            "What is not there may not be there yet: "
            "first wait for something that comes after the last action."
        )


class Screen:
    """A page in the browser, or a part of one.

    Every read is a Polled, which waits until it is as the test says. An action waits until what it
    needs is displayed and enabled. That something is not there can be asked only after something
    that the test waited for has come since the last action; else AssertionError.
    Selectors are CSS, and find what is in shadow roots too.
    """

    def __init__(
        self, of: webdriver.Chrome | Screen, steps: Any = (), frame: str | None = None
    ) -> None:
        self._state: _State = of._state if isinstance(of, Screen) else _State(of)
        self._driver = self._state.driver
        self._steps, self._frame = list(steps), frame

    def within(self, selector: str, text: str | None = None) -> Screen:
        """The part of the page that this element is, whenever it is looked for."""
        return Screen(self, [*self._steps, [selector, text]], self._frame)

    def frame(self, selector: str) -> Screen:
        """The page in a frame of this page."""
        return Screen(self, (), selector)

    # -- what a reader does ------------------------------------------------------------------------

    def open(self, url: str) -> None:
        self._leave_frame()
        self._state.drawn = False
        self._driver.get(url)

    def choose_tab(self, name: str) -> bool:
        """Go on in this tab, which stays open for later tests; whether it had to be opened.

        The first tab has no name.
        """
        self._leave_frame()
        self._state.drawn = False
        tabs = self._state.tabs
        if new := name not in tabs:
            self._driver.switch_to.new_window("tab")
            tabs[name] = self._driver.current_window_handle
        self._driver.switch_to.window(tabs[name])
        self._driver.execute_cdp_cmd("Page.bringToFront", {})
        return new

    def back(self) -> None:
        self._state.drawn = False
        self._driver.back()

    def click(self, selector: str, text: str | None = None, *, nth: int = 0) -> None:
        """Click the element, or the one whose text this is; `nth` of several, -1 is the last."""

        def click(one: WebElement) -> None:
            try:
                one.click()
            except ElementClickInterceptedException:  # by what stays at the top of the page
                self._script("arguments[0].scrollIntoView({block: 'center'})", one)
                one.click()

        self._act(click, selector, text, nth)

    def type(self, selector: str, *keys: str) -> None:
        self._act(lambda one: one.send_keys(*keys), selector)

    def clear(self, selector: str) -> None:
        self._act(lambda one: one.clear(), selector)

    def select(self, selector: str, label: str) -> None:
        self._act(lambda one: Select(one).select_by_visible_text(label), selector)

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        self._enter()
        self._state.drawn = False
        self._driver.switch_to.active_element.send_keys(*keys)

    def run(self, script: str, *args: object) -> None:
        """Run a script that changes the page, as soon as what it needs is there."""

        def run() -> bool:
            try:
                self._found(script, *args)
            except NOT_YET:
                return False
            return True

        eventually(run)
        self._state.drawn = False

    # -- what a reader sees ------------------------------------------------------------------------

    def each(self, selector: str, what: str, text: str | None = None) -> Polled[list[Any]]:
        """What a function of JavaScript gives of each element."""
        steps = [*self._steps, [selector, text]]
        return self._polled(lambda: self._found(f"return found.map({what})", steps=steps))

    def first(self, selector: str, what: str, text: str | None = None) -> Polled[Any]:
        """What a function of JavaScript gives of the first element."""
        steps = [*self._steps, [selector, text]]

        def read() -> Any:
            [value] = self._found(f"return found.slice(0, 1).map({what})", steps=steps) or [None]
            if value is None:
                raise NotYetError(f"nothing is {selector}")
            return value

        return self._polled(read)

    def texts(self, selector: str) -> Polled[list[str]]:
        """The visible text of each element, all read at one moment."""
        return self.each(selector, "shown")

    def text(self, selector: str = "", *, hidden: bool = False) -> Polled[str]:
        """The visible text of the first element, or of this part.

        `hidden`: with what is not visible, as a screen reader tells it.
        """
        what = "(one) => one.textContent" if hidden else "shown"
        if selector:
            return self.first(selector, what)
        *steps, (selector, text) = self._steps
        return Screen(self, steps, self._frame).first(selector, what, text)

    def count(self, selector: str, text: str | None = None) -> Polled[int]:
        return self._polled(
            lambda: self._found("return found.length", steps=[*self._steps, [selector, text]])
        )

    def shows(self, selector: str, text: str | None = None) -> None:
        """Wait until the element is visible."""
        assert self.first(selector, VISIBLE, text) == "visible", f"{selector} is not shown"

    def hides(self, selector: str, text: str | None = None) -> None:
        """Wait until no such element is visible."""
        assert self.each(selector, VISIBLE, text).lacks("visible"), f"{selector} is shown"

    def focused(self, what: str = "innerText") -> Polled[str]:
        return self._polled(lambda: self._script(f"return document.activeElement.{what}"))

    def address(self) -> Polled[str]:
        return self._polled(lambda: self._driver.current_url)

    def value(self, script: str, *args: object) -> Polled[Any]:
        """What a script returns, or the promise that it returns."""
        return self._polled(lambda: self._found(script, *args))

    def width(self) -> Polled[int]:
        """How wide the page is, with what is beyond the edge."""
        return self.value("return document.documentElement.scrollWidth")

    def violations(
        self, *, of: str = "html", only: list[str] | None = None, colors: bool = True
    ) -> list[str]:
        """What axe finds wrong on the page, or a part `of` it, a line each; by all rules of WCAG
        2.2 AA and axe's best practices, or some."""
        self._state.check()
        self._script(f"if (!globalThis.axe) {{ {_axe()} }}")
        by = {"type": "rule", "values": only} if only else {"type": "tag", "values": LEVELS}
        rules = {} if colors else {rule: {"enabled": False} for rule in ON_COLORS}
        script = """
            document.getAnimations().forEach((one) => one.finish());  // no color is half-way
            const frame = () => new Promise((done) => requestAnimationFrame(done));
            await frame();
            await frame();
            return (await axe.run(arguments[0], arguments[1])).violations;"""
        options = {"runOnly": by, "rules": rules, "resultTypes": ["violations"]}
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in self._script(f"return (async () => {{{script}}})()", of, options)
            for node in rule["nodes"]
        ]

    # -- the browser -------------------------------------------------------------------------------

    def resize(self, size: tuple[int, int], *, scale: float = 1, mobile: bool = False) -> None:
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, scheme: str, *, media: str = "") -> None:
        """Prefer light or dark, as a reader's system does; on the `media` print, as on paper."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        wanted = {"media": media, "features": features}
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)

    def without_policy(self) -> None:
        self._driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})

    def live_in(self, zone: str) -> None:  # for example `Asia/Tokyo`; empty: the machine's
        self._driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": zone})

    def wear(self, scheme: str) -> None:
        """Give a page of the site these colors, as Material's switch does."""
        self.run("document.body.dataset.mdColorScheme = arguments[1]", scheme)
        assert self.value("return document.body.dataset.mdColorScheme") == scheme

    def as_before(self) -> None:
        """Undo how the page looks, leave the frame, and go back to the first tab."""
        self._leave_frame()
        self._driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
        self.live_in("")
        if self._driver.current_window_handle != self._state.tabs[""]:
            self.choose_tab("")

    def clipboard(self) -> Polled[str]:
        self._driver.execute_cdp_cmd("Page.bringToFront", {})
        return self.value("return navigator.clipboard.readText()")

    def events(self) -> list[dict[str, Any]]:
        """What the browser logged of the page since the last call, as its DevTools name it."""
        entries = self._driver.get_log("performance")
        return [json.loads(entry["message"])["message"] for entry in entries]

    def requests(self) -> list[str]:  # the addresses that the browser asked for since then
        sent = [one for one in self.events() if one["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]

    def complaints(self) -> list[str]:  # what the console shows since the last call
        return [entry["message"] for entry in self._driver.get_log("browser")]

    def picture(self, file: str) -> None:
        self._driver.save_screenshot(file)

    # -- how ---------------------------------------------------------------------------------------

    def _polled(self, read: Callable[[], Any]) -> Polled[Any]:
        def careful() -> Any:
            try:
                self._enter()
                return read()
            except NOT_YET as error:
                raise NotYetError(str(error).partition("\n")[0]) from error

        return Polled(careful, empty=self._state.check, found=self._state.came)

    def _script(self, script: str, *args: object) -> Any:
        return self._driver.execute_script(script, *args)

    def _found(self, script: str, *args: object, steps: Any = None) -> Any:
        self._enter()
        return self._script(FIND + script, self._steps if steps is None else steps, *args)

    def _act(
        self,
        do: Callable[[WebElement], object],
        selector: str,
        text: str | None = None,
        nth: int = 0,
    ) -> None:
        steps = [*self._steps, [selector, text]]

        def act() -> bool:
            try:
                visible = "return found.filter((one) => one.checkVisibility())"
                one = self._found(visible, steps=steps)[nth]
                if not one.is_enabled():
                    return False
                do(one)
            except (*NOT_YET, IndexError):
                return False
            return True

        try:
            eventually(act)
        except AssertionError as error:
            raise AssertionError(f"{selector} {text or ''} cannot be used: {error}") from None
        self._state.drawn = False

    def _enter(self) -> None:
        self._leave_frame()
        if self._frame:
            [inner] = self._script("return [document.querySelector(arguments[0])]", self._frame)
            if not inner:
                raise NotYetError(f"no frame is {self._frame}")
            self._driver.switch_to.frame(inner)
            self._state.in_frame = True

    def _leave_frame(self) -> None:
        if self._state.in_frame:
            self._driver.switch_to.default_content()
            self._state.in_frame = False


@functools.cache
def _axe() -> str:
    require(AXE.exists(), NPM)
    return AXE.read_text("utf-8")

"""What a reader sees and does on the page of Local Teams."""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote

import aiohttp
import pytest
from aiohttp import web
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from samples.local_teams.running import start, ticking
from samples.local_teams.server import LocalTeams
from samples.local_teams.world import Conversation, World

pytestmark = pytest.mark.usefixtures("environ")


class Page:
    """The page, open in the browser."""

    def __init__(self, teams: LocalTeams, browser: webdriver.Chrome) -> None:
        self.teams, self.browser = teams, browser

    def open(self, conversation: Conversation | None = None) -> Page:
        chosen = f"?conversation={quote(conversation.id)}" if conversation else ""
        self.browser.get(f"{self.teams.service_url}{chosen}")
        self.until(lambda: self.find("#place-name").text)
        return self

    def until(self, there: Callable[[], Any]) -> Any:
        # A row is filled anew when it changes, so a part of it may be gone while it is read.
        ignored = [StaleElementReferenceException]
        return WebDriverWait(self.browser, 10, 0.02, ignored).until(lambda _: there())

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """What is visible of each, read at one moment."""
        visible = "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText.trim())"
        return list(self.browser.execute_script(visible, selector))

    def row(self, conversation: Conversation) -> WebElement:
        return self.find(f"nav [data-id='{conversation.id}']")

    def names(self) -> list[str]:
        """The rows of the column, top first, with what is noted of each."""
        return self.texts("nav .name")

    def said(self, selector: str = ".said") -> list[str]:
        """What the open conversation shows, a text a message."""
        root = self.find("teams-conversation").shadow_root
        return [said.text for said in root.find_elements(By.CSS_SELECTOR, selector)]

    def told(self, element: WebElement) -> str:
        """What a screen reader tells: also text that only it gets."""
        return str(element.get_attribute("textContent"))

    def focused(self) -> str:
        return self.browser.switch_to.active_element.text

    def press(self, *keys: str) -> None:
        self.browser.switch_to.active_element.send_keys(*keys)


@pytest.fixture
def page(teams: LocalTeams, browser: webdriver.Chrome) -> Page:
    return Page(teams, browser)


@pytest.fixture
def narrow(browser: webdriver.Chrome) -> Iterator[None]:
    """The screen of a telephone."""
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    yield
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def say(teams: LocalTeams, conversation: Conversation, text: str, status: int = 201) -> None:
    """The bot says something, by one request."""
    path = f"v3/conversations/{quote(conversation.id, safe='')}/activities"
    body = json.dumps({"type": "message", "text": text}).encode()
    request = urllib.request.Request(
        teams.service_url + path, body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            told = answer.status
    except urllib.error.HTTPError as refused:
        told = refused.code
        refused.close()
    assert told == status


# -- messages --------------------------------------------------------------------------------------


def test_a_message_shows_as_it_arrives(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    world = page.teams.world
    grace = world.people[1]
    page.open()
    assert {"Ada Lovelace", "Releases"} <= set(page.names())
    assert {"Dennis Ritchie blocked the bot", "Barbara Liskov no app"} <= set(page.names())
    headings = [text.replace("\n", " ") for text in page.texts("nav h2")]
    assert headings == ["Chats", "Group chats", "Engineering", "Finance no app"]
    assert page.said() == []

    start("to_person")  # to Ada, whose chat is open
    page.until(page.said)
    assert page.said() == ["The report you asked for is ready."]

    monkeypatch.setenv("TEAMS_USER_ID", grace.id)
    start("to_person")
    chat = world.personal_chat(grace)
    page.until(lambda: "1 new" in page.told(page.row(chat)))
    assert page.names()[0] == "Grace Hopper"  # where something was said last stands first
    assert page.told(page.find("#announced")) == (
        "Contoso Notifier: The report you asked for is ready."
    )
    if picture := os.environ.get("PICTURE"):
        take(page, picture)

    page.row(chat).click()
    page.until(lambda: "new" not in page.told(page.row(chat)))
    page.until(page.said)
    assert page.said() == ["The report you asked for is ready."]


def take(page: Page, picture: str) -> None:
    """The README's picture: the page after a few samples ran, with the wire open."""
    for sample in ("to_group_chat", "card"):
        start(sample)
    page.row(page.teams.world.personal_chat(page.teams.world.people[0])).click()
    page.find("#wire-switch").click()
    page.until(lambda: page.all("#wire li"))
    media = {"features": [{"name": "prefers-color-scheme", "value": "light"}]}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    metrics = {"width": 1200, "height": 680, "deviceScaleFactor": 1.5, "mobile": False}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.until(lambda: page.said(".ac-adaptiveCard"))
    page.all("#wire summary")[-1].click()
    page.browser.save_screenshot(picture)
    page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.find("#wire-close").click()


def test_a_thread_is_drawn_with_its_replies(page: Page) -> None:
    world = page.teams.world
    channel = world.teams[0].channels[1]
    post = world.post(channel, {"type": "message", "text": "Disk <b>full</b>"})
    world.post(channel, {"type": "message", "text": "Another"})
    world.post(channel, {"type": "message", "text": "Fixed"}, thread=post["id"])
    page.open(channel)
    page.until(page.said)
    assert page.said() == ["Disk <b>full</b>", "Fixed", "Another"]
    assert page.said(".replies .said") == ["Fixed"]
    assert re.fullmatch(r"\d\d:\d\d.*", page.said("time")[0])


def test_of_a_long_conversation_the_end_shows_and_more_on_request(page: Page) -> None:
    world = page.teams.world
    chat = world.personal_chat(world.people[0])
    for number in range(250):
        world.post(chat, {"type": "message", "text": str(number)})
    page.open(chat)
    root = page.find("teams-conversation").shadow_root
    page.until(lambda: root.find_elements(By.CSS_SELECTOR, ".said"))
    assert len(root.find_elements(By.CSS_SELECTOR, ".said")) == 200
    page.find("#earlier").send_keys(Keys.ENTER)
    page.until(lambda: len(root.find_elements(By.CSS_SELECTOR, ".said")) == 250)
    assert not page.find("#earlier").is_displayed()


# -- the column ------------------------------------------------------------------------------------


def test_the_column_is_used_by_keyboard(page: Page) -> None:
    world = page.teams.world
    page.open(world.personal_chat(world.people[0]))
    page.find("#search").send_keys("a", Keys.BACKSPACE, Keys.ARROW_DOWN)
    assert "Ada Lovelace" in page.focused()
    page.press(Keys.ARROW_DOWN)
    page.press(Keys.ARROW_DOWN)
    assert "Alan Turing" in page.focused()
    assert page.texts("nav [tabindex='0']") == [page.focused()]  # Tab comes back to it

    start("to_person")  # Ada's row changes, and Alan's keeps the focus
    page.until(lambda: "The report" in page.row(world.personal_chat(world.people[0])).text)
    assert "Alan Turing" in page.focused()

    page.press(Keys.ENTER)
    page.until(lambda: page.find("#place-name").text == "Alan Turing")
    page.press(Keys.END)
    assert "General" in page.focused()
    page.press(Keys.HOME)
    page.press(Keys.ARROW_UP)
    assert page.browser.switch_to.active_element.get_attribute("id") == "search"


def test_a_name_is_found_and_opened_with_enter(page: Page) -> None:
    page.open()
    page.find("#search").send_keys("incid")
    assert page.names() == ["Incidents"]
    page.press(Keys.ENTER)
    page.until(lambda: page.find("#place-name").text == "Incidents")
    page.find("#search").send_keys("xyz")
    assert page.texts("#rows .none") == ["Nobody and nothing is called “incidxyz”."]


def test_of_a_thousand_people_only_the_one_who_got_something_is_asked_about(
    browser: webdriver.Chrome,
) -> None:
    world = World(clock=ticking())
    people = [world.add_person(f"Person {number:03}") for number in range(1000)]
    with LocalTeams(world) as teams:
        page = Page(teams, browser).open()
        assert len(page.all("nav .row")) == 1000
        browser.get_log("performance")
        chat = world.personal_chat(people[700])
        say(teams, chat, "hello")
        page.until(lambda: page.row(chat).text)
        page.until(lambda: "hello" in page.row(chat).text)
        say(teams, world.personal_chat(people[0]), "hello")  # whose chat is open
        page.until(page.said)
        assert asked(browser, teams) == [
            f"_local/conversations/{world.personal_chat(people[0]).id}?last=200"
        ]


def asked(browser: webdriver.Chrome, teams: LocalTeams) -> list[str]:
    """What the page asked of the server."""
    sent: list[str] = []
    for entry in browser.get_log("performance"):
        event: dict[str, Any] = json.loads(entry["message"])["message"]
        if event["method"] == "Network.requestWillBeSent":
            url = unquote(event["params"]["request"]["url"])
            if url.startswith(teams.service_url):
                sent.append(url.removeprefix(teams.service_url))
    return sent


@pytest.mark.usefixtures("narrow")
def test_on_a_telephone_the_list_leads_to_a_conversation_and_back(page: Page) -> None:
    world = page.teams.world
    grace = world.personal_chat(world.people[1])
    world.post(grace, {"type": "message", "text": "hi"})
    page.browser.get(page.teams.service_url)
    page.until(lambda: page.all("nav .row"))
    assert page.find("nav").is_displayed() and not page.find("main").is_displayed()
    assert "1 new" in page.told(page.row(grace))
    page.row(grace).click()
    page.until(page.said)
    assert page.said() == ["hi"]
    assert not page.find("nav").is_displayed()
    assert page.browser.switch_to.active_element.get_attribute("id") == "back"
    page.press(Keys.ENTER)
    assert page.find("nav").is_displayed() and not page.find("main").is_displayed()
    assert "Grace Hopper" in page.focused() and "new" not in page.focused()
    page.browser.back()
    page.until(lambda: page.find("main").is_displayed())
    wide = page.browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= 390


# -- the wire and faults ---------------------------------------------------------------------------


def test_the_wire_shows_each_request_with_its_answer(page: Page) -> None:
    chat = page.teams.world.personal_chat(page.teams.world.people[0])
    say(page.teams, chat, "before the panel is open")
    page.open(chat)
    page.find("#wire-switch").click()
    page.until(lambda: page.all("#wire li"))
    say(page.teams, chat, "while it is open")
    page.until(lambda: len(page.all("#wire li")) == 2)
    summary = page.all("#wire summary")[1]
    assert re.fullmatch(
        r"POST\s/v3/conversations/a:\S{6}…/activities\s201\sBot → Teams · [\d:]+ .*· 2",
        summary.text.replace("\n", " "),
    )
    summary.click()
    body, answer = page.texts("#wire pre")
    assert json.loads(body) == {"type": "message", "text": "while it is open"}
    assert json.loads(answer) == {"id": chat.messages[-1]["id"]}
    page.find("#wire-close").click()
    assert not page.find("#wire").is_displayed()
    assert page.focused() == "Wire"


def test_teams_fails_as_told_on_the_page_and_no_longer(page: Page) -> None:
    chat = page.teams.world.personal_chat(page.teams.world.people[0])
    page.open(chat)
    page.find("#weather summary").click()
    fault = Select(page.find("[name=fault]"))
    for text, times in (("429, with Retry-After: 5", "1"), ("503", "2")):
        fault.select_by_visible_text(text)
        page.find("[name=times]").clear()
        page.find("[name=times]").send_keys(times)
        before = len(page.all("#weather li"))
        page.find("#weather .main").click()
        page.until(lambda before=before: len(page.all("#weather li")) > before)
    assert page.texts("#weather li") == [
        "429, Retry-After: 5: next request",
        "503: next 2 requests",
    ]
    assert page.find("#weather summary").text == "Faults 2"
    say(page.teams, chat, "throttled", 429)
    say(page.teams, chat, "unavailable", 503)
    page.until(lambda: page.texts("#weather li") == ["503: next request"])
    page.find("[name=clear]").click()
    page.until(lambda: page.find("#weather summary").text == "Faults")
    say(page.teams, chat, "fine")
    page.until(page.said)
    assert page.said() == ["fine"]
    page.press(Keys.ESCAPE)
    assert not page.find("#weather form").is_displayed()


# -- what people do --------------------------------------------------------------------------------


async def echo(request: web.Request) -> web.Response:
    """A bot that answers messages with what was said, in the same conversation or thread."""
    activity = await request.json()
    if activity["type"] == "message":
        path = f"v3/conversations/{quote(activity['conversation']['id'], safe='')}/activities"
        said = {"type": "message", "text": f"You said: {activity['text']}"}
        async with aiohttp.ClientSession() as session:
            await session.post(activity["serviceUrl"] + path, json=said)
    return web.Response()


def test_a_person_speaks_and_the_bot_answers(page: Page) -> None:
    world = page.teams.world
    chat = world.personal_chat(world.people[0])
    page.open(chat)
    assert not page.find("#mention").is_displayed()  # in a personal chat the bot gets all
    page.find("#text").send_keys("hello", Keys.ENTER)
    page.until(lambda: page.said(".mine .said") == ["hello"])
    page.until(lambda: page.find("#told").text)
    assert page.find("#told").text == (
        "No bot listens. Start Local Teams with --bot and the address of yours."
    )
    assert page.find("#text").get_attribute("value") == ""

    page.teams.bot = echo
    page.find("#text").send_keys("two", Keys.SHIFT, Keys.ENTER, Keys.NULL, "lines", Keys.ENTER)
    page.until(lambda: len(page.said()) == 3)
    assert page.said()[1:] == ["two\nlines", "You said: two\nlines"]
    assert page.find("#told").text == "The bot was told."


def test_the_bot_is_mentioned_with_a_button(page: Page) -> None:
    page.teams.bot = echo
    chat = page.teams.world.group_chats[0].conversation
    page.open(chat)
    page.find("#text").send_keys("hi all", Keys.ENTER)
    page.until(lambda: page.find("#told").text)
    assert page.find("#told").text == "The bot was not told: here it gets only what mentions it."
    Select(page.find("#who")).select_by_visible_text("Grace Hopper")
    page.find("#mention").click()
    page.press("what is new?", Keys.ENTER)
    page.until(lambda: len(page.said()) == 3)
    assert page.said()[:2] == ["hi all", "Contoso Notifier what is new?"]
    assert page.said(".said .at")[0] == "Contoso Notifier"
    assert [m["from"]["name"] for m in chat.messages] == [
        *("Ada Lovelace", "Grace Hopper", "Contoso Notifier")
    ]


def test_a_person_replies_in_a_thread_or_starts_one(page: Page) -> None:
    world = page.teams.world
    channel = world.teams[0].channels[2]
    world.post(channel, {"type": "message", "text": "Disk full"})
    page.open(channel)
    page.until(page.said)
    page.find("teams-conversation").shadow_root.find_element(By.CSS_SELECTOR, ".reply").click()
    assert page.find("#replying span").text == "Reply to Contoso Notifier: Disk full"
    page.press("On it", Keys.ENTER)
    page.until(lambda: page.said(".replies .said") == ["On it"])
    page.until(lambda: not page.find("#replying").is_displayed())
    page.find("#text").send_keys("Another", Keys.ENTER)
    page.until(lambda: page.said() == ["Disk full", "On it", "Another"])
    page.find("teams-conversation").shadow_root.find_element(By.CSS_SELECTOR, ".reply").click()
    page.press(Keys.ESCAPE)
    assert not page.find("#replying").is_displayed()


def test_a_person_installs_blocks_and_removes(page: Page) -> None:
    world = page.teams.world
    barbara = world.people[5]
    page.open()
    page.find(f"nav [data-id='{barbara.id}']").click()  # who has no chat with the bot yet
    note = page.find("#place-note")
    assert note.text == "Personal chat · app not installed"
    page.find("#install").click()
    page.until(lambda: note.text == "Personal chat · app installed")
    assert barbara.installed
    chat = world.personal_chat(barbara)
    say(page.teams, chat, "welcome")
    page.until(lambda: page.said() == ["welcome"])
    page.find("#block").click()
    page.until(lambda: "Barbara Liskov blocked the bot" in page.names())
    say(page.teams, chat, "hello?", 403)
    page.find("#block").click()
    page.until(lambda: "Barbara Liskov" in page.names())
    assert not barbara.blocked
    page.find("#install").click()
    page.until(lambda: "Barbara Liskov no app" in page.names())
    assert not barbara.installed


def test_a_bot_that_fails_is_told_of(page: Page) -> None:
    page.teams.bot = "http://127.0.0.1:9/api/messages"  # where nobody listens
    page.open(page.teams.world.personal_chat(page.teams.world.people[0]))
    page.find("#text").send_keys("hello", Keys.ENTER)
    page.until(lambda: page.find("#told").text)
    assert "No answer from the bot at http://127.0.0.1:9/api/messages" in page.find("#told").text
    page.find("#wire-switch").click()
    page.until(lambda: page.all("#wire li"))
    assert page.texts("#wire .status") == ["dropped"] * 3
    assert "Teams → bot" in page.all("#wire .when")[0].text

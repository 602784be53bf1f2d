"""What the component of Local Teams' page and of the site draws of a message."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.shadowroot import ShadowRoot
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from samples.local_teams import server
from samples.local_teams.running import start
from samples.local_teams.server import CARDS, LocalTeams
from samples.local_teams.world import Conversation, contoso
from tests.programs import NPM, require

pytestmark = pytest.mark.usefixtures("environ")


def drawn(browser: webdriver.Chrome, teams: LocalTeams, chat: Conversation) -> ShadowRoot:
    """The component with a conversation in it."""
    browser.get(f"{teams.service_url}?conversation={quote(chat.id)}")
    root = browser.find_element(By.TAG_NAME, "teams-conversation").shadow_root
    WebDriverWait(browser, 10, 0.02).until(lambda _: root.find_elements(By.CSS_SELECTOR, ".said"))
    return root


def texts(root: ShadowRoot, selector: str) -> list[str]:
    return [found.text for found in root.find_elements(By.CSS_SELECTOR, selector)]


@pytest.fixture
def library() -> None:
    """Microsoft's library that draws cards. Without it, these tests are left out."""
    require(CARDS.exists(), NPM)


def soon(browser: webdriver.Chrome, root: ShadowRoot, selector: str) -> list[WebElement]:
    return WebDriverWait(browser, 10, 0.02).until(
        lambda _: root.find_elements(By.CSS_SELECTOR, selector)
    )


@pytest.mark.usefixtures("library")
def test_a_card_is_drawn_by_microsofts_library(
    teams: LocalTeams, browser: webdriver.Chrome
) -> None:
    start("card")
    root = drawn(browser, teams, teams.world.personal_chat(teams.world.people[0]))
    [card] = soon(browser, root, ".card .ac-adaptiveCard")
    assert card.text.splitlines() == [
        "Purchase order 4711 waits for you",
        *("From", "Grace Hopper", "Amount", "€ 1,250", "Needed by", "Friday"),
        "Open the order",
    ]
    assert texts(root, ".mark") == ["Important!"]
    assert texts(root, ".body > .note") == [
        "Notification: Grace Hopper asks you to approve € 1,250 by Friday"
    ]


def post_card(teams: LocalTeams, *body: dict[str, Any], **more: Any) -> Conversation:
    chat = teams.world.personal_chat(teams.world.people[0])
    content = {"type": "AdaptiveCard", "version": "1.5", "body": body, **more}
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "content": content}
    teams.world.post(chat, {"type": "message", "attachments": [attachment]})
    return chat


@pytest.mark.usefixtures("library")
def test_markdown_in_a_card_is_drawn_and_html_is_text(
    teams: LocalTeams, browser: webdriver.Chrome
) -> None:
    text = "Read **this** [page](https://contoso.example/x?a=1&b=2)<img src=x onerror=alert(1)>"
    chat = post_card(teams, {"type": "TextBlock", "text": text, "wrap": True})
    root = drawn(browser, teams, chat)
    [card] = soon(browser, root, ".ac-adaptiveCard")
    assert card.text == "Read this page<img src=x onerror=alert(1)>"
    assert texts(root, ".ac-adaptiveCard strong") == ["this"]
    [link] = root.find_elements(By.CSS_SELECTOR, ".ac-adaptiveCard a")
    assert link.get_attribute("href") == "https://contoso.example/x?a=1&b=2"
    assert root.find_elements(By.CSS_SELECTOR, "img") == []


@pytest.mark.usefixtures("library")
def test_a_button_of_a_card_says_that_it_is_pressed(
    teams: LocalTeams, browser: webdriver.Chrome
) -> None:
    chat = post_card(teams, actions=[{"type": "Action.Submit", "title": "Approve"}])
    root = drawn(browser, teams, chat)
    [button] = soon(browser, root, ".ac-pushButton")
    button.click()
    assert texts(root, ".card .note") == ["You pressed Approve."]


def test_without_the_library_a_card_is_drawn_plainly(
    teams: LocalTeams, browser: webdriver.Chrome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(server, "CARDS", tmp_path / "adaptivecards.min.js")
    start("card")
    root = drawn(browser, teams, teams.world.personal_chat(teams.world.people[0]))
    assert [one.text for one in soon(browser, root, ".card .note")] == [
        "Cards are drawn plainly: run npm ci."
    ]
    assert texts(root, ".card .title") == ["Purchase order 4711 waits for you"]
    assert texts(root, ".card dt") == ["From", "Amount", "Needed by"]
    assert texts(root, ".card dd") == ["Grace Hopper", "€ 1,250", "Friday"]
    assert texts(root, ".card .action") == ["Open the order"]


def test_markdown_and_addresses_in_a_text(teams: LocalTeams, browser: webdriver.Chrome) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    said = "**Done**: `make test`, see https://contoso.example/runs/7. <b>5 < 7</b>"
    teams.world.post(chat, {"type": "message", "text": said})
    teams.world.post(chat, {"type": "message", "text": "**as typed**", "textFormat": "plain"})
    root = drawn(browser, teams, chat)
    assert texts(root, ".said") == [
        "Done: make test, see https://contoso.example/runs/7. <b>5 < 7</b>",
        "**as typed**",
    ]
    assert texts(root, ".said strong") == ["Done"]
    assert texts(root, ".said a") == ["https://contoso.example/runs/7"]


def test_what_a_person_says_stands_at_the_other_side(
    teams: LocalTeams, browser: webdriver.Chrome
) -> None:
    ada = teams.world.people[0]
    chat = teams.world.personal_chat(ada)
    teams.world.post(chat, {"type": "message", "text": "Which orders wait?"}, sender=ada)
    teams.world.post(chat, {"type": "message", "text": "Two."})
    teams.world.post(chat, {"type": "message", "text": "Shall I list them?"})
    root = drawn(browser, teams, chat)
    assert texts(root, ".mine .said") == ["Which orders wait?"]
    # Of messages in a row, the first shows from whom they are; the others say it to screen readers.
    assert texts(root, ".message:not(.mine, .again) .who") == ["Contoso Notifier"]
    assert texts(root, ".again .said") == ["Shall I list them?"]


def test_days_are_set_apart(browser: webdriver.Chrome) -> None:
    times = iter([datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 1, 6, 12, tzinfo=UTC)])
    with LocalTeams(contoso(clock=lambda: next(times))) as teams:
        chat = teams.world.personal_chat(teams.world.people[0])
        teams.world.post(chat, {"type": "message", "text": "first"})
        teams.world.post(chat, {"type": "message", "text": "second"})
        root = drawn(browser, teams, chat)
        assert texts(root, ".day, .said") == [
            *("Monday, January 5", "first"),
            *("Tuesday, January 6", "second"),
        ]


def test_data_given_before_the_script_is_there_is_drawn(
    teams: LocalTeams, browser: webdriver.Chrome
) -> None:
    browser.get(f"{teams.service_url}_local/limits")  # a page of this host without scripts
    said = {
        "id": "1",
        "timestamp": "2026-01-05T09:00:00.000+00:00",
        "from": teams.world.account(None),
        "conversation": {"id": "a:1"},
        "text": "hi",
    }
    browser.execute_async_script(
        """
        const [data, done] = arguments;
        const made = document.createElement("teams-conversation");
        made.data = data;
        document.body.append(made);
        const script = document.createElement("script");
        Object.assign(script, {type: "module", src: "/page/teams-conversation.js", onload: done});
        document.body.append(script);
        """,
        {"title": "Ada", "kind": "personal", "messages": [said]},
    )
    root = browser.find_element(By.TAG_NAME, "teams-conversation").shadow_root
    assert texts(root, "header, .said") == ["Ada", "hi"]


def test_a_mention(teams: LocalTeams, browser: webdriver.Chrome) -> None:
    start("mention")
    root = drawn(browser, teams, teams.world.group_chats[0].conversation)
    assert texts(root, ".said") == ["Ada Lovelace please check the guest list before noon."]
    assert texts(root, ".said .at") == ["Ada Lovelace"]


@pytest.mark.parametrize(
    "entities",
    [
        None,
        [],
        [{"type": "mention", "text": "<at>Ada</at>"}],
        [{"type": "clientInfo", "text": "<at>Ada Lovelace</at>"}],
    ],
)
def test_without_an_entity_of_the_same_words_it_is_no_mention(
    teams: LocalTeams, browser: webdriver.Chrome, entities: list[dict[str, Any]] | None
) -> None:
    chat = teams.world.group_chats[0].conversation
    said = {"type": "message", "text": "<at>Ada Lovelace</at> hello"}
    teams.world.post(chat, said if entities is None else {**said, "entities": entities})
    root = drawn(browser, teams, chat)
    assert texts(root, ".said") == ["<at>Ada Lovelace</at> hello"]
    assert texts(root, ".at") == []


def test_an_edited_and_a_deleted_message(teams: LocalTeams, browser: webdriver.Chrome) -> None:
    start("update_message")
    root = drawn(browser, teams, teams.world.personal_chat(teams.world.people[0]))
    assert texts(root, ".said") == ["Your export is done.", "This message has been deleted."]
    assert texts(root, ".said.deleted") == ["This message has been deleted."]
    assert texts(root, ".mark") == ["Edited"]


def test_nothing_is_left_of_a_deleted_card(teams: LocalTeams, browser: webdriver.Chrome) -> None:
    start("card")
    chat = teams.world.personal_chat(teams.world.people[0])
    teams.world.delete(chat.messages[0])
    root = drawn(browser, teams, chat)
    assert texts(root, ".said") == ["This message has been deleted."]
    assert texts(root, ".mark, .note, .card") == []

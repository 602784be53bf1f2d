"""What the component of Local Teams' page and of the site draws of a message."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.shadowroot import ShadowRoot
from selenium.webdriver.support.ui import WebDriverWait

from samples.local_teams.running import start
from samples.local_teams.server import LocalTeams
from samples.local_teams.world import Conversation

pytestmark = pytest.mark.usefixtures("environ")


def drawn(browser: webdriver.Chrome, teams: LocalTeams, chat: Conversation) -> ShadowRoot:
    """The component with a conversation in it."""
    browser.get(f"{teams.service_url}?conversation={quote(chat.id)}")
    root = browser.find_element(By.TAG_NAME, "teams-conversation").shadow_root
    WebDriverWait(browser, 10).until(lambda _: root.find_elements(By.CSS_SELECTOR, ".said"))
    return root


def texts(root: ShadowRoot, selector: str) -> list[str]:
    return [found.text for found in root.find_elements(By.CSS_SELECTOR, selector)]


def test_a_card_with_its_facts_its_button_and_its_notification(
    teams: LocalTeams, browser: webdriver.Chrome
) -> None:
    start("card")
    root = drawn(browser, teams, teams.world.personal_chat(teams.world.people[0]))
    assert texts(root, ".card .title") == ["Purchase order 4711 waits for you"]
    assert texts(root, ".card dt") == ["From", "Amount", "Needed by"]
    assert texts(root, ".card dd") == ["Grace Hopper", "€ 1,250", "Friday"]
    assert texts(root, ".card .action") == ["Open the order"]
    assert texts(root, ".mark") == ["high"]
    assert texts(root, ".note") == [
        "Notification: Grace Hopper asks you to approve € 1,250 by Friday"
    ]


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

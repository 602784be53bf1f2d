"""What the component of Local Teams' page and of the site draws of a message."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.teams import Conversation
from samples.local_teams.server import page_files as server
from samples.local_teams.server.page_files import CARDS
from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from tests.support.browsing import Screen
from tests.support.programs import NPM, require
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("environ")


def drawn(screen: Screen, teams: LocalTeams, chat: Conversation) -> Screen:
    """The component with a conversation in it."""
    screen.open(f"{teams.service_url}?conversation={quote(chat.id)}")
    root = screen.within("teams-conversation")
    assert root.count(".said") >= len(chat.messages)
    return root


@pytest.fixture
def library() -> None:
    """Microsoft's library that draws cards. Without it, these tests are left out."""
    require(CARDS.exists(), NPM)


@pytest.mark.usefixtures("library")
def test_a_card_is_drawn_by_microsofts_library(teams: LocalTeams, screen: Screen) -> None:
    start("card")
    root = drawn(screen, teams, teams.world.personal_chat(teams.world.people[0]))
    lines = root.each(".card .ac-adaptiveCard", "(one) => one.innerText.split(/\\s*[\\n\\t]\\s*/)")
    assert lines == [
        [
            "Purchase order 4711 waits for you",
            *("From", "Grace Hopper", "Amount", "€ 1,250", "Needed by", "Friday"),
            "Open the order",
        ]
    ]
    assert root.texts(".mark") == ["Important!"]
    assert root.texts(".body > .note") == [
        "Notification: Grace Hopper asks you to approve € 1,250 by Friday"
    ]


CARD = "application/vnd.microsoft.card.adaptive"
GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"  # of one point


def post_card(teams: LocalTeams, *body: dict[str, Any], **more: Any) -> Conversation:
    chat = teams.world.personal_chat(teams.world.people[0])
    content = {"type": "AdaptiveCard", "version": "1.5", "body": body, **more}
    attachment = {"contentType": CARD, "content": content}
    teams.world.post(chat, {"type": "message", "attachments": [attachment]})
    return chat


@pytest.mark.usefixtures("library")
def test_markdown_in_a_card_is_drawn_and_html_is_text(teams: LocalTeams, screen: Screen) -> None:
    text = "Read **this** [page](https://contoso.example/x?a=1&b=2)<img src=x onerror=alert(1)>"
    chat = post_card(teams, {"type": "TextBlock", "text": text, "wrap": True})
    root = drawn(screen, teams, chat)
    assert root.texts(".ac-adaptiveCard") == ["Read this page<img src=x onerror=alert(1)>"]
    assert root.texts(".ac-adaptiveCard strong") == ["this"]
    links = root.each(".ac-adaptiveCard a", "(one) => one.href")
    assert links == ["https://contoso.example/x?a=1&b=2"]
    assert root.count("img") == 0


ODD_CARDS: list[Any] = [
    *({"type": "FactSet"}, {"body": [None]}, {"body": 5}, {"actions": {}}, {"actions": [None]}),
    *({"body": [{"type": "FactSet", "facts": 5}]}, {"body": [{"type": "ColumnSet", "columns": 5}]}),
    *({"body": [{"type": "FactSet"}]}, {"body": [{"type": "TextBlock", "text": [1]}]}, [1], "{}"),
    *({"body": [{"type": "TextBlock", "text": "x", "size": {}}]}, {"actions": [{"type": 5}]}),
    *({"body": [{"type": "Input.ChoiceSet", "choices": 5}]}, {"version": 5, "body": [[]]}, 7, True),
    *({"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "Table", "rows": 5}]}, {"a": 1}),
]


@pytest.mark.usefixtures("library")
def test_an_odd_card_leaves_the_conversation_as_it_is(teams: LocalTeams, screen: Screen) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    hero = "application/vnd.microsoft.card.hero"
    odd = [{"contentType": CARD, "content": content} for content in ODD_CARDS]
    pressed: list[Any] = [5, [None], {}]
    odd += [{"contentType": hero, "content": {"buttons": one}} for one in pressed]
    for one in odd:
        teams.world.post(chat, {"type": "message", "attachments": [one]})
    said = {"type": "message", "text": "fine", "attachments": None, "importance": "constructor"}
    teams.world.post(chat, said | {"entities": [{"type": "mention"}], "textFormat": [1]})
    root = drawn(screen, teams, chat)
    assert root.count(".message") == len(odd) + 1
    assert root.texts(".said:not(.card)") == ["fine"]
    assert root.texts(".mark") == []


@pytest.mark.usefixtures("library")
def test_a_card_loads_no_picture_from_elsewhere(teams: LocalTeams, screen: Screen) -> None:
    own, inside = f"{teams.service_url}page/none.png", f"data:image/gif;base64,{GIF}"
    away = "https://pictures.example/logo.png?to=ada"
    chat = post_card(
        teams,
        {"type": "Image", "url": away, "altText": "Logo", "forceLoad": True},
        {"type": "ImageSet", "images": [{"type": "Image", "url": own}, {"url": away}]},
        {"type": "Image", "url": inside},
        {"type": "Image", "url": away, "selectAction": {"type": "Action.Submit"}},
        {"type": "Container", "items": [], "backgroundImage": {"url": away}},
        actions=[
            {"type": "Action.OpenUrl", "title": "Open", "url": away, "iconUrl": away},
            {"type": "Action.Submit", "title": "Send", "data": {"url": away}},
        ],
        backgroundImage="//backgrounds.example/x.png",
    )
    screen.requests()
    root = drawn(screen, teams, chat)
    assert root.texts(".elsewhere") == [
        "Picture from pictures.example: Logo",
        *["Picture from pictures.example"] * 2,
        "Picture from backgrounds.example",
        *["Picture from pictures.example"] * 2,
    ]
    links = root.each(".elsewhere", "(one) => one.getAttribute('href')")
    assert links.has(away, None)
    assert root.each("img", "(one) => one.src").has(inside)
    asked: list[str] = []

    def is_asked_for() -> bool:
        asked.extend(screen.requests())
        return own in asked

    eventually(is_asked_for)
    assert [one for one in asked if ".example" in one] == []
    assert [one for one in screen.complaints() if "Security Policy" in one] == []


@pytest.mark.usefixtures("library")
def test_a_form_is_filled_in_and_a_button_pressed(teams: LocalTeams, screen: Screen) -> None:
    async def bot(request: web.Request) -> web.Response:
        data = (await request.json())["value"]["action"]["data"]
        body = [{"type": "TextBlock", "text": f"Approved: {data['why']}, {data['order']}"}]
        card = {"type": "AdaptiveCard", "version": "1.5", "body": body}
        return web.json_response({"statusCode": 200, "type": CARD, "value": card})

    actions = [
        {"type": "Action.Submit", "title": "Later"},
        {"type": "Action.Execute", "title": "Approve", "data": {"order": 1}},
        {"type": "Action.Execute", "title": "Approve", "data": {"order": 2}},
    ]
    chat = post_card(teams, {"type": "Input.Text", "id": "why", "label": "Why"}, actions=actions)
    root = drawn(screen, teams, chat)
    root.click(".ac-pushButton", "Later")
    note = "No bot listens. Start Local Teams with --bot and the address of yours."
    assert root.texts(".card .note") == [note]
    teams.connect(bot)
    root.type("input", "fine")
    root.click(".ac-pushButton", "Approve", nth=1)
    assert root.texts(".ac-adaptiveCard") == ["Approved: fine, 2"]


def test_buttons_of_bot_framework_are_pressed(teams: LocalTeams, screen: Screen) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    button = {"type": "imBack", "title": "More", "value": "Show me more"}
    content = {"title": "Orders", "buttons": [button]}
    hero = {"contentType": "application/vnd.microsoft.card.hero", "content": content}
    teams.world.post(chat, {"type": "message", "attachments": [hero]})
    root = drawn(screen, teams, chat)
    root.click("button", "More")
    assert root.texts(".mine .said") == ["Show me more"]


def test_without_the_library_a_card_is_drawn_plainly(
    teams: LocalTeams, screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(server, "CARDS", tmp_path / "adaptivecards.min.js")
    start("card")
    root = drawn(screen, teams, teams.world.personal_chat(teams.world.people[0]))
    assert root.texts(".card .note") == ["Cards are drawn plainly: run npm ci."]
    assert root.texts(".card .title") == ["Purchase order 4711 waits for you"]
    assert root.texts(".card dt") == ["From", "Amount", "Needed by"]
    assert root.texts(".card dd") == ["Grace Hopper", "€ 1,250", "Friday"]
    assert root.texts(".card .action") == ["Open the order"]


def test_markdown_and_addresses_in_a_text(teams: LocalTeams, screen: Screen) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    said = "**Done**: `make test`, see https://contoso.example/runs/7. <b>5 < 7</b>"
    teams.world.post(chat, {"type": "message", "text": said})
    teams.world.post(chat, {"type": "message", "text": "**as typed**", "textFormat": "plain"})
    root = drawn(screen, teams, chat)
    assert root.texts(".said") == [
        "Done: make test, see https://contoso.example/runs/7. <b>5 < 7</b>",
        "**as typed**",
    ]
    assert root.texts(".said strong") == ["Done"]
    assert root.texts(".said a") == ["https://contoso.example/runs/7"]


def test_what_a_person_says_stands_at_the_other_side(teams: LocalTeams, screen: Screen) -> None:
    ada = teams.world.people[0]
    chat = teams.world.personal_chat(ada)
    teams.world.post(chat, {"type": "message", "text": "Which orders wait?"}, sender=ada)
    teams.world.post(chat, {"type": "message", "text": "Two."})
    teams.world.post(chat, {"type": "message", "text": "Shall I list them?"})
    root = drawn(screen, teams, chat)
    assert root.texts(".mine .said") == ["Which orders wait?"]
    # Of messages in a row, the first shows from whom they are; the others say it to screen readers.
    assert root.texts(".message:not(.mine, .again) .who") == ["Contoso Notifier"]
    assert root.texts(".again .said") == ["Shall I list them?"]


def test_days_are_set_apart(screen: Screen) -> None:
    times = iter([datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 1, 6, 12, tzinfo=UTC)])
    with LocalTeams(contoso(clock=lambda: next(times))) as teams:
        chat = teams.world.personal_chat(teams.world.people[0])
        teams.world.post(chat, {"type": "message", "text": "first"})
        teams.world.post(chat, {"type": "message", "text": "second"})
        root = drawn(screen, teams, chat)
        assert root.texts(".day, .said") == [
            *("Monday, January 5", "first"),
            *("Tuesday, January 6", "second"),
        ]


def test_data_given_before_the_script_is_there_is_drawn(teams: LocalTeams, screen: Screen) -> None:
    screen.open(f"{teams.service_url}_local/limits")  # a page of this host without scripts
    said = {
        "id": "1",
        "timestamp": "2026-01-05T09:00:00.000+00:00",
        "from": teams.world.account(None),
        "conversation": {"id": "a:1"},
        "text": "hi",
    }
    screen.run(
        """
        const made = document.createElement("teams-conversation");
        made.data = arguments[1];
        document.body.append(made);
        const script = document.createElement("script");
        Object.assign(script, {type: "module", src: "/page/teams-conversation.js"});
        document.body.append(script);
        """,
        {"title": "Ada", "kind": "personal", "messages": [said]},
    )
    root = screen.within("teams-conversation")
    assert root.texts("header, .said") == ["Ada", "hi"]


def test_a_mention(teams: LocalTeams, screen: Screen) -> None:
    start("mention")
    root = drawn(screen, teams, teams.world.group_chats[0].conversation)
    assert root.texts(".said") == ["Ada Lovelace please check the guest list before noon."]
    assert root.texts(".said .at") == ["Ada Lovelace"]


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
    teams: LocalTeams, screen: Screen, entities: list[dict[str, Any]] | None
) -> None:
    chat = teams.world.group_chats[0].conversation
    said = {"type": "message", "text": "<at>Ada Lovelace</at> hello"}
    teams.world.post(chat, said if entities is None else {**said, "entities": entities})
    root = drawn(screen, teams, chat)
    assert root.texts(".said") == ["<at>Ada Lovelace</at> hello"]
    assert root.texts(".at") == []


def test_an_edited_and_a_deleted_message(teams: LocalTeams, screen: Screen) -> None:
    start("update_message")
    root = drawn(screen, teams, teams.world.personal_chat(teams.world.people[0]))
    assert root.texts(".said") == ["Your export is done.", "This message has been deleted."]
    assert root.texts(".said.deleted") == ["This message has been deleted."]
    assert root.texts(".mark") == ["Edited"]


def test_nothing_is_left_of_a_deleted_card(teams: LocalTeams, screen: Screen) -> None:
    start("card")
    chat = teams.world.personal_chat(teams.world.people[0])
    teams.world.delete(chat.messages[0])
    root = drawn(screen, teams, chat)
    assert root.texts(".said") == ["This message has been deleted."]
    assert root.texts(".mark, .note, .card") == []

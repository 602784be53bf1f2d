"""The search answers what people type, in the worker that their browser runs."""

from __future__ import annotations

import json
import random
import runpy
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from tests.support import ROOT
from tests.support.browsing import Screen
from tests.support.pages import pages
from tests.support.searching import READY, START, opened, results

sys.path.insert(0, str(ROOT / "docs" / "plugins"))  # what the plugin imports
SEARCH = runpy.run_path(str(ROOT / "docs" / "plugins" / "search.py"))
mended, searched = SEARCH["mended"], SEARCH["searched"]
BUILDS_ON = [*SEARCH["BUILDS_ON"], *SEARCH["LATER_ON"]]

# As people type them, and the pages that answer; with an anchor, one of the first three sections of
# that page. In the first three results.
QUESTIONS = {
    "how do I send a direct message to one user": ["send/to-a-person/"],
    "start a new post in a channel": ["send/to-a-channel/"],
    "my reply shows up as a new post": ["send/reply-in-a-thread/"],
    "user has blocked the bot": ["well/who-left/"],
    "429 when sending to 150 users": ["troubleshooting/many-people/#too-fast"],
    "rate limit": ["reference/errors-and-limits/"],
    "where do i get the service url": ["reference/errors-and-limits/"],
    "save the conversation reference in a database": ["prepare/remember/"],
    "mention a user": ["send/mention-and-card/"],
    "edit a message that was already sent": ["send/update-or-delete/"],
    "send a message every morning": ["well/scheduled/"],
    "install the app for all users with graph": ["prepare/install-everywhere/"],
    "create a group chat": ["prepare/install-everywhere/", "send/to-a-group-chat/"],
    "answer takes longer than 15 seconds": ["well/slow-answer/"],
    "call the notify endpoint for one user only": ["well/notify/"],
    "guest user is refused": ["prepare/ids/#guests"],
    "post to a private channel": ["send/to-a-channel/"],
    "test a bot without a tenant": ["test-your-bot/"],
    "message everyone in the organization": ["troubleshooting/many-people/#everyone"],
    "bot is slow": ["well/why-sending-is-slow/"],
    "is there an event when a user mutes the bot": ["well/who-left/#is-there-an-event"],
    "single tenant bot 401": ["troubleshooting/signing-in/#single-tenant"],
    "get all members of a team": ["prepare/message-members/"],
    "unsubscribe": ["well/guidelines/"],
    "register a bot": ["tenant/from-your-laptop/#register"],
    "send a message": [""],
    "pip install": ["own-project/"],
    "use it in my own project": ["own-project/"],
    "copy": ["own-project/"],
    "teams sdk": ["troubleshooting/python/#teams-sdk"],
}


TYPED = {
    "teams": "/prepare/install-everywhere/",
    "register a bot": "/tenant/from-your-laptop/",
    "send a message": "/",
    "mention": "/send/mention-and-card/",
}
WITH_A_COLLISION = 6
SOME = 9  # every ninth: a few dozen


def titles(site: Path) -> dict[str, str]:
    """The address of each page and its title, as its reader sees it."""
    found = {}
    for name, page in pages(site).items():
        heading = page.h1
        assert heading
        found[name.removesuffix("index.html")] = heading.get_text().removesuffix("¶").strip()
    return found


def beginnings(words: set[str]) -> list[str]:
    return sorted({word[:end] for word in words for end in range(1, len(word) + 1)})


@pytest.mark.parametrize(
    "every", [SOME, pytest.param(1, marks=pytest.mark.prove)], ids=["some", "every"]
)
def test_every_beginning_of_a_titles_word_finds_something(
    site: Path, searching: Screen, every: int
) -> None:
    """From the first letter on: that is what the dialog asks while somebody types."""
    words = {
        word.strip(",:?!“”").lower() for title in titles(site).values() for word in title.split()
    }
    asked = beginnings(words)
    assert len(asked) > 300
    found = results(searching, asked[::every])
    assert [query for query, pages in found.items() if not pages] == []


@pytest.mark.parametrize(
    "mends",
    [
        pytest.param(True, id="the site's worker"),
        pytest.param(False, id="the theme's", marks=pytest.mark.prove),
    ],
)
def test_words_with_digits_do_not_get_mixed_up(site: Path, searching: Screen, mends: bool) -> None:
    """As ids are. When the theme's worker answers too, Lunr is mended and search.js need not."""
    chance = random.Random(WITH_A_COLLISION)
    words = sorted(
        {"".join(chance.choices("0123456789abcdef", k=chance.randint(1, 8))) for _ in range(3000)}
    )
    shipped = next((site / "assets/javascripts/workers").glob("search.*.js"))
    templates = Path(str(distribution("mkdocs-material").locate_file("material/templates")))
    text = (shipped if mends else templates / shipped.relative_to(site)).read_text("utf-8")
    index = {"docs": [{"location": "ids/", "title": "Ids", "text": " ".join(words)}]}
    searching.run(START, "other", text, index)
    assert searching.value("return ready") == READY
    asked = sorted({word[:end] for word in words for end in (1, 2)})
    found = results(searching, asked, "other")
    assert all(found.values()) is mends, [query for query in asked if not found[query]]


@pytest.mark.prove  # some of those of titles are in every run
def test_every_beginning_of_a_question_finds_something(searching: Screen) -> None:
    asked = sorted(
        {question[:end] for question in QUESTIONS for end in range(1, len(question) + 1)}
    )
    found = results(searching, [query for query in asked if query == query.strip()])
    assert [query for query, pages in found.items() if not pages] == []


def test_a_question_finds_its_page(searching: Screen) -> None:
    for question, found in results(searching, list(QUESTIONS)).items():
        best = {page[0].partition("#")[0] for page in found[:3]}
        best |= {section for page in found[:3] for section in page[:3]}
        assert best & set(QUESTIONS[question]), (question, found[:3])


def test_a_title_finds_its_page_first(site: Path, searching: Screen) -> None:
    """Before Troubleshooting, whose headings have nearly every word; and before pages that only
    speak of it. A longer title that has all of a shorter one is as good."""
    all_titles = titles(site)
    found = results(searching, list(all_titles.values()))
    for title in all_titles.values():
        first = found[title][0][0].partition("#")[0]
        assert title in all_titles[first], (title, found[title][:3])


def test_a_word_is_found_in_its_other_forms(searching: Screen) -> None:
    found = results(searching, ["registers", "registration", "notifying", "replies", "references"])
    assert all(found.values()), found
    best = [section for page in found["registers"][:3] for section in page[:3]]
    assert "tenant/from-your-laptop/#register" in best


def test_what_a_query_excludes_is_not_found(searching: Screen) -> None:
    found = results(searching, ["webhook", "webhook -workflows", "+webhook +workflows", "-webhook"])
    excluded = {section for page in found["webhook -workflows"] for section in page}
    required = {section for page in found["+webhook +workflows"] for section in page}
    assert "well/alternatives/#workflows-webhook" in required - excluded
    assert found["webhook -workflows"] and len(found["-webhook"]) > len(found["webhook"])


def test_typed_into_the_dialog(searching: Screen) -> None:
    box = opened(searching)
    found = searching.value(
        "return [...document.querySelectorAll('.md-search-result__item')].slice(0, 3)"
        ".map((item) => new URL(item.querySelector('a').href).pathname)"
    )
    for typed, page in TYPED.items():
        searching.clear(box)
        searching.type(box, typed)
        assert found.has(page), typed


def test_no_word_is_called_missing_that_is_there_in_another_form(searching: Screen) -> None:
    missing = searching.value("return asked('registers a bot', (one) => one.terms)")
    best = missing.when(bool)[0][0]
    assert best["registers"] is True and best["bot"] is True, best


# -- what is searched ------------------------------------------------------------------------------


def test_listings_and_recordings_are_not_searched_and_prose_is(site: Path) -> None:
    documents = json.loads((site / "search/documents.json").read_text("utf-8"))
    of_page: dict[str, str] = {}
    for entry in documents:
        page = entry["location"].partition("#")[0]
        of_page[page] = of_page.get(page, "") + entry["text"]
    everything = "\n".join(of_page.values())
    for listed in ("async def main", "replyToId&quot;:", "1767603600000</code></pre>", "isGroup&"):
        assert listed not in everything, listed
    assert "make run SAMPLE=to_person" in everything  # a command is no listing
    assert "&#39;ConversationReference&#39; object" in everything.replace("'", "&#39;")
    assert len(json.dumps(documents)) < 500_000


def test_what_is_left_out_of_the_index_stays_on_the_page(site: Path) -> None:
    page = (site / "send/to-a-person/index.html").read_text("utf-8")
    assert "language-python" in page and "data-recorded" in page and "<template>" in page


def test_a_page_is_searched_by_its_description_too() -> None:
    page = (
        '<h1 id="a">A</h1><div class="language-python highlight"><pre>x = 1</pre></div><p>Text</p>'
    )
    assert searched(page, "B & C") == (
        '<h1 id="a">A</h1><p>B &amp; C</p><div class="language-python highlight"></div><p>Text</p>'
    )
    assert searched("<p>Text</p>", "B") == "<p>Text</p>"


@pytest.mark.parametrize("gone", BUILDS_ON)
def test_the_build_stops_when_the_worker_is_made_otherwise(gone: str) -> None:
    worker = "".join(BUILDS_ON)
    before, _, after = mended(worker).partition(worker)
    assert "documents.json" in before and "TokenSet" in after
    with pytest.raises(PluginError, match=r"see search\w*\.js"):
        mended(worker.replace(gone, ""))

"""What developers asked in public threads is answered where they would look, in words they search.

The questions were collected from issues and question-and-answer threads; each answer on the site
links the thread. `ANSWERS` says where: question number -> page#anchor, and the words of the symptom
that must stand on that page.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests.support.browsing import Screen
from tests.support.pages import pages
from tests.support.searching import opened

T = "troubleshooting"

ANSWERS: dict[int, tuple[str, str]] = {
    1: (f"{T}#never-stored", ""),
    3: (
        f"{T}#connector-client",
        "'CloudAdapter' object has no attribute 'create_connector_client'",
    ),
    5: (f"{T}#new-post", "channel_data"),
    7: (f"{T}#storing-a-reference", "'ConversationReference' object is not subscriptable"),
    9: (f"{T}#single-tenant", "APP_TENANTID"),
    11: (f"{T}#emulator", "PermissionError: Unauthorized. No valid identity"),
    13: (f"{T}#single-tenant", "MicrosoftAppType"),
    15: (f"{T}#chat-is-gone", "400 Bad Request"),
    17: (f"{T}#not-installed", "403 ForbiddenOperationException"),
    19: (f"{T}#bad-format", "Bad format of conversation ID"),
    21: (f"{T}#decrypt-conversation", "403 Failed to decrypt conversation id"),
    23: (f"{T}#blocked", "403 ConversationBlockedByUser"),
    25: (f"{T}#disabled-by-admin", "403 BotDisabledByAdmin: The tenant admin disabled this bot"),
    27: (f"{T}#blocked", "There is no event"),
    29: (f"{T}#too-fast", "429 Too Many Requests"),
    31: (f"{T}#thousands", "queue"),
    33: (f"{T}#too-fast", "429"),
    35: (f"{T}#thousands", "only a part arrives"),
    37: (f"{T}#too-fast", "SEND_ERRORS"),
    39: (f"{T}#no-service-url", "https://smba.trafficmanager.net/teams/"),
    41: (f"{T}#regional-url", "Forbidden"),
    43: (f"{T}#trusted-urls", "Authorization has been denied for this request"),
    45: (f"{T}#trusted-urls", "401"),
    47: (f"{T}#create-502", "502 Bad Gateway"),
    49: (f"{T}#several-tenants", "401 Unauthorized"),
    51: (f"{T}#outbound-401", "401"),
    53: (f"{T}#several-tenants", "31 July 2025"),
    55: (f"{T}#two-bots", "duplicates"),
    57: (f"{T}#outbound-401", "401"),
    59: (f"{T}#single-tenant", "channel_auth_tenant"),
    61: (f"{T}#graph-permissions", "Authorization_RequestDenied"),
    63: (f"{T}#graph-chat-id", "403"),
    65: (f"{T}#graph-welcome", "chat id"),
    67: (f"{T}#graph-group-chat", "installedApps"),
    69: (f"{T}#reinstalled", "membersAdded"),
    71: (f"{T}#everyone", "broadcast"),
    73: (f"{T}#meeting-chat", "19:meeting_"),
    75: (f"{T}#new-post-instead-of-reply", "replyToId"),
    77: ("send/reply-in-a-thread#how-it-works", "messageid="),
    79: (f"{T}#new-post-instead-of-reply", "root"),
    81: (f"{T}#update-later", "delete_activity"),
    83: (f"{T}#update-later", "service error"),
    85: (f"{T}#update-later", "update_activity"),
    87: (f"{T}#android-summary", "Sent a card"),
    89: (f"{T}#too-large", "413 MessageSizeTooBig"),
    91: (f"{T}#private-channels", "supportedChannelTypes"),
    93: (f"{T}#members-from-thread", "Not settled"),
    95: (f"{T}#never-stored", "webhook"),
    97: (f"{T}#create-is-silent", ""),
    99: (f"{T}#guests", "AclCheckFailed"),
    101: (f"{T}#agents-sdk", "continueConversation"),
    103: (f"{T}#agents-sdk", "401"),
    105: (f"{T}#which-sdk", "Teams SDK"),
    107: (f"{T}#teams-sdk", "401"),
    109: (f"{T}#teams-sdk", "SERVICE_URL"),
    111: (f"{T}#teams-sdk", "app.reply"),
    113: (f"{T}#timer", "scheduler"),
    115: (f"{T}#slow-answer", "GatewayTimeout"),
    117: (f"{T}#composer", "Not settled"),
    119: (f"{T}#which-store", "10,000"),
    121: (f"{T}#prune", "msteams"),
    123: (f"{T}#emulator", "Unauthorized"),
    125: (f"{T}#government-clouds", "Unauthorized"),
    127: (f"{T}#which-sdk", "test_samples/proactive"),
    129: (f"{T}#caller-id", "AttributeError: 'str' object has no attribute 'caller_id'"),
    131: (f"{T}#webhooks", "webhook"),
    133: (f"{T}#notify-one", "Teams icon"),
    135: (f"{T}#create-body", "POST"),
    137: (f"{T}#empty-403", "403 Forbidden"),
    139: (f"{T}#reading-an-error", "IndexError: tuple index out of range"),
    141: (f"{T}#thousands", "times out"),
}


# More of the same kind, collected later: where they are answered, and their symptom's words.
MORE: dict[str, str] = {
    "aadsts": "PermissionError: Failed to get access token",
    "agents-playground": "tunnel",
    "app-id": "unexpected keyword argument 'bot_id'",
    "backoff-sample": "HttpOperationError",
    "burst": "inside one turn",
    "buttons": "Action.Submit",
    "callback": "object NoneType can't be used in 'await' expression",
    "certificate": "certificate verify failed",
    "channel-ids": "channelData.channel.id",
    "company-communicator": "Viva Amplify",
    "copilot": "Microsoft 365 Copilot",
    "create-group": "group chat",
    "decrypt-conversation": "deleted the Teams channel",
    "email": "user principal name",
    "expire": "No page gives a date",
    "expired-token": "until a restart",
    "files": "Send a file",
    "from-anywhere": "asyncio.run() cannot be called from a running event loop",
    "graph-conflict": "409 Conflict",
    "graph-wait": "24 to 48 hours",
    "graph-empty-list": "403 Caller is not authorized",
    "line-breaks": "Markdown",
    "list-chats": "No call lists them",
    "managed-identity": "UserAssignedMSI",
    "mapping": "argument after ** must be a mapping, not NoneType",
    "mention-everyone": "mention everyone",
    "moving": "microsoft-agents-hosting-core",
    "no-alert": "banner",
    "no-event": "sent no event",
    "no-id": "DO_NOT_USE_PLACEHOLDER_ID",
    "notification-only": "isNotificationOnly",
    "now-and-then": "Precondition failed, please try again",
    "only-in-web-chat": "Works in Web Chat",
    "personal-in-channel": "A personal message was posted in a channel",
    "python-versions": "3.9 to 3.13",
    "read-receipts": "ChatMessageReadReceipt.Read.Chat",
    "rest-token": "https://api.botframework.com/.default",
    "same-chat": "installed again",
    "scheduled-403": "403",
    "secrets": "managed identity",
    "service-principal": "AADSTS7000229",
    "service-url-required": "CloudAdapter.create_conversation(): service_url is required",
    "silence": "IndexError: list index out of range",
    "start-a-dialog": "Begin a dialog proactively",
    "test-adapter": "TestAdapter",
    "tenant-none": "conversation.tenant_id is None",
    "twice": "The same message arrives twice",
}

# Where a page of its own answers it too: there the reader of that page finds it without a search.
ON_A_PAGE: dict[int, str] = {
    1: "prepare/remember#what-can-go-wrong",
    3: "prepare/message-members#what-can-go-wrong",
    5: "send/to-a-channel#what-can-go-wrong",
    7: "send/to-a-known-chat#store-a-reference-as-json",
    15: "prepare/ids#what-works-with-what",
    17: "prepare/install-first#do-you-need-this",
    19: "prepare/ids#bad-format",
    21: "prepare/ids#conversation-id",
    23: "well/who-left#what-can-go-wrong",
    25: "well/who-left#what-the-codes-mean",
    27: "well/who-left#is-there-an-event",
    29: "notebooks/pacing#what-this-asks-of-your-program",
    31: "well/several-machines#how-it-works",
    33: "notebooks/pacing#what-this-asks-of-your-program",
    35: "well/several-machines#where-its-limits-are",
    37: "well/broadcast#just-below-the-limit",
    41: "prepare/remember#one-row-a-conversation",
    43: "send/to-a-known-chat#how-it-works",
    55: "prepare/ids#new-app-id",
    61: "prepare/install-first#consent",
    63: "prepare/install-first#one-person",
    65: "prepare/install-first#what-can-go-wrong",
    67: "prepare/install-everywhere#group-chat",
    69: "well/guidelines#how-it-works",
    71: "prepare/install-everywhere#everyone",
    73: "send/to-a-group-chat#why-a-bot-cannot-make-a-group-chat",
    75: "send/reply-in-a-thread#my-reply-shows-as-a-new-post",
    77: "send/reply-in-a-thread#how-it-works",
    79: "send/reply-in-a-thread#my-reply-shows-as-a-new-post",
    81: "send/update-or-delete#outside-a-turn-from-three-strings",
    83: "send/update-or-delete#what-can-go-wrong",
    87: "send/mention-and-card#the-bot-sent-you-a-card-on-android",
    89: "send/mention-and-card#413-messagesizetoobig",
    91: "send/to-a-channel#shared-and-private-channels",
    93: "prepare/message-members#what-can-go-wrong",
    95: "well/notify#other-ways-to-start-a-send",
    99: "prepare/ids#guests",
    113: "well/scheduled#the-program",
    115: "well/slow-answer#the-bot-takes-longer-than-15-seconds",
    119: "prepare/remember#what-can-go-wrong",
    121: "prepare/remember#what-can-go-wrong",
    131: "send/reply-in-a-thread#my-reply-shows-as-a-new-post",
    133: "well/notify#why-not-the-endpoint-of-the-known-samples",
    139: "prepare/message-members#what-can-go-wrong",
    141: "well/scheduled#many-people",
}


def moved(site: Path) -> dict[str, str]:
    """The page below *Troubleshooting* that has a section now, by the section's anchor."""
    data = pages(site)[f"{T}/index.html"].select_one("[data-moved]")
    assert data
    found: dict[str, str] = json.loads(str(data["data-moved"]))
    return found


def place(site: Path, where: str) -> BeautifulSoup:
    """The page of a `page#anchor`, which has that anchor."""
    page, _, anchor = where.partition("#")
    if page == T:  # as links from before its sections moved have it
        page = f"{T}/{moved(site)[anchor]}".rstrip("/")
    built = pages(site)[f"{page}/index.html"]
    assert built.find(id=anchor), f"{where} is gone"
    return built


def section(heading: Tag) -> str:
    """The text of a heading and of what stands under it."""
    text = heading.get_text().removesuffix("¶")
    for sibling in heading.find_next_siblings():
        if sibling.name in ("h2", "h3"):
            break
        text += f" {sibling.get_text()}"
    return text


@pytest.mark.parametrize("question", ANSWERS)
def test_a_question_is_answered_in_the_words_of_its_symptom(site: Path, question: int) -> None:
    where, words = ANSWERS[question]
    article = place(site, where).select_one("article")
    assert article and words in " ".join(article.get_text().split())


@pytest.mark.parametrize("anchor", MORE)
def test_a_later_question_is_answered_in_its_section(site: Path, anchor: str) -> None:
    heading = place(site, f"{T}#{anchor}").find(id=anchor)
    assert heading and MORE[anchor] in " ".join(section(heading).split())


PASTED = {  # in the search box, as they come out of a log
    "'CloudAdapter' object has no attribute 'create_connector_client'": "connector-client",
    "TypeError: 'ConversationReference' object is not subscriptable": "storing-a-reference",
    "PermissionError: Unauthorized. No valid identity": "emulator",
    "AttributeError: 'str' object has no attribute 'caller_id'": "caller-id",
    "IndexError: tuple index out of range": "reading-an-error",
    "(BotDisabledByAdmin) The tenant admin disabled this bot": "disabled-by-admin",
    "AADSTS7000229: missing service principal in the tenant": "service-principal",
    "429 Too Many Requests": "too-fast",
    "(BotNotInConversationRoster)": "not-in-roster",
    "[MessageWritesBlocked]": "blocked",
    "Failed to decrypt conversation id": "prepare#conversation-id",  # its title, word by word
    "object NoneType can't be used in 'await' expression": "callback",
}


def test_the_search_finds_an_error_as_it_is_pasted(searching: Screen) -> None:
    best = (  # the first page of the results, and the two best of its sections
        "return [...document.querySelectorAll("
        "'.md-search-result__item:first-child .md-search-result__link')]"
        ".slice(0, 3).map(link => link.pathname.split('/').at(-3) + link.hash)"
    )
    box = opened(searching)
    for words, anchor in PASTED.items():
        searching.run(
            "const box = document.querySelector(arguments[1]);"
            "box.value = arguments[2];"
            "box.dispatchEvent(new Event('keyup', { bubbles: true }))",
            box,
            words,
        )
        expected = anchor if "#" in anchor else f"{T}#{anchor}"
        assert searching.value(best).has(expected), words


def test_the_pages_that_answer_too_have_their_anchors(site: Path) -> None:
    for where in ON_A_PAGE.values():
        place(site, where)


def test_low_confidence_is_said(site: Path) -> None:
    """What the threads left open is answered as not settled, with the way to find out."""
    for question in (93, 99, 117, 139):
        heading = place(site, ANSWERS[question][0]).find(id=ANSWERS[question][0].split("#")[1])
        assert heading and "not settled" in section(heading).lower(), question


def test_every_row_of_the_first_table_leads_somewhere(site: Path) -> None:
    table = pages(site)["troubleshooting/index.html"].select_one("article table")
    assert table and len(table.select("tbody tr")) >= 20
    assert all(row.select("a[href*='#']") for row in table.select("tbody tr"))

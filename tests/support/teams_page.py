"""The page of Local Teams, as tests use it, and a bot that says something there."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from urllib.parse import quote

from samples.local_teams.model.teams import Conversation
from samples.local_teams.testing import LocalTeams
from tests.support.browsing import Screen
from tests.support.waiting import Polled


class Page(Screen):
    """The page, open in the browser."""

    teams: LocalTeams

    @classmethod
    def of(cls, teams: LocalTeams, screen: Screen) -> Page:
        page = cls(screen)
        page.teams = teams
        return page

    def show(self, conversation: Conversation | None = None) -> Page:
        """Open the page with a conversation, or with that of the first person."""
        chosen = f"?conversation={quote(conversation.id)}" if conversation else ""
        self.open(f"{self.teams.service_url}{chosen}")
        assert self.text("#place-name") > ""
        return self

    def row(self, conversation: Conversation) -> Polled[str]:
        """What a screen reader tells of a row of the column."""
        return self.text(f"nav [data-id='{conversation.id}']", hidden=True)

    def names(self) -> Polled[list[str]]:
        """The rows of the column, top first, with what is noted of each."""
        return self.each("nav .name", "(one) => shown(one).replace('\\n', ' ')")

    def said(self, selector: str = ".said") -> Polled[list[str]]:
        """What the open conversation shows, a text a message."""
        return self.within("teams-conversation").texts(selector)


def say(teams: LocalTeams, conversation: Conversation, text: str, status: int = 201) -> None:
    """The bot says something, by one request."""
    path = f"v3/conversations/{quote(conversation.id, safe='')}/activities"
    body = json.dumps({"type": "message", "text": text}).encode()
    request = urllib.request.Request(
        teams.service_url + path, body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            result = answer.status
    except urllib.error.HTTPError as refused:
        result = refused.code
        refused.close()
    assert result == status

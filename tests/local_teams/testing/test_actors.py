"""People who act, and chats to read."""

from __future__ import annotations

import threading
import urllib.request
from urllib.parse import quote

import pytest

from samples.local_teams.testing import LocalTeams
from tests.support.waiting import DEADLINE


def test_people_do_what_people_do(teams: LocalTeams) -> None:
    barbara = teams.person("Barbara")
    added, installed = barbara.install()
    assert (added["type"], installed["action"]) == ("conversationUpdate", "add")
    assert teams.world.people[5].installed
    assert barbara.block() == barbara.unblock() == []
    assert barbara.remove()[-1]["action"] == "remove"
    assert not teams.world.people[5].installed
    [created] = teams.person("Ada").does("creates", "Engineering/Ideas")
    assert created["channelData"]["eventType"] == "channelCreated"
    assert teams.channel("Engineering/Ideas").messages == []


def test_what_was_said_where(teams: LocalTeams) -> None:
    ada, world = teams.person("Ada"), teams.world
    releases, party = teams.channel("Engineering/Releases"), teams.group("Launch party")
    assert (releases.id, party.id) == (
        world.teams[0].channels[1].id,
        world.group_chats[0].conversation.id,
    )
    assert teams.chat("Ada").id == world.personal_chat(world.people[0]).id
    ada.says("Version 2 is out", "Engineering/Releases")
    post = releases.messages[0]["id"]
    ada.says("And 2.1", "Engineering/Releases", reply_to=post)
    assert releases.messages[1]["conversation"]["id"] == f"{releases.id};messageid={post}"
    ada.says("Cake!", "Launch party")
    assert [m["text"] for m in party.messages] == ["Cake!"]
    assert releases.texts == party.texts == []  # the bot said nothing

    card = {"type": "AdaptiveCard", "body": []}
    conversation = world.teams[0].channels[1]
    attachments = [
        {"contentType": "application/vnd.microsoft.card.adaptive", "content": card},
        {"contentType": "image/png", "contentUrl": "https://contoso.example/a.png"},
    ]
    world.post(conversation, {"type": "message", "attachments": attachments})
    said = world.post(conversation, {"type": "message", "text": "Done"})
    assert (releases.texts, releases.cards) == (["Done"], [card])
    world.update(said, {"type": "message", "text": "Undone"})
    assert releases.texts == ["Undone"]
    world.delete(said)
    assert releases.texts == []


def test_a_name_that_nobody_has_is_named(teams: LocalTeams) -> None:
    for find in (teams.person, teams.chat):
        with pytest.raises(ValueError, match="Nobody is called 'Zoe'"):
            find("Zoe")
    for look in (teams.group, teams.channel):
        with pytest.raises(ValueError, match="called 'Engineering/Nowhere'"):
            look("Engineering/Nowhere")
    with pytest.raises(ValueError, match="called 'Nowhere'"):
        teams.person("Ada").install("Nowhere")


def test_a_bot_that_answers_after_its_turn_is_waited_for(teams: LocalTeams) -> None:
    """Nothing but the clock ends a wait for what never comes, so that wait is short."""
    chat, later = teams.chat("Ada"), threading.Event()

    def post() -> None:
        later.wait()
        chat_of = teams.world.personal_chat(teams.world.people[0])
        body = b'{"type": "message", "text": "it is done"}'
        request = urllib.request.Request(
            f"{teams.service_url}v3/conversations/{quote(chat_of.id, safe='')}/activities", body
        )
        urllib.request.urlopen(request).close()

    thread = threading.Thread(target=post)
    thread.start()
    with pytest.raises(TimeoutError, match="sent 0 of 1 messages to Ada Lovelace"):
        chat.wait_for(1, seconds=0.01)
    later.set()
    assert [m["text"] for m in chat.wait_for(1, seconds=DEADLINE)] == ["it is done"]
    thread.join()

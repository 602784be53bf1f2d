"""Who gets the message, and what the reader sees."""

from __future__ import annotations

import csv
from pathlib import Path

from samples.local_teams.model.faults import Fault
from samples.local_teams.testing import LocalTeams
from samples.runner.running import run
from samples.shared.conversations import Conversations
from tests.support.broadcasting import (
    ADA,
    BARBARA,
    DENNIS,
    GRACE,
    Broadcast,
    cards,
    ids,
    know,
    listing,
    message,
)


def test_the_story_of_the_page() -> None:
    """Ada and Grace get it; Alan said stop, and Dennis blocked the bot."""
    done = run("broadcast")
    assert done.complaint == ""
    assert done.printed == (
        "office-move: 2 sent, 1 failed\nNot sent: 1 x 403 MessageWritesBlocked\n  Dennis Ritchie\n"
    )


def test_everyone_in_the_store_gets_it_with_their_name_in_it(
    teams: LocalTeams, broadcast: Broadcast
) -> None:
    know(teams, ADA, GRACE)
    result = broadcast("send", "move")
    assert (result.status, result.out) == (0, "move: 2 sent\n")
    assert cards(teams, ADA) == [
        "Hello Ada Lovelace, please pack your desk by Friday at 17:00 UTC."
    ]
    chat = teams.world.personal_chat(teams.world.people[GRACE])
    assert chat.messages[0]["summary"] == "The London office moves on Monday"


def test_who_opted_out_gets_none(teams: LocalTeams, broadcast: Broadcast, tmp_path: Path) -> None:
    know(teams, ADA, GRACE)
    chat = teams.world.personal_chat(teams.world.people[GRACE])
    Conversations().opt_out(teams.world.tenant_id, chat.id)
    assert broadcast("send", "move").out == "move: 1 sent\n"
    result = broadcast("send", "again", "--to", listing(tmp_path, *ids(teams, GRACE)))
    assert result.out == "again: nobody to write to\n"
    assert cards(teams, GRACE) == []


def test_a_list_of_object_ids_reaches_those_whose_chat_is_not_kept(
    teams: LocalTeams, broadcast: Broadcast, tmp_path: Path
) -> None:
    know(teams, ADA)
    result = broadcast("send", "move", "--to", listing(tmp_path, *ids(teams, ADA, GRACE)))
    assert (result.status, result.out) == (0, "move: 2 sent\n")
    assert len(cards(teams, ADA)) == len(cards(teams, GRACE)) == 1
    created = [e for e in teams.wire if e.request.path.endswith("/v3/conversations")]
    assert len(created) == 1  # Ada's chat is known
    assert broadcast("send", "move", "--to", listing(tmp_path, *ids(teams, GRACE))).status == 0
    assert len(cards(teams, GRACE)) == 1


def test_a_column_is_a_field_and_a_quotation_mark_in_it_harms_nothing(
    teams: LocalTeams, broadcast: Broadcast, tmp_path: Path
) -> None:
    person = teams.world.people[ADA].aad_object_id
    people = listing(tmp_path, f'{person},"The ""blue"" room"', head="aad_object_id,room")
    text = '{"type": "message", "text": "You move to ${room}, ${name|friend}."}'
    broadcast("send", "move", "--to", people, "--message", message(tmp_path, text))
    [sent] = teams.world.personal_chat(teams.world.people[ADA]).messages
    assert sent["text"] == 'You move to The "blue" room, friend.'


def test_who_lacks_the_app_is_named_and_gets_it_once_it_is_there(
    teams: LocalTeams, broadcast: Broadcast, tmp_path: Path
) -> None:
    people = listing(tmp_path, *ids(teams, ADA, BARBARA))
    result = broadcast("send", "move", "--to", people)
    assert result.status == 1
    assert result.out == (
        "move: 1 sent, 1 failed\n"
        "App to be installed: 1 x 403 ForbiddenOperationException\n  Barbara Liskov\n"
    )
    teams.world.people[BARBARA].installed = True
    result = broadcast("send", "move", "--to", people, "--retry-failed")
    assert (result.status, result.out) == (0, "move: 2 sent\n")
    assert len(cards(teams, ADA)) == len(cards(teams, BARBARA)) == 1


def test_who_blocked_the_bot_is_marked(teams: LocalTeams, broadcast: Broadcast) -> None:
    know(teams, ADA, DENNIS)
    result = broadcast("send", "move")
    assert result.status == 0  # nobody has to see to that
    assert "Not sent: 1 x 403 MessageWritesBlocked\n  Dennis Ritchie\n" in result.out
    assert [chat.user_name for chat in Conversations().all() if chat.blocked] == ["Dennis Ritchie"]
    assert broadcast("send", "second").out == "second: 1 sent\n"


def test_who_blocked_the_bot_gets_no_second_chat(
    teams: LocalTeams, broadcast: Broadcast, tmp_path: Path
) -> None:
    """By their Entra object id: the chat that the first broadcast opened was kept, and marked."""
    people = listing(tmp_path, *ids(teams, DENNIS))
    broadcast("send", "move", "--to", people)
    requests = len(teams.wire)
    broadcast("send", "second", "--to", people)
    assert len(teams.wire) == requests


def test_a_chat_that_is_gone_is_created_again(teams: LocalTeams, broadcast: Broadcast) -> None:
    know(teams, ADA)
    teams.world.faults.append(Fault(status=404, code="ConversationNotFound", path="/activities"))
    assert broadcast("send", "move").out == "move: 1 sent\n"
    assert len(cards(teams, ADA)) == 1


def test_a_502_that_arrived_is_named_as_perhaps_twice(
    teams: LocalTeams, broadcast: Broadcast
) -> None:
    know(teams, ADA, GRACE)
    teams.world.faults.append(Fault(status=502, after=True))
    result = broadcast("send", "move", "--at-once", "1")
    [twice] = [n for n in (ADA, GRACE) if len(cards(teams, n)) == 2]
    name = teams.world.people[twice].name
    assert result.out == f"move: 2 sent\nSent, perhaps twice: 1 x 502 ServiceError\n  {name}\n"
    table = broadcast("report", "move", "--csv").out
    assert [row["name"] for row in csv.DictReader(table.splitlines())] == [name]


def test_or_it_is_left_and_named_when_twice_is_worse(
    teams: LocalTeams, broadcast: Broadcast
) -> None:
    know(teams, ADA)
    teams.world.faults.append(Fault(status=502, after=True))
    result = broadcast("send", "move", "--if-unsure", "leave")
    assert result.status == 1
    assert result.out == (
        "move: 1 perhaps sent\nPerhaps sent: 1 x 502 ServiceError\n  Ada Lovelace\n"
    )
    assert len(cards(teams, ADA)) == 1


def test_a_429_is_waited_for_and_told(teams: LocalTeams, broadcast: Broadcast) -> None:
    know(teams, ADA)
    teams.world.faults.append(Fault(status=429, retry_after=0))
    result = broadcast("send", "move")
    assert result.out == "move: 1 sent\n"
    assert "nothing goes for" in result.err and "Too many requests." in result.err


# -- pause, cancel, resume -------------------------------------------------------------------------

"""Who gets the message, and what the reader sees when nobody does."""

from __future__ import annotations

import pytest
from botbuilder.schema import ErrorResponseException

from samples.local_teams.model.exchange import Request
from samples.local_teams.model.people import Person
from samples.local_teams.services.dispatch import answer
from samples.local_teams.testing import LocalTeams
from samples.runner.running import start
from samples.send.to_person import message_person
from samples.shared.bot import connect

pytestmark = pytest.mark.usefixtures("environ")


def texts(teams: LocalTeams, person: Person) -> list[str]:
    return [message["text"] for message in teams.world.personal_chat(person).messages]


async def send(teams: LocalTeams, user_id: str, text: str = "Hello") -> str:
    reference = await message_person(
        connect(),
        service_url=teams.service_url,
        tenant_id=teams.world.tenant_id,
        user_id=user_id,
        text=text,
    )
    return str(reference.conversation.id)


def test_the_message_arrives_in_that_persons_chat_and_nowhere_else(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    start("to_person")
    ada = teams.world.people[0]
    assert texts(teams, ada) == ["The report you asked for is ready."]
    assert sum(len(c.messages) for c in teams.world.conversations()) == 1
    assert teams.world.personal_chat(ada).messages[0]["from"]["id"] == teams.world.bot_id
    assert capsys.readouterr().out == (
        f"Sent. Keep this conversation id: {teams.world.personal_chat(ada).id}\n"
    )


async def test_an_entra_object_id_reaches_the_same_chat(teams: LocalTeams) -> None:
    grace = teams.world.people[1]
    by_teams_id = await send(teams, grace.id, "first")
    by_object_id = await send(teams, grace.aad_object_id.upper(), "second")
    assert by_teams_id == by_object_id == teams.world.personal_chat(grace).id
    assert texts(teams, grace) == ["first", "second"]


async def test_the_person_need_not_have_a_chat_with_the_bot_yet(teams: LocalTeams) -> None:
    """A member of a team that has the app, without the personal install: the `29:` id is enough."""
    niklaus = teams.world.add_person("Niklaus Wirth", installed=False)
    teams.world.teams[0].channels[0].members.append(niklaus)
    await send(teams, niklaus.id)
    assert texts(teams, niklaus) == ["Hello"]
    with pytest.raises(ErrorResponseException, match="ForbiddenOperationException"):
        await send(teams, niklaus.aad_object_id)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "Barbara Liskov",
            "403 ForbiddenOperationException: Bot isn't installed in user's personal",
        ),
        ("Barbara Liskov", "Install the app for this person first"),
        ("Dennis Ritchie", "403 MessageWritesBlocked: Thread is blocked from message writes."),
        ("Dennis Ritchie", "blocked or uninstalled the bot"),
    ],
)
def test_a_refusal_is_told_with_what_to_do(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, name: str, expected: str
) -> None:
    person = next(p for p in teams.world.people if p.name == name)
    monkeypatch.setenv("TEAMS_USER_ID", person.id)
    with pytest.raises(SystemExit, match=expected):
        start("to_person")
    assert texts(teams, person) == []


@pytest.mark.parametrize("nobody", ["29:1nobody", "7f0fb1c6-0000-4000-8000-000000000000"])
def test_nobody_has_this_id(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch, nobody: str
) -> None:
    monkeypatch.setenv("TEAMS_USER_ID", nobody)
    result = "Failed to decrypt pairwise id" if nobody.startswith("29:") else "Install the app"
    with pytest.raises(SystemExit, match=result):
        start("to_person")


def test_another_tenants_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAMS_TENANT_ID", "7f0fb1c6-0000-4000-8000-000000000000")
    with pytest.raises(SystemExit, match="400 BadSyntax: Could not parse tenant id"):
        start("to_person")


def test_the_app_was_removed_since(teams: LocalTeams) -> None:
    """An uninstalled chat answers a send with BotNotInConversationRoster."""
    ada = teams.world.people[0]
    chat = teams.world.personal_chat(ada)
    ada.installed = False
    teams.world.teams[0].installed = False
    path = f"/v3/conversations/{chat.id}/activities"
    body = b'{"type": "message", "text": "Hi"}'
    refused = answer(teams.world, Request("POST", path, body=body))
    assert (refused.status, refused.json["error"]["code"]) == (403, "BotNotInConversationRoster")


def test_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalTeams() as gone:
        url = gone.service_url
    monkeypatch.setenv("TEAMS_SERVICE_URL", url)
    with pytest.raises(SystemExit, match=r"Not sent\.(.|\n)*Check TEAMS_SERVICE_URL"):
        start("to_person")


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("TEAMS_SERVICE_URL", "MicrosoftAppId"),  # nowhere to send without signing in
        ("TEAMS_TENANT_ID", "TEAMS_TENANT_ID"),
        ("TEAMS_USER_ID", "TEAMS_USER_ID"),
    ],
)
def test_a_missing_variable_is_named_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, missing: str, named: str
) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(SystemExit) as ended:
        start("to_person")
    assert str(ended.value) == (
        f"{named} is not set. To run without a tenant: python -m samples run to_person"
    )


def test_with_sessions_a_create_without_a_message_stops_and_says_what_to_do(
    teams: LocalTeams,
) -> None:
    teams.world.catalog[0].supports_sessions = True
    with pytest.raises(SystemExit, match=r"400 BadSyntax: Session creation(.|\n)*as `activity`"):
        start("to_person")
    assert teams.world.sessions == {}

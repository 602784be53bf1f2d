"""Everyone has the app and the message once, however it stops."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from samples.local_teams.model.faults import Fault
from samples.local_teams.model.limits import Limits
from samples.local_teams.testing import LocalTeams
from samples.prepare.install_for_everyone import MESSAGE, install_for_everyone
from samples.runner.running import start
from samples.shared.bot import connect
from samples.shared.bulk.outbox import Outbox
from samples.shared.bulk.rows import New
from samples.shared.conversations import Conversations
from samples.shared.graph import connect_graph

pytestmark = pytest.mark.usefixtures("environ")


def notified(teams: LocalTeams) -> list[str]:
    """Who was written to, each as often as they were."""
    world = teams.world
    return [
        chat.name
        for chat in world.conversations()
        for message in chat.messages
        if message["text"].startswith("Hello ") and message["from"]["id"] == world.bot_id
    ]


def run(*arguments: str, status: int = 0) -> None:
    with pytest.raises(SystemExit) as ended:
        start("install_for_everyone", *arguments)
    assert ended.value.code == status


def test_everyone_in_the_group_gets_the_app_and_one_message(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    dennis = teams.world.people[6]
    run("new-app")
    assert all(person.installed for person in teams.world.people)
    everyone = [person.name for person in teams.world.people if person is not dennis]
    assert sorted(notified(teams)) == sorted(everyone)
    assert capsys.readouterr().out == (
        "new-app: 6 installed and notified, 1 failed\n"
        "Not installed and notified: 1 x 403 MessageWritesBlocked\n"
        "  Dennis Ritchie\n"
    )
    run("new-app")  # again: nobody gets it twice
    assert sorted(notified(teams)) == sorted(everyone)


def test_a_file_says_who(teams: LocalTeams, tmp_path: Path) -> None:
    barbara, ada = teams.world.people[5], teams.world.people[0]
    people = tmp_path / "people.csv"
    people.write_text(
        f"name,aad_object_id\nBarbara,{barbara.aad_object_id}\nAda,{ada.aad_object_id}\n", "utf-8"
    )
    run("new-app", str(people))
    assert sorted(notified(teams)) == ["Ada Lovelace", "Barbara Liskov"] and barbara.installed
    text = teams.world.personal_chat(barbara).messages[0]["text"]
    assert text.startswith("Hello Barbara. IT gave you this app")


def test_a_list_that_is_wrong_installs_nothing(teams: LocalTeams, tmp_path: Path) -> None:
    barbara, ada = teams.world.people[5], teams.world.people[0]
    people = tmp_path / "people.csv"
    people.write_text(
        f'aad_object_id,name\n{barbara.aad_object_id},"Barbara\n{ada.aad_object_id},Ada\n', "utf-8"
    )
    with pytest.raises(SystemExit, match=r"people\.csv:2: the quotation marks do not match"):
        start("install_for_everyone", "new-app", str(people))
    assert notified(teams) == [] and not barbara.installed
    with pytest.raises(LookupError):
        Outbox().content("new-app")


def test_a_name_in_a_group_is_whatever_it_is(teams: LocalTeams) -> None:
    barbara = teams.world.people[5]
    barbara.name = 'Barbara "Huberman"\nLiskov'
    run("new-app")
    text = teams.world.personal_chat(barbara).messages[0]["text"]
    assert text.startswith(f"Hello {barbara.name}. IT gave")


def test_without_consent_it_stops_at_once_and_goes_on_later(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    role = "TeamsAppInstallation.ReadWriteSelfForUser.All"
    teams.world.granted -= {role}
    run("new-app", "--at-once", "1", status=75)
    said = capsys.readouterr().out
    assert said.startswith("Stopped. Microsoft Graph answered 403 Forbidden: Missing role")
    assert said.endswith("Run it again with the same name to go on.\n")
    installs = [e for e in teams.wire if e.request.method == "POST"]
    assert len(installs) == 1 and notified(teams) == []
    teams.world.granted |= {role}
    run("new-app")
    assert len(notified(teams)) == 6


def test_whom_a_policy_keeps_from_the_app_the_others_do_not_wait_for(
    teams: LocalTeams, capsys: pytest.CaptureFixture[str]
) -> None:
    """A policy is one person's; that nobody consented is everybody's."""
    barbara = teams.world.people[5]
    teams.world.catalog[0].blocked = {barbara.aad_object_id}
    run("new-app", status=1)
    assert len(notified(teams)) == 5 and not barbara.installed
    said = capsys.readouterr().out
    assert "1 x 403 Forbidden" in said and "  Barbara Liskov\n" in said
    teams.world.catalog[0].blocked.clear()
    run("new-app")  # who failed is tried again
    assert notified(teams).count("Barbara Liskov") == 1


def test_what_fails_for_a_moment_is_tried_again(
    teams: LocalTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samples.shared.retrying.random.uniform", lambda low, high: low)
    teams.world.faults = [
        Fault(status=429, retry_after=0.0, path="/installedApps"),
        Fault(status=504, after=True, path="/installedApps", method="POST"),
    ]
    run("new-app", "--at-once", "1")
    assert len(notified(teams)) == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("new-app", "nowhere.csv"), "nowhere.csv"),
        (("new-app",), "no app with the manifest id"),
    ],
)
def test_what_cannot_begin_says_why(
    teams: LocalTeams, arguments: tuple[str, ...], message: str
) -> None:
    if len(arguments) == 1:
        teams.world.catalog.clear()
    with pytest.raises(SystemExit, match=message):
        start("install_for_everyone", *arguments)
    assert notified(teams) == []


async def test_it_stays_below_what_graph_allows(teams: LocalTeams) -> None:
    """More people than Graph lets be installed in a second: none of them is refused."""
    world = teams.world
    people = [world.add_person(f"Person {n}", installed=False) for n in range(33)]
    world.limits = Limits(lambda: datetime.now(UTC))
    outbox = Outbox()
    address = {"service_url": teams.service_url, "bot_id": world.bot_id, "conversation_id": ""}
    outbox.add(
        "new-app",
        MESSAGE.text,
        [
            New(world.tenant_id, p.id, p.name, {**address, "person": p.aad_object_id, "fields": {}})
            for p in people
        ],
    )
    async with connect_graph() as graph:
        await install_for_everyone(
            connect(), graph, outbox, job="new-app", app_id=world.catalog[0].id
        )
    statuses = [e.response.status for e in teams.wire if "/v1.0/" in e.request.path]
    assert statuses == [201] * 33 and all(person.installed for person in people)
    assert outbox.counts("new-app") == {"done": 33}
    kept = {chat.aad_object_id for chat in Conversations().all("personal")}
    assert kept == {person.aad_object_id for person in people}

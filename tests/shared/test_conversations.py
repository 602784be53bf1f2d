"""What is remembered of an activity, and what outlives what."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botbuilder.schema import ConversationAccount
from sqlalchemy import MetaData, event

from samples.local_teams.model.world import World
from samples.local_teams.testing import LocalTeams
from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.shared.remembering import reference_of
from samples.shared.sending import send
from tests.support import ROOT
from tests.support.remembering import URL, activities, everywhere, ids, remember

# -- what is kept ----------------------------------------------------------------------------------


def test_a_personal_chat_is_kept_with_the_person(
    world: World, conversations: Conversations
) -> None:
    grace = world.people[1]
    assert remember(conversations, activities(world, "Grace Hopper", "says", "", "hi")) == [True]
    [kept] = conversations.all()
    assert (kept.id, kept.kind) == (world.personal_chat(grace).id, "personal")
    assert (kept.service_url, kept.bot_id) == (URL, world.bot_id)
    assert (kept.user_id, kept.aad_object_id) == (grace.id, grace.aad_object_id)
    assert (kept.user_name, kept.timezone) == ("Grace Hopper", "America/New_York")
    assert (kept.team_id, kept.opted_out) == (None, False)


def test_the_tenant_is_kept_although_the_sdk_drops_it(
    world: World, conversations: Conversations
) -> None:
    [said] = activities(world, "Ada Lovelace", "says", "", "hi")
    assert said.conversation.tenant_id is None
    conversations.remember(said)
    [kept] = conversations.all()
    assert kept.tenant_id == reference_of(kept).conversation.tenant_id == world.tenant_id


def test_an_install_in_a_team_is_nobodys_personal_address(
    world: World, conversations: Conversations
) -> None:
    ada, engineering = world.people[0], world.teams[0]
    remember(conversations, activities(world, "Ada Lovelace", "installs", "Engineering/Incidents"))
    incidents = engineering.channels[2]
    assert ids(conversations) == {incidents.id}  # the channel chosen, in both events
    for channel in conversations.all():
        assert (channel.kind, channel.team_id) == ("channel", engineering.id)
        assert (channel.user_id, channel.aad_object_id, channel.user_name) == (None, None, None)
    assert conversations.person(world.tenant_id, ada.id) is None
    assert conversations.person(world.tenant_id, ada.aad_object_id) is None
    remember(conversations, activities(world, "Ada Lovelace", "installs"))
    found = conversations.person(world.tenant_id, ada.id)
    assert found and found.id == world.personal_chat(ada).id


def test_the_name_comes_with_a_message_when_the_install_had_none(
    world: World, conversations: Conversations
) -> None:
    *_, installed = activities(world, "Grace Hopper", "installs")
    conversations.remember(installed)
    assert (conversations.all()[0].user_name, conversations.all()[0].timezone) == (None, None)
    remember(conversations, activities(world, "Grace Hopper", "says", "", "hi"))
    [kept] = conversations.all()
    assert (kept.user_name, kept.timezone) == ("Grace Hopper", "America/New_York")


def test_a_message_in_a_thread_is_kept_as_its_channel(
    world: World, conversations: Conversations
) -> None:
    hello = "<at>Contoso Notifier</at> hello"
    [said] = activities(world, "Alan Turing", "says", "Engineering/Releases", hello)
    assert ";messageid=" in said.conversation.id
    conversations.remember(said)
    assert ids(conversations) == {world.teams[0].channels[1].id}


def test_a_group_chat_is_kept_without_a_person(world: World, conversations: Conversations) -> None:
    hello = "<at>Contoso Notifier</at> hello"
    remember(conversations, activities(world, "Alan Turing", "says", "Launch party", hello))
    [kept] = conversations.all("groupChat")
    assert (kept.id, kept.user_id) == (world.group_chats[0].conversation.id, None)
    assert conversations.all("personal") == []


def test_each_activity_brings_the_service_url_up_to_date_and_leaves_the_rest(
    world: World, conversations: Conversations
) -> None:
    [first] = activities(
        world, "Ada Lovelace", "says", "", "hi", url="https://smba.trafficmanager.net/apac/"
    )
    [later] = activities(world, "Ada Lovelace", "says", "", "hi", url=URL)
    later.from_property.aad_object_id = None
    conversations.remember(first)
    conversations.opt_out(world.tenant_id, first.conversation.id)
    assert conversations.remember(later) is False
    [kept] = conversations.all()
    assert (kept.service_url, kept.opted_out) == (URL, True)
    assert kept.aad_object_id == world.people[0].aad_object_id
    conversations.opt_out(world.tenant_id, first.conversation.id, out=False)
    assert conversations.all()[0].opted_out is False


@pytest.mark.parametrize(
    "change",
    [
        {"channel_id": "webchat", "channel_data": None},
        {"channel_id": "webchat", "channel_data": "not even an object"},
        {"channel_data": None},
        {"channel_data": {"tenant": None}},
        {"conversation": None},
        pytest.param(
            {"conversation": ConversationAccount(id="", conversation_type="personal")}, id="no ID"
        ),
    ],
    ids=str,
)
def test_what_does_not_come_from_teams_is_left_alone(
    world: World, conversations: Conversations, change: dict[str, Any]
) -> None:
    [kept] = activities(world, "Ada Lovelace", "says", "", "hi")
    conversations.remember(kept)
    [other] = activities(world, "Grace Hopper", "says", "", "hi")
    for name, value in change.items():
        setattr(other, name, value)
    assert conversations.remember(other) is False
    assert conversations.forget_activity(other) == 0
    assert conversations.claim_greeting(other) is False
    assert ids(conversations) == {kept.conversation.id}


async def test_the_reference_reaches_the_chat(
    environ: dict[str, str], teams: LocalTeams, conversations: Conversations
) -> None:
    url = teams.service_url
    remember(conversations, activities(teams.world, "Alan Turing", "says", "", "hi", url=url))
    [kept] = conversations.all()
    await send(connect(), reference_of(kept), "Hello again")
    alan = teams.world.people[2]
    assert [m["text"] for m in teams.world.personal_chat(alan).messages] == ["hi", "Hello again"]


# -- looking up ------------------------------------------------------------------------------------


def test_a_person_is_found_by_either_id_in_their_tenant(
    world: World, conversations: Conversations
) -> None:
    ada, chat = world.people[0], world.personal_chat(world.people[0])
    remember(conversations, activities(world, "Ada Lovelace", "says", "", "hi"))
    for key in (ada.id, ada.aad_object_id, ada.aad_object_id.upper()):
        found = conversations.person(world.tenant_id, key)
        assert found and found.id == chat.id
    assert conversations.person(world.tenant_id, "29:1nobody") is None
    assert conversations.person("another tenant", ada.id) is None


def test_each_reads_a_chunk_at_a_time_and_people_are_found_by_their_object_ids(
    world: World, conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("samples.shared.conversations.CHUNK", 2)
    everywhere(world, conversations)
    assert [one.id for one in conversations.each()] == sorted(ids(conversations))
    ada, grace, alan = (person.aad_object_id for person in world.people[:3])
    found = conversations.people(world.tenant_id, [ada, grace, alan])
    assert {key: chat.user_name for key, chat in found.items()} == {
        ada: "Ada Lovelace",
        grace: "Grace Hopper",
    }
    assert conversations.people("another tenant", [ada]) == {}


def test_the_address_of_the_database_comes_from_the_environment(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONVERSATIONS_URL", raising=False)
    remember(Conversations(), activities(world, "Ada Lovelace", "says", "", "hi"))
    assert (tmp_path / "conversations.db").exists()
    monkeypatch.setenv("CONVERSATIONS_URL", f"sqlite:///{tmp_path}/other.db")
    assert Conversations().all() == []
    assert len(Conversations(f"sqlite:///{tmp_path}/conversations.db").all()) == 1


def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="unable to open database file"):
        Conversations(f"sqlite:///{tmp_path}/no/such/folder/conversations.db")


# -- forgetting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "where", "gone"),
    [
        ("Ada Lovelace", "", {"personal": 1}),
        ("Ada Lovelace", "Launch party", {"groupChat": 1}),
        ("Ada Lovelace", "Engineering", {"channel": 3}),
        ("Edsger Dijkstra", "Finance", {"channel": 1}),
    ],
)
def test_a_removal_is_forgotten_where_it_was_and_nowhere_else(
    world: World, conversations: Conversations, who: str, where: str, gone: dict[str, int]
) -> None:
    everywhere(world, conversations)
    before = {kind: len(conversations.all(kind)) for kind in ("personal", "groupChat", "channel")}
    *_, removed = activities(world, who, "removes", where)
    assert conversations.forget_activity(removed) == sum(gone.values())
    after = {kind: len(conversations.all(kind)) for kind in before}
    assert after == {kind: count - gone.get(kind, 0) for kind, count in before.items()}
    assert removed.conversation.id not in ids(conversations)
    assert conversations.forget_activity(removed) == 0  # Teams tells of a removal twice


def test_one_conversation_is_forgotten_by_its_id_and_tenant(
    world: World, conversations: Conversations
) -> None:
    everywhere(world, conversations)
    chat = world.personal_chat(world.people[0])
    conversations.forget("another tenant", chat.id)
    assert chat.id in ids(conversations)
    conversations.forget(world.tenant_id, chat.id)
    assert len(ids(conversations)) == 6 and chat.id not in ids(conversations)
    conversations.forget(world.tenant_id, chat.id)  # already gone


# -- several processes -----------------------------------------------------------------------------


def test_a_row_that_another_process_adds_in_between_is_brought_up_to_date(
    world: World, conversations: Conversations
) -> None:
    """SQLite queues writers, but PostgreSQL lets two of them find no row and both add it."""
    came: list[str] = []

    @event.listens_for(conversations._engine, "before_cursor_execute")
    def another_process(_: Any, cursor: Any, statement: str, values: Any, *__: Any) -> None:
        if statement.startswith("INSERT") and not came:
            came.append(statement)
            cursor.execute(statement, values)
            cursor.execute("UPDATE conversations SET service_url = 'old', user_name = 'old'")
            cursor.connection.commit()

    [said] = activities(world, "Ada Lovelace", "says", "", "hi")
    assert conversations.remember(said) is False
    [kept] = conversations.all()
    assert came and (kept.service_url, kept.user_name) == (URL, "Ada Lovelace")


def test_the_table_that_another_process_makes_at_the_same_moment(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = MetaData.create_all, []

    def too_late(self: MetaData, bind: Any, **options: Any) -> None:
        calls.append(bind)
        real(self, bind, **options)
        if len(calls) == 1:
            real(self, bind, checkfirst=False)  # the table is there by now

    monkeypatch.setattr(MetaData, "create_all", too_late)
    conversations = Conversations(f"sqlite:///{tmp_path}/conversations.db")
    assert len(calls) == 2
    assert remember(conversations, activities(world, "Ada Lovelace", "says", "", "hi")) == [True]


WRITER = """
import sys
from botbuilder.schema import Activity
from samples.shared.remembering import reference_of
from samples.shared.conversations import Conversations

name, url = sys.argv[1:]
activity = Activity().deserialize({
    "type": "message", "channelId": "msteams", "serviceUrl": f"https://smba.trafficmanager.net/{name}/",
    "from": {"id": "29:1ada", "name": "Ada Lovelace", "aadObjectId": "4f1c"},
    "recipient": {"id": "28:bot"}, "channelData": {"tenant": {"id": "contoso"}},
    "conversation": {"id": "", "conversationType": "personal"},
})
print("ready", flush=True)
sys.stdin.readline()
conversations = Conversations(url)
new = 0
for number in range(100):
    for chat in (f"a:shared-{number}", f"a:{name}-{number}"):
        activity.conversation.id = chat
        new += conversations.remember(activity)
print(new)
"""


@pytest.mark.parametrize(
    "any_database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.prove)], indirect=True
)
def test_two_processes_that_write_at_once_lose_nothing_and_raise_nothing(any_database: str) -> None:
    """2 × 200 activities; half of the conversations are the same. Each makes the table, too."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, name, any_database],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("first", "second")
    ]
    for writer in writers:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    result = [writer.communicate(timeout=100) for writer in writers]
    assert [errors for _, errors in result] == ["", ""]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert sum(int(output) for output, _ in result) == 300  # each conversation was new once
    kept = {conversation.id: conversation for conversation in Conversations(any_database).all()}
    assert set(kept) == {
        f"a:{whose}-{number}" for whose in ("shared", "first", "second") for number in range(100)
    }
    for conversation in kept.values():
        assert conversation.user_name == "Ada Lovelace" and conversation.opted_out is False

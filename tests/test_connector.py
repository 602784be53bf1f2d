"""samples/local_teams/connector.py: answers as live Teams answers, refusals included."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from samples.facts import refusals
from samples.local_teams.connector import answer
from samples.local_teams.http import Request, Response
from samples.local_teams.running import ticking
from samples.local_teams.world import World, contoso

BAD_CREATE = {"code": "BadSyntax", "message": "Incorrect conversation creation parameters"}


@pytest.fixture
def world() -> World:
    return contoso(clock=ticking())


def ask(world: World, method: str, path: str, body: Any = None) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
    return answer(world, Request(method, path, body=raw))


def create(world: World, **body: Any) -> Response:
    return ask(world, "POST", "/v3/conversations", body)


def personal(world: World, user_id: str, **more: Any) -> dict[str, Any]:
    tenant = {"channelData": {"tenant": {"id": world.tenant_id}}, "tenantID": world.tenant_id}
    return {"isGroup": False, "members": [{"id": user_id}], **tenant, **more}


def thread(channel_id: str, **more: Any) -> dict[str, Any]:
    return {"isGroup": True, "channelData": {"channel": {"id": channel_id}}, **more}


def said(text: str) -> dict[str, Any]:
    return {"type": "message", "text": text}


# -- create conversation, as recorded from live Teams (facts.toml, create-recorded) ----------------


def test_a_personal_chat_is_the_same_each_time_and_shows_nothing(world: World) -> None:
    ada = world.people[0]
    first = create(world, **personal(world, ada.id))
    again = create(world, **personal(world, ada.aad_object_id))
    assert (first.status, first.json) == (201, {"id": world.personal_chat(ada).id})
    assert again.json == first.json
    assert world.messages(first.json["id"]) == []
    assert first.headers["Content-Type"] == "application/json; charset=utf-8"
    assert first.headers["Server"] == "Microsoft-HTTPAPI/2.0"
    assert first.headers["MS-CV"] != again.headers["MS-CV"]


def test_a_first_activity_is_posted_and_gets_no_activity_id(world: World) -> None:
    body = personal(world, world.people[0].id, activity=said("Hello"))
    made = create(world, **body)
    create(world, **body)
    assert set(made.json) == {"id"}
    assert [m["text"] for m in world.messages(made.json["id"]) or []] == ["Hello", "Hello"]


def test_a_thread_is_its_first_message(world: World) -> None:
    channel = world.teams[0].channels[1]
    made = create(world, **thread(channel.id, activity=said("Disk full"), members=[{"id": "x"}]))
    root = made.json["activityId"]
    assert made.status == 201
    assert made.json == {"id": f"{channel.id};messageid={root}", "activityId": root}
    assert root == "1767603600000"  # the post's time in milliseconds
    reply = ask(
        world,
        "POST",
        f"/v3/conversations/{quote(made.json['id'], safe='')}/activities",
        said("Fixed"),
    )
    assert reply.status == 201
    assert [m["text"] for m in world.messages(made.json["id"]) or []] == ["Disk full", "Fixed"]
    create(world, **thread(channel.id, activity=said("Disk full again")))
    assert len(world.messages(channel.id) or []) == 3
    assert len(world.messages(made.json["id"]) or []) == 2


def test_a_message_to_the_channel_itself_starts_a_thread(world: World) -> None:
    channel = world.teams[0].channels[0]
    sent = ask(world, "POST", f"/v3/conversations/{channel.id}/activities", said("News"))
    assert world.messages(f"{channel.id};messageid={sent.json['id']}")


@pytest.mark.parametrize("members", [0, 2, 3])
@pytest.mark.parametrize("group", [True, False])
@pytest.mark.parametrize("more", [{}, {"topicName": "New"}, {"activity": said("Hello")}])
def test_a_bot_cannot_make_a_group_chat(
    world: World, members: int, group: bool, more: dict[str, Any]
) -> None:
    body = personal(world, "", **more)
    body |= {"isGroup": group, "members": [{"id": p.id} for p in world.people[:members]]}
    refused = create(world, **body)
    assert (refused.status, refused.json) == (400, {"error": BAD_CREATE})


def test_one_member_is_no_group_either(world: World) -> None:
    refused = create(world, **personal(world, world.people[0].id) | {"isGroup": True})
    assert (refused.status, refused.json) == (400, {"error": BAD_CREATE})


def test_a_thread_needs_its_first_message(world: World) -> None:
    refused = create(world, **thread(world.teams[0].channels[0].id))
    assert (refused.status, refused.json) == (400, {"error": BAD_CREATE})


@pytest.mark.parametrize("members", ["29:1", [None], [{}], [{"id": 7}], None, {}])
def test_members_that_are_none(world: World, members: Any) -> None:
    refused = create(world, **personal(world, "") | {"members": members})
    assert (refused.status, refused.json) == (400, {"error": BAD_CREATE})


@pytest.mark.parametrize("tenant", [None, "", 7, "00000000-0000-4000-8000-000000000000"])
def test_no_tenant_or_another(world: World, tenant: Any) -> None:
    body = {"members": [{"id": world.people[0].id}], "tenantId": tenant}
    refused = create(world, **body)
    assert refused.status == 400
    assert refused.json["error"] == {"code": "BadSyntax", "message": "Could not parse tenant id"}


@pytest.mark.parametrize("key", ["tenantId", "tenantID", "TENANTID"])
def test_the_case_of_a_key_does_not_matter(world: World, key: str) -> None:
    made = create(world, MEMBERS=[{"ID": world.people[0].id}], **{key: world.tenant_id.upper()})
    assert made.status == 201


# -- who cannot be written to ----------------------------------------------------------------------


def error(response: Response) -> tuple[int, str, str]:
    told = response.json["error"]
    return response.status, told["code"], told["message"]


def test_people_who_cannot_be_written_to(world: World) -> None:
    barbara = next(p for p in world.people if not p.installed)
    not_installed = (
        403,
        "ForbiddenOperationException",
        "Bot isn't installed in user's personal scope",
    )
    assert error(create(world, **personal(world, barbara.id))) == not_installed
    assert error(create(world, **personal(world, barbara.aad_object_id))) == not_installed
    nobody = "00000000-0000-4000-8000-000000000000"
    assert error(create(world, **personal(world, nobody))) == not_installed
    assert error(create(world, **personal(world, "29:1nobody"))) == (
        403,
        "BadArgument",
        "Failed to decrypt pairwise id",
    )
    assert error(create(world, **personal(world, f"29:{world.people[0].aad_object_id}"))) == (
        403,
        "BadArgument",
        "Failed to decrypt pairwise id",
    )


def test_who_blocked_the_bot_answers_in_a_shape_of_its_own(world: World) -> None:
    dennis = next(p for p in world.people if p.blocked)
    made = create(world, **personal(world, dennis.id))
    assert made.status == 201
    refused = ask(world, "POST", f"/v3/conversations/{made.json['id']}/activities", said("Hello"))
    assert (refused.status, refused.json["errorCode"]) == (403, 209)
    assert json.loads(refused.json["message"]) == {
        "subCode": "MessageWritesBlocked",
        "details": "Thread is blocked from message writes.",
        "errorCode": None,
        "errorSubCode": None,
    }
    assert world.messages(made.json["id"]) == []


def test_where_the_app_is_not(world: World) -> None:
    told = (403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
    chat, team = world.group_chats[1].conversation, world.teams[1]
    path = f"/v3/conversations/{quote(chat.id)}/activities"
    assert error(ask(world, "POST", path, said("Hello"))) == told
    assert error(create(world, **thread(team.id, activity=said("Hello")))) == told


@pytest.mark.parametrize(
    "conversation", ["a:1nowhere", "19:nowhere@thread.v2", "{channel};messageid=1"]
)
def test_conversations_that_are_not_there(world: World, conversation: str) -> None:
    conversation = conversation.format(channel=world.teams[0].id)
    path = f"/v3/conversations/{quote(conversation, safe='')}/activities"
    gone = (404, "ConversationNotFound", "Conversation not found.")
    assert error(ask(world, "POST", path, said("Hello"))) == gone
    assert world.messages(conversation) is None


def test_threads_start_in_channels_only(world: World) -> None:
    chat = world.group_chats[0].conversation
    for channel in (chat.id, "19:nowhere@thread.tacv2"):
        refused = create(world, **thread(channel, activity=said("Hello")))
        assert error(refused)[:2] == (404, "ConversationNotFound")


# -- what the bot sent, and who is there -----------------------------------------------------------


def test_a_message_is_updated_and_deleted(world: World) -> None:
    ada = world.people[0]
    chat = world.personal_chat(ada)
    sent = ask(world, "POST", f"/v3/conversations/{chat.id}/activities", said("Draft")).json["id"]
    path = f"/v3/conversations/{chat.id}/activities/{sent}"
    changed = ask(world, "PUT", path, said("Final"))
    assert (changed.status, changed.json) == (200, {"id": sent})
    [message] = chat.messages
    assert (message["text"], message["edited"], message["id"]) == ("Final", True, sent)
    assert message["from"]["id"] == world.bot_id
    deleted = ask(world, "DELETE", path)
    assert (deleted.status, deleted.body) == (200, b"")
    assert message["deleted"] and "text" not in message
    gone = (404, "ActivityNotFoundInConversation", "Conversation not found.")
    assert error(ask(world, "PUT", path, said("Again"))) == gone
    assert error(ask(world, "DELETE", path)) == gone
    assert error(ask(world, "DELETE", f"{path}0")) == gone


def test_a_text_and_a_card_become_two_messages_without_an_id(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    both = said("Hello") | {"attachments": [{"content": {}}]}
    sent = ask(world, "POST", f"/v3/conversations/{chat.id}/activities", both)
    assert (sent.status, sent.body) == (201, b"")
    text, card = chat.messages
    assert text["text"] == "Hello" and "attachments" not in text
    assert card["attachments"] == [{"content": {}}] and "text" not in card


def test_a_message_over_100_kilobytes_of_utf_16_is_refused(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    frame = len(json.dumps(said("")))
    fits = said("x" * (100 * 1024 // 2 - frame))
    assert ask(world, "POST", path, fits).status == 201
    over = ask(world, "POST", path, said(fits["text"] + "x"))
    assert error(over) == (413, "MessageSizeTooBig", "Message size too large.")
    assert len(chat.messages) == 1


def test_only_its_own_messages(world: World) -> None:
    ada = world.people[0]
    chat = world.personal_chat(ada)
    hers = world.post(chat, said("Mine"), sender=ada)
    path = f"/v3/conversations/{chat.id}/activities/{hers['id']}"
    assert error(ask(world, "PUT", path, said("Yours")))[:2] == (403, "NotEnoughPermissions")
    assert hers["text"] == "Mine"


def test_the_roster_of_nothing(world: World) -> None:
    refused = ask(world, "GET", "/v3/conversations/a%3A1nowhere/members")
    assert error(refused)[:2] == (404, "ConversationNotFound")


def test_the_roster(world: World) -> None:
    ada, team = world.people[0], world.teams[0]
    everyone = ask(world, "GET", f"/v3/conversations/{quote(team.id)}/members")
    assert [m["name"] for m in everyone.json] == [p.name for p in team.channels[0].members]
    assert everyone.json[0] == {
        "id": ada.id,
        "name": "Ada Lovelace",
        "objectId": ada.aad_object_id,
        "aadObjectId": ada.aad_object_id,
        "givenName": "Ada",
        "surname": "Lovelace",
        "email": "ada.lovelace@contoso.example",
        "userPrincipalName": "ada.lovelace@contoso.example",
        "tenantId": world.tenant_id,
        "userRole": "user",
    }
    for key in (ada.id, ada.aad_object_id.upper(), "Ada.Lovelace@contoso.example"):
        one = ask(world, "GET", f"/v3/conversations/{quote(team.id)}/members/{quote(key)}")
        assert one.json == everyone.json[0]
    nobody = ask(world, "GET", f"/v3/conversations/{quote(team.id)}/members/nobody")
    assert error(nobody)[:2] == (404, "MemberNotFoundInConversation")


@pytest.mark.parametrize(
    ("asked", "sizes"),
    [("", [200, 30]), ("pageSize=100", [100, 100, 30]), ("pageSize=2", [50] * 4 + [30])],
)
def test_the_roster_in_pages(world: World, asked: str, sizes: list[int]) -> None:
    people = [world.add_person(f"Person {n}") for n in range(230)]
    team = world.add_team("Everyone", *people)
    path = f"/v3/conversations/{quote(team.id)}/pagedmembers?{asked}"
    names, found, token = [], [], ""
    while True:
        page = ask(world, "GET", f"{path}&continuationToken={token}").json
        found.append(len(page["members"]))
        names += [m["name"] for m in page["members"]]
        if not (token := page.get("continuationToken")):
            break
    assert found == sizes
    assert names == [p.name for p in people]


def test_a_page_that_makes_no_sense(world: World) -> None:
    path = f"/v3/conversations/{quote(world.teams[0].id)}/pagedmembers?pageSize=many"
    assert error(ask(world, "GET", path))[:2] == (400, "Bad Argument")


def test_a_team_and_its_channels(world: World) -> None:
    team = world.teams[0]
    general, *others = team.channels
    assert ask(world, "GET", f"/v3/teams/{quote(team.id)}").json == {
        "id": team.id,
        "name": "Engineering",
        "channelCount": 3,
        "memberCount": 4,
    }
    channels = ask(world, "GET", f"/v3/teams/{quote(team.id)}/conversations").json
    assert channels["conversations"] == [
        {"id": general.id},
        *({"id": channel.id, "name": channel.name} for channel in others),
    ]
    chat = world.group_chats[0].conversation.id
    for path in (f"/v3/teams/{quote(chat)}", f"/v3/teams/{quote(chat)}/conversations"):
        assert error(ask(world, "GET", path))[:2] == (404, "ConversationNotFound")
    finance = quote(world.teams[1].id)
    assert error(ask(world, "GET", f"/v3/teams/{finance}"))[:2] == (
        403,
        "BotNotInConversationRoster",
    )


# -- requests that make no sense -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("GET", "/v3/conversations", b"", (405, "MethodNotAllowed")),
        ("DELETE", "/v3/conversations", b"", (405, "MethodNotAllowed")),
        ("GET", "/v3/nothing", b"", (404, "NotFound")),
        ("POST", "/v3/conversations", b"", (400, "BadSyntax")),
        ("POST", "/v3/conversations", b"{", (400, "BadSyntax")),
        ("POST", "/v3/conversations", b"\xff", (400, "BadSyntax")),
        ("POST", "/v3/conversations", b"[]", (400, "BadSyntax")),
        ("POST", "/v3/conversations", b'"hello"', (400, "BadSyntax")),
        ("POST", "/v3/conversations/a:1/activities", b"{}", (404, "ConversationNotFound")),
    ],
)
def test_nonsense_is_refused(
    world: World, method: str, path: str, body: bytes, told: tuple[int, str]
) -> None:
    assert error(ask(world, method, path, body))[:2] == told


@pytest.mark.parametrize("activity", [{"text": "no type"}, {"type": 7}])
def test_an_activity_needs_a_type(world: World, activity: dict[str, Any]) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    assert error(ask(world, "POST", path, activity))[:2] == (400, "BadSyntax")
    assert chat.messages == []


# -- purity ----------------------------------------------------------------------------------------


def test_two_runs_give_the_same_bytes() -> None:
    def run() -> list[tuple[int, dict[str, str], bytes]]:
        world = contoso(clock=ticking())
        chat = world.personal_chat(world.people[0])
        asked = [
            create(world, **personal(world, world.people[0].id)),
            ask(world, "POST", f"/v3/conversations/{chat.id}/activities/x", said("Hello")),
            create(world, **thread(world.teams[0].id, activity=said("Hello"))),
            create(world, **personal(world, "29:1nobody")),
        ]
        return [(r.status, dict(r.headers), r.body) for r in asked]

    assert run() == run()


def test_two_posts_in_the_same_millisecond_get_two_ids() -> None:
    moment = ticking()()
    world = contoso(clock=lambda: moment)
    chat = world.personal_chat(world.people[0])
    ids = {world.post(chat, said("Hello"))["id"] for _ in range(3)}
    assert len(ids) == 3


def test_ids_have_the_shapes_that_teams_uses(world: World) -> None:
    told = world.as_json("http://127.0.0.1/")
    guid = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(guid, told["tenantId"])
    assert re.fullmatch(f"28:{guid}", told["bot"]["id"])
    assert told["bot"]["id"] == f"28:{told['bot']['appId']}"
    for person in told["people"]:
        assert re.fullmatch(r"29:1[\w-]{43}", person["id"])
        assert re.fullmatch(guid, person["aadObjectId"])
        assert person["chatId"] is None or re.fullmatch(r"a:1[\w-]{86}", person["chatId"])
    for chat in told["groupChats"]:
        assert re.fullmatch(r"19:[0-9a-f]{32}@thread\.v2", chat["id"])
        assert set(chat["members"]) <= {p["id"] for p in told["people"]}
    for team in told["teams"]:
        assert team["id"] == team["channels"][0]["id"]
        assert all(
            re.fullmatch(r"19:[0-9a-f]{32}@thread\.tacv2", c["id"]) for c in team["channels"]
        )


def test_contoso_has_everyone_the_guide_needs(world: World) -> None:
    reachable = [p for p in world.people if p.installed and not p.blocked]
    assert len(reachable) >= 5
    assert [p.installed for p in world.people].count(False) == 1
    assert [p.blocked for p in world.people].count(True) == 1
    assert [c.installed for c in world.group_chats] == [True, False]
    assert [(t.installed, len(t.channels)) for t in world.teams] == [(True, 3), (False, 1)]


def test_every_refusal_above_is_a_row_of_the_table() -> None:
    known = {(row.status, row.code, row.text) for row in refusals()}
    assert {
        (400, BAD_CREATE["code"], BAD_CREATE["message"]),
        (400, "BadSyntax", "Could not parse tenant id"),
        (403, "ForbiddenOperationException", "Bot isn't installed in user's personal scope"),
        (403, "BadArgument", "Failed to decrypt pairwise id"),
        (403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."),
        (403, "MessageWritesBlocked", "Thread is blocked from message writes."),
        (404, "ConversationNotFound", "Conversation not found."),
    } <= known

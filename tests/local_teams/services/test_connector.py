"""Answers as live Teams answers, refusals included."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from samples.facts import refusals
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.world import World, contoso
from samples.local_teams.services.connector import answer
from samples.runner.recording import ticking

BAD_CREATE = {"code": "BadSyntax", "message": "Incorrect conversation creation parameters"}


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


# -- states that refuse ----------------------------------------------------------------------------


def send(world: World, conversation_id: str, text: str = "Hello", *, at: str = "") -> Response:
    path = f"{at}/v3/conversations/{quote(conversation_id, safe='')}/activities"
    return ask(world, "POST", path, said(text))


def test_an_administrator_blocks_the_app(world: World) -> None:
    world.disabled_by_admin = True
    chat = world.personal_chat(world.people[0])
    told = (403, "BotDisabledByAdmin", "The tenant admin disabled this bot")
    assert error(send(world, chat.id)) == told
    assert error(create(world, **personal(world, world.people[0].id))) == told
    assert chat.messages == []


def test_a_tenant_of_gcc_is_served_at_its_own_host(world: World) -> None:
    world.cloud = "GCC"
    chat = world.personal_chat(world.people[0])
    assert error(send(world, chat.id))[:2] == (403, "InvalidBotApiHost")
    assert error(send(world, chat.id, at="/amer"))[:2] == (403, "InvalidBotApiHost")
    assert send(world, chat.id, at="/gcc").status == 201


def test_a_region_may_stand_in_the_service_url(world: World) -> None:
    assert send(world, world.personal_chat(world.people[0]).id, at="/amer").status == 201


def test_a_moderated_channel_keeps_the_bot_out(world: World) -> None:
    channel = world.teams[0].channels[1]
    sent = send(world, channel.id).json["id"]
    channel.moderated = True
    told = (403, "ConversationBlockedByUser", "User blocked the conversation with the bot.")
    assert error(send(world, channel.id)) == told
    path = f"/v3/conversations/{quote(channel.id)}/activities/{sent}"
    assert error(ask(world, "PUT", path, said("Changed"))) == told
    assert [m["text"] for m in channel.messages] == ["Hello"]


def test_channels_and_teams_come_and_go(world: World) -> None:
    team = world.teams[0]
    channel = world.add_channel(team, "Retrospectives")
    assert send(world, channel.id).status == 201
    world.remove_channel(channel)
    assert error(send(world, channel.id))[:2] == (404, "ConversationNotFound")
    path = f"/v3/teams/{quote(team.id)}"
    world.remove_team(team)
    assert team not in world.teams
    assert error(ask(world, "GET", path))[:2] == (404, "ConversationNotFound")


def test_who_sees_a_message(world: World) -> None:
    chat = world.group_chats[0].conversation
    sent = send(world, chat.id).json["id"]
    path = f"/v3/conversations/{quote(chat.id)}/activities"
    seen = ask(world, "GET", f"{path}/{sent}/members")
    assert [m["name"] for m in seen.json] == [p.name for p in chat.members]
    assert error(ask(world, "GET", f"{path}/1/members"))[:2] == (
        404,
        "ActivityNotFoundInConversation",
    )


def test_the_roster_of_a_chat_comes_whole(world: World) -> None:
    people = [world.add_person(f"Person {n}") for n in range(60)]
    chat = world.add_group_chat("Sixty", *people).conversation
    page = ask(world, "GET", f"/v3/conversations/{quote(chat.id)}/pagedmembers?PageSize=50").json
    assert len(page["members"]) == 60 and "continuationToken" not in page


@pytest.mark.parametrize("token", ["-1", "5", "x"])
def test_a_continuation_token_of_another_roster(world: World, token: str) -> None:
    path = f"/v3/conversations/{quote(world.teams[0].id)}/pagedmembers?continuationToken={token}"
    assert error(ask(world, "GET", path))[:2] == (400, "Bad Argument")


def test_the_id_of_another_channel_names_no_team(world: World) -> None:
    channel = world.teams[0].channels[1]
    assert error(ask(world, "GET", f"/v3/teams/{quote(channel.id)}"))[0] == 404


# -- bodies that make no sense, and bodies that do -------------------------------------------------


@pytest.mark.parametrize(
    ("activity", "wrong"),
    [
        ({"type": "message"}, "The message has neither text nor attachments"),
        ({"text": "Hello"}, "Unknown activity type None"),
        ({"type": "trace", "text": "Hello"}, "Unknown activity type 'trace'"),
        ({"type": 5}, "type of the activity is not a text"),
        ({"type": "message", "text": 5}, "text of the activity is not a text"),
        ({"type": "message", "attachments": {}}, "attachments of the activity is not a list"),
        ({"type": "message", "channelData": []}, "channelData of the activity is not a JSON"),
        ({"type": "message", "text": "", "entities": [1]}, "entities of the activity has more"),
    ],
)
def test_an_activity_that_is_none_is_not_kept(
    world: World, activity: dict[str, Any], wrong: str
) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    sent = send(world, chat.id).json["id"]
    for method, where in (("POST", path), ("PUT", f"{path}/{sent}")):
        status, code, text = error(ask(world, method, where, activity))
        assert (status, code) == (400, "BadSyntax") and text.startswith(wrong)
    assert [m["text"] for m in chat.messages] == ["Hello"]
    thread_of = thread(world.teams[0].id, activity=activity)
    assert error(create(world, **thread_of))[:2] == (400, "BadSyntax")


def test_a_first_activity_that_is_no_object(world: World) -> None:
    refused = create(world, **personal(world, world.people[0].id, activity="Hello"))
    assert error(refused) == (400, "BadSyntax", "The activity is not a JSON object")


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"text": NaN}', b"\xff", b"[]"])
def test_a_body_that_is_no_json_object(world: World, body: bytes) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    refused = answer(world, Request("POST", path, body=body))
    assert error(refused)[:2] == (400, "BadSyntax")


def test_half_a_surrogate_pair_is_no_failure(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    body = b'{"type": "message", "text": "\\ud800"}'
    assert answer(world, Request("POST", path, body=body)).status == 201


def test_fields_in_any_case_are_read_and_unknown_ones_kept(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    card = {"CONTENTTYPE": "application/vnd.microsoft.card.adaptive", "Content": {"x": 1}}
    ask(
        world,
        "POST",
        f"/v3/conversations/{chat.id}/activities",
        {"TYPE": "message", "Attachments": [card], "myOwn": {"Field": 7}},
    )
    [message] = chat.messages
    assert message["attachments"] == [{"contentType": card["CONTENTTYPE"], "content": {"x": 1}}]
    assert message["myOwn"] == {"Field": 7}


def test_typing_is_shown_and_not_kept(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    typing = ask(world, "POST", path, {"type": "typing"})
    assert (typing.status, typing.body, chat.messages) == (202, b"", [])
    world.people[0].blocked = True
    assert ask(world, "POST", path, {"type": "typing"}).status == 403


def test_a_picture_inside_a_message_does_not_count_for_its_size(world: World) -> None:
    chat = world.personal_chat(world.people[0])
    picture = "data:image/png;base64," + "A" * 200_000
    image = {"contentType": "image/png", "contentUrl": picture}
    path = f"/v3/conversations/{chat.id}/activities"
    body = {"type": "message", "attachments": [image]}
    assert ask(world, "POST", path, body).status == 201
    image["name"] = "x" * 60_000
    assert error(ask(world, "POST", path, body))[:2] == (413, "MessageSizeTooBig")


def test_a_slash_at_the_end_means_nothing(world: World) -> None:
    assert create(world, **personal(world, world.people[0].id)).status == 201
    path = f"/v3/conversations/{quote(world.teams[0].id)}/members/"
    assert ask(world, "GET", path).status == 200


@pytest.mark.parametrize(
    "path", ["/v3", "/v3/", "/v3/other", "/v3/conversations/a/b/c", "/x/y/v3/z"]
)
def test_a_route_that_is_none(world: World, path: str) -> None:
    assert error(ask(world, "GET", path))[:2] == (404, "NotFound")


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT", "OPTIONS", "BREW"])
def test_a_method_that_is_none(world: World, method: str) -> None:
    refused = error(ask(world, method, "/v3/conversations", {}))
    assert refused == (
        405,
        "MethodNotAllowed",
        f"The requested resource does not support {method}.",
    )

"""Graph's published examples, its refusals, and what the bot hears.

`graph_examples.json` has the requests and answers of the examples in Graph's reference, and the
refusals that people reported, each with its source and with what must be there for it. `<…>` stands
for what a server makes up; the text around the dots is compared.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from samples.local_teams.model.catalog import App, Group
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.faults import Fault
from samples.local_teams.model.limits import Limits
from samples.local_teams.model.world import Conversation, GroupChat, Person, World, contoso
from samples.local_teams.services.connector import answer
from samples.local_teams.services.graph.parts import GRAPH
from samples.local_teams.services.graph.service import graph
from samples.runner.recording import ticking

EXAMPLES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("graph_examples.json").read_text("utf-8")
)
SHAPES = {
    "<opaque>": r"[A-Za-z0-9+/]+={0,2}",
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    "<date>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    "<guid>": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "<seconds>": r"\d+(\.\d+)?",
    "<json>": r"application/json.*",
}


def differences(published: Any, answered: Any, where: str = "") -> list[str]:
    """What of a published answer is not in ours, field by field."""
    if isinstance(published, dict) and isinstance(answered, dict):
        return [
            line
            for key, value in published.items()
            for line in (
                differences(value, answered[key], f"{where}/{key}")
                if key in answered
                else [f"{where}/{key} is missing"]
            )
        ]
    if isinstance(published, list) and isinstance(answered, list):
        if len(published) != len(answered):
            return [f"{where} has {len(answered)} for {len(published)}"]
        pairs = enumerate(zip(published, answered, strict=True))
        return [line for n, (a, b) in pairs for line in differences(a, b, f"{where}/{n}")]
    if isinstance(published, str) and published.startswith("<"):
        shape = SHAPES.get(published) or ".+".join(map(re.escape, published[1:-1].split("…")))
        if isinstance(answered, str) and re.fullmatch(shape, answered):
            return []
    return [] if published == answered else [f"{where} is {answered!r}, not {published!r}"]


def build(told: dict[str, Any]) -> World:
    """The world that an example supposes: nothing else is in it."""
    world = World(clock=ticking())
    for person in told.get("people", []):
        made = world.add_person(person["name"], installed=False, aad_object_id=person["id"])
        made.profile = person.get("profile", {})
    for chat in told.get("chats", []):
        members = [p for p in world.people if p.aad_object_id in chat["members"]]
        conversation = Conversation(chat["id"], "groupChat", chat["topic"] or "", members)
        world.add_chat(GroupChat(conversation, False, chat["topic"], chat.get("created", "-")))
    for team in told.get("teams", []):
        world.add_team(team["name"], installed=False, aad_group_id=team["id"])
    groups = {g["id"]: Group(g["id"], g["name"]) for g in told.get("groups", [])}
    for group in told.get("groups", []):
        made_group = groups[group["id"]]
        made_group.members = [p for p in world.people if p.aad_object_id in group["members"]]
        made_group.groups = [groups[inner] for inner in group.get("groups", [])]
    world.groups = list(groups.values())
    world.catalog = [catalog_app(app) for app in told.get("apps", [])]
    world.granted = set(told.get("granted", world.granted))
    if told.get("throttled"):
        world.limits = Limits(lambda: world_time)
        for _ in range(30):
            assert ask(world, "GET", "/v1.0/appCatalogs/teamsApps").status == 200
    return world


world_time = ticking()()


def catalog_app(told: dict[str, Any]) -> App:
    consented = [tuple(one) for one in told.get("consented", [])]
    more = {key: told[key] for key in told if key not in ("installed", "consented")}
    more["permissions"] = [tuple(one) for one in told.get("permissions", [])]
    more["blocked"] = set(told.get("blocked", []))
    return App(**more, installed={where: consented for where in told.get("installed", [])})


def ask(
    world: World,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> Response:
    sent = b"" if body is None else json.dumps(body).encode()
    return graph(world, Request(method, quote(path, safe="/?&=$'():,@%+"), headers or {}, sent))


@pytest.mark.parametrize("example", EXAMPLES, ids=[one["name"] for one in EXAMPLES])
def test_a_published_example_is_answered_field_by_field(example: dict[str, Any]) -> None:
    world = build(example.get("world", {}))
    method, _, path = example["request"]["line"].partition(" ")
    answered = ask(world, method, path, example["request"].get("body"))
    assert answered.status == example["status"], answered.json
    assert differences(example.get("headers", {}), dict(answered.headers)) == []
    assert differences(example["answer"], answered.json) == []


def test_the_comparison_of_examples_can_fail() -> None:
    assert differences({"a": [{"b": 1}], "c": "<guid>"}, {"a": [{"b": 2}], "c": "no"}) == [
        "/a/0/b is 2, not 1",
        "/c is 'no', not '<guid>'",
    ]
    assert differences({"a": 1}, {}) == ["/a is missing"]
    assert differences([1], []) == [" has 0 for 1"]


# -- the same world ----------------------------------------------------------------------------


def bind(world: World) -> dict[str, str]:
    """The body that installs the bot's own app."""
    app = world.catalog[0].id
    return {"teamsApp@odata.bind": f"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{app}"}


def of(world: World, name: str) -> Person:
    return next(person for person in world.people if person.name == name)


def code(answered: Response) -> tuple[int, str]:
    return answered.status, answered.json["error"]["code"]


def heard(world: World) -> list[tuple[str, str]]:
    """What the bot is told, and where; and forget it."""
    told = [(a["type"], a["conversation"]["conversationType"]) for a in world.pending]
    world.pending.clear()
    return told


def test_an_install_for_a_person_opens_their_chat_to_the_bot_and_tells_it(world: World) -> None:
    barbara = of(world, "Barbara Liskov")
    create = json.dumps(
        {"members": [{"id": barbara.aad_object_id}], "tenantId": world.tenant_id}
    ).encode()
    refused = answer(world, Request("POST", "/v3/conversations", body=create))
    assert code(refused) == (403, "ForbiddenOperationException")
    installed = f"/v1.0/users/{barbara.aad_object_id}/teamwork/installedApps"

    assert ask(world, "POST", installed, bind(world)).status == 201
    added, update = world.pending
    assert added["membersAdded"] == [{"id": world.bot_id}]
    assert (update["action"], update["from"]["aadObjectId"]) == ("add", barbara.aad_object_id)
    assert heard(world) == [("conversationUpdate", "personal"), ("installationUpdate", "personal")]
    assert code(ask(world, "POST", installed, bind(world))) == (409, "Conflict")
    assert heard(world) == []
    opened = answer(world, Request("POST", "/v3/conversations", body=create))
    assert opened.json["id"] == world.personal_chat(barbara).id


def test_graphs_id_of_a_personal_chat_is_a_conversation_id(world: World) -> None:
    ada = world.people[0]
    installed = f"/v1.0/users/{ada.email}/teamwork/installedApps"
    [installation] = ask(world, "GET", installed).json["value"]
    chat_id = ask(world, "GET", f"{installed}/{installation['id']}/chat").json["id"]
    assert chat_id != world.personal_chat(ada).id
    path = f"/v3/conversations/{quote(chat_id)}/activities"
    said = b'{"type": "message", "text": "hi"}'
    assert answer(world, Request("POST", path, body=said)).status == 201
    assert [m["text"] for m in world.personal_chat(ada).messages] == ["hi"]
    chats = ask(
        world,
        "GET",
        f"/v1.0/users/{ada.aad_object_id}/chats?$filter=installedApps/any(a:a/teamsApp/id eq "
        f"'{world.catalog[0].id}')",
    ).json["value"]
    assert [chat["id"] for chat in chats] == [chat_id, world.group_chats[0].conversation.id]
    last = ask(world, "GET", f"/v1.0/chats/{chat_id}").json["lastUpdatedDateTime"]
    assert last == world.personal_chat(ada).messages[0]["timestamp"].replace("+00:00", "Z")


def test_an_install_in_a_team_tells_the_bot_the_channel(world: World) -> None:
    finance = world.teams[1]
    installed = f"/v1.0/teams/{finance.aad_group_id}/installedApps"
    assert ask(world, "POST", installed, bind(world)).status == 200
    assert finance.installed
    update = world.pending[1]
    assert update["channelData"]["settings"]["selectedChannel"]["id"] == finance.channels[0].id
    assert heard(world) == [("conversationUpdate", "channel"), ("installationUpdate", "channel")]
    channel = ask(world, "GET", f"/v1.0/teams/{finance.aad_group_id}/primaryChannel").json
    assert (channel["id"], channel["displayName"]) == (finance.id, "General")

    [installation] = ask(world, "GET", installed).json["value"]
    assert ask(world, "DELETE", f"{installed}/{installation['id']}").status == 204
    assert not finance.installed
    assert [a.get("action") for a in world.pending] == [None, "remove"]
    assert code(ask(world, "DELETE", f"{installed}/{installation['id']}")) == (404, "NotFound")


def test_an_install_in_a_group_chat_tells_the_bot_nothing(world: World) -> None:
    lunch = world.group_chats[1]
    installed = f"/v1.0/chats/{lunch.conversation.id}/installedApps"
    assert ask(world, "POST", installed, bind(world)).status == 201
    assert lunch.installed and heard(world) == []
    [installation] = ask(world, "GET", installed).json["value"]
    assert ask(world, "DELETE", f"{installed}/{installation['id']}").status == 204
    assert not lunch.installed and heard(world) == []


def test_a_team_without_members_has_nobody_to_name(world: World) -> None:
    empty = world.add_team("Empty", installed=False)
    path = f"/v1.0/teams/{empty.aad_group_id}/installedApps"
    assert ask(world, "POST", path, bind(world)).status == 200
    assert empty.installed and heard(world) == []


def member(person: Person, role: str = "owner") -> dict[str, Any]:
    user = f"https://graph.microsoft.com/v1.0/users('{person.aad_object_id}')"
    return {"user@odata.bind": user, "roles": [role]}


def test_a_chat_that_graph_makes_is_one_that_the_bot_can_be_installed_in(world: World) -> None:
    ada, grace, alan = world.people[:3]
    body = {"chatType": "group", "members": [member(p) for p in (ada, grace, alan)]}
    made = ask(world, "POST", "/v1.0/chats", body).json
    again = ask(world, "POST", "/v1.0/chats", body).json
    assert made["topic"] is None and made["id"] != again["id"]  # each call makes another
    chat = world.conversation(made["id"])
    assert chat and chat.name == "Ada Lovelace, Grace Hopper, Alan Turing"
    path = f"/v3/conversations/{quote(made['id'])}/activities"
    said = b'{"type": "message", "text": "hi"}'
    refused = answer(world, Request("POST", path, body=said))
    assert code(refused) == (403, "BotNotInConversationRoster")
    ask(world, "POST", f"/v1.0/chats/{made['id']}/installedApps", bind(world))
    assert answer(world, Request("POST", path, body=said)).status == 201

    edsger = of(world, "Edsger Dijkstra")
    added = ask(world, "POST", f"/v1.0/chats/{made['id']}/members", member(edsger))
    assert added.status == 201 and edsger in chat.members
    there = ask(world, "GET", f"/v1.0{added.headers['Location']}").json
    assert (there["displayName"], there["roles"]) == ("Edsger Dijkstra", ["owner"])
    gone = ask(world, "GET", f"/v1.0/chats/{made['id']}/members/nobody")
    assert code(gone) == (404, "NotFound")
    assert heard(world) == [("conversationUpdate", "groupChat")]
    lunch = world.group_chats[1].conversation  # it has not got the app
    assert ask(world, "POST", f"/v1.0/chats/{lunch.id}/members", member(ada)).status == 201
    assert ada in lunch.members and heard(world) == []
    twice = ask(world, "POST", f"/v1.0/chats/{lunch.id}/members", member(ada))
    assert code(twice) == (400, "BadRequest")


def test_two_people_have_one_chat(world: World) -> None:
    body = {"chatType": "oneOnOne", "members": [member(p) for p in world.people[:2]]}
    first, second = (ask(world, "POST", "/v1.0/chats", body).json for _ in range(2))
    assert first["id"] == second["id"] and first["createdDateTime"] == second["createdDateTime"]
    whole = ask(world, "POST", "/beta/chats", body).json
    assert whole["webUrl"].startswith("https://teams.microsoft.com/l/chat/")


def test_beta_makes_a_chat_with_the_app_in_it_and_tells_how_far_it_is(world: World) -> None:
    body = {"chatType": "group", "members": [member(p) for p in world.people[:3]]}
    begun = ask(world, "POST", "/beta/chats", body | {"installedApps": [bind(world)]})
    assert begun.status == 202 and world.group_chats[-1].installed
    operation = ask(world, "GET", f"/beta{begun.headers['Location']}").json
    assert operation["status"] == "succeeded"
    assert operation["targetResourceId"] == world.group_chats[-1].conversation.id
    gone = ask(world, "GET", f"/beta{begun.headers['Location'][:-3]}x')")
    assert code(gone) == (404, "NotFound")


def test_everybody_in_a_group_is_told_once_however_deep_they_are(world: World) -> None:
    ada, grace, alan = world.people[:3]
    inner = world.add_group("Inner", grace, alan)
    outer = world.add_group("Outer", ada, grace, groups=(inner,))
    inner.groups.append(outer)  # they may even contain each other
    users = "microsoft.graph.user?$select=displayName"
    direct = ask(world, "GET", f"/v1.0/groups/{outer.id}/members/{users}").json["value"]
    assert [one["displayName"] for one in direct] == ["Ada Lovelace", "Grace Hopper"]
    deep = ask(world, "GET", f"/v1.0/groups/{outer.id}/transitiveMembers/{users}").json["value"]
    assert len(deep) == 3
    kinds = ask(world, "GET", f"/v1.0/groups/{outer.id}/members").json["value"]
    assert [one["@odata.type"] for one in kinds][-1] == "#microsoft.graph.group"


# -- who may ---------------------------------------------------------------------------------------


def test_without_a_permission_to_read_people_a_group_tells_ids_only(world: World) -> None:
    members = f"/v1.0/groups/{world.teams[0].aad_group_id}/members"
    assert ask(world, "GET", members).json["value"][0]["displayName"] == "Ada Lovelace"
    world.granted -= {"User.ReadBasic.All"}
    [ada, *_] = ask(world, "GET", members).json["value"]
    assert ada["id"] == world.people[0].aad_object_id and ada["displayName"] is None
    denied = ask(world, "GET", f"/v1.0/users/{world.people[0].aad_object_id}")
    assert code(denied) == (403, "Authorization_RequestDenied")


def test_a_wide_permission_reaches_another_app_and_its_bot_hears_nothing_of_us(
    world: World,
) -> None:
    other = App("4f3b1a52-0000-4000-8000-000000000001", None, "Other", distribution="store")
    world.catalog.append(other)
    ada = f"/v1.0/users/{world.people[0].email}/teamwork/installedApps"
    body = {"teamsApp@odata.bind": f"{GRAPH}/v1.0/appCatalogs/teamsApps('{other.id}')"}
    assert ask(world, "POST", ada, body).json["error"]["message"] == (
        f"AAD App Id '{world.bot_app_id}' is not allowed to manage the Teams App '{other.id}'"
    )
    world.granted.add("TeamsAppInstallation.ReadWriteForUser.All")
    assert ask(world, "POST", ada, body).status == 201
    found = ask(world, "GET", f"{ada}?$expand=teamsAppDefinition($expand=bot)").json["value"]
    assert [one["teamsAppDefinition"].get("bot") for one in found] == [
        {"id": world.bot_app_id},
        None,
    ]
    world.granted = {
        "TeamsAppInstallation.ReadForUser.All",
        "TeamsAppInstallation.ReadWriteSelfForUser.All",
    }
    assert code(ask(world, "DELETE", f"{ada}/{found[1]['id']}")) == (404, "NotFound")
    world.granted.add("TeamsAppInstallation.ReadWriteForUser.All")
    chat = ask(world, "GET", f"{ada}/{found[1]['id']}/chat").json["id"]
    assert other.id in chat
    assert ask(world, "DELETE", f"{ada}/{found[1]['id']}").status == 204
    assert heard(world) == [] and world.people[0].installed


def test_consent_can_be_left_out_when_only_delegated_permissions_are_asked_for(
    world: World,
) -> None:
    app = world.catalog[0]
    installed = f"/v1.0/users/{of(world, 'Barbara Liskov').email}/teamwork/installedApps"
    app.permissions = [("ChatMessage.Read.Chat", "application")]
    refused = ask(world, "POST", installed, bind(world))
    assert refused.json["error"]["innerError"]["code"] == "InvalidRequest"
    app.permissions = [("OnlineMeeting.ReadBasic.Chat", "delegated")]
    assert ask(world, "POST", installed, bind(world)).status == 201


# -- how fast --------------------------------------------------------------------------------------


def test_the_31st_install_in_a_second_is_throttled(world: World) -> None:
    now = world.clock()
    world.limits = Limits(lambda: now)
    installed = f"/v1.0/users/{world.people[0].email}/teamwork/installedApps"
    statuses = [ask(world, "POST", installed, bind(world)).status for _ in range(31)]
    assert statuses == [409] * 30 + [429]
    throttled = ask(world, "POST", installed, bind(world))
    assert throttled.headers["Retry-After"] == "1"
    assert ask(world, "GET", installed).status == 200  # reading is counted apart
    assert {ask(world, "GET", "/v1.0/users").status for _ in range(60)} == {200}  # not of Teams
    now += timedelta(seconds=1)
    assert ask(world, "POST", installed, bind(world)).status == 409


def test_what_is_in_a_batch_is_throttled_one_by_one(world: World) -> None:
    now = world.clock()
    world.limits = Limits(lambda: now)
    requests = [{"id": str(n), "method": "GET", "url": "/appCatalogs/teamsApps"} for n in range(20)]
    for expected in (0, 10):
        answered = ask(world, "POST", "/v1.0/$batch", {"requests": requests})
        throttled = [one for one in answered.json["responses"] if one["status"] == 429]
        assert (answered.status, len(throttled)) == (200, expected)
    assert throttled[0]["headers"]["Retry-After"] == "1"


# -- batches ---------------------------------------------------------------------------------------


def test_what_depends_on_a_failure_fails(world: World) -> None:
    ok = {"method": "GET", "url": "/users/ada.lovelace@contoso.example"}
    lost = {"method": "GET", "url": "/users/nobody@contoso.example"}
    requests = [
        {"id": "A", **ok},
        {"id": "b", "dependsOn": ["a"], **lost},
        {"id": "c", "dependsOn": ["b"], **ok},
        {"id": "d", "dependsOn": ["later"], **ok},
    ]
    answered = ask(world, "POST", "/v1.0/$batch", {"requests": requests}).json["responses"]
    assert {one["id"]: one["status"] for one in answered} == {
        "A": 200,
        "b": 404,
        "c": 424,
        "d": 424,
    }
    assert [one["id"] for one in answered] != ["A", "b", "c", "d"]  # no order is promised


def test_a_body_in_a_batch_needs_a_content_type(world: World) -> None:
    url = f"/users/{of(world, 'Barbara Liskov').email}/teamwork/installedApps"
    install = {"id": "1", "method": "POST", "url": url, "body": bind(world)}
    [refused] = ask(world, "POST", "/v1.0/$batch", {"requests": [install]}).json["responses"]
    assert refused["status"] == 400 and "Content-Type" in refused["body"]["error"]["message"]
    install["headers"] = {"Content-Type": "application/json"}
    [done] = ask(world, "POST", "/v1.0/$batch", {"requests": [install]}).json["responses"]
    assert (done["status"], done["body"]) == (201, None)
    assert heard(world) == [("conversationUpdate", "personal"), ("installationUpdate", "personal")]


@pytest.mark.parametrize(
    "requests",
    [None, ["no object"], [{"method": "GET", "url": "/users"}], [{"id": "a"}, {"id": "A"}]],
)
def test_a_malformed_batch_is_refused_as_a_whole(world: World, requests: Any) -> None:
    refused = ask(world, "POST", "/v1.0/$batch", {"requests": requests})
    assert code(refused) == (400, "BadRequest")


# -- bad weather -----------------------------------------------------------------------------------


def test_faults_strike_graph_too(world: World) -> None:
    barbara = of(world, "Barbara Liskov")
    installed = f"/v1.0/users/{barbara.email}/teamwork/installedApps"
    world.weather = [
        Fault(status=429, retry_after=2.128),
        Fault(status=503),
        Fault(drop=True, delay=0.5),
        Fault(status=504, after=True),
    ]
    throttled = ask(world, "POST", installed, bind(world))
    assert code(throttled) == (429, "TooManyRequests")
    assert throttled.headers["Retry-After"] == "2.128"
    assert ask(world, "POST", installed, bind(world)).status == 503
    lost = ask(world, "POST", installed, bind(world))
    assert lost.dropped and lost.delay == 0.5 and not barbara.installed
    assert ask(world, "POST", installed, bind(world)).status == 504
    assert barbara.installed


def test_a_lost_connection_inside_a_batch_is_a_gateway_that_gave_up(world: World) -> None:
    world.weather = [Fault(drop=True, path="/users"), Fault(status=412, path="/users")]
    one = [{"id": "1", "method": "GET", "url": "/users"}]
    statuses = [
        ask(world, "POST", "/v1.0/$batch", {"requests": one}).json["responses"][0]["status"]
        for _ in range(3)
    ]
    assert statuses == [504, 412, 200]


# -- refusals --------------------------------------------------------------------------------------

ADA = "ada.lovelace@contoso.example"


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        ("GET /v2.0/users", (400, "BadRequest")),
        ("GET /v1.0/bots", (400, "BadRequest")),
        ("GET /v1.0/me/chats", (400, "BadRequest")),
        ("PATCH /v1.0/users", (405, "Request_BadRequest")),
        ("GET /v1.0/users/nobody@contoso.example", (404, "Request_ResourceNotFound")),
        ("GET /v1.0/users/29:1nobody", (404, "Request_ResourceNotFound")),
        ("GET /v1.0/groups/nothing/members", (404, "Request_ResourceNotFound")),
        ("GET /v1.0/users/nobody/teamwork/installedApps", (404, "NotFound")),
        ("GET /v1.0/chats/19:nothing@thread.v2", (404, "NotFound")),
        ("GET /v1.0/chats/19:nothing@thread.v2/installedApps", (404, "NotFound")),
        ("GET /v1.0/teams/nothing/installedApps", (404, "NotFound")),
        ("GET /v1.0/appCatalogs/teamsApps/nothing", (404, "NotFound")),
        (f"GET /v1.0/users/{ADA}/teamwork/installedApps/bm90aGluZw==", (404, "NotFound")),
    ],
)
def test_what_is_not_there_is_refused(
    world: World, request_line: str, expected: tuple[int, str]
) -> None:
    method, _, path = request_line.partition(" ")
    assert code(ask(world, method, path)) == expected


def test_one_thing_is_told_by_its_id(world: World) -> None:
    app = world.catalog[0]
    told = ask(world, "GET", f"/v1.0/appCatalogs/teamsApps/{app.id}").json
    assert told["externalId"] == app.manifest_id
    everyone = ask(world, "GET", f"/v1.0/groups/{world.groups[0].id}").json
    assert everyone["displayName"] == "Everyone"
    caller = {"client-request-id": "mine"}
    lost = ask(world, "GET", "/v1.0/groups/no", headers=caller)
    assert lost.json["error"]["innerError"]["client-request-id"] == "mine"
    assert lost.headers["client-request-id"] == "mine"


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
def test_a_body_that_is_no_object_is_refused(world: World, body: bytes) -> None:
    refused = graph(world, Request("POST", "/v1.0/$batch", {}, body))
    assert code(refused) == (400, "BadRequest")
    assert "valid JSON" in refused.json["error"]["message"]


def test_an_install_without_an_app_is_refused(world: World) -> None:
    refused = ask(world, "POST", f"/v1.0/users/{ADA}/teamwork/installedApps")
    assert "teamsApp@odata.bind" in refused.json["error"]["message"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"members": "all"}, "members is a list"),
        ({"members": ["Ada"]}, "user@odata.bind"),
        ({"members": [{"user@odata.bind": f"{GRAPH}/v1.0/users/nobody"}]}, "Not Found"),
        ({"members": [{"user@odata.bind": f"{GRAPH}/v1.0/users/{ADA}"}]}, "role owner"),
        ({"chatType": "meeting"}, "chatType"),
        ({"chatType": "oneOnOne"}, "with two members"),
        ({"members": []}, "chatType"),
        ({"installedApps": []}, "/beta only"),
    ],
)
def test_a_chat_that_cannot_be_made_says_why(
    world: World, change: dict[str, Any], told: str
) -> None:
    body = {"chatType": "group", "members": [member(p) for p in world.people[:3]]}
    refused = ask(world, "POST", "/v1.0/chats", body | change)
    assert told in refused.json["error"]["message"]
    assert len(world.group_chats) == 2


def test_a_topic_is_for_groups_and_the_role_guest_for_guests(world: World) -> None:
    two = {"chatType": "oneOnOne", "topic": "Us", "members": [member(p) for p in world.people[:2]]}
    assert "topic" in ask(world, "POST", "/v1.0/chats", two).json["error"]["message"]
    world.people[1].profile["userType"] = "Guest"
    refused = ask(world, "POST", "/v1.0/chats", two | {"topic": None})
    assert "guest" in refused.json["error"]["message"]
    two["members"] = [member(world.people[0]), member(world.people[1], "guest")]
    assert ask(world, "POST", "/v1.0/chats", two | {"topic": None}).status == 201


def test_two_runs_on_two_equal_worlds_give_the_same_bytes() -> None:
    def run() -> list[bytes]:
        world = contoso(clock=ticking())
        body = {"chatType": "group", "members": [member(p) for p in world.people[:3]]}
        made = ask(world, "POST", "/v1.0/chats", body)
        return [made.body, ask(world, "GET", "/v1.0/nothing").body]

    assert run() == run()

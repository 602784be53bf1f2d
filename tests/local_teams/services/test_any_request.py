"""Any request to the Connector and to Graph: an answer that is never a mistake of Local Teams."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from samples.local_teams.events.actions import ACTIONS, UserAction, perform
from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.exchange import Request
from samples.local_teams.server.wire import Exchange
from samples.local_teams.services.connector.routes import ROUTES as CONNECTOR
from samples.local_teams.services.dispatch import answer
from samples.local_teams.services.graph.routes import ROUTES as GRAPH
from tests.support.fuzzing import few_and_many, fuzz

WORLD = contoso()
ADA, TEAM, CHAT = WORLD.people[0], WORLD.teams[0], WORLD.group_chats[0]
WORLD.granted |= {
    *("TeamsAppInstallation.ReadWriteAndConsentForUser.All", "Chat.Create", "User.Read.All"),
    *("TeamsAppInstallation.ReadWriteAndConsentForTeam.All", "Chat.ReadWrite.All"),
    *("GroupMember.Read.All", "AppCatalog.Read.All", "TeamsAppInstallation.ReadForUser.All"),
}
IDS = [
    *(ADA.id, ADA.aad_object_id, TEAM.id, TEAM.aad_group_id, CHAT.conversation.id),
    *(WORLD.personal_chat(ADA).id, WORLD.bot_id, WORLD.tenant_id, WORLD.catalog[0].id),
    *(TEAM.channels[1].id, "", "me", "$count", "%", "%ff", "a" * 300, "19:x@thread.v2;messageid="),
]
ODD = st.sampled_from([*IDS, "\ud800", "\x00", "NaN", "startswith(1,2)", "9" * 5000, -1, 1e308, {}])
NAMES = st.sampled_from(
    [
        *("type", "text", "attachments", "entities", "channelData", "channel", "id", "tenant"),
        *("members", "isGroup", "tenantId", "activity", "content", "contentType", "requests"),
        *("url", "method", "body", "headers", "dependsOn", "teamsApp@odata.bind", "roles", "topic"),
        *("user@odata.bind", "chatType", "installedApps", "consentedPermissionSet", "suggested"),
        *("resourceSpecificPermissions", "permissionValue", "permissionType", "suggestedActions"),
    ]
)
VALUES = st.sampled_from(
    [
        *("message", "typing", "oneOnOne", "group", ["owner"], ["guest"], [], None, True, 0),
        f"https://graph.microsoft.com/v1.0/users('{ADA.aad_object_id}')",
        f"https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/{WORLD.catalog[0].id}",
        *("/users", "$batch", "chats", "POST", "GET", "http://x/", "http://[x", "?$filter=("),
    ]
)
JSON: st.SearchStrategy[Any] = st.recursive(
    VALUES | ODD | st.text(max_size=5) | st.integers() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=5)
        | st.fixed_dictionaries(
            {"requests": st.lists(st.dictionaries(NAMES, inner, max_size=5), max_size=3)}
        )
    ),
    max_leaves=12,
)
QUERY = st.sampled_from(
    [
        *("$filter", "$select", "$expand", "$orderby", "$search", "$top", "$skiptoken", "$count"),
        *("pageSize", "continuationToken"),
    ]
)
CLAUSES = st.lists(
    st.sampled_from(
        [
            *(
                "displayName",
                "id",
                "eq",
                "ne",
                "gt",
                "in",
                "(",
                ")",
                ",",
                "and",
                "or",
                "not",
                "'a'",
            ),
            *("null", "1", "startswith", "contains", "any", "x:x", "members/any", "true", ":", "/"),
            *("teamsApp($expand=appDefinitions)", "members", "(" * 300, "not " * 300, "desc"),
        ]
    ),
    max_size=8,
).map(" ".join)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """A request to a route that there is, or hardly."""
    connector = [f"/v3/{path}" for path in CONNECTOR]
    graph = [f"/v1.0/{route.path}" for route in GRAPH] + ["/v1.0/$batch", "/beta/chats"]
    path = draw(st.sampled_from(connector + graph))
    for mark in ("(?:users/*/)?", "(?:/.*)?", r"(?:/(microsoft\.graph\.\w+))?(?:/(\$count))?"):
        path = path.replace(mark, "")
    path = path.replace("(members|transitiveMembers)", "members").replace("(", "").replace(")", "")
    while "*" in path:
        path = path.replace("*", str(draw(st.sampled_from(IDS))), 1)
    query = draw(st.lists(st.tuples(QUERY, CLAUSES | ODD.map(str)), max_size=3))
    if query:
        path += "?" + "&".join(f"{name}={value}" for name, value in query)
    method = draw(st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "x"]))
    body = draw(
        st.binary(max_size=20)
        | JSON.map(lambda value: json.dumps(value).encode())
        | st.sampled_from([b"", b"[" * 5000, b'{"a":' * 300 + b"1" + b"}" * 300])
    )
    headers = {"client-request-id": draw(st.text(max_size=5))}
    return Request(method, path, headers, body)


def check(request: Request) -> None:
    response = answer(WORLD, request)
    assert response.status < 500 or (response.status == 501)
    if response.body:
        json.loads(response.body, parse_constant=pytest.fail)
    for name, value in response.headers.items():
        assert f"{name}{value}".isprintable()
    json.dumps(Exchange(request, response).as_json())
    WORLD.pending.clear()


@few_and_many(200)
def test_no_request_is_a_mistake_of_local_teams(
    cases: int, record_property: Callable[[str, object], None]
) -> None:
    fuzz(
        "Requests to the Connector and Microsoft Graph",
        "Local Teams answers with JSON below 500 (or 501), and shows the request on the wire.",
        check,
        requests(),
        cases=cases,
        record_property=record_property,
    )


WORDS = st.text(max_size=20) | st.sampled_from(IDS)


@few_and_many(50)
def test_no_action_is(cases: int, record_property: Callable[[str, object], None]) -> None:
    def act(who: str, where: str, text: str, to: str, does: str) -> None:
        try:
            activities = perform(WORLD, UserAction(who or ADA.name, does, where, text, to))
        except ValueError:
            return
        json.dumps(activities, ensure_ascii=False).encode()

    fuzz(
        "What people do in Local Teams",
        "It makes activities that can be sent to the bot, or is refused with a sentence.",
        act,
        *[WORDS] * 4,
        st.sampled_from(ACTIONS),
        cases=cases,
        record_property=record_property,
    )

"""The query options of Microsoft Graph."""

from __future__ import annotations

from typing import Any

import pytest

from samples.local_teams.model.exchange import Refused, Request
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from samples.local_teams.services.graph.odata import collection, entity
from samples.local_teams.services.graph.shapes import Type

THING = Type("example.thing", {"parts": Type("example.part")}, frozenset({"secret"}))
THINGS: list[dict[str, Any]] = [
    {"id": 1, "name": "Ada O'Neil", "old": True, "size": None, "secret": "x", "parts": [{"n": 1}]},
    {"id": 2, "name": "grace", "old": False, "size": 5, "secret": "y", "parts": []},
    {"id": 3, "name": "Alan", "old": True, "size": 7, "secret": "z", "parts": [{"n": 2}, {"n": 3}]},
]


def ids(**query: str) -> list[int]:
    options = {f"${name}": value for name, value in query.items()}
    found = collection(THINGS, THING, options, "c", url="https://example.org/things")
    return [item["id"] for item in found["value"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id eq 2", [2]),
        ("id ne 2", [1, 3]),
        ("size gt 5", [3]),
        ("size ge 5", [2, 3]),
        ("size lt 6", [2]),
        ("size le -1", []),
        ("size eq null", [1]),
        ("old eq true", [1, 3]),
        ("not old", [2]),
        ("not (id eq 1 or id eq 2)", [3]),
        ("name eq 'ADA O''NEIL'", [1]),
        ("id in (1, 3)", [1, 3]),
        ("name in ('alan')", [3]),
        ("startswith(name, 'a') and size ne null", [3]),
        ("startswith(tolower(name), toupper('A'))", [1, 3]),
        ("endswith(name, 'CE')", [2]),
        ("contains(name, 'o''n')", [1]),
        ("parts/any(p:p/n eq 3)", [3]),
        ("parts/all(p:p/n gt 1)", [2, 3]),
        ("name eq 'x' or parts/any(p:p/n eq 1 and p ne null)", [1]),
        ("name gt 2020-12-04T23:11:16.175Z", [1, 2, 3]),
        ("name ge 1c5b0169-6d2e-4a17-9c29-2bc9cf04e63b", [1, 2, 3]),
    ],
)
def test_a_filter_keeps_what_it_says(text: str, expected: list[int]) -> None:
    assert ids(filter=text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("id eq", "eq 1", "id eq 1 and", "(id eq 1", "id eq 1)", "id eq ;", "id in 1"),
        *("startswith(id, 'a'", "(" * 199, "id in (" + "1," * 200 + "1)"),
        *("round(id) eq 1", "parts/any(p p/n eq 1)", "id eq 1 id eq 2", "not", "name eq 'open"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_even_where_nothing_is(text: str) -> None:
    with pytest.raises(Refused) as caught:
        collection([], THING, {"$filter": text}, "c", url="u")
    assert caught.value.body["error"]["message"].startswith("Invalid filter clause")


@pytest.mark.parametrize(
    "query",
    [
        {"$filter": "color eq 'red'"},
        {"$filter": "name/first eq 'Ada'"},
        {"$orderby": "color"},
        {"$search": '"color:red"'},
        {"$select": "id,color"},
        {"$expand": "color"},
        {"$expand": "name"},
    ],
)
def test_a_property_that_there_is_not_is_named(query: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        collection(THINGS, THING, query, "c", url="u")
    message = caught.value.body["error"]["message"]
    assert "Could not find a property named" in message and "example.thing" in message


@pytest.mark.parametrize("query", [{"$top": "many"}, {"$skiptoken": "-1"}])
def test_a_page_that_cannot_be_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(Refused, match="BadRequest"):
        collection(THINGS, THING, query, "c", url="u")


def test_a_function_of_what_it_is_not_for_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        ids(filter="startswith(id, 'a')")
    assert caught.value.body["error"]["message"].startswith("Invalid filter clause")


def test_an_expand_inside_too_many_others_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        collection(THINGS, THING, {"$expand": "parts($expand=" * 21 + ")" * 21}, "c", url="u")
    assert caught.value.body["error"]["message"] == "Invalid $expand: it is too deep."


def test_what_comes_by_itself_and_what_must_be_asked_for() -> None:
    whole = entity(THINGS[0], THING, {}, "c")
    assert whole == {
        **{"@odata.context": "c/$entity", "id": 1, "name": "Ada O'Neil"},
        **{"old": True, "size": None},
    }
    asked = entity(THINGS[0], THING, {"$select": "id,secret", "$expand": "parts($select=n)"}, "c")
    assert asked == {
        "@odata.context": "c(id,secret,parts(n))/$entity",
        **{"id": 1, "secret": "x", "parts": [{"n": 1}]},
    }


def test_nothing_is_expanded_where_there_is_nothing() -> None:
    lonely = {"id": 1, "owner": None}
    kind = Type("example.thing", {"owner": Type("example.owner")})
    assert "owner" not in entity(lonely, kind, {"$expand": "owner"}, "c")
    assert collection([lonely], kind, {"$filter": "owner/name eq null"}, "c", url="u")["value"]


def test_order_and_search() -> None:
    assert ids(orderby="name") == [1, 3, 2]
    assert ids(orderby="old,name desc") == [2, 3, 1]
    assert ids(search='"name:neil"') == [1]


def test_a_page_leads_to_the_next() -> None:
    first = collection(
        THINGS, THING, {"$top": "2", "$select": "id,name", "$count": "true"}, "c", url="u"
    )
    assert first["@odata.count"] == 3 and len(first["value"]) == 2
    assert first["@odata.nextLink"] == "u?$top=2&$select=id%2Cname&$count=true&$skiptoken=2"
    last = collection(THINGS, THING, {"$top": "2", "$skiptoken": "2"}, "c", url="u")
    assert [item["id"] for item in last["value"]] == [3] and "@odata.nextLink" not in last


def test_the_next_page_is_at_the_host_that_was_asked(world: World) -> None:
    """Else page two, and the token with it, leave the machine."""
    for host, link in (
        ({}, "https://graph.microsoft.com/v1.0/users?"),
        ({"Host": "127.0.0.1:8090"}, "http://127.0.0.1:8090/v1.0/users?"),
        ({"host": "graph.microsoft.com"}, "https://graph.microsoft.com/v1.0/users?"),
    ):
        found = answer(world, Request("GET", "/v1.0/users?$top=2", host)).json
        assert found["@odata.nextLink"].startswith(link)


@pytest.mark.parametrize("option", ["$skip=2", "skip=2", "$apply=x", "$orderBy2=x"])
def test_an_option_that_would_change_the_answer_is_refused(world: World, option: str) -> None:
    refused = answer(world, Request("GET", f"/v1.0/users?{option}"))
    assert refused.status == 400
    error = refused.json["error"]
    assert error["code"] == "BadRequest" and option.partition("=")[0] in error["message"]


@pytest.mark.parametrize("option", ["$orderBy=displayName", "orderby=displayName", "mine=1"])
def test_options_in_any_case_and_the_callers_own(world: World, option: str) -> None:
    assert answer(world, Request("GET", f"/v1.0/users?{option}")).status == 200

"""Which requests the Connector refuses, whatever they ask."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from samples.facts import refusals
from samples.local_teams.model.exchange import Request
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer
from tests.support.connector import BAD_CREATE, ask, create, error, personal, send


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/v3/conversations", b"", (405, "MethodNotAllowed")),
        ("DELETE", "/v3/conversations", b"", (405, "MethodNotAllowed")),
        ("GET", "/v3/nothing", b"", (404, "NotFound")),
        ("POST", "/v3/conversations", b"", (400, "BadSyntax")),
        ("POST", "/v3/conversations", b"{", (400, "BadSyntax")),
        ("POST", "/v3/conversations", b"\xff", (400, "BadSyntax")),
        ("POST", "/v3/conversations", b"[]", (400, "BadSyntax")),
        ("POST", "/v3/conversations", b'"hello"', (400, "BadSyntax")),
        ("POST", "/v3/conversations/19:1/activities", b"{}", (404, "ConversationNotFound")),
        ("POST", "/v3/conversations/a:1/activities", b"{}", (403, "BadArgument")),
        ("GET", "/v3/conversations/a:1/members", b"", (403, "BadArgument")),
        ("GET", "/v1/meetings/x", b"", (404, "NotFound")),
    ],
)
def test_nonsense_is_refused(
    world: World, method: str, path: str, body: bytes, expected: tuple[int, str]
) -> None:
    assert error(ask(world, method, path, body))[:2] == expected


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"text": NaN}', b"\xff", b"[]"])
def test_a_body_that_is_no_json_object(world: World, body: bytes) -> None:
    chat = world.personal_chat(world.people[0])
    path = f"/v3/conversations/{chat.id}/activities"
    refused = answer(world, Request("POST", path, body=body))
    assert error(refused)[:2] == (400, "BadSyntax")


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


def test_an_administrator_blocks_the_app(world: World) -> None:
    world.disabled_by_admin = True
    chat = world.personal_chat(world.people[0])
    expected = (403, "BotDisabledByAdmin", "The tenant admin disabled this bot")
    assert error(send(world, chat.id)) == expected
    assert error(create(world, **personal(world, world.people[0].id))) == expected
    assert chat.messages == []


def test_a_tenant_of_gcc_is_served_at_its_own_host(world: World) -> None:
    world.cloud = "GCC"
    chat = world.personal_chat(world.people[0])
    assert error(send(world, chat.id))[:2] == (403, "InvalidBotApiHost")
    assert error(send(world, chat.id, at="/amer"))[:2] == (403, "InvalidBotApiHost")
    assert send(world, chat.id, at="/gcc").status == 201


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

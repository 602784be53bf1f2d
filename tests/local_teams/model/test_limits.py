"""Sliding windows, as facts.toml has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.facts import facts
from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.exchange import Request, Response
from samples.local_teams.model.limits import Limits, Window
from samples.local_teams.model.world import World
from samples.local_teams.services.dispatch import answer

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Clock:
    """A clock that goes on only in `wait`."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limited_world(clock: Clock) -> World:
    limited_world = contoso(clock=clock)
    limited_world.limits = Limits(clock)
    return limited_world


def naive(windows: dict[float, int], gaps: list[float]) -> Iterator[bool]:
    """The same, by counting all that was let through, each time anew."""
    taken: list[float] = []
    now = 0.0
    for gap in gaps:
        now += gap
        allowed = all(
            sum(now - seconds < at <= now for at in taken) < turns
            for seconds, turns in windows.items()
        )
        if allowed:
            taken.append(now)
        yield allowed


@given(
    st.dictionaries(
        st.sampled_from([1.0, 2.0, 5.0, 30.0]), st.integers(1, 8), min_size=1, max_size=4
    ),
    # Eighths of a second, which floating point holds exactly.
    st.lists(st.integers(0, 40).map(lambda eighths: eighths / 8), max_size=80),
)
def test_a_window_lets_through_what_counting_lets_through(
    windows: dict[float, int], gaps: list[float]
) -> None:
    window, now = Window(windows), START
    let_through = []
    for gap in gaps:
        now += timedelta(seconds=gap)
        wait = window.wait(now)
        let_through.append(wait == 0)
        if wait == 0:
            window.count(now)
        else:  # the wait is long enough, and no longer than it must be
            assert window.wait(now + timedelta(seconds=wait)) == 0
            assert window.wait(now + timedelta(seconds=wait - 0.001)) > 0
    assert let_through == list(naive(windows, gaps))


# -- in Local Teams --------------------------------------------------------------------------------


def send(limited_world: World, conversation_id: str) -> Response:
    body = json.dumps({"type": "message", "text": "Hello"}).encode()
    path = f"/v3/conversations/{quote(conversation_id, safe='')}/activities"
    return answer(limited_world, Request("POST", path, body=body))


def allowed_in(scope: str, operation: str) -> dict[float, int]:
    row = next(r for r in facts()["limits"] if (r["scope"], r["operation"]) == (scope, operation))
    return {float(seconds): turns for seconds, turns in row["windows"].items()}


def test_one_chat_takes_so_many_messages_in_each_window_and_says_when_it_takes_more(
    limited_world: World, clock: Clock
) -> None:
    chat = limited_world.personal_chat(limited_world.people[0])
    sent = {1.0: 0, 2.0: 0, 30.0: 0, 3600.0: 0}
    windows = allowed_in("one bot in one conversation", "Send to conversation")
    assert set(windows) == set(sent)
    for _ in range(5000):
        response = send(limited_world, chat.id)
        elapsed = (clock.now - START).total_seconds()
        if response.status == 429:
            assert response.json["error"]["code"] == "Throttled"
            clock.wait(int(response.headers["Retry-After"]))
            continue
        for seconds in sent:
            if elapsed < seconds:
                sent[seconds] += 1
        if elapsed > 3600:
            break
    assert sent == windows
    assert all(m["text"] == "Hello" for m in chat.messages)


def test_a_thread_counts_as_its_channel(limited_world: World) -> None:
    channel = limited_world.teams[0].channels[1]
    first = send(limited_world, channel.id).json["id"]
    statuses = [send(limited_world, f"{channel.id};messageid={first}").status for _ in range(7)]
    assert statuses == [201] * 6 + [429]


def test_each_conversation_has_a_limit_of_its_own_and_the_app_has_one_in_the_tenant(
    limited_world: World,
) -> None:
    people = [limited_world.add_person(f"Person {n}") for n in range(60)]
    statuses = [
        send(limited_world, limited_world.personal_chat(person).id).status for person in people
    ]
    most = allowed_in("one app in one tenant", "Every request")[1.0]
    assert statuses == [201] * most + [429] * (60 - most)


def test_what_other_bots_send_in_a_conversation_counts_too(limited_world: World) -> None:
    chat = limited_world.group_chats[0].conversation
    most = allowed_in("all bots in one conversation", "Send to conversation")[1.0]
    assert limited_world.limits
    for n in range(most):
        assert not limited_world.limits.wait("Send to conversation", chat.id, bot=f"28:{n % 3}")
    assert send(limited_world, chat.id).status == 429
    assert chat.messages == []


def create(limited_world: World, user_id: str) -> Response:
    body = {"members": [{"id": user_id}], "tenantId": limited_world.tenant_id}
    return answer(
        limited_world, Request("POST", "/v3/conversations", body=json.dumps(body).encode())
    )


def test_creating_counts_by_person_and_reading_by_conversation(
    limited_world: World, clock: Clock
) -> None:
    ada, grace = limited_world.people[:2]
    statuses = [create(limited_world, ada.id).status for _ in range(8)]
    assert statuses == [201] * 7 + [429]
    assert create(limited_world, grace.id).status == 201
    clock.wait(30)
    team = quote(limited_world.teams[0].id, safe="")
    for path, operation in (
        (f"/v3/conversations/{team}/members", "Get conversation members"),
        (f"/v3/teams/{team}/conversations", "Get conversations"),
    ):
        clock.wait(1)
        statuses = [answer(limited_world, Request("GET", path)).status for _ in range(15)]
        most = allowed_in("one bot in one conversation", operation)[1.0]
        assert statuses == [200] * most + [429] * (15 - most)


def test_without_limits_nothing_is_throttled(limited_world: World) -> None:
    limited_world.limits = None
    chat = limited_world.personal_chat(limited_world.people[0])
    assert {send(limited_world, chat.id).status for _ in range(100)} == {201}


def test_a_clock_that_is_set_back_keeps_nobody_waiting(limited_world: World, clock: Clock) -> None:
    chat = limited_world.personal_chat(limited_world.people[0])
    while send(limited_world, chat.id).status == 201:
        clock.wait(0.01)
    clock.wait(-3600)
    assert send(limited_world, chat.id).status == 201

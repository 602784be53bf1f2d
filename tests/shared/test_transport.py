"""One attempt per request, without threads, and a token fetched beside the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from botbuilder.core import TurnContext
from botbuilder.core.teams import TeamsInfo
from botbuilder.schema import (
    ConversationAccount,
    ConversationReference,
)

from samples.local_teams.model.contoso import contoso
from samples.local_teams.model.faults import Fault
from samples.local_teams.testing import LocalTeams
from samples.send.to_person import message_person
from samples.shared import transport as module
from samples.shared.bot import Bot
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.transport import Pipeline
from tests.support.counting import Connector, at_once, send
from tests.support.waiting import DEADLINE

TEAMS = "https://smba.trafficmanager.net/teams/"


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Instead of carrying requests: the Authorization of each."""
    seen: list[str] = []

    async def carry(_: str, __: str, headers: Mapping[str, str], ___: bytes | None) -> Any:
        seen.append(headers["Authorization"])
        return 201, {}, b""

    monkeypatch.setattr(module, "transport", carry)
    return seen


class CountedCredentials:
    """Credentials whose tokens are numbered, and come when `ready` is set."""

    microsoft_app_id = "an app id"

    def __init__(self) -> None:
        self.asked, self.ready = 0, threading.Event()
        self.ready.set()

    def get_access_token(self) -> str:
        assert self.ready.wait(DEADLINE)
        self.asked += 1
        return str(self.asked)


async def test_the_loop_goes_on_while_a_token_is_fetched_once_for_all(signed: list[str]) -> None:
    credentials = CountedCredentials()
    credentials.ready.clear()
    pipeline = Pipeline(credentials, "")
    many = asyncio.gather(*(pipeline.exchange("POST", TEAMS, {}, None) for _ in range(20)))
    await asyncio.sleep(0.02)
    assert signed == [] and not many.done()
    credentials.ready.set()
    await many
    assert signed == ["Bearer 1"] * 20


async def test_msal_is_asked_once_a_minute(
    signed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace()
    monkeypatch.setattr(module, "time", clock)
    pipeline = Pipeline(CountedCredentials(), "")
    for now in (1000.0, 1059.0, 1060.0, 1061.0):
        clock.monotonic = partial(float, now)
        await pipeline.exchange("POST", TEAMS, {}, None)
    assert signed == ["Bearer 1", "Bearer 1", "Bearer 2", "Bearer 2"]


def test_a_bot_outlives_its_event_loop(
    teams: LocalTeams, environ: dict[str, str], connected: Callable[[], Bot]
) -> None:
    one, many = connected(), contoso().people[0]

    async def sends() -> None:
        await asyncio.gather(
            *(
                message_person(
                    one,
                    service_url=teams.service_url,
                    tenant_id=teams.world.tenant_id,
                    user_id=many.id,
                    text="Hello",
                )
                for _ in range(5)
            )
        )

    asyncio.run(sends())
    asyncio.run(sends())
    assert len(teams.world.personal_chat(teams.world.people[0]).messages) == 10
    assert module._sessions == {}  # each loop closed what it opened


async def test_no_thread_is_used_to_send(
    teams: LocalTeams, environ: dict[str, str], connected: Callable[[], Bot]
) -> None:
    before = threading.active_count()
    connector = Connector(teams.world, teams.service_url)
    await at_once(connected(), connector)
    assert threading.active_count() == before


async def test_a_message_that_answers_nothing(
    teams: LocalTeams, environ: dict[str, str], connected: Callable[[], Bot]
) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    reference = ConversationReference(
        channel_id="msteams",
        service_url=teams.service_url,
        conversation=ConversationAccount(id=chat.id),
    )

    async def on_turn(turn: TurnContext) -> None:
        turn.activity.id = None  # the random id that the SDK would reply to
        await turn.send_activity("Hello")

    await connected().adapter.continue_conversation(reference, on_turn, "")
    assert [message["text"] for message in chat.messages] == ["Hello"]
    assert teams.wire[0].request.path.endswith("/activities")


@pytest.mark.parametrize("status", [429, 503])
async def test_a_read_is_not_repeated_under_our_feet(
    teams: LocalTeams, environ: dict[str, str], connected: Callable[[], Bot], status: int
) -> None:
    """The SDK's own pipeline asks four times, and sleeps in a thread in between."""
    teams.world.faults.append(Fault(status=status, retry_after=1, times=0))
    with pytest.raises(SEND_ERRORS) as caught:
        reference = ConversationReference(
            channel_id="msteams",
            service_url=teams.service_url,
            conversation=ConversationAccount(id=teams.world.teams[0].id),
        )

        async def read(turn: TurnContext) -> None:
            await TeamsInfo.get_paged_team_members(turn, teams.world.teams[0].id)

        await connected().adapter.continue_conversation(reference, read, "")
    assert Failure.of(caught.value).status == status
    assert len(teams.wire) == 1


async def test_a_gateways_page_keeps_its_status(
    connected: Callable[[], Bot], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gateway(*_: Any) -> Any:
        return 502, {"Content-Type": "text/html", "Retry-After": "3"}, b"<h1>Bad Gateway</h1>"

    monkeypatch.setattr(module, "transport", gateway)
    monkeypatch.setenv("TEAMS_SERVICE_URL", "http://localhost/")
    with pytest.raises(SEND_ERRORS) as caught:
        await send(connected(), Connector(contoso(), "http://localhost/"))
    failure = Failure.of(caught.value)
    assert (failure.status, failure.text) == (502, "<h1>Bad Gateway</h1>")
    assert (failure.action, failure.retry_after, failure.maybe_arrived) == ("retry", 3.0, True)


async def test_no_answer_in_time(
    connected: Callable[[], Bot], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr(module, "transport", never)
    monkeypatch.setenv("TEAMS_SERVICE_URL", "http://localhost/")
    with pytest.raises(SEND_ERRORS) as caught:
        await send(connected(), Connector(contoso(), "http://localhost/"))
    assert Failure.of(caught.value) == Failure(
        None, "AnswerLost", "No answer in time", maybe_arrived=True
    )

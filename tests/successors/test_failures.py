"""The failure table reads the errors of all three SDKs alike, and the retrier obeys it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError
from microsoft_agents.activity import Activity
from microsoft_teams.api import MessageActivityInput

from samples.agents_sdk import bot as agents_sdk
from samples.agents_sdk import failure as agents_failure
from samples.local_teams.sign_in.authority import Authority
from samples.local_teams.testing import LocalTeams
from samples.shared.bot import connect
from samples.shared.failing import Failure, is_send_error
from samples.shared.failure import SEND_ERRORS
from samples.shared.retrying import retrying
from samples.shared.sending import reference_to, send
from tests.support.successors import QUIET

pytestmark = QUIET
Send = Callable[[str, str], Awaitable[object]]


def errors_of(sdk: str) -> tuple[type[BaseException], ...]:
    if sdk == "botbuilder":
        return SEND_ERRORS
    found: tuple[type[BaseException], ...] = import_module(f"samples.{sdk}.failure").SEND_ERRORS
    return found


def sending_with(sdk: str) -> Send:
    """A function that sends a text to a conversation at a service URL."""
    if sdk == "botbuilder":
        bot = connect()

        async def with_botbuilder(url: str, conversation_id: str) -> object:
            to = reference_to(bot, service_url=url, conversation_id=conversation_id)
            return await send(bot, to, "Hello")

        return with_botbuilder
    if sdk == "agents_sdk":
        agent = agents_sdk.connect()

        async def with_agents_sdk(url: str, conversation_id: str) -> object:
            to = agent.conversation(service_url=url, conversation_id=conversation_id)
            message = Activity(type="message", text="Hello")
            return await agent.app.proactive.send_activity(agent.adapter, to, message)

        return with_agents_sdk
    app = import_module("samples.teams_sdk.bot").connect()

    async def with_teams_sdk(url: str, conversation_id: str) -> object:
        message = MessageActivityInput(text="Hello")
        return await app.api.conversations.create_activity(
            conversation_id, message, service_url=url
        )

    return with_teams_sdk


SUCCESSORS = ("agents_sdk", "teams_sdk")
FAULTS: list[dict[str, Any]] = [
    {"status": 429, "retry_after": 7},
    {"status": 502},
    {"status": 412},
    {"status": 403, "code": "MessageWritesBlocked"},
    {"status": 401},
    {"drop": True},
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_the_same_refusal_is_the_same_failure(
    fault: dict[str, Any], teams: LocalTeams, environ: dict[str, str]
) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    found = []
    for sdk in ("botbuilder", *SUCCESSORS):
        teams.fault(**fault)
        with pytest.raises(errors_of(sdk)) as caught:
            await sending_with(sdk)(teams.service_url, chat.id)
        assert is_send_error(caught.value)
        failure = Failure.of(caught.value)
        text = failure.text if failure.status else ""  # of a lost connection each says its own
        found.append((failure.status, failure.code, failure.retry_after, failure.action, text))
        assert failure.maybe_arrived is (fault.get("status", 500) >= 500)
    assert found[0] == found[1] == found[2]
    assert chat.messages == []


@pytest.mark.parametrize("sdk", SUCCESSORS)
async def test_where_nobody_listens_nothing_was_sent(sdk: str, environ: dict[str, str]) -> None:
    with pytest.raises(errors_of(sdk)) as caught:
        await sending_with(sdk)("http://127.0.0.1:9/", "a:1")
    failure = Failure.of(caught.value)
    assert (failure.code, failure.maybe_arrived, failure.action) == ("Unreachable", False, "retry")


@pytest.mark.parametrize("sdk", SUCCESSORS)
async def test_a_wrong_secret_is_a_failed_sign_in(
    sdk: str, in_a_tenant: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MicrosoftAppPassword", "wrong")
    with pytest.raises(errors_of(sdk)) as caught:
        await sending_with(sdk)("https://smba.trafficmanager.net/teams/", "a:1")
    failure = Failure.of(caught.value)
    assert (failure.status, failure.code, failure.action) == (None, "SignInFailed", "stop")


def test_a_sign_in_that_cannot_be_reached_sends_nothing() -> None:
    failure = Failure.of(ServiceRequestError("no network"))
    assert isinstance(ServiceRequestError("no network"), agents_failure.SEND_ERRORS)
    assert (failure.code, failure.maybe_arrived) == ("Unreachable", False)


@pytest.mark.parametrize("sdk", SUCCESSORS)
async def test_the_retrier_takes_each(
    sdk: str, teams: LocalTeams, environ: dict[str, str], no_waiting: list[float]
) -> None:
    chat = teams.world.personal_chat(teams.world.people[0])
    teams.fault(status=429, retry_after=7, times=2)
    await retrying(if_unsure="leave")(sending_with(sdk), teams.service_url, chat.id)
    assert [7 <= wait < 8 for wait in no_waiting] == [True, True]
    assert [message["text"] for message in chat.messages] == ["Hello"]


def test_an_error_of_the_program_is_none_of_theirs() -> None:
    assert not is_send_error(KeyError("x"))
    with pytest.raises(TypeError, match="Sending raises no KeyError"):
        Failure.of(KeyError("x"))

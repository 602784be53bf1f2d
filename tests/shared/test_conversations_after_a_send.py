"""What is kept of a chat that the bot opened, and what a refusal says about one."""

from __future__ import annotations

from typing import Any

import pytest
from botbuilder.schema import ConversationReference
from sqlalchemy.exc import IntegrityError

from samples.local_teams.model.world import World
from samples.local_teams.testing import LocalTeams
from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.shared.failure import Failure
from samples.shared.remembering import reference_of
from samples.shared.sending import open_chat, send
from tests.support.remembering import activities, everywhere, remember

# -- chats that the bot opened itself --------------------------------------------------------------


async def opened(teams: LocalTeams, user_id: str) -> ConversationReference:
    return await open_chat(
        connect(),
        service_url=teams.service_url,
        tenant_id=teams.world.tenant_id,
        user_id=user_id,
    )


@pytest.mark.parametrize("key", ["id", "aad_object_id"])
async def test_a_created_chat_is_kept_and_found_by_what_it_was_created_with(
    environ: dict[str, str], teams: LocalTeams, conversations: Conversations, key: str
) -> None:
    grace, tenant_id = teams.world.people[1], teams.world.tenant_id
    chat = await opened(teams, getattr(grace, key))
    assert conversations.keep(chat, tenant_id=tenant_id, user_id=getattr(grace, key)) is True
    assert conversations.keep(chat, tenant_id=tenant_id, user_id=getattr(grace, key)) is False
    kept = conversations.person(tenant_id, getattr(grace, key))
    assert kept and kept.id == teams.world.personal_chat(grace).id
    await send(connect(), reference_of(kept), "Hello again")
    said = activities(teams.world, "Grace Hopper", "says", "", "hi", url=teams.service_url)
    assert remember(conversations, said) == [False]  # their first message completes the row
    [kept] = conversations.all()
    assert (kept.user_id, kept.aad_object_id) == (grace.id, grace.aad_object_id)


def test_a_chat_that_was_created_again_replaces_the_old_one(
    world: World, conversations: Conversations
) -> None:
    ada, tenant_id = world.people[0], world.tenant_id
    remember(conversations, activities(world, "Ada Lovelace", "says", "", "hi"))
    [old] = conversations.all()
    conversations.opt_out(tenant_id, old.id)
    new = reference_of(old)
    new.conversation.id = "a:new"
    assert conversations.keep(new, tenant_id=tenant_id, user_id=ada.aad_object_id) is False
    [kept] = conversations.all()
    assert (kept.id, kept.opted_out, kept.blocked) == ("a:new", True, False)


def test_a_row_that_another_process_adds_in_between_is_completed(
    world: World, conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, tried = Conversations._replace, []

    def too_late(self: Conversations, *row: Any) -> bool:
        replaced = replace(self, *row)
        tried.append(row)
        if len(tried) == 1:  # its row is there now, as if it were the other process's
            raise IntegrityError("INSERT", {}, Exception())
        return replaced

    monkeypatch.setattr(Conversations, "_replace", too_late)
    ada = world.people[0]
    remember(conversations, activities(world, "Ada Lovelace", "says", "", "hi"))
    [chat] = conversations.all()
    conversations.keep(
        reference_of(chat), tenant_id=world.tenant_id, user_id=ada.aad_object_id, name="Ada"
    )
    assert len(tried) == 2
    assert [one.user_name for one in conversations.all()] == ["Ada"]


# -- what a refusal says ---------------------------------------------------------------------------

REFUSALS = [
    ("ConversationBlockedByUser", 403, "blocked", "blocked"),
    ("MessageWritesBlocked", 403, "blocked", "blocked"),
    ("BotNotInConversationRoster", 403, "forgotten", "forgotten"),
    ("ConversationNotFound", 404, "", "forgotten"),
    ("BotDisabledByAdmin", 403, "", ""),
    ("Throttled", 429, "", ""),
]


@pytest.mark.parametrize(("code", "status", "personal", "group"), REFUSALS)
def test_what_a_refusal_says_about_a_conversation(
    world: World, conversations: Conversations, code: str, status: int, personal: str, group: str
) -> None:
    everywhere(world, conversations)
    failure = Failure(status, code, "")
    for kind, expected in (("personal", personal), ("groupChat", group), ("channel", group)):
        chat = conversations.all(kind)[0]
        assert conversations.note_refusal(chat.tenant_id, chat.id, failure) == expected
        left = {one.id: one for one in conversations.all()}
        assert (chat.id in left) == (expected != "forgotten")
        assert sum(one.blocked for one in left.values() if one.kind == kind) == (
            expected == "blocked"
        )


@pytest.mark.parametrize(
    ("does", "text", "blocked"),
    [("says", "hi", False), ("installs", "", False), ("reacts", "👍", True)],
)
def test_a_block_ends_when_the_person_writes_or_installs_the_app(
    world: World, conversations: Conversations, does: str, text: str, blocked: bool
) -> None:
    seen = activities(world, "Ada Lovelace", "says", "", "hi")
    remember(conversations, seen)
    [chat] = conversations.all()
    refused = Failure(403, "MessageWritesBlocked", "")
    assert conversations.note_refusal(chat.tenant_id, chat.id, refused) == "blocked"
    assert not conversations.all()[0].can_notify
    if does == "reacts":
        seen[0].type = "messageReaction"
    else:
        seen = activities(world, "Ada Lovelace", does, "", text)
    remember(conversations, seen)
    assert conversations.all()[0].blocked is blocked

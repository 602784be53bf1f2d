"""What *Previews of Teams* says that each SDK offers; a test fails the day that changes."""

from __future__ import annotations

from pathlib import Path

import botbuilder.core
import botbuilder.schema
import microsoft_agents.activity
import microsoft_agents.hosting.core
from microsoft_agents.activity import Activity
from microsoft_teams.api import MessageActivityInput
from microsoft_teams.apps import ActivityContext

from samples.agents_sdk.bot import connect
from samples.local_teams.testing import LocalTeams
from tests.support.successors import QUIET

pytestmark = QUIET


def test_a_create_can_carry_an_activity() -> None:
    assert "activity" in botbuilder.schema.ConversationParameters._attribute_map
    assert "activity" in microsoft_agents.activity.ConversationParameters.model_fields


def test_the_teams_sdk_has_targeted_and_quoted_messages_and_streams() -> None:
    assert callable(MessageActivityInput.with_recipient) and callable(
        MessageActivityInput.add_quote
    )
    assert {"reply", "stream"} <= {*dir(ActivityContext)}


async def test_the_agents_sdk_sends_a_targeted_message(
    teams: LocalTeams, environ: dict[str, str]
) -> None:
    bot, chat, ada = connect(), teams.world.group_chats[0].conversation, teams.world.people[0]
    place = bot.conversation(service_url=teams.service_url, conversation_id=chat.id)
    message = Activity(type="message", text="For you alone").with_targeted_recipient(ada.id)
    await bot.app.proactive.send_activity(bot.adapter, place, message)
    [arrived] = chat.messages
    assert (arrived["recipient"]["id"], arrived["recipient"]["isTargeted"]) == (ada.id, True)


def test_botbuilder_sends_none() -> None:
    files = Path(botbuilder.core.__file__).parents[1].rglob("*.py")
    texts = [file.read_text("utf-8") for file in files]
    assert len(texts) > 150 and not any("isTargetedActivity" in text for text in texts)


def test_streams_are_in_the_agents_sdk_and_not_in_botbuilder() -> None:
    assert hasattr(microsoft_agents.hosting.core, "StreamingResponse")
    assert not hasattr(botbuilder.core, "StreamingResponse")

"""The activities that Teams sends a bot, with the shapes and fields of facts.toml
(conversation-events)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..model.clock import timestamp
from ..model.messages import Activity
from ..model.people import Person
from ..model.teams import Conversation, Team
from ..model.world import World


@dataclass(frozen=True)
class ActivityBuilder:
    """Builds the activities for what a person does in a conversation.

    Attributes:
        team: the team of a channel; None for a chat.
        service_url: what the activities name.
    """

    world: World
    person: Person
    conversation: Conversation
    team: Team | None
    service_url: str

    def message(self, message: Activity) -> Activity:
        """A message that was stored; the bot gets it with the sender's client and time zone."""
        known = ("type", "text", "textFormat", "id")
        return self._activity(
            {
                **{key: message[key] for key in known},
                "entities": [*message.get("entities", []), self._client()],
            },
            message,
        )

    def card_action(self, card: Activity, fields: Activity) -> Activity:
        """A pressed button: `replyToId` is the message with the card, and the conversation its
        thread."""
        activity = self._activity({**fields, "entities": [self._client()], "replyToId": card["id"]})
        activity["conversation"]["id"] = card["conversation"]["id"]
        return activity

    def installation_update(self, action: str) -> Activity:
        """`installationUpdate`: the installer has no name in it, and only `add` in a team has the
        selected channel."""
        data: dict[str, Any] = {}
        if self.team and action == "add":
            data["settings"] = {"selectedChannel": {"id": self.conversation.id}}
        where = self if action == "add" else self._in_general()
        activity = where._activity(
            {"type": "installationUpdate", "action": action, "entities": [self._client()]},
            data=data,
        )
        del activity["from"]["name"]
        del activity["localTimezone"]
        return activity

    def members_changed(self, key: str, member: Person | None) -> Activity:
        """`membersAdded` or `membersRemoved`, of a person or with None the bot itself."""
        account = {"id": self.world.account(member)["id"]}
        if member:
            account["aadObjectId"] = member.aad_object_id
        event = {"membersAdded": "teamMemberAdded", "membersRemoved": "teamMemberRemoved"}[key]
        data = {"eventType": event} if self.team else {}
        return self._in_general()._activity(
            {"type": "conversationUpdate", key: [account]}, data=data
        )

    def team_changed(self, event_type: str, team: Team, channel: Conversation | None) -> Activity:
        """A channel or with None the team itself changed: the conversation is General, and
        `channelData` names what changed. The person and a channel's team have no name in it."""
        data: dict[str, Any] = {"eventType": event_type}
        if channel:
            data["team"] = {"id": team.id}
            data["channel"] = {"id": channel.id, "name": channel.name}
        activity = self._activity({"type": "conversationUpdate"}, data=data)
        if channel is None:
            del activity["channelData"]["channel"]
        del activity["from"]["name"]
        return activity

    def _in_general(self) -> ActivityBuilder:
        """The same in General, the channel of events about the whole team."""
        if self.team is None:
            return self
        return replace(self, conversation=self.team.channels[0])

    def _client(self) -> dict[str, str]:
        return {
            "type": "clientInfo",
            "locale": "en-US",
            "country": "US",
            "platform": "Web",
            "timezone": self.person.timezone,
        }

    def _activity(
        self,
        activity: Activity,
        message: Activity | None = None,
        data: dict[str, Any] | None = None,
    ) -> Activity:
        """An activity with the fields that every one has."""
        conversation: dict[str, Any] = {
            "id": message["conversation"]["id"] if message else self.conversation.id,
            "conversationType": self.conversation.kind,
            "tenantId": self.world.tenant_id,
        }
        if self.conversation.kind != "personal":
            conversation["isGroup"] = True
        channel_data: dict[str, Any] = {"tenant": {"id": self.world.tenant_id}}
        if self.team:
            channel_data["team"] = {"id": self.team.id, "name": self.team.name}
            channel_data["channel"] = {"id": self.conversation.id}
        channel_data |= data or {}
        return {
            "id": f"f:{self.world.correlation()}",
            **activity,
            "timestamp": message["timestamp"] if message else timestamp(self.world.clock()),
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": self.world.account(self.person),
            "recipient": self.world.account(None),
            "conversation": conversation,
            "channelData": channel_data,
            "locale": "en-US",
            "localTimezone": self.person.timezone,
        }

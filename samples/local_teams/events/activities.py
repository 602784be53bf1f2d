"""The activities that Teams sends a bot, with the shapes and fields of Microsoft's page and of
recorded ones (facts.toml, conversation-events and events-recorded).

`localTimestamp`, and `source` and `legacy` of `channelData`, are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from ..model.clock import timestamp
from ..model.messages import Activity
from ..model.people import Person
from ..model.teams import Conversation, Team
from ..model.world import World

_MENTION = re.compile(r"&lt;at&gt;(.*?)&lt;/at&gt; ?")


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
        """A message that was stored; the bot gets it with the sender's client and time zone.

        Where a message mentions the bot, Teams adds the text as HTML.
        """
        known = ("type", "text", "textFormat", "id")
        fields: Activity = {key: message[key] for key in known}
        if mentions := message.get("entities"):
            fields["attachments"] = [{"contentType": "text/html", "content": _html(fields["text"])}]
        fields["entities"] = [*(mentions or []), self._client()]
        activity = self._activity(fields, message)
        if self.team:
            named = {"teamsChannelId": self.conversation.id, "teamsTeamId": self.team.id}
            activity["channelData"] = {**named, **activity["channelData"]}
        return activity | {"localTimezone": self.person.timezone}

    def card_action(self, card: Activity, fields: Activity) -> Activity:
        """A pressed button: `replyToId` is the message with the card, and the conversation its
        thread."""
        activity = self._activity({**fields, "entities": [self._client()], "replyToId": card["id"]})
        activity["conversation"]["id"] = card["conversation"]["id"]
        self._name_conversation(activity)
        return activity | {"localTimezone": self.person.timezone}

    def installation_update(self, action: str) -> Activity:
        """`installationUpdate`: the installer has no name in it, and only `add` in a team has the
        selected channel."""
        data: dict[str, Any] = {}
        where = self if action == "add" else self._in_general()
        if self.team:
            data["team"] = self._whole_team(self.team)
        if self.team and action == "add":
            data["settings"] = {"selectedChannel": {"id": self.conversation.id}}
        client = {"type": "clientInfo", "locale": "en-US"}
        activity = where._activity(
            {"type": "installationUpdate", "action": action, "entities": [client]}, data=data
        )
        if action == "add":
            self._name_conversation(activity)
        return self._without_a_name(activity)

    def members_changed(self, key: str, *members: Person | None) -> Activity:
        """`membersAdded` or `membersRemoved`, of people or with None the bot itself.

        Where the bot is added to a team, the conversation is the selected channel; all other
        changes are in General.
        """
        accounts = []
        for member in members:
            account = {"id": self.world.account(member)["id"]}
            accounts.append(account | ({"aadObjectId": member.aad_object_id} if member else {}))
        event = {"membersAdded": "teamMemberAdded", "membersRemoved": "teamMemberRemoved"}[key]
        data: dict[str, Any] = {}
        added = key == "membersAdded" and None in members
        where = self if added else self._in_general()
        if self.team:
            data = {"eventType": event, "team": self._whole_team(self.team)}
        if self.team and added:
            data["settings"] = {"selectedChannel": {"id": self.conversation.id}}
        activity = where._activity({"type": "conversationUpdate", key: accounts}, data=data)
        activity["channelData"].pop("channel", None)
        if added:
            where._name_conversation(activity)
        return self._without_a_name(activity)

    def team_changed(self, event_type: str, team: Team, channel: Conversation | None) -> Activity:
        """A channel or with None the team itself changed: the conversation is General, and
        `channelData` names what changed. The person and a channel's team have no name in it."""
        data: dict[str, Any] = {"eventType": event_type}
        if channel:
            data["channel"] = {"id": channel.id, "name": channel.name}
        else:
            data["team"] = {"id": team.id, "name": team.name}
        activity = self._activity({"type": "conversationUpdate"}, data=data)
        if channel is None:
            del activity["channelData"]["channel"]
        return self._without_a_name(activity)

    def _whole_team(self, team: Team) -> dict[str, str]:
        """The team in an event about its members; messages and buttons have its ID alone."""
        return {"aadGroupId": team.aad_group_id, "name": team.name, "id": team.id}

    def _name_conversation(self, activity: Activity) -> None:
        if self.team:
            activity["conversation"]["name"] = self.conversation.name

    def _without_a_name(self, activity: Activity) -> Activity:
        """An event that nobody wrote: whoever caused it has no name."""
        del activity["from"]["name"]
        if activity["type"] == "conversationUpdate":
            del activity["locale"]
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
        if self.conversation.kind == "personal" and self.world.supports_sessions:
            app = self.world.catalog[0]
            channel_data["app"] = {"id": app.manifest_id, "version": app.version}
        if self.team:
            channel_data["team"] = {"id": self.team.id}
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
        }


def _html(text: str) -> str:
    """A text with mentions, as Teams writes it in HTML."""
    kind = 'itemtype="http://schema.skype.com/Mention" itemscope="" itemid="0"'
    marked = _MENTION.sub(rf"<span {kind}>\1</span>&nbsp;", escape(text, quote=False))
    return f"<p>{marked}</p>"

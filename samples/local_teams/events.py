"""What people do in Local Teams, and the activities that Teams sends the bot for it.

Shapes and fields: Microsoft's page on conversation events (2026-10-09).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .world import Activity, Conversation, GroupChat, Person, Team, World


@dataclass(frozen=True)
class Happening:
    """Something that a person does.

    Attributes:
        who: the person's name.
        does: says, installs, removes, joins, leaves, blocks or unblocks.
        where: empty for the personal chat, else a group chat, a team or `Team/Channel`, by name.
        text: what is said.
        reply_to: in a channel, the id of the message whose thread this continues.
    """

    who: str
    does: str
    where: str = ""
    text: str = ""
    reply_to: str = ""


def happen(world: World, happening: Happening, *, service_url: str) -> list[Activity]:
    """Let something happen in the world; answers with the activities that the bot is sent.

    Raises:
        ValueError: no person, place or deed has this name; the message says which there are.
    """
    person = next((p for p in world.people if p.name == happening.who), None)
    if person is None:
        raise ValueError(
            f"Nobody is called {happening.who!r}. There are: "
            + ", ".join(p.name for p in world.people)
        )
    place, conversation = _place(world, person, happening.where)
    scene = _Scene(
        world, person, conversation, place if isinstance(place, Team) else None, service_url
    )
    match happening.does:
        case "says":
            return scene.says(happening.text, happening.reply_to)
        case "installs":
            place.installed = True
            return [scene.members("membersAdded", None), scene.installation("add")]
        case "removes":
            place.installed = False
            return [scene.members("membersRemoved", None), scene.installation("remove")]
        case "joins":
            _everywhere(place, lambda c: None if person in c.members else c.members.append(person))
            return [scene.members("membersAdded", person)]
        case "leaves":
            _everywhere(place, lambda c: c.members.remove(person) if person in c.members else None)
            return [scene.members("membersRemoved", person)]
        case "blocks" | "unblocks":
            person.blocked = happening.does == "blocks"  # Teams tells the bot nothing of it
            return []
    raise ValueError(
        f"{happening.does!r} is not one of says, installs, removes, joins, leaves, blocks, unblocks"
    )


def _place(
    world: World, person: Person, where: str
) -> tuple[Person | GroupChat | Team, Conversation]:
    """What the app is installed in there, and the conversation that it is about."""
    if not where:
        return person, world.personal_chat(person)
    for chat in world.group_chats:
        if chat.conversation.name == where:
            return chat, chat.conversation
    name, _, channel_name = where.partition("/")
    for team in world.teams:
        for channel in team.channels:
            if team.name == name and channel.name == (channel_name or "General"):
                return team, channel
    raise ValueError(f"There is no chat, team or team/channel called {where!r}")


def _everywhere(place: Person | GroupChat | Team, do: Any) -> None:
    if isinstance(place, Team):
        for channel in place.channels:
            do(channel)
    elif isinstance(place, GroupChat):
        do(place.conversation)


@dataclass(frozen=True)
class _Scene:
    """Who does something where; makes the activities for it."""

    world: World
    person: Person
    conversation: Conversation
    team: Team | None
    service_url: str

    def says(self, text: str, reply_to: str) -> list[Activity]:
        """A message. In a group chat and in a channel the bot gets only what mentions it."""
        said: Activity = {"type": "message", "text": text, "textFormat": "plain"}
        if self.conversation.kind != "personal" and "<at>" in text:
            mention = {
                "type": "mention",
                "text": f"<at>{self.world.bot_name}</at>",
                "mentioned": self.world.account(None),
            }
            said["entities"] = [mention]
        stored = self.world.post(self.conversation, said, thread=reply_to, sender=self.person)
        if self.conversation.kind != "personal" and "entities" not in said:
            return []
        if not self.world.bot_is_in(self.conversation):
            return []
        entities = [*said.get("entities", []), self._client()]
        return [self._activity(said | {"entities": entities, "id": stored["id"]}, stored)]

    def installation(self, action: str) -> Activity:
        """`installationUpdate`: who did it comes without a name, and only `add` in a team names
        the channel that was chosen for it."""
        data: dict[str, Any] = {}
        if self.team and action == "add":
            data["settings"] = {"selectedChannel": {"id": self.conversation.id}}
        scene = self if action == "add" else self._at_root()
        installed = scene._activity(
            {"type": "installationUpdate", "action": action, "entities": [self._client()]},
            data=data,
        )
        del installed["from"]["name"]
        del installed["localTimezone"]
        return installed

    def members(self, key: str, member: Person | None) -> Activity:
        """`membersAdded` or `membersRemoved`, of a person or with None the bot itself."""
        who = {"id": self.world.account(member)["id"]}
        if member:
            who["aadObjectId"] = member.aad_object_id
        event = {"membersAdded": "teamMemberAdded", "membersRemoved": "teamMemberRemoved"}[key]
        data = {"eventType": event} if self.team else {}
        return self._at_root()._activity({"type": "conversationUpdate", key: [who]}, data=data)

    def _at_root(self) -> _Scene:
        """The same in the General channel, which stands for the team in events about all of it."""
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
        stored: Activity | None = None,
        data: dict[str, Any] | None = None,
    ) -> Activity:
        """An activity with what Teams puts around every one."""
        conversation: dict[str, Any] = {
            "id": stored["conversation"]["id"] if stored else self.conversation.id,
            "conversationType": self.conversation.kind,
            "tenantId": self.world.tenant_id,
        }
        if self.conversation.kind != "personal":
            conversation["isGroup"] = True
        channel_data: dict[str, Any] = {"tenant": {"id": self.world.tenant_id}, **(data or {})}
        if self.team:
            channel_data["team"] = {"id": self.team.id, "name": self.team.name}
            channel_data["channel"] = {"id": self.conversation.id}
        now = self.world.clock() if stored is None else None
        return {
            "id": f"f:{self.world.correlation()}",
            **activity,
            "timestamp": stored["timestamp"] if stored else now.isoformat(timespec="milliseconds"),  # type: ignore[union-attr]
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": self.world.account(self.person),
            "recipient": self.world.account(None),
            "conversation": conversation,
            "channelData": channel_data,
            "locale": "en-US",
            "localTimezone": self.person.timezone,
        }

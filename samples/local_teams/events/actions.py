"""What people do in Local Teams, and the activities that Teams sends the bot for it.

Shapes and fields: facts.toml, conversation-events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ..model.world import Activity, Conversation, GroupChat, Person, Team, World


@dataclass(frozen=True)
class Happening:
    """Something that a person does.

    Attributes:
        who: the person, by name, by first name where only one has it, or by id.
        does: one of `DEEDS`.
        where: empty for the personal chat, else a group chat, a team or `Team/Channel` by name,
            or a conversation by id. A channel that is created is named as it will be called.
        text: what is said, or the new name of what is renamed.
        reply_to: in a channel, the id of the message whose thread this continues.
    """

    who: str
    does: str
    where: str = ""
    text: str = ""
    reply_to: str = ""


# `adds by upgrade` and `removes by upgrade`: a new version of the app brings the bot, or drops it.
DEEDS = (
    *("says", "installs", "removes", "adds by upgrade", "removes by upgrade"),
    *("joins", "leaves", "blocks", "unblocks", "disables", "enables"),
    *("creates", "renames", "deletes", "restores", "archives", "unarchives"),
)


def happen(world: World, happening: Happening, *, service_url: str = "") -> list[Activity]:
    """Let something happen in the world; answers with the activities that the bot is sent.

    Args:
        service_url: what the activities name; the world's own when empty.

    Raises:
        ValueError: no person, place or deed has this name, or it cannot be done there; the
            message says what there is. Nothing has changed then.
    """
    person, where, does = find_person(world, happening.who), happening.where, happening.does
    service_url = service_url or world.service_url
    if does not in DEEDS:
        raise ValueError(f"{does!r} is not one of {', '.join(DEEDS)}")
    if does in ("creates", "renames", "deletes", "restores", "archives", "unarchives"):
        team, channel, told = _reshape(world, does, where, happening.text)
        if not told or not team.installed or world.disabled_by_admin:
            return []
        return [
            _Scene(world, person, team.channels[0], team, service_url).event(told, team, channel)
        ]
    place, conversation = find_place(world, person, where)
    scene = _Scene(
        world, person, conversation, place if isinstance(place, Team) else None, service_url
    )
    sent: list[Activity] = []
    match does:
        case "says":
            said = scene.says(happening.text, happening.reply_to)
            return [] if world.disabled_by_admin else said
        case "installs":
            place.installed = True
            sent = [scene.members("membersAdded", None), scene.installation("add")]
        case "removes":
            place.installed = False
            return [scene.members("membersRemoved", None), scene.installation("remove")]
        case "adds by upgrade" | "removes by upgrade":
            place.installed = does == "adds by upgrade"
            return [scene.installation("add-upgrade" if place.installed else "remove-upgrade")]
        case "joins":
            _everywhere(place, lambda c: None if person in c.members else c.members.append(person))
            sent = [scene.members("membersAdded", person)]
        case "leaves":
            _everywhere(place, lambda c: c.members.remove(person) if person in c.members else None)
            sent = [scene.members("membersRemoved", person)]
        # Teams tells the bot nothing of these.
        case "blocks" | "unblocks":
            person.blocked = does == "blocks"
        case _:
            world.disabled_by_admin = does == "disables"
    return sent if place.installed and not world.disabled_by_admin else []


def find_person(world: World, who: str) -> Person:
    """The person with this name, this first name where only one has it, or this id.

    Raises:
        ValueError: there is nobody, or several; the message says who there is.
    """
    found = [p for p in world.people if who in (p.name, p.id, p.aad_object_id)]
    found = found or [p for p in world.people if p.name.split()[0] == who]
    if len(found) == 1:
        return found[0]
    raise ValueError(
        f"{'Several are' if found else 'Nobody is'} called {who!r}. There are: "
        + ", ".join(p.name for p in found or world.people)
    )


def find_place(
    world: World, person: Person, where: str
) -> tuple[Person | GroupChat | Team, Conversation]:
    """What the app is installed in there, and the conversation that it is about.

    Raises:
        ValueError: there is no such place; the message says which there are.
    """
    if not where:
        return person, world.personal_chat(person)
    for chat in world.group_chats:
        if where in (chat.conversation.name, chat.conversation.id):
            return chat, chat.conversation
    for team in world.teams:
        for channel in team.channels:
            if where in (f"{team.name}/{channel.name}", channel.id):
                return team, channel
        if where == team.name:
            return team, team.channels[0]
    for owner in world.people:
        if owner.id in world.personal_chats and where == world.personal_chat(owner).id:
            return owner, world.personal_chat(owner)
    raise ValueError(
        f"There is no chat, team or team/channel called {where!r}. There are: "
        + ", ".join(
            [
                *(chat.conversation.name for chat in world.group_chats),
                *(f"{team.name}/{c.name}" for team in world.teams for c in team.channels),
            ]
        )
    )


def _reshape(
    world: World, does: str, where: str, new_name: str
) -> tuple[Team, Conversation | None, str]:
    """Create, rename, delete, restore or archive; answers with the team, the channel if it is
    about one, and the event type, empty where Teams has none."""
    team_name, _, name = where.partition("/")
    gone = does == "restores" and not name
    team = _called(team_name, world.deleted_teams if gone else world.teams, "team")
    if not name:
        match does:
            case "renames":
                team.name = _free(new_name, world.teams)
            case "deletes":
                world.remove_team(team)
            case "restores":
                _free(team.name, world.teams)
                world.restore_team(team)
            case "archives" | "unarchives":
                if team.archived == (does == "archives"):
                    raise ValueError(f"{team.name} is {'' if team.archived else 'not '}archived")
                team.archived = does == "archives"
            case _:
                raise ValueError(f"Name the channel too: {team.name}/…")
        return team, None, f"team{_PAST[does]}"
    if does == "creates":
        return team, world.add_channel(team, _free(name, team.channels)), "channelCreated"
    channel = _called(name, team.deleted if does == "restores" else team.channels, "channel")
    match does:
        case "renames":
            channel.name = _free(new_name, team.channels)
        case "deletes":
            if channel is team.channels[0]:
                raise ValueError(f"{channel.name} is the team itself, and goes only with it")
            world.remove_channel(channel)
        case "restores":
            _free(channel.name, team.channels)
            world.restore_channel(team, channel)
        case _:
            raise ValueError(f"Only a team is archived, and {where} is a channel")
    return team, channel, f"channel{_PAST[does]}"


_PAST = {
    "renames": "Renamed",
    "deletes": "Deleted",
    "restores": "Restored",
    "archives": "Archived",
    "unarchives": "Unarchived",
}


_T = TypeVar("_T", Team, Conversation)


def _called(name: str, there: list[_T], kind: str) -> _T:
    for one in there:
        if name in (one.name, one.id):
            return one
    names = ", ".join(one.name for one in there)
    raise ValueError(f"There is no {kind} called {name!r} for it. There are: {names or 'none'}")


def _free(name: str, there: Sequence[Team | Conversation]) -> str:
    """A name that nothing there has yet."""
    if not name or "/" in name or any(one.name == name for one in there):
        raise ValueError(f"{name!r} is taken, empty or has a slash: choose another name")
    return name


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
            # The chosen channel stands only in this one (facts.toml, conversation-events).
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

    def event(self, event_type: str, team: Team, channel: Conversation | None) -> Activity:
        """Something happened to a channel or to the team: the conversation is General's, and
        `channelData` says what is meant. Who did it and, for a channel, the team have no name."""
        data: dict[str, Any] = {"eventType": event_type}
        if channel:
            data["team"] = {"id": team.id}
            data["channel"] = {"id": channel.id, "name": channel.name}
        told = self._activity({"type": "conversationUpdate"}, data=data)
        if channel is None:
            del told["channelData"]["channel"]
        del told["from"]["name"]
        return told

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
        channel_data: dict[str, Any] = {"tenant": {"id": self.world.tenant_id}}
        if self.team:
            channel_data["team"] = {"id": self.team.id, "name": self.team.name}
            channel_data["channel"] = {"id": self.conversation.id}
        channel_data |= data or {}
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

"""The state of Local Teams: a tenant, its people, chats, teams and messages."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .catalog import App, Group, least_permissions

if TYPE_CHECKING:
    from .faults import Fault
    from .limits import Limits

Activity = dict[str, Any]
Clock = Callable[[], datetime]


@dataclass(eq=False, slots=True)
class Person:
    """Somebody in the tenant.

    Attributes:
        id: `29:…`, which holds for one bot and one person.
        aad_object_id: the Entra object id, a GUID that holds in the whole tenant.
        installed: whether the app is installed in this person's personal scope.
        blocked: whether this person blocked the bot.
        profile: what else Microsoft Graph knows, or knows differently, by Graph's names.
    """

    id: str
    aad_object_id: str
    name: str
    installed: bool = True
    blocked: bool = False
    timezone: str = "Europe/London"
    profile: dict[str, Any] = field(default_factory=dict)

    @property
    def email(self) -> str:
        """Also the user principal name."""
        return f"{self.name.lower().replace(' ', '.')}@contoso.example"


@dataclass(eq=False, slots=True)
class Conversation:
    """A personal chat, a group chat or a channel, with what was said in it, oldest first.

    A channel holds the messages of all its threads; a message's `conversation.id` names its thread.

    Attributes:
        moderated: whether the moderation settings of the channel keep the bot out.
    """

    id: str
    kind: str  # personal | groupChat | channel, as conversationType says it
    name: str
    members: list[Person]
    messages: list[Activity] = field(default_factory=list)
    moderated: bool = False
    _by_id: dict[str, Activity] = field(default_factory=dict)

    def message(self, message_id: str) -> Activity | None:
        """The message with this id, or None."""
        return self._by_id.get(message_id)

    def add(self, message: Activity) -> None:
        """Append a message that has an id."""
        self.messages.append(message)
        self._by_id[message["id"]] = message


@dataclass(eq=False)
class GroupChat:
    """A group chat, or with an id that ends in `@unq.gbl.spaces` a chat of two people.

    Attributes:
        topic: its title; None when it has none.
        created: when Microsoft Graph says that it was made.
        roles: of its members, by their Entra object id; owner where nothing else is said.
    """

    conversation: Conversation
    installed: bool
    topic: str | None = None
    created: str = "2026-01-02T08:00:00Z"
    roles: dict[str, list[str]] = field(default_factory=dict)


@dataclass(eq=False)
class Team:
    """A team; its id is the id of its General channel, which stands first in `channels`.

    Attributes:
        aad_group_id: the Entra group that the team is; Microsoft Graph's id of the team.
    """

    name: str
    channels: list[Conversation]
    installed: bool
    archived: bool = False
    deleted: list[Conversation] = field(default_factory=list)  # channels that can be restored
    aad_group_id: str = ""

    @property
    def id(self) -> str:
        return self.channels[0].id


class World:
    """One tenant as one bot sees it.

    Args:
        clock: says what time it is, with a time zone.
        seed: ids are derived from it, so two worlds with the same seed have the same ids.

    Attributes:
        service_url: where the world is served; activities to the bot name it.
        cloud: `Public`, or `GCC`, whose tenants are served at their own host only.
        disabled_by_admin: whether the tenant's administrator blocks the app.
        weather: faults that wait for a request, in the order in which they strike.
        limits: how fast a bot may ask; None for as fast as it can.
        pending: activities that a request made Teams send the bot, until the edge delivers them.
        changes: the id of a conversation for each time that something was said, changed or taken
            back in it, oldest first; who watches needs to look only at those after its last look.
        catalog: the apps that Microsoft Graph can install; the bot's own stands first.
        groups: of the directory, beside those of the teams.
        granted: the application permissions that an administrator consented to.
    """

    def __init__(self, *, clock: Clock = lambda: datetime.now(UTC), seed: str = "Contoso") -> None:
        self.clock = clock
        self.seed = seed
        self.tenant_id = self._guid("tenant")
        self.bot_app_id = self._guid("bot")
        self.bot_name = "Contoso Notifier"
        self.people: list[Person] = []
        self.group_chats: list[GroupChat] = []
        self.teams: list[Team] = []
        self.deleted_teams: list[Team] = []  # they can be restored
        self.personal_chats: dict[str, Conversation] = {}  # by the person's id
        self.service_url = ""
        self.cloud = "Public"
        self.disabled_by_admin = False
        self.weather: list[Fault] = []
        self.limits: Limits | None = None
        self._people: dict[str, Person] = {}  # by 29: id and by Entra object id
        self._people_by_name: dict[str, Person] = {}  # by user principal name
        self._conversations: dict[str, Conversation] = {}  # all of them, by id
        self._teams: dict[str, Team] = {}  # by the id of each channel
        self._group_chats: dict[str, GroupChat] = {}  # by the conversation's id
        self.pending: list[Activity] = []
        self.changes: list[str] = []
        self.catalog = [
            App(
                self._guid("app in the catalog"),
                self._guid("manifest"),
                self.bot_name,
                bot_id=self.bot_app_id,
                client_id=self.bot_app_id,
            )
        ]
        self.groups: list[Group] = []
        self.granted = least_permissions()
        self.answered = 0  # how many requests so far, for correlation ids
        self._made: Counter[tuple[str, ...]] = Counter()  # channels ever made with these names
        self._last_message = 0

    @property
    def bot_id(self) -> str:
        return f"28:{self.bot_app_id}"

    # -- scenery ----------------------------------------------------------------------------------

    def add_person(
        self,
        name: str,
        *,
        installed: bool = True,
        blocked: bool = False,
        timezone: str = "Europe/London",
        aad_object_id: str = "",
    ) -> Person:
        person = Person(
            f"29:1{self._opaque('person', name)}",
            aad_object_id or self._guid(f"person {name}"),
            name,
            installed,
            blocked,
            timezone,
        )
        self.people.append(person)
        self._people[person.id] = self._people[person.aad_object_id] = person
        self._people_by_name[person.email] = person
        if installed:
            self.personal_chat(person)
        return person

    def add_group_chat(self, name: str, *members: Person, installed: bool = True) -> GroupChat:
        conversation = Conversation(
            f"19:{self.hexadecimal('chat', name)}@thread.v2", "groupChat", name, list(members)
        )
        return self.add_chat(GroupChat(conversation, installed, topic=name))

    def add_chat(self, chat: GroupChat) -> GroupChat:
        self.group_chats.append(chat)
        self._conversations[chat.conversation.id] = chat.conversation
        self._group_chats[chat.conversation.id] = chat
        return chat

    def add_team(
        self,
        name: str,
        *members: Person,
        channels: tuple[str, ...] = (),
        installed: bool = True,
        aad_group_id: str = "",
    ) -> Team:
        team = Team(name, [], installed, aad_group_id=aad_group_id or self._guid("team", name))
        for channel in ("General", *channels):
            self.add_channel(team, channel, members=list(members))
        self.teams.append(team)
        return team

    def add_channel(
        self, team: Team, name: str, *, members: list[Person] | None = None
    ) -> Conversation:
        """Make a channel; it has the members of the team unless others are named."""
        named = ("channel", team.name, name)
        again = [str(self._made[named])] if named in self._made else []  # the id is a new one
        self._made[named] += 1
        channel = Conversation(
            f"19:{self.hexadecimal(*named, *again)}@thread.tacv2",
            "channel",
            name,
            list(team.channels[0].members) if members is None else members,
        )
        team.channels.append(channel)
        self._serve(team, channel)
        return channel

    def _serve(self, team: Team, *channels: Conversation) -> None:
        for channel in channels:
            self._conversations[channel.id] = channel
            self._teams[channel.id] = team

    def remove_personal_chat(self, person: Person) -> None:
        """Let the chat of a person and all that was said in it be gone, until one is made anew."""
        del self._conversations[self.personal_chats.pop(person.id).id]

    def remove_channel(self, channel: Conversation) -> None:
        """Delete a channel with all that was said in it."""
        team = self._teams.pop(channel.id)
        del self._conversations[channel.id]
        team.channels.remove(channel)
        team.deleted.append(channel)

    def restore_channel(self, team: Team, channel: Conversation) -> None:
        """Bring a deleted channel back."""
        team.deleted.remove(channel)
        team.channels.append(channel)
        self._serve(team, channel)

    def remove_team(self, team: Team) -> None:
        """Delete a team with its channels."""
        for channel in team.channels:
            del self._conversations[channel.id], self._teams[channel.id]
        self.teams.remove(team)
        self.deleted_teams.append(team)

    def restore_team(self, team: Team) -> None:
        """Bring a deleted team back, with the channels that it had then."""
        self.deleted_teams.remove(team)
        self.teams.append(team)
        self._serve(team, *team.channels)

    def add_group(self, name: str, *members: Person, groups: tuple[Group, ...] = ()) -> Group:
        self.groups.append(Group(self._guid("group", name), name, list(members), list(groups)))
        return self.groups[-1]

    # -- looking ----------------------------------------------------------------------------------

    def person(self, key: str) -> Person | None:
        """The person with this `29:` id or Entra object id."""
        return self._people.get(key) or self._people.get(key.lower())

    def person_called(self, user_principal_name: str) -> Person | None:
        """The person with this user principal name, in any case of its letters."""
        return self._people_by_name.get(user_principal_name.lower())

    def personal_chat(self, person: Person) -> Conversation:
        """The one chat between the bot and this person; it is made when first asked for."""
        if person.id not in self.personal_chats:
            chat_id = (
                f"a:1{self._opaque('personal chat', person.id)}{self._opaque('more', person.id)}"
            )
            chat = Conversation(chat_id, "personal", person.name, [person])
            self.personal_chats[person.id] = self._conversations[chat_id] = chat
            self._conversations[self.graph_chat_id(chat)] = chat
        return self.personal_chats[person.id]

    def conversations(self) -> list[Conversation]:
        """Every conversation: personal chats, group chats, then channels."""
        return [
            *self.personal_chats.values(),
            *(chat.conversation for chat in self.group_chats),
            *(channel for team in self.teams for channel in team.channels),
        ]

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation with this id; the id of a thread (`…;messageid=…`) finds its channel.

        None when there is none, or when the channel has no such thread.
        """
        channel_id, _, root = conversation_id.partition(";messageid=")
        found = self._conversations.get(channel_id)
        if found and root and not found.message(root):
            return None
        return found

    def graph_chat_id(self, conversation: Conversation) -> str:
        """Graph's id of a chat: for a personal one another than bots see, which they may use."""
        if conversation.kind != "personal":
            return conversation.id
        two = sorted((conversation.members[0].aad_object_id, self.bot_app_id))
        return f"19:{'_'.join(two)}@unq.gbl.spaces"

    def group_chat(self, conversation: Conversation) -> GroupChat | None:
        return self._group_chats.get(conversation.id)

    def team_of(self, channel: Conversation) -> Team | None:
        return self._teams.get(channel.id)

    def bot_is_in(self, conversation: Conversation) -> bool:
        """Whether the app is installed where this conversation is."""
        if conversation.kind == "personal":
            return conversation.members[0].installed or self.shares_a_team(conversation.members[0])
        if conversation.kind == "groupChat":
            return self._group_chats[conversation.id].installed
        team = self.team_of(conversation)
        return team is not None and team.installed

    def shares_a_team(self, person: Person) -> bool:
        """Whether they are in a team that has the app; then the bot may write to their `29:` id."""
        return any(team.installed and person in team.channels[0].members for team in self.teams)

    def messages(self, conversation_id: str) -> list[Activity] | None:
        """What was said in a conversation or a channel's thread, oldest first; None if unknown."""
        found = self.conversation(conversation_id)
        if found is None:
            return None
        return [m for m in found.messages if conversation_id in (found.id, m["conversation"]["id"])]

    def as_json(self, service_url: str) -> dict[str, Any]:
        """The world without its messages, as `GET /_local/world` answers it."""
        return {
            "serviceUrl": service_url,
            "tenantId": self.tenant_id,
            "bot": {"id": self.bot_id, "appId": self.bot_app_id, "name": self.bot_name},
            "cloud": self.cloud,
            "disabledByAdmin": self.disabled_by_admin,
            "limits": self.limits is not None,
            "weather": [fault.as_json() for fault in self.weather],
            "people": [
                {
                    "id": p.id,
                    "aadObjectId": p.aad_object_id,
                    "name": p.name,
                    "installed": p.installed,
                    "blocked": p.blocked,
                    "chatId": self.personal_chats[p.id].id if p.id in self.personal_chats else None,
                }
                for p in self.people
            ],
            "groupChats": [
                {
                    "id": chat.conversation.id,
                    "name": chat.conversation.name,
                    "members": [m.id for m in chat.conversation.members],
                    "installed": chat.installed,
                }
                for chat in self.group_chats
            ],
            "teams": [
                {
                    "id": team.id,
                    "name": team.name,
                    "members": [m.id for m in team.channels[0].members],
                    "installed": team.installed,
                    "channels": [
                        {"id": channel.id, "name": channel.name} for channel in team.channels
                    ],
                }
                for team in self.teams
            ],
        }

    # -- happening --------------------------------------------------------------------------------

    def post(
        self,
        conversation: Conversation,
        activity: Activity,
        *,
        thread: str = "",
        sender: Person | None = None,
    ) -> Activity:
        """Store a message and return it as stored, with its id, time and sender.

        Args:
            thread: in a channel, the id of the thread's first message; without it a thread starts.
            sender: who says it; the bot when None.
        """
        now = self.clock()
        # Teams' message ids are the time of the post in milliseconds; two posts never share one.
        self._last_message = max(int(now.timestamp() * 1000), self._last_message + 1)
        message_id = str(self._last_message)
        said_in = conversation.id
        if conversation.kind == "channel":
            said_in += f";messageid={thread or message_id}"
        stored = {
            **activity,
            "id": message_id,
            "timestamp": now.isoformat(timespec="milliseconds"),
            "from": self.account(sender),
            "conversation": {
                "id": said_in,
                "conversationType": conversation.kind,
                "tenantId": self.tenant_id,
            },
        }
        conversation.add(stored)
        self.changes.append(conversation.id)
        return stored

    def account(self, person: Person | None) -> dict[str, str]:
        """How activities name a person, or with None the bot."""
        if person is None:
            return {"id": self.bot_id, "name": self.bot_name}
        return {"id": person.id, "name": person.name, "aadObjectId": person.aad_object_id}

    def update(self, message: Activity, activity: Activity) -> None:
        """Replace what a message says; it is marked as edited."""
        kept = {key: message[key] for key in ("id", "timestamp", "from", "conversation")}
        message.clear()
        message.update({**activity, **kept, "edited": True})
        self._changed(message)

    def delete(self, message: Activity) -> None:
        """Take back what a message says; a mark stays where it was."""
        for key in ("text", "attachments", "entities", "summary"):
            message.pop(key, None)
        message["deleted"] = True
        self._changed(message)

    def _changed(self, message: Activity) -> None:
        self.changes.append(message["conversation"]["id"].partition(";messageid=")[0])

    def correlation(self) -> str:
        """The next value of the MS-CV header."""
        self.answered += 1
        return f"{self._opaque('correlation', str(self.answered))[:22]}.0"

    # -- ids: derived from the seed, in the shapes that Teams uses --------------------------------

    def _digest(self, *parts: str) -> bytes:
        return hashlib.sha256("\0".join((self.seed, *parts)).encode()).digest()

    def _opaque(self, *parts: str) -> str:
        return base64.urlsafe_b64encode(self._digest(*parts)).decode().rstrip("=")

    def hexadecimal(self, *parts: str) -> str:
        return self._digest(*parts).hex()[:32]

    def _guid(self, *parts: str) -> str:
        return str(uuid.UUID(bytes=self._digest(*parts)[:16], version=4))


def contoso(*, clock: Clock = lambda: datetime.now(UTC)) -> World:
    """The tenant that Local Teams starts with: everyone and everything that the guide names."""
    world = World(clock=clock)
    ada = world.add_person("Ada Lovelace")
    grace = world.add_person("Grace Hopper", timezone="America/New_York")
    alan = world.add_person("Alan Turing")
    katherine = world.add_person("Katherine Johnson", timezone="America/Los_Angeles")
    edsger = world.add_person("Edsger Dijkstra", timezone="Europe/Amsterdam")
    barbara = world.add_person("Barbara Liskov", installed=False)
    dennis = world.add_person("Dennis Ritchie", blocked=True)
    world.add_group_chat("Launch party", ada, grace, alan)
    world.add_group_chat("Lunch", edsger, barbara, dennis, installed=False)
    world.add_team("Engineering", ada, grace, alan, katherine, channels=("Releases", "Incidents"))
    world.add_team("Finance", edsger, barbara, installed=False)
    world.add_group("Everyone", *world.people)
    return world

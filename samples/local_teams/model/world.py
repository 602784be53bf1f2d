"""The state of Local Teams: a tenant, its people, chats, teams and messages."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from . import messages
from .catalog import App, least_permissions
from .clock import Clock, system_clock
from .history import History
from .ids import Ids, one_on_one_chat, split_thread, thread_id
from .messages import Activity
from .people import Group, Person
from .teams import Conversation, GroupChat, Team

if TYPE_CHECKING:
    from .faults import Fault
    from .limits import Limits

CHANGES_KEPT = 20_000  # for pages that look again; one that comes later reads every conversation


class World:
    """One tenant as one bot sees it.

    A lookup (`person`, `group_chat`) returns None when nothing is there; `find_…` elsewhere raises.

    Args:
        clock: gives the current time.
        seed: ids are derived from it, so two worlds with the same seed have the same ids.

    Attributes:
        service_url: where the world is served; activities to the bot name it.
        cloud: `Public`, or `GCC`, whose tenants are served at their own host only.
        disabled_by_admin: whether the tenant's administrator blocks the app.
        faults: those of the next requests, in the order in which they strike.
        limits: how fast a bot may ask; None for as fast as it can.
        pending: activities that a request made Teams send the bot, until the edge delivers them.
        changes: how many times a message was posted, changed or deleted; a watcher asks for what
            `changed_since` its last look.
        said_by_bot: how many messages the bot posted.
        catalog: the apps that Microsoft Graph can install; the bot's own is the first.
        groups: of the directory, beside those of the teams.
        granted: the application permissions that an administrator consented to.
    """

    def __init__(self, *, clock: Clock = system_clock, seed: str = "Contoso") -> None:
        self.clock = clock
        self.ids = Ids(seed)
        self.tenant_id = self.ids.guid("tenant")
        self.bot_app_id = self.ids.guid("bot")
        self.bot_name = "Contoso Notifier"
        self.people: list[Person] = []
        self.group_chats: list[GroupChat] = []
        self.teams: list[Team] = []
        self.deleted_teams: list[Team] = []  # they can be restored
        self.personal_chats: dict[str, Conversation] = {}  # by the person's id
        self.sessions: dict[str, list[Conversation]] = {}  # beside that chat, by the person's id
        self.service_url = ""
        self.cloud = "Public"
        self.disabled_by_admin = False
        self.faults: list[Fault] = []
        self.limits: Limits | None = None
        self.pending: list[Activity] = []
        self.changes = self.said_by_bot = 0
        self.catalog = [
            App(
                self.ids.guid("app in the catalog"),
                self.ids.guid("manifest"),
                self.bot_name,
                bot_id=self.bot_app_id,
                client_id=self.bot_app_id,
            )
        ]
        self.groups: list[Group] = []
        self.granted = least_permissions()
        self._people: dict[str, Person] = {}  # by 29: id and by Entra object id
        self._people_by_upn: dict[str, Person] = {}
        self._conversations: dict[str, Conversation] = {}  # all of them, by id
        self._teams: dict[str, Team] = {}  # by the id of each channel
        self._group_chats: dict[str, GroupChat] = {}  # by the conversation's id
        self._answered = 0  # requests so far, for correlation ids
        self._made: Counter[tuple[str, str]] = Counter()  # channels ever made, by both names
        self._last_message = 0
        self._history = History()
        self._changed: deque[str] = deque(maxlen=CHANGES_KEPT)  # where each of the last changes was

    @property
    def bot_id(self) -> str:
        return f"28:{self.bot_app_id}"

    @property
    def supports_sessions(self) -> bool:
        """Whether the bot's own app has sessions: see `App.supports_sessions`."""
        return self.catalog[0].supports_sessions

    # -- people, chats and teams ------------------------------------------------------------------

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
            self.ids.person(name),
            aad_object_id or self.ids.guid(f"person {name}"),
            name,
            installed,
            blocked,
            timezone,
        )
        self.people.append(person)
        self._people[person.id] = self._people[person.aad_object_id] = person
        self._people_by_upn[person.email] = person
        if installed:
            self.personal_chat(person)
        return person

    def add_group_chat(self, name: str, *members: Person, installed: bool = True) -> GroupChat:
        conversation = Conversation(self.ids.group_chat(name), "groupChat", name, list(members))
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
        team = Team(name, [], installed, aad_group_id=aad_group_id or self.ids.guid("team", name))
        for channel in ("General", *channels):
            self.add_channel(team, channel, members=list(members))
        self.teams.append(team)
        return team

    def add_channel(
        self, team: Team, name: str, *, members: list[Person] | None = None
    ) -> Conversation:
        """Make a channel; it has the members of the team unless you name others."""
        names = (team.name, name)
        # The second channel of this name gets a new id.
        count = [str(self._made[names])] if names in self._made else []
        self._made[names] += 1
        channel = Conversation(
            self.ids.channel(*names, *count),
            "channel",
            name,
            list(team.members) if members is None else members,
        )
        team.channels.append(channel)
        self._index(team, channel)
        return channel

    def _index(self, team: Team, *channels: Conversation) -> None:
        for channel in channels:
            self._conversations[channel.id] = channel
            self._teams[channel.id] = team

    def add_session(self, person: Person, title: str) -> Conversation:
        """Open another session with a person; the personal chat stays the default one."""
        theirs = self.sessions.setdefault(person.id, [])
        chat_id = self.ids.personal_chat(f"{person.id} session {len(theirs) + 1}")
        theirs.append(Conversation(chat_id, "personal", title, [person]))
        self._conversations[chat_id] = theirs[-1]
        return theirs[-1]

    def remove_personal_chat(self, person: Person) -> None:
        """Delete a person's chat with all its messages; the next lookup makes a new one."""
        chat = self.personal_chats.pop(person.id)
        del self._conversations[chat.id], self._conversations[self.graph_chat_id(chat)]

    def remove_channel(self, channel: Conversation) -> None:
        """Delete a channel with all its messages."""
        team = self._teams.pop(channel.id)
        del self._conversations[channel.id]
        team.channels.remove(channel)
        team.deleted.append(channel)

    def restore_channel(self, team: Team, channel: Conversation) -> None:
        """Bring a deleted channel back."""
        team.deleted.remove(channel)
        team.channels.append(channel)
        self._index(team, channel)

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
        self._index(team, *team.channels)

    def add_group(self, name: str, *members: Person, groups: tuple[Group, ...] = ()) -> Group:
        self.groups.append(Group(self.ids.guid("group", name), name, list(members), list(groups)))
        return self.groups[-1]

    # -- looking up -------------------------------------------------------------------------------

    def person(self, key: str) -> Person | None:
        """The person with this `29:` id or Entra object id, or None."""
        return self._people.get(key) or self._people.get(key.lower())

    def person_by_upn(self, user_principal_name: str) -> Person | None:
        """The person with this user principal name, in any case of its letters, or None."""
        return self._people_by_upn.get(user_principal_name.lower())

    def personal_chat(self, person: Person) -> Conversation:
        """The one chat between the bot and this person; the first call makes it."""
        if person.id not in self.personal_chats:
            chat = Conversation(
                self.ids.personal_chat(person.id), "personal", person.name, [person]
            )
            self.personal_chats[person.id] = self._conversations[chat.id] = chat
            self._conversations[self.graph_chat_id(chat)] = chat
        return self.personal_chats[person.id]

    def default_of(self, conversation: Conversation) -> str | None:
        """The id of the person whose personal chat this is; None for every other conversation."""
        if conversation.kind != "personal" or conversation in self.sessions.get(
            conversation.members[0].id, []
        ):
            return None
        return conversation.members[0].id

    def conversations(self) -> list[Conversation]:
        """Every conversation: personal chats, sessions, group chats, then channels."""
        return [
            *self.personal_chats.values(),
            *(one for theirs in self.sessions.values() for one in theirs),
            *(chat.conversation for chat in self.group_chats),
            *(channel for team in self.teams for channel in team.channels),
        ]

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation with this id, or None; the id of a thread finds its channel.

        None too when the channel has no such thread.
        """
        channel_id, root = split_thread(conversation_id)
        found = self._conversations.get(channel_id)
        if found and root and not found.has_thread(conversation_id):
            return None
        return found

    def graph_chat_id(self, conversation: Conversation) -> str:
        """Graph's id of a chat; of a personal chat it differs from the id that bots see."""
        if conversation.kind != "personal":
            return conversation.id
        return one_on_one_chat(conversation.members[0].aad_object_id, self.bot_app_id)

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
        return any(team.installed and person in team.members for team in self.teams)

    def messages(self, conversation_id: str) -> list[Activity] | None:
        """The messages of a conversation or a channel's thread, oldest first; None if unknown."""
        found = self.conversation(conversation_id)
        if found is None:
            return None
        return [m for m in found.messages if conversation_id in (found.id, m["conversation"]["id"])]

    def account(self, person: Person | None) -> dict[str, str]:
        """How activities name a person, or with None the bot."""
        if person is None:
            return {"id": self.bot_id, "name": self.bot_name}
        return {"id": person.id, "name": person.name, "aadObjectId": person.aad_object_id}

    def as_json(self, service_url: str) -> dict[str, Any]:
        """The world without its messages, as `GET /_local/world` answers it."""
        chats = self.personal_chats
        return {
            "serviceUrl": service_url,
            "tenantId": self.tenant_id,
            "bot": {"id": self.bot_id, "appId": self.bot_app_id, "name": self.bot_name},
            "cloud": self.cloud,
            "disabledByAdmin": self.disabled_by_admin,
            "limits": self.limits is not None,
            "supportsSessions": self.supports_sessions,
            "weather": [fault.as_json() for fault in self.faults],
            "people": [
                {
                    **p.as_json(),
                    "chatId": chats[p.id].id if p.id in chats else None,
                    "sessions": [
                        {"id": one.id, "name": one.name} for one in self.sessions.get(p.id, [])
                    ],
                }
                for p in self.people
            ],
            "groupChats": [chat.as_json() for chat in self.group_chats],
            "teams": [team.as_json() for team in self.teams],
            "groups": [{"id": group.id, "name": group.name} for group in self.groups],
            "catalog": [app.as_json() for app in self.catalog],
        }

    # -- messages ---------------------------------------------------------------------------------

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
            thread: in a channel, the id of the thread's first message; empty starts a new thread.
            sender: who says it; the bot when None.
        """
        now = self.clock()
        # Teams' message ids are the time of the post in milliseconds; two posts never share one.
        self._last_message = max(int(now.timestamp() * 1000), self._last_message + 1)
        message_id = str(self._last_message)
        where = conversation.id
        if conversation.kind == "channel":
            where = thread_id(conversation.id, thread or message_id)
        message = messages.stored(
            activity,
            message_id=message_id,
            moment=now,
            sender=self.account(sender),
            conversation={
                "id": where,
                "conversationType": conversation.kind,
                "tenantId": self.tenant_id,
            },
        )
        self._history.add(conversation, message)
        self.said_by_bot += sender is None
        self._note_change(conversation.id)
        return message

    def update(self, message: Activity, activity: Activity) -> None:
        """Replace the content of a message, and mark it as edited."""
        messages.edit(message, activity)
        self.changed(message)

    def delete(self, message: Activity) -> None:
        """Remove the content of a message, and mark it as deleted."""
        messages.retract(message)
        self.changed(message)

    def changed(self, message: Activity) -> None:
        """Note that the content of a message is another."""
        self._history.measure(message)
        self._note_change(split_thread(message["conversation"]["id"])[0])

    def _note_change(self, conversation_id: str) -> None:
        self._changed.append(conversation_id)
        self.changes += 1

    def changed_since(self, changes: int) -> list[str]:
        """The ids of the conversations that changed after so many changes, the latest last.

        After more changes than are kept, all where something was said.
        """
        latest = list(self._changed)  # a copy, since another thread may post meanwhile
        new = self.changes - changes
        if new > len(latest):
            return [one.id for one in self.conversations() if one.posted]
        return [*dict.fromkeys(latest[: -new - 1 : -1])][::-1]

    def correlation(self) -> str:
        """The next value of the MS-CV header."""
        self._answered += 1
        return self.ids.correlation(self._answered)

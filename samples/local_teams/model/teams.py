"""Where people talk: personal chats, group chats, and teams with their channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .ids import split_thread
from .messages import Activity
from .people import Person


@dataclass(eq=False, slots=True)
class Conversation:
    """A personal chat, a group chat or a channel, with its messages, oldest first.

    A channel has the messages of all its threads; a message's `conversation.id` names its thread.

    Attributes:
        messages: the latest; `history` says how many are kept.
        posted: how many there were ever.
        moderated: whether the moderation settings of the channel keep the bot out.
    """

    id: str
    kind: str  # personal | groupChat | channel, as conversationType says it
    name: str
    members: list[Person]
    messages: list[Activity] = field(default_factory=list)
    posted: int = 0
    moderated: bool = False
    _by_id: dict[str, Activity] = field(default_factory=dict)

    def message(self, message_id: str) -> Activity | None:
        """The message with this id, or None."""
        return self._by_id.get(message_id)

    def add(self, message: Activity) -> None:
        """Append a message that has an id."""
        self.messages.append(message)
        self._by_id[message["id"]] = message
        self.posted += 1

    def drop_oldest(self) -> None:
        """Forget the first of the messages."""
        del self._by_id[self.messages.pop(0)["id"]]

    def since(self, posted: int) -> list[Activity]:
        """The messages after so many, as far as they are kept."""
        new = self.posted - posted
        return self.messages[-new:] if new > 0 else []

    def has_thread(self, conversation_id: str) -> bool:
        """Whether a message of this thread is kept."""
        _, root = split_thread(conversation_id)
        return root in self._by_id or any(
            message["conversation"]["id"] == conversation_id for message in self.messages
        )


@dataclass(eq=False)
class GroupChat:
    """A group chat, or with an id that ends in `@unq.gbl.spaces` a chat of two people.

    Attributes:
        topic: its title; None when it has none.
        created: when it was made, as Microsoft Graph writes it.
        roles: of its members, by their Entra object id; a member without an entry is an owner.
    """

    conversation: Conversation
    installed: bool
    topic: str | None = None
    created: str = "2026-01-02T08:00:00Z"
    roles: dict[str, list[str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.conversation.id,
            "name": self.conversation.name,
            "members": [member.id for member in self.conversation.members],
            "installed": self.installed,
        }


@dataclass(eq=False)
class Team:
    """A team; its id is the id of its General channel, which is the first of `channels`.

    Attributes:
        deleted: the channels that can be restored.
        aad_group_id: the Entra group that the team is; Microsoft Graph's id of the team.
    """

    name: str
    channels: list[Conversation]
    installed: bool
    archived: bool = False
    deleted: list[Conversation] = field(default_factory=list)
    aad_group_id: str = ""

    @property
    def id(self) -> str:
        return self.channels[0].id

    @property
    def members(self) -> list[Person]:
        return self.channels[0].members

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "aadGroupId": self.aad_group_id,
            "name": self.name,
            "members": [member.id for member in self.members],
            "installed": self.installed,
            "channels": [{"id": channel.id, "name": channel.name} for channel in self.channels],
        }

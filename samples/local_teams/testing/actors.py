"""People who act and chats to read, for the tests of a bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..events.actions import UserAction
from ..events.finding import find_person, find_place
from ..model.messages import Activity

if TYPE_CHECKING:
    from .local_teams import LocalTeams

__tracebackhide__ = True  # pytest shows the line of the test, and nothing of this file
CARD = "application/vnd.microsoft.card.adaptive"


class Actor:
    """Somebody in the tenant. Each action returns when the bot has answered what it was sent.

    `where` is empty for the personal chat, else a group chat, a team or `Team/Channel`. Each action
    gives the activities that the bot was sent.

    Every action raises:
        ValueError: there is no such place, or it cannot be done there.
        NotDelivered: the bot failed, refused or did not answer, or none is connected.
    """

    def __init__(self, teams: LocalTeams, name: str) -> None:
        self._teams = teams
        self._person = find_person(teams.world, name)

    @property
    def name(self) -> str:
        """The full name."""
        return self._person.name

    @property
    def id(self) -> str:
        """The Teams id, `29:…`, which only this bot knows the person by."""
        return self._person.id

    @property
    def aad_object_id(self) -> str:
        """The Entra object id, a GUID, which is the same for every bot in the tenant."""
        return self._person.aad_object_id

    def install(self, where: str = "") -> list[Activity]:
        """Install the app."""
        return self.does("installs", where)

    def remove(self, where: str = "") -> list[Activity]:
        """Remove the app."""
        return self.does("removes", where)

    def says(self, text: str, where: str = "", *, reply_to: str = "") -> list[Activity]:
        """Say something. In a group chat and in a channel the bot gets only what mentions it:
        `<at>Contoso Notifier</at> …`.

        Args:
            reply_to: in a channel, the id of the message whose thread this continues.
        """
        return self.does("says", where, text=text, reply_to=reply_to)

    def presses(
        self, button: str, where: str = "", *, message: str = "", which: int = 0, **inputs: Any
    ) -> list[Activity]:
        """Press a button of a card.

        Args:
            button: its title.
            message: the id of the message with the card; the newest that has the button by default.
            which: of several buttons with this title, counted from 0.
            inputs: what to enter in the card first, by the ids of its inputs.
        """
        action = UserAction(self.name, "presses", where, button, message, inputs, which)
        return self._teams.happen(action)

    def block(self) -> list[Activity]:
        """Block the bot, which Teams does not report to it."""
        return self.does("blocks")

    def unblock(self) -> list[Activity]:
        """Unblock the bot."""
        return self.does("unblocks")

    def does(
        self, action: str, where: str = "", *, text: str = "", reply_to: str = ""
    ) -> list[Activity]:
        """Do anything in `events.actions.ACTIONS`."""
        return self._teams.happen(UserAction(self.name, action, where, text, reply_to))


class Chat:
    """A personal chat, a group chat or a channel, as it is at the moment you look."""

    def __init__(self, teams: LocalTeams, who: str = "", where: str = "") -> None:
        self._teams = teams
        world = teams.world
        person = find_person(world, who) if who else world.people[0]
        self._conversation = find_place(world, person, where)[1]

    @property
    def id(self) -> str:
        """The conversation id, to send to."""
        return self._conversation.id

    @property
    def messages(self) -> list[Activity]:
        """Every message of the bot and of people, oldest first."""
        return list(self._conversation.messages)

    @property
    def texts(self) -> list[str]:
        """The texts of the bot's messages, oldest first, as they read now."""
        return [m["text"] for m in self._by_bot() if m.get("text")]

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The Adaptive Cards in the bot's messages, oldest first."""
        return [
            attachment["content"]
            for m in self._by_bot()
            for attachment in m.get("attachments") or []
            if attachment.get("contentType") == CARD
        ]

    def wait_for(self, count: int, *, seconds: float = 5) -> list[Activity]:
        """Wait until the bot has sent this many messages here, and return them: for a bot that
        answers after its turn.

        Raises:
            TimeoutError: it has not; the message says how many there are.
        """
        if not self._teams.wait_until(lambda: len(self._by_bot()) >= count, seconds=seconds):
            raise TimeoutError(
                f"The bot sent {len(self._by_bot())} of {count} messages to "
                f"{self._conversation.name} in {seconds:g} seconds."
            )
        return self._by_bot()

    def _by_bot(self) -> list[Activity]:
        bot_id = self._teams.world.bot_id
        return [m for m in self._conversation.messages if m["from"]["id"] == bot_id]

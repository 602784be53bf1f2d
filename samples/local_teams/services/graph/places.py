"""Where apps are installed: a person's own scope, a chat or a team."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from ...events.actions import UserAction, perform
from ...model.catalog import App
from ...model.ids import opaque_graph_id
from ...model.people import Person
from ...model.teams import GroupChat, Team
from ...model.world import World
from .catalog import APP, DEFINITION, app_item, definition_item
from .directory import find_teams_user
from .parts import Asked, refuse
from .shapes import Item, Type

INSTALLATION = Type(
    "microsoft.graph.teamsAppInstallation",
    {"teamsApp": APP, "teamsAppDefinition": DEFINITION},
    frozenset({"consentedPermissionSet"}),
)


def reaches(world: World, kind: str, app: App, *, changing: bool = False) -> bool:
    """Whether the caller may see or change this app: its own with a `Self` permission, else any.

    Args:
        kind: of place, as permissions name it: User, Chat or Team.
    """
    rights = ("ReadWrite", "ReadWriteAndConsent", *(() if changing else ("Read",)))
    wide = {f"TeamsAppInstallation.{right}For{kind}.All" for right in rights}
    return app.client_id == world.bot_app_id or not world.granted.isdisjoint(wide)


@dataclass(frozen=True)
class Place:
    """A person's own scope, a chat or a team, where apps are installed."""

    world: World
    kind: str  # User, Chat or Team, as permissions call it
    id: str
    thing: Person | GroupChat | Team

    @property
    def path(self) -> str:
        """Of its installations, in `@odata.context`."""
        key = quote(self.id, safe="")
        inner = {"User": "users('{}')/teamwork", "Chat": "chats('{}')", "Team": "teams('{}')"}
        return f"{inner[self.kind].format(key)}/installedApps"

    def has(self, app: App) -> bool:
        if app.bot_id and app.bot_id == self.world.bot_app_id:
            return self.thing.installed
        return self.id in app.installed

    def installation(self, app: App) -> Item:
        consented = app.installed.get(self.id)
        named = [{"permissionValue": v, "permissionType": t} for v, t in consented or []]
        return {
            "id": opaque_graph_id(self.id, app.id),
            "consentedPermissionSet": {"resourceSpecificPermissions": named} if named else None,
            "teamsApp": app_item(app),
            "teamsAppDefinition": definition_item(app),
        }

    def app(self, installation: str, *, changing: bool = False) -> App:
        """The app of an installation, by its id, whose padding may be missing."""
        wanted = installation.rstrip("=")
        for app in self.world.catalog:
            if self.has(app) and opaque_graph_id(self.id, app.id).rstrip("=") == wanted:
                if not reaches(self.world, self.kind, app, changing=changing):
                    break
                return app
        raise refuse(404, "NotFound", "Not Found")

    def change(self, app: App, does: str) -> None:
        """Install or remove the bot's own app, and let Teams send the bot the events.

        Args:
            does: installs or removes.

        For a group chat Teams sends none: msteams-docs#13246 (2025-08-25).
        """
        thing = self.thing
        if app.bot_id != self.world.bot_app_id:
            return
        thing.installed = does == "installs"
        if isinstance(thing, Person):
            action = UserAction(thing.id, does)
        elif isinstance(thing, Team) and thing.members:
            # An event names a person of the team, and here an app acts: name the first member.
            action = UserAction(thing.members[0].id, does, thing.id)
        else:
            return
        self.world.pending.extend(perform(self.world, action))


def find_place(asked: Asked, scope: str, key: str) -> Place:
    world = asked.world
    if scope.lower() == "users":
        person = find_teams_user(world, key)
        return Place(world, "User", person.aad_object_id, person)
    if scope.lower() == "chats":
        known = world.conversation(key)
        chat = world.group_chat(known) if known else None
        if chat is None:
            raise refuse(404, "NotFound", "Not Found")
        return Place(world, "Chat", key, chat)
    return Place(world, "Team", key.lower(), find_team(world, key))


def find_team(world: World, key: str) -> Team:
    found = next((t for t in world.teams if t.aad_group_id.lower() == key.lower()), None)
    if found is None:
        raise refuse(404, "NotFound", "Not Found")
    return found

"""The catalog of apps, and where they are installed, as Microsoft Graph tells and changes it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import quote

from ...events.actions import Happening, happen
from ...model.catalog import App
from ...model.world import GroupChat, Person, Team, World
from .directory import person_of_teams
from .odata import Item, Type
from .parts import NOT_EXPECTED, Answer, Asked, refuse

_BOT = Type("microsoft.graph.teamworkBot")
_DEFINITION = Type(
    "microsoft.graph.teamsAppDefinition", {"bot": _BOT}, frozenset({"authorization"})
)
_IN_CATALOG = Type(
    "microsoft.graph.teamsAppDefinition",
    {"bot": _BOT},
    frozenset({"requiredResourceSpecificApplicationPermissions"}),
)
_APP = Type("microsoft.graph.teamsApp", {"appDefinitions": _IN_CATALOG})
INSTALLATION = Type(
    "microsoft.graph.teamsAppInstallation",
    {"teamsApp": _APP, "teamsAppDefinition": _DEFINITION},
    frozenset({"consentedPermissionSet"}),
)


def reaches(world: World, kind: str, app: App, *, changing: bool = False) -> bool:
    """Whether the caller may see or change this app: its own with a `Self` permission, else any.

    Args:
        kind: of place, as permissions name it: User, Chat or Team.
    """
    deeds = ("ReadWrite", "ReadWriteAndConsent", *(() if changing else ("Read",)))
    wide = {f"TeamsAppInstallation.{deed}For{kind}.All" for deed in deeds}
    return app.client_id == world.bot_app_id or not world.granted.isdisjoint(wide)


def opaque(*parts: str) -> str:
    """Ids of installations and definitions; treat them as opaque, as Graph's pages say."""
    return base64.b64encode("##".join(parts).encode()).decode()


def _app(app: App) -> Item:
    state = app.details.get("publishingState", "published")
    definition = _definition(app)
    definition["id"] = opaque(app.id, app.version, state.capitalize())
    return {
        "id": app.id,
        "externalId": app.manifest_id,
        "displayName": app.name,
        "distributionMethod": app.distribution,
        "appDefinitions": [definition],
    }


def _definition(app: App) -> Item:
    named = [{"permissionValue": v, "permissionType": t} for v, t in app.permissions]
    return {
        "id": opaque(app.id, app.version),
        "teamsAppId": app.id,
        "azureADAppId": app.client_id,
        "displayName": app.name,
        "version": app.version,
        "requiredResourceSpecificApplicationPermissions": [
            value for value, kind in app.permissions if kind == "application"
        ],
        "publishingState": "published",
        "shortDescription": None,
        "description": None,
        "lastModifiedDateTime": None,
        "createdBy": None,
        **app.details,
        "authorization": {"requiredPermissionSet": {"resourceSpecificPermissions": named}},
        "bot": {"id": app.bot_id} if app.bot_id else None,
    }


def list_catalog(asked: Asked) -> Answer:
    apps = [_app(app) for app in asked.world.catalog]
    return 200, asked.many(apps, _APP, "appCatalogs/teamsApps", count=False)


def get_catalog(asked: Asked, app_id: str) -> Answer:
    app = _catalog_app(asked.world, app_id)
    return 200, asked.one(_app(app), _APP, "appCatalogs/teamsApps")


def _catalog_app(world: World, app_id: str) -> App:
    found = next((app for app in world.catalog if app.id.lower() == app_id.lower()), None)
    if found is None:
        raise refuse(404, "NotFound", "Not Found")
    return found


# -- where an app can be -----------------------------------------------------------------------


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
            "id": opaque(self.id, app.id),
            "consentedPermissionSet": {"resourceSpecificPermissions": named} if named else None,
            "teamsApp": _app(app),
            "teamsAppDefinition": _definition(app),
        }

    def app(self, installation: str, *, changing: bool = False) -> App:
        """The app of an installation, by its id, whose padding may be missing."""
        wanted = installation.rstrip("=")
        for app in self.world.catalog:
            if self.has(app) and opaque(self.id, app.id).rstrip("=") == wanted:
                if not reaches(self.world, self.kind, app, changing=changing):
                    break
                return app
        raise refuse(404, "NotFound", "Not Found")

    def changes(self, app: App, does: str) -> None:
        """Let the bot's own app be installed or removed, and Teams tell the bot.

        A group chat tells it nothing: msteams-docs#13246 (2025-08-25).
        """
        thing = self.thing
        if app.bot_id != self.world.bot_app_id:
            return
        thing.installed = does == "installs"
        if isinstance(thing, Person):
            happening = Happening(thing.id, does)
        elif isinstance(thing, Team) and thing.channels[0].members:
            # An event names who did it, and an app is nobody in the team: so its first member.
            happening = Happening(thing.channels[0].members[0].id, does, thing.id)
        else:
            return
        told = happen(self.world, happening)
        self.world.pending.extend(told)


def place_of(asked: Asked, scope: str, key: str) -> Place:
    world = asked.world
    if scope.lower() == "users":
        person = person_of_teams(world, key)
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


def list_installed(asked: Asked, scope: str, key: str) -> Answer:
    """What a Self permission does not reach is left out, without an error."""
    place = place_of(asked, scope, key)
    found = [
        place.installation(app)
        for app in asked.world.catalog
        if place.has(app) and reaches(asked.world, place.kind, app)
    ]
    return 200, asked.many(found, INSTALLATION, place.path)


def get_installed(asked: Asked, scope: str, key: str, installation: str) -> Answer:
    place = place_of(asked, scope, key)
    item = place.installation(place.app(installation))
    return 200, asked.one(item, INSTALLATION, place.path)


def install(asked: Asked, scope: str, key: str) -> Answer:
    place = place_of(asked, scope, key)
    bind = str(asked.body.get("teamsApp@odata.bind", ""))
    found = re.search(r"/appCatalogs/teamsApps(?:/|\(')([^/')]+)", bind, re.IGNORECASE)
    if found is None:
        raise refuse(
            400, "BadRequest", f"{NOT_EXPECTED}teamsApp@odata.bind is missing or no teamsApp's URL."
        )
    app = _catalog_app(asked.world, found[1])
    if not reaches(asked.world, place.kind, app, changing=True):
        caller = asked.world.bot_app_id
        text = f"AAD App Id '{caller}' is not allowed to manage the Teams App '{app.id}'"
        raise refuse(403, "Forbidden", text)
    if place.kind == "User" and place.id in app.blocked:
        text = (
            f"App is blocked by app permission policy. TenantId: {asked.world.tenant_id}, "
            f"UserObjectId: {place.id}, AppId: {app.id}, AppType: Private"
        )
        raise refuse(403, "Forbidden", text, {"code": "AccessDenied", "message": text})
    consented = _consented(asked, place, app)
    if place.has(app):
        raise refuse(409, "Conflict", "The app is installed already.")
    app.installed[place.id] = consented
    place.changes(app, "installs")
    # Graph's page on teams says 200, and 201 in its example with consent; elsewhere it is 201.
    return (200 if place.kind == "Team" and not consented else 201), None


def _consented(asked: Asked, place: Place, app: App) -> list[tuple[str, str]]:
    """The resource-specific permissions that the request consents to.

    They must be those of the app's definition, and need a permission with AndConsent; where the
    definition has delegated ones only, they may be left out.
    """
    given = asked.body.get("consentedPermissionSet") or {}
    consented = [
        (str(p.get("permissionValue")), str(p.get("permissionType")).lower())
        for p in given.get("resourceSpecificPermissions", [])
    ]
    optional = not consented and all(kind == "delegated" for _, kind in app.permissions)
    allowed = any(
        f"AndConsent{self_}For{place.kind}" in role
        for self_ in ("", "Self")
        for role in asked.world.granted
    )
    if (
        app.permissions
        and not optional
        and not (allowed and set(consented) == set(app.permissions))
    ):
        text = "The required permissions have not been consented to by the caller."
        inner = {"code": "InvalidRequest", "message": text, "details": []}
        raise refuse(400, "BadRequest", text, inner)
    return consented


def upgrade(asked: Asked, scope: str, key: str, installation: str) -> Answer:
    """The newest version is what is here always; an upgrade tells the bot nothing."""
    place = place_of(asked, scope, key)
    app = place.app(installation, changing=True)
    app.installed[place.id] = _consented(asked, place, app)
    return 204, None


def uninstall(asked: Asked, scope: str, key: str, installation: str) -> Answer:
    place = place_of(asked, scope, key)
    app = place.app(installation, changing=True)
    app.installed.pop(place.id, None)
    place.changes(app, "removes")
    return 204, None


def chat_of_installation(asked: Asked, key: str, installation: str) -> Answer:
    place = place_of(asked, "users", key)
    app = place.app(installation)
    two = "_".join(sorted((place.id, app.bot_id or app.id)))
    return 200, {
        "@odata.context": f"{asked.context('chats')}/$entity",
        "id": f"19:{two}@unq.gbl.spaces",
    }

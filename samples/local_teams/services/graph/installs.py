"""Reads, installs, upgrades and removes apps."""

from __future__ import annotations

import re

from ...model.catalog import App
from ...model.ids import one_on_one_chat
from ..service import Answer
from .catalog import find_app
from .parts import NOT_EXPECTED, Asked, refuse
from .places import INSTALLATION, Place, find_place, reaches


def list_installed(asked: Asked, scope: str, key: str) -> Answer:
    """Omits what a Self permission does not reach, without an error."""
    place = find_place(asked, scope, key)
    found = [
        place.installation(app)
        for app in asked.world.catalog
        if place.has(app) and reaches(asked.world, place.kind, app)
    ]
    return 200, asked.many(found, INSTALLATION, place.path)


def get_installed(asked: Asked, scope: str, key: str, installation: str) -> Answer:
    place = find_place(asked, scope, key)
    item = place.installation(place.app(installation))
    return 200, asked.one(item, INSTALLATION, place.path)


def install(asked: Asked, scope: str, key: str) -> Answer:
    place = find_place(asked, scope, key)
    bind = str(asked.body.get("teamsApp@odata.bind", ""))
    found = re.search(r"/appCatalogs/teamsApps(?:/|\(')([^/')]+)", bind, re.IGNORECASE)
    if found is None:
        raise refuse(
            400, "BadRequest", f"{NOT_EXPECTED}teamsApp@odata.bind is missing or no teamsApp's URL."
        )
    app = find_app(asked.world, found[1])
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
    place.change(app, "installs")
    # Graph's page on teams says 200, and 201 in its example with consent; elsewhere it is 201.
    return (200 if place.kind == "Team" and not consented else 201), None


def _consented(asked: Asked, place: Place, app: App) -> list[tuple[str, str]]:
    """The resource-specific permissions that the request consents to.

    They must be those of the app's definition, and need a permission with AndConsent; when the
    definition has only delegated ones, the request may omit them.
    """
    given = asked.body.get("consentedPermissionSet") or {}
    listed = given.get("resourceSpecificPermissions") or [] if isinstance(given, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        text = f"{NOT_EXPECTED}consentedPermissionSet has a list resourceSpecificPermissions."
        raise refuse(400, "BadRequest", text)
    consented = [
        (str(p.get("permissionValue")), str(p.get("permissionType")).lower()) for p in listed
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
    """Local Teams always has the newest version; Teams sends the bot nothing for an upgrade."""
    place = find_place(asked, scope, key)
    app = place.app(installation, changing=True)
    app.installed[place.id] = _consented(asked, place, app)
    return 204, None


def uninstall(asked: Asked, scope: str, key: str, installation: str) -> Answer:
    place = find_place(asked, scope, key)
    app = place.app(installation, changing=True)
    app.installed.pop(place.id, None)
    place.change(app, "removes")
    return 204, None


def chat_of_installation(asked: Asked, key: str, installation: str) -> Answer:
    place = find_place(asked, "users", key)
    app = place.app(installation)
    return 200, {
        "@odata.context": f"{asked.context('chats')}/$entity",
        "id": one_on_one_chat(place.id, app.bot_id or app.id),
    }

"""The catalog of apps, as Microsoft Graph returns it."""

from __future__ import annotations

from ...model.catalog import App
from ...model.ids import opaque_graph_id
from ...model.world import World
from ..service import Answer
from .parts import Asked, refuse
from .shapes import Item, Type

_BOT = Type("microsoft.graph.teamworkBot")
DEFINITION = Type("microsoft.graph.teamsAppDefinition", {"bot": _BOT}, frozenset({"authorization"}))
_IN_CATALOG = Type(
    "microsoft.graph.teamsAppDefinition",
    {"bot": _BOT},
    frozenset({"requiredResourceSpecificApplicationPermissions"}),
)
APP = Type("microsoft.graph.teamsApp", {"appDefinitions": _IN_CATALOG})


def app_item(app: App) -> Item:
    state = app.details.get("publishingState", "published")
    definition = definition_item(app)
    definition["id"] = opaque_graph_id(app.id, app.version, state.capitalize())
    return {
        "id": app.id,
        "externalId": app.manifest_id,
        "displayName": app.name,
        "distributionMethod": app.distribution,
        "appDefinitions": [definition],
    }


def definition_item(app: App) -> Item:
    named = [{"permissionValue": v, "permissionType": t} for v, t in app.permissions]
    return {
        "id": opaque_graph_id(app.id, app.version),
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
    apps = [app_item(app) for app in asked.world.catalog]
    return 200, asked.many(apps, APP, "appCatalogs/teamsApps", count=False)


def get_catalog(asked: Asked, app_id: str) -> Answer:
    app = find_app(asked.world, app_id)
    return 200, asked.one(app_item(app), APP, "appCatalogs/teamsApps")


def find_app(world: World, app_id: str) -> App:
    found = next((app for app in world.catalog if app.id.lower() == app_id.lower()), None)
    if found is None:
        raise refuse(404, "NotFound", "Not Found")
    return found

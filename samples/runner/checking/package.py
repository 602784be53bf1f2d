"""Check the app package: by Microsoft's schema, and against the settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from samples.runner.app_package.rules import MANIFEST, problems, read_package
from samples.runner.checking.findings import Finding, note, ok, wrong
from samples.shared.settings import find_all

SCOPES = {
    "personal": "to one person",
    "team": "to channels and to members of a team",
    "groupChat": "to group chats",
}


def check_package(path: Path) -> Iterator[Finding]:
    """Check the archive that you upload to Teams.

    Args:
        path: of the archive; if it does not exist, that is only noted.
    """
    if not path.is_file():
        yield note(f"There is no package at {path}. To make one: python -m samples package")
        return
    try:
        files = read_package(path.read_bytes())
    except ValueError as error:
        yield wrong(f"{path.name}: {error}")
        return
    found = [wrong(f"{path.name}: {each}") for each in problems(files)]
    if not found:
        found = [*_against_settings(path.name, json.loads(files[MANIFEST]))]
    yield from found
    if not any(each.kind == "wrong" for each in found):
        yield ok(f"{path.name} follows the rules of its schema, and its IDs are the bot's.")


def _against_settings(name: str, manifest: dict[str, Any]) -> Iterator[Finding]:
    app_id, own_id = (
        found[0].value.lower() if (found := find_all(setting)) else ""
        for setting in ("MicrosoftAppId", "TEAMS_APP_MANIFEST_ID")
    )
    bots = manifest.get("bots", [])
    if not bots:
        yield wrong(f"{name}: the manifest has no bots. Add one, or: python -m samples package")
        return
    web = manifest.get("webApplicationInfo", {})
    ids = {"bots[0].botId": bots[0]["botId"], "webApplicationInfo.id": web.get("id", "")}
    for field, actual in ids.items():
        if app_id and actual.lower() != app_id:
            yield wrong(
                f"{name}: {field} is {actual or 'missing'}, and MicrosoftAppId is {app_id}. "
                "Make the package again: python -m samples package"
            )
    if own_id and manifest["id"].lower() != own_id:
        yield wrong(
            f"{name}: id is {manifest['id']}, and TEAMS_APP_MANIFEST_ID is {own_id}. "
            "Set the variable to the manifest's id, or make the package again."
        )
    for scope, reach in SCOPES.items():
        if scope not in bots[0]["scopes"]:
            yield note(f"{name}: bots[0].scopes lacks {scope}: the bot cannot send {reach}.")

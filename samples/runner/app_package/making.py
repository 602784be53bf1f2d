"""Make the app package of the guide's bot, for the app registration in the environment."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from samples.runner.app_package.rules import MANIFEST, problems
from samples.runner.files import ROOT, SAMPLES
from samples.shared.settings import GUID, optional_setting

SOURCE = SAMPLES / "prepare" / "app"  # the manifest to edit, and the icons to replace
PACKAGE = ROOT / "build" / "app.zip"


def package_files(source: Path = SOURCE) -> dict[str, bytes]:
    """The files of the package: the manifest with the bot's IDs in it, and the icons.

    The manifest's own ID is TEAMS_APP_MANIFEST_ID, else the app ID, as the Teams CLI makes it
    (teams-sdk, packages/cli/src/apps/manifest-builder.ts): so both make the same app.

    Raises:
        SystemExit: the app ID is missing or not a GUID, or a rule of Teams is broken; the message
            says what to do.
    """
    app_id = optional_setting("MicrosoftAppId")
    if not app_id:
        raise SystemExit("MicrosoftAppId is not set. Register the bot, and put its app ID there.")
    if not re.fullmatch(GUID, app_id, re.IGNORECASE):
        raise SystemExit(f"MicrosoftAppId is {app_id[:200]!r}. It must be the app's ID, a GUID.")
    manifest: dict[str, Any] = json.loads((source / MANIFEST).read_text("utf-8"))
    manifest["id"] = optional_setting("TEAMS_APP_MANIFEST_ID", app_id.lower())
    for bot in manifest["bots"]:
        bot["botId"] = app_id
    manifest["webApplicationInfo"] = {"id": app_id, "resource": f"api://botid-{app_id}"}
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    icons = {path.name: path.read_bytes() for path in sorted(source.glob("*.png"))}
    files = {MANIFEST: text.encode(), **icons}
    if found := [*problems(files)]:
        raise SystemExit("\n".join(["No package was made. Correct these first:", *found]))
    return files


def write_package(path: Path = PACKAGE) -> dict[str, Any]:
    """Write the package, the same for the same files, and the manifest beside it; return that.

    Raises:
        SystemExit: as `package_files` does.
    """
    files = package_files()
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed.getvalue())
    path.with_name(MANIFEST).write_bytes(files[MANIFEST])  # for `teams app manifest upload`
    manifest: dict[str, Any] = json.loads(files[MANIFEST])
    return manifest

"""The command line of the conformance run."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from azure.core.exceptions import AzureError

from samples.runner.conformance.asking import NoAnswer, Side
from samples.runner.conformance.comparing import table
from samples.runner.conformance.masking import leaks
from samples.runner.conformance.probes import Probe, probes
from samples.runner.conformance.recording import LONG, differences_in, record
from samples.shared.clouds import cloud
from samples.shared.credentials import credentials_from_environment, token_credential
from samples.shared.service_urls import check_environment
from samples.shared.settings import find_all, optional_setting, setting

OUTPUT = Path("conformance.json")
# The settings that fill in the probes. Without the last two, those in a channel are left out.
SETTINGS = {
    "tenant": "TEAMS_TENANT_ID",
    "user": "TEAMS_USER_ID",
    "team": "TEAMS_TEAM_ID",
    "channel": "TEAMS_CHANNEL_ID",
}
REQUIRED = ("MicrosoftAppId", "TEAMS_SERVICE_URL", "TEAMS_TENANT_ID", "TEAMS_USER_ID")
# What a recording must not contain, beside the settings that fill in the probes.
SECRET = (
    *("MicrosoftAppId", "MicrosoftAppPassword", "MicrosoftAppTenantId"),
    *("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
    *("MANAGED_IDENTITY_CLIENT_ID", "TEAMS_CHAT_ID", "TEAMS_CONVERSATION_ID", "TEAMS_GROUP_ID"),
    *("TEAMS_USER_OBJECT_ID", "TEAMS_TEAM_OBJECT_ID", "TEAMS_MEMBER_OBJECT_IDS"),
    *("TEAMS_APP_MANIFEST_ID", "NOTIFY_TOKEN"),
)


def add_conform(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of the guide."""
    parser = commands.add_parser(
        "conform",
        help="compare Local Teams with your tenant, and write what differs",
        description="Put the same requests to Teams and to Local Teams and show where the answers "
        "differ. Messages go to the chat with TEAMS_USER_ID and to TEAMS_CHANNEL_ID, and are "
        "deleted at the end. Without --send nothing is sent. The exit status is 1 when something "
        "differs.",
    )
    parser.set_defaults(do=_conform)
    parser.add_argument("--send", action="store_true", help="send the requests to Teams")
    parser.add_argument(
        "--output",
        type=Path,
        default=OUTPUT,
        metavar="FILE",
        help="the file for the masked answers (default: %(default)s)",
    )


def _conform(chosen: argparse.Namespace) -> int:
    if not chosen.send:
        print(*_dry_run(), sep="\n")
        return 0
    side = _teams()
    names, signed_in = set(side.values), bool(side.token)
    try:
        return asyncio.run(_run(side, probes(names, signed_in=signed_in), chosen.output))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Interrupted. No file was written.")
        return 130


def _dry_run() -> list[str]:
    """What a run would send, with names in place of values."""
    values = {name for name, variable in SETTINGS.items() if optional_setting(variable)}
    if missing := [name for name in REQUIRED if not optional_setting(name)]:
        values = set(SETTINGS)
    chosen = probes({*values, "bot", "long"}, signed_in=True)
    lines = [f"{len(chosen)} requests would go to Teams. Nothing was sent: add --send.", ""]
    for probe in chosen:
        body = "" if probe.body is None else f" {json.dumps(probe.body)}"
        unsigned = "" if probe.signed else " (without a token)"
        lines.append(f"{probe.name}: {probe.method} {probe.path}{unsigned}{body}")
    lines += ["", "Each message is deleted at the end. The values:"]
    for name, variable in SETTINGS.items():
        state = "set" if optional_setting(variable) else "not set"
        lines.append(f"{{{name}}} is {variable}, which is {state}")
    lines.append("{bot} is the bot's ID, {long} a text that is too long for Teams;")
    lines.append("{chat}, {message} and {thread} come from earlier answers.")
    if missing:
        lines.append(f"Before --send, set: {', '.join(missing)}")
    return lines


def _teams() -> Side:
    """Teams, as the settings name it.

    Raises:
        SystemExit: a setting is missing or wrong, or Entra gives no token.
    """
    credentials = credentials_from_environment()
    check_environment()
    values = {name: optional_setting(variable) for name, variable in SETTINGS.items()}
    values |= {"tenant": setting("TEAMS_TENANT_ID"), "user": setting("TEAMS_USER_ID")}
    values |= {"app": credentials.APP_ID, "bot": f"28:{credentials.APP_ID}", "long": LONG}
    token = ""
    if credentials.APP_ID:
        logging.getLogger("azure").setLevel(logging.CRITICAL)  # the error says it
        credential = token_credential(credentials, credentials.tenant_id, retry_total=0)
        try:
            token = credential.get_token(f"{credentials.cloud.audience}/.default").token
        except (AzureError, ValueError) as error:
            raise SystemExit(
                f"Entra gives no token: {str(error)[:300]}\nTo find out why: "
                "python -m samples check"
            ) from error
    given = {name: value for name, value in values.items() if value or name == "app"}
    return Side(optional_setting("TEAMS_SERVICE_URL") or cloud().service_url, token, given)


async def _run(side: Side, chosen: Sequence[Probe], output: Path) -> int:
    [task] = asyncio.all_tasks()
    with suppress(NotImplementedError):  # Windows has no such signal
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        recording, mask = await record(side, chosen, day=f"{datetime.now(UTC):%Y-%m-%d}")
    except NoAnswer:
        print(f"Nothing answers at {side.service_url}. Nothing was posted.")
        return 1
    finally:
        for left in side.left:
            print(f"Not deleted: {left}. Delete it by hand, in Teams.")
    write(recording, {*mask.secrets, *_secret_settings()}, output)
    print(*report(recording), sep="\n")
    print(f"{output} has the answers, masked. Read it before you share it.")
    return 1 if differences_in(recording) else 0


def write(recording: dict[str, Any], secrets: set[str], output: Path) -> None:
    """Write a recording, unless it contains what it must not.

    Raises:
        SystemExit: it does, so the masking has a fault; nothing was written.
    """
    answers = [one["teams"] for one in recording["probes"]]
    harmless = json.dumps([one["probe"] for one in recording["probes"]])
    if found := leaks(answers, secrets, harmless):
        raise SystemExit(
            f"{output} was not written: {len(found)} of your values would be in it. That is a "
            "fault of the conformance run. Report it, without the values."
        )
    output.write_text(json.dumps(recording, indent=1, ensure_ascii=False) + "\n", "utf-8")


def report(recording: dict[str, Any]) -> list[str]:
    """What a run found, in lines to print."""
    found = differences_in(recording)
    left_out = [one["probe"]["name"] for one in recording["probes"] if one["teams"] is None]
    asked = len(recording["probes"]) - len(left_out)
    differing = f"{len(found)} differ" if found else "no differences"
    lines = [f"{asked} requests, {differing}.", *(table(found) if found else [])]
    if left_out:
        lines.append(f"Not sent, because an earlier answer has no ID: {', '.join(left_out)}")
    return lines


def _secret_settings() -> list[str]:
    found = [each.value for name in SECRET for each in find_all(name)]
    return [part.strip() for value in found for part in value.split(",")]

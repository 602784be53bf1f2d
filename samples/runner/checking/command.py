"""The command line of the check."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from samples.runner.app_package.making import PACKAGE
from samples.runner.checking.findings import Finding, note
from samples.runner.checking.online import check_online
from samples.runner.checking.package import check_package
from samples.runner.checking.settings import attempted, check_settings
from samples.shared.clouds import cloud
from samples.shared.settings import CLI_NAMES, find_all, optional_setting

LAST = (
    "For the registration itself (Teams channel, sign-in audience, the secret's expiry, single "
    "sign-on), run: teams app doctor; if you registered with az: az bot show, az bot msteams show"
)
# The Developer Portal, which the CLI asks, is not there: facts.toml, [sources.developer-portal].
LAST_ELSEWHERE = (
    "For the registration itself (Teams channel, endpoint, the secret's expiry), look in the Azure "
    "portal of your cloud."
)


async def findings(package: Path, endpoint: str, *, offline: bool) -> AsyncIterator[Finding]:
    """Everything that is found, the settings first.

    Args:
        package: the archive that you upload.
        endpoint: the bot's messaging endpoint, or empty.
        offline: leave out what needs the network.
    """
    settings = [*check_settings()]
    for finding in (*settings, *check_package(package)):
        yield finding
    if offline:
        return
    ready = all(finding.kind != "wrong" for finding in settings)
    if not ready:
        yield note("Sign-in was not tried. Correct the settings first.")
    async for finding in check_online(endpoint, sign_in=ready):
        yield finding


def add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of the guide."""
    parser = commands.add_parser(
        "check",
        help="check the settings, the app package and the sign-in of your bot",
        description="Read the environment and .env, and say in one line each what is wrong and "
        "what to do. No message is sent.",
    )
    parser.set_defaults(do=_check)
    parser.add_argument(
        "--package",
        type=Path,
        default=PACKAGE,
        metavar="FILE",
        help="the app package (default: build/app.zip)",
    )
    parser.add_argument(
        "--endpoint",
        default="",
        metavar="URL",
        help="the bot's messaging endpoint (default: BOT_ENDPOINT)",
    )
    parser.add_argument("--offline", action="store_true", help="check without the network")


def _check(chosen: argparse.Namespace) -> int:
    return asyncio.run(_report(chosen))


async def _report(chosen: argparse.Namespace) -> int:
    try:
        endpoint = chosen.endpoint or optional_setting("BOT_ENDPOINT")
    except SystemExit:
        endpoint = ""  # the file cannot be read, which is the first finding
    logging.getLogger("azure").setLevel(logging.CRITICAL)  # its errors are findings
    status = 0
    async for finding in findings(chosen.package, endpoint, offline=chosen.offline):
        print(in_readers_names(finding), flush=True)
        status = 1 if finding.kind == "wrong" else status
    here, _ = attempted(cloud)
    print(LAST if here is None or here.is_public else LAST_ELSEWHERE)
    return status


def in_readers_names(finding: Finding) -> str:
    """A line of the report, with the names under which the credentials are in `.env`."""
    line = str(finding)
    if finding.kind == "ok" or " has two values: " in line:
        return line
    try:
        found = {name: find_all(name) for name in CLI_NAMES}
    except SystemExit:
        return line  # the file cannot be read, which is what the line says
    for name, other in CLI_NAMES.items():
        if any(each.name == other for each in found[name][:1]):
            line = line.replace(name, other)
    return line

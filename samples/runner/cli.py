"""The command line of the guide: run, record and list samples, and lay a new one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from samples.local_teams.model.contoso import contoso
from samples.runner import registry
from samples.runner.app_package.making import PACKAGE, write_package
from samples.runner.checking.command import add_check
from samples.runner.conformance.command import add_conform
from samples.runner.files import ROOT
from samples.runner.recording import record_all
from samples.runner.report import report
from samples.runner.running import run
from samples.runner.scaffolding import lay


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    do: Callable[[argparse.Namespace], int] = chosen.do
    return do(chosen)


def _list(_: argparse.Namespace) -> int:
    for sample in registry.everything():
        print(f"{sample.name:28} {sample.summary}")
    return 0


def _new(chosen: argparse.Namespace) -> int:
    for path in lay(chosen.sample, bot=chosen.bot):
        print(path.relative_to(ROOT))
    name = chosen.sample.rpartition("/")[2]
    print(f"The test fails until {name} does what it says: make check SAMPLE={name}")
    return 0


def _package(_: argparse.Namespace) -> int:
    manifest = write_package()
    scopes = ", ".join(manifest["bots"][0]["scopes"])
    print(
        f"{PACKAGE.relative_to(ROOT)}: {manifest['name']['short']} {manifest['version']}, {scopes}"
    )
    print(f"The samples that install the app need TEAMS_APP_MANIFEST_ID={manifest['id']}")
    return 0


def _record(chosen: argparse.Namespace) -> int:
    if chosen.folder.exists() and not chosen.folder.is_dir():
        raise SystemExit(f"{chosen.folder} is a file. Name the folder for the recordings.")
    record_all(chosen.folder, chosen.samples, show=sys.stderr)
    return 0


def _run(chosen: argparse.Namespace) -> int:
    world = contoso()
    done = run(
        chosen.sample, user=chosen.user, world=world, echo=sys.stdout, sign_in=chosen.sign_in
    )
    if done.complaint:
        print(done.complaint, file=sys.stderr, flush=True)
    print(*report(world, done, wire=chosen.wire), sep="\n")
    return 1 if done.complaint else 0


def _name(given: str) -> str:
    """The name of a sample, or what is wrong with it, before anything runs."""
    try:
        return registry.find(given).name
    except LookupError as error:
        raise SystemExit(str(error.args[0])) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m samples", description="The samples of the guide, on your machine."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser(
        "run",
        help="run a sample against Local Teams and show what arrived",
        description="Start Local Teams, run a sample against it, and show which messages arrived. "
        "A sample that is a bot gets its story too: what people do in Teams while it runs. "
        "Nothing is sent to Microsoft.",
    )
    one.set_defaults(do=_run)
    one.add_argument(
        "sample",
        type=_name,
        metavar="SAMPLE",
        help="its name, for example to_person or teams_sdk/to_person; the command list has all",
    )
    one.add_argument("--wire", action="store_true", help="show the requests and answers too")
    one.add_argument(
        "--user",
        default="",
        metavar="NAME",
        help="whom to write to, by name or ID (default: Ada Lovelace)",
    )
    one.add_argument(
        "--sign-in", action="store_true", help="make the sample sign in, as in a tenant"
    )

    record = commands.add_parser(
        "record",
        help="write what each sample prints and sends, for the pages",
        description="Run samples and write what each prints and sends to FOLDER/<sample>.json. "
        "Recordings of samples that are gone are removed.",
    )
    record.set_defaults(do=_record)
    record.add_argument(
        "folder", type=Path, metavar="FOLDER", help="the folder for the recordings: docs/recorded"
    )
    record.add_argument(
        "samples",
        type=_name,
        nargs="*",
        metavar="SAMPLE",
        help="the samples to record (default: all)",
    )

    _add_new(commands)
    add_check(commands)
    add_conform(commands)
    commands.add_parser(
        "package",
        help="make the app package to upload to Teams: build/app.zip",
        description="Fill in samples/prepare/app/manifest.json with the app ID in MicrosoftAppId "
        "or CLIENT_ID, check it by Microsoft's schema, and zip it with the icons beside it.",
    ).set_defaults(do=_package)
    commands.add_parser("list", help="list the samples, with what each does").set_defaults(do=_list)
    return parser


def _add_new(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    new = commands.add_parser(
        "new",
        help="lay a new sample: its file, test, page, recording and entry in the navigation",
        description="Write the files of a new sample, which sends a message to one person. Its "
        "test fails until the sample does what the test says.",
    )
    new.set_defaults(do=_new)
    new.add_argument(
        "sample", metavar="SAMPLE", help="its name, for example to_team or prepare/find_team"
    )
    new.add_argument("--bot", action="store_true", help="make it a bot, with a story")

"""The command line of the guide: run a sample against Local Teams, record it, list all."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from samples.local_teams.model.world import contoso
from samples.runner import registry
from samples.runner.running import record_all, report, run


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; the answer is the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        return _do(chosen)
    except LookupError as error:  # there is no such sample
        raise SystemExit(str(error.args[0])) from error


def _do(chosen: argparse.Namespace) -> int:
    if chosen.command == "list":
        for sample in registry.everything():
            print(f"{sample.name:28} {sample.summary}")
        return 0
    if chosen.command == "record":
        record_all(chosen.folder, chosen.samples)
        return 0
    world = contoso()
    done = run(
        chosen.sample, user=chosen.user, world=world, echo=sys.stdout, sign_in=chosen.sign_in
    )
    if done.complaint:
        print(done.complaint, file=sys.stderr, flush=True)
    print(*report(world, done, wire=chosen.wire), sep="\n")
    return 1 if done.complaint else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m samples", description="The samples of the guide, on your machine."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    one = commands.add_parser("run", help="run a sample against Local Teams and show what arrived")
    one.add_argument("sample", help="its name: see the command list")
    one.add_argument("--wire", action="store_true", help="show the requests and answers too")
    one.add_argument(
        "--user",
        default="",
        metavar="NAME",
        help="whom to write to, by name or id (default: Ada Lovelace)",
    )
    one.add_argument(
        "--sign-in", action="store_true", help="have the sample sign in, as in a tenant"
    )

    tape = commands.add_parser(
        "record", help="write what each sample prints and sends, for the pages"
    )
    tape.add_argument("folder", type=Path, help="where the recordings go, one JSON file a sample")
    tape.add_argument("samples", nargs="*", help="which to record (default: all)")

    commands.add_parser("list", help="list the samples, with what each does")
    return parser

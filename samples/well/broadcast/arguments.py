"""The command line of a broadcast."""

from __future__ import annotations

import argparse
from pathlib import Path

from samples.shared.bulk.drain import AT_ONCE
from samples.shared.bulk.pace import RATE
from samples.shared.numeric import read_whole_number

NOTICE = Path(__file__).with_name("notice.json")
MOST_AT_ONCE = 500  # a tenant is asked at most 50 times a second, so more would only wait
DESCRIPTION = (
    "Write to everyone: python -m samples.well.broadcast send | pause | cancel | report | worker."
)


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m samples.well.broadcast", description=DESCRIPTION
    )
    commands = parser.add_subparsers(dest="command", required=True)
    send = commands.add_parser("send", help="begin a broadcast, or go on with one")
    send.add_argument("job", help="its name; with the same name again it goes on")
    send.add_argument("--message", type=Path, default=NOTICE, help="JSON with ${fields}")
    send.add_argument("--to", type=Path, metavar="CSV", help="who gets it (default: everyone)")
    send.add_argument("--dry-run", action="store_true", help="show it, and send nothing")
    send.add_argument("--rate", type=float, default=RATE, help="requests a second and tenant")
    send.add_argument("--at-once", type=_at_once, default=AT_ONCE, help="requests on their way")
    send.add_argument("--if-unsure", choices=("send again", "leave"), default="send again")
    send.add_argument("--retry-failed", action="store_true", help="also those who failed before")
    commands.add_parser("pause", help="let nothing more leave for now").add_argument("job")
    commands.add_parser("cancel", help="let nothing more leave, ever").add_argument("job")
    report = commands.add_parser("report", help="tell how far it is, and whom to see to")
    report.add_argument("job")
    report.add_argument("--csv", action="store_true", help="with everybody's name")
    commands.add_parser("worker", help="send what others begin, on PostgreSQL")
    return parser


def _at_once(text: str) -> int:
    try:
        return read_whole_number(text, most=MOST_AT_ONCE)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error

"""The measurements behind what the pages say of speed: make bench [ARGS="--quick local_teams"]."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterator

from tests.bench import broadcast, local_teams, sdks, sending

SECTIONS: dict[str, tuple[str, Callable[..., Iterator[str]]]] = {
    "sending": (
        "Sending: bot.py beside the SDK's adapters and posts without any SDK",
        sending.lines,
    ),
    "sdks": ("The three SDKs, as they come and as this guide's bots send", sdks.lines),
    "broadcast": ("A broadcast against Local Teams with its limits on", broadcast.lines),
    "local_teams": ("Local Teams beside a handler that answers a constant", local_teams.lines),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer requests, rougher numbers")
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(SECTIONS)} (default: all)")
    chosen = parser.parse_args()
    if unknown := set(chosen.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(unknown)}; there are: {', '.join(SECTIONS)}")
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}")
    for name in chosen.sections or SECTIONS:
        title, lines = SECTIONS[name]
        print(f"\n{title}", flush=True)
        for line in lines(quick=chosen.quick):
            print(line, flush=True)


if __name__ == "__main__":
    main()

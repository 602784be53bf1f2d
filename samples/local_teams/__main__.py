"""The command line: python -m samples.local_teams run | serve | record."""

from __future__ import annotations

import argparse
import runpy
import shlex
import sys
from pathlib import Path

if not __package__:  # run by its path, where there is nothing to import from relatively
    runpy.run_module("samples.local_teams", run_name="__main__", alter_sys=True)

from ..runner.running import names, record_all, report, run, successors
from .model.world import contoso
from .server.app import HOST, PORT, serve
from .sign_in.authority import Authority, signing_in


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; the answer is the exit status."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}",
        description="The Teams side of a bot, on your machine.",
    )
    commands = parser.add_subparsers(dest="command", required=True)

    one = commands.add_parser("run", help="run a sample against Local Teams and show what arrived")
    one.add_argument("sample", help=f"one of: {', '.join([*names(), *successors()])}")
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

    web = commands.add_parser("serve", help="serve Local Teams and its page until Ctrl+C")
    web.add_argument("--host", default=HOST, help="the address to listen on (default: %(default)s)")
    web.add_argument(
        "--port",
        default=PORT,
        type=int,
        help="the port to listen on (default: %(default)s)",
    )
    web.add_argument(
        "--sign-in", action="store_true", help="demand tokens, and say how a bot gets them"
    )
    web.add_argument(
        "--bot",
        default="",
        metavar="URL",
        help="where your bot listens, for example http://127.0.0.1:3978/api/messages",
    )

    tape = commands.add_parser(
        "record", help="write what each sample prints and sends, for the pages"
    )
    tape.add_argument("folder", type=Path, help="where the recordings go, one JSON file a sample")
    tape.add_argument("samples", nargs="*", help="which to record (default: all)")

    chosen = parser.parse_args(arguments)
    if chosen.command == "serve":
        if not chosen.sign_in:
            serve(host=chosen.host, port=chosen.port, bot=chosen.bot)
            return 0
        authority = Authority.of(contoso())
        with signing_in(authority) as variables:
            print("Start your bot in a shell with these variables, and it signs in:")
            here = f"http://127.0.0.1:{chosen.port}/,http://localhost:{chosen.port}/"
            for name, value in (variables | {"TEAMS_ALLOWED_SERVICE_URLS": here}).items():
                print(f"export {name}={shlex.quote(value)}")
            serve(host=chosen.host, port=chosen.port, bot=chosen.bot, authority=authority)
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


if __name__ == "__main__":
    raise SystemExit(main())

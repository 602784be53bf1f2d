"""The command line: python -m samples.local_teams serve."""

from __future__ import annotations

import argparse
import runpy
import shlex
import sys

if not __package__:  # run by its path, where there is nothing to import from relatively
    runpy.run_module("samples.local_teams", run_name="__main__", alter_sys=True)

from .model.world import contoso
from .server.app import HOST, PORT, serve
from .sign_in.authority import Authority, signing_in


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; the answer is the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] in (["run"], ["record"]):  # as these commands were called once
        sys.argv = ["samples", *arguments]
        runpy.run_module("samples", run_name="__main__")
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}",
        description="The Teams side of a bot, on your machine.",
    )
    commands = parser.add_subparsers(dest="command", required=True)

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

    chosen = parser.parse_args(arguments)
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


if __name__ == "__main__":
    raise SystemExit(main())

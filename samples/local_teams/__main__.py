"""The command line: python -m samples.local_teams serve."""

from __future__ import annotations

import argparse
import runpy
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if not __package__:  # run by its path, where there is nothing to import from relatively
    runpy.run_module("samples.local_teams", run_name="__main__", alter_sys=True)

from .model.contoso import contoso
from .server.serving import HOST, PORT, serve
from .to_bot.deliveries import BOT

if TYPE_CHECKING:  # who needs no sign-in needs no cryptography either
    from .sign_in.authority import Authority


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; the answer is the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] in (["run"], ["record"], ["conform"]):
        _forward(arguments)
    chosen = _parser().parse_args(arguments)
    if not chosen.sign_in:
        serve(host=chosen.host, port=chosen.port, bot=chosen.bot, allowed_hosts=chosen.allow_host)
        return 0
    with _sign_in(chosen.host, chosen.port) as authority:
        serve(
            host=chosen.host,
            port=chosen.port,
            bot=chosen.bot,
            authority=authority,
            allowed_hosts=chosen.allow_host,
        )
    return 0


def _parser() -> argparse.ArgumentParser:
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
        type=_port,
        help="the port to listen on (default: %(default)s)",
    )
    web.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name under which it is reached, beside localhost and --host; may be repeated",
    )
    web.add_argument(
        "--sign-in", action="store_true", help="demand tokens, and say how a bot gets them"
    )
    web.add_argument(
        "--bot",
        default=BOT,
        metavar="URL",
        help="where your bot listens (default: %(default)s)",
    )
    return parser


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(
        f"{text[:50]!r} is not a port, a number from 0 (any that is free) to 65535"
    )


def _forward(arguments: list[str]) -> None:
    """Run a command of the guide under its other name, `python -m samples.local_teams run`.

    Raises:
        SystemExit: the command ended, or there are no samples: the installed package has none.
    """
    guide = __package__.partition(".")[0]
    if find_spec(f"{guide}.runner") is None:
        raise SystemExit(
            f"{__package__} has no command {arguments[0]}: this package has Local Teams only. "
            f"Clone the guide's repository, and there: python -m samples {shlex.join(arguments)}"
        )
    sys.argv = [guide, *arguments]
    runpy.run_module(guide, run_name="__main__")


@contextmanager
def _sign_in(host: str, port: int) -> Iterator[Authority]:
    """Serve sign-in, and print the variables with which a bot finds it.

    Raises:
        SystemExit: the extra `sign-in` is not installed.
    """
    try:  # imported here because most who serve need none of it
        from .server.signing_in import signing_in
        from .sign_in.authority import Authority
    except ModuleNotFoundError as error:
        raise SystemExit(str(error)) from error
    authority = Authority.of(contoso())
    address = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    # Which port `--port 0` gives is not known yet.
    with signing_in(
        authority, local_teams=f"http://{address}:{port}/" if port else ""
    ) as variables:
        print("Start your bot in a shell with these variables, and it signs in:")
        here = f"http://127.0.0.1:{port}/,http://localhost:{port}/"
        for name, value in (variables | {"TEAMS_ALLOWED_SERVICE_URLS": here}).items():
            print(f"export {name}={shlex.quote(value)}")
        yield authority


if __name__ == "__main__":
    raise SystemExit(main())

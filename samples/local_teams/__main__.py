"""The command line: python -m samples.local_teams serve, and checklist."""

from __future__ import annotations

import argparse
import runpy
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
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
    if chosen.command == "checklist":
        return _checklist(chosen)
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
    _add_checklist(commands)
    return parser


def _add_checklist(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "checklist",
        help="check a bot that moved to another SDK for what breaks silently",
        description="Start Local Teams, let people do things, refuse what the bot sends, and say "
        "in a line each what the bot does right. Start the bot first, without an app ID.",
    )
    check.add_argument(
        "--bot",
        required=True,
        metavar="URL",
        help="where your bot listens, for example http://127.0.0.1:3978/api/messages",
    )
    check.add_argument(
        "--say",
        default="hello",
        metavar="TEXT",
        help="what your bot answers when a person writes it (default: %(default)s)",
    )
    check.add_argument(
        "--notify", default="", metavar="URL", help="where a program has your bot send unasked"
    )
    check.add_argument(
        "--json",
        default='{"to": "{user}", "text": "{text}"}',
        metavar="JSON",
        help="what the program posts there; {user} becomes the person's Entra object ID "
        "(default: %(default)s)",
    )
    check.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="HEADER",
        help='of that request, for example "Authorization: Bearer …"; may be repeated',
    )
    check.add_argument(
        "--references", type=Path, metavar="FILE", help="the stored references, one per line"
    )


def _checklist(chosen: argparse.Namespace) -> int:
    """Print the checklist, line by line.

    Raises:
        SystemExit: an argument is wrong, or the program that has the bot send cannot be reached.
    """
    # imported here because `serve` needs none of it
    from .testing.checklist import BY_HAND, Checklist, check_references, notifying, saying
    from .testing.local_teams import LocalTeams

    ready = True
    with LocalTeams() as teams:
        try:
            teams.connect(chosen.bot)
            send = saying(teams, chosen.say)
            if chosen.notify:
                send = notifying(teams, chosen.notify, chosen.json, chosen.header)
            lines = Checklist(teams, send, notifies=bool(chosen.notify)).lines()
            if chosen.references:
                lines = chain([check_references(chosen.references)], lines)
            for line in lines:
                print(line, flush=True)
                ready = ready and line.ok is not False
        except (ValueError, OSError) as error:
            raise SystemExit(str(error)) from error
    print(*BY_HAND, sep="\n")
    return 0 if ready else 1


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

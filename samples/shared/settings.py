"""Read a program's settings: environment variables, then the file .env. Empty means unset."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1]
GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_URL = (
    r"https?://([^\s/?#\[\]]+|\[[0-9a-f:.]+\](:\d+)?)([/?#].*)?",
    "a URL that starts with http:// or https://",
)
_OBJECT_ID = (GUID, "an Entra object ID, a GUID")
_SECRET = "a secret of 32 or more characters, which callers send"
_AUDIENCE = "the `aud` of callers' tokens: a client ID (v2.0) or an Application ID URI (v1.0)"
_ROLE = "the app role that callers need, Notifications.Send if you name none"
_CHANNEL = (r"19:.+@.+", "an ID that starts with 19:, as Teams sends it to the bot")

# The names that the Teams CLI writes to .env, for the names of the Bot Framework.
CLI_NAMES = {
    "MicrosoftAppId": "CLIENT_ID",
    "MicrosoftAppPassword": "CLIENT_SECRET",
    "MicrosoftAppTenantId": "TENANT_ID",
}

# The variables of the samples: the form of a value, empty for any, and what it is.
VARIABLES: dict[str, tuple[str, str]] = {
    "MicrosoftAppId": ("", "the bot's app ID, a GUID"),
    "MicrosoftAppPassword": ("", "the value of the app's client secret"),
    "MicrosoftAppTenantId": ("", "the ID of the tenant in which the app is registered"),
    "TEAMS_SERVICE_URL": _URL,
    "GRAPH_URL": _URL,
    "TEAMS_ALLOWED_TENANTS": (rf"{GUID}(\s*,\s*{GUID})*\s*,?", "tenant IDs with commas between"),
    "TEAMS_TENANT_ID": (GUID, "a tenant ID, a GUID"),
    "TEAMS_USER_ID": (f"29:.+|{GUID}", "a person's 29: ID or Entra object ID, a GUID"),
    "TEAMS_USER_OBJECT_ID": _OBJECT_ID,
    "TEAMS_TEAM_OBJECT_ID": _OBJECT_ID,
    "TEAMS_GROUP_ID": _OBJECT_ID,
    "TEAMS_MEMBER_OBJECT_IDS": (
        rf"{GUID}(\s*,\s*{GUID})*\s*,?",
        "Entra object IDs, GUIDs with commas between",
    ),
    "TEAMS_APP_MANIFEST_ID": (GUID, "the id in the app's manifest, a GUID"),
    "TEAMS_TEAM_ID": _CHANNEL,
    "TEAMS_CHANNEL_ID": _CHANNEL,
    "TEAMS_CHAT_ID": _CHANNEL,
    "TEAMS_CONVERSATION_ID": ("(a:|19:).+", "a conversation ID that starts with a: or 19:"),
    "CONVERSATIONS_URL": ("", "the URL of a database, for example sqlite:///conversations.db"),
    "NOTIFY_TOKEN": ("", f"{_SECRET}, or set NOTIFY_AUDIENCE: callers then sign in with Entra ID"),
    "NOTIFY_AUDIENCE": ("", _AUDIENCE),
    "NOTIFY_ROLE": ("", _ROLE),
    "PRICES_TOKEN": ("", f"{_SECRET}, or set PRICES_AUDIENCE: callers then sign in with Entra ID"),
    "PRICES_AUDIENCE": ("", _AUDIENCE),
    "PRICES_ROLE": ("", _ROLE),
}


@dataclass(frozen=True)
class Found:
    """A setting that has a value.

    Attributes:
        name: the name under which it was found, which may be the Teams CLI's.
        file: the file that it is in; None for the environment.
    """

    name: str
    value: str
    file: Path | None = None


def find_all(name: str) -> list[Found]:
    """The values of a setting, the one that counts first: the environment goes before the file,
    and the name of the Bot Framework before that of the Teams CLI.

    Spaces and line ends around a value are removed: they come from a file or a form by accident.
    """
    names = [name, CLI_NAMES[name]] if name in CLI_NAMES else [name]
    here = [Found(each, os.environ.get(each, "").strip()) for each in names]
    path = env_file()
    there = [Found(each, (_read(path).get(each) or "").strip(), path) for each in names]
    return [found for found in (*here, *there) if found.value]


def env_file() -> Path:
    """The file of settings: `.env` in the current folder, or the one that ENV_FILE names."""
    return Path.cwd() / (os.environ.get("ENV_FILE", "").strip() or ".env")


def setting(name: str) -> str:
    """The value of a setting that a program requires.

    Raises:
        SystemExit: the variable is missing, or its value has the wrong form; the message says what
            to do.
    """
    if value := optional_setting(name):
        return value
    known = VARIABLES.get(name)
    in_guide = (SAMPLES / "runner").is_dir()  # no project has it
    if known and in_guide and not find_all("MicrosoftAppId"):
        remedy = f"To run without a tenant: python -m samples run {_sample()}"
    else:
        remedy = f"Set it to {known[1]}." if known else "Set it in the environment."
    raise SystemExit(f"{name} is not set. {remedy}")


def optional_setting(name: str, default: str = "") -> str:
    """The value of a setting, or a default where it is unset, empty or blank.

    It is an environment variable or a line of `.env`: see `find_all`.

    Raises:
        SystemExit: the value has the wrong form, for example an e-mail address where an ID belongs;
            or `.env` cannot be read.
    """
    value = os.environ.get(name, "").strip()
    if not value and (found := find_all(name)):
        value = found[0].value
    form, what = VARIABLES.get(name, ("", ""))
    if value and form and not re.fullmatch(form, value, re.IGNORECASE | re.DOTALL):
        email = ", an e-mail address" if re.fullmatch(r"[^@\s:]+@[^@\s:]+", value) else ""
        raise SystemExit(f"{name} is {value[:200]!r}{email}. It must be {what}.")
    return value or default


@cache
def _read(path: Path) -> dict[str, str | None]:
    """The lines of a `.env` file, which is read once. Without the file there are none.

    Raises:
        SystemExit: the file that ENV_FILE names is missing, or it cannot be read or is not UTF-8.
    """
    if not path.exists() or path.name == Path(os.devnull).name:
        if path.name not in (".env", Path(os.devnull).name):
            raise SystemExit(f"ENV_FILE names {path}, which does not exist.")
        return {}
    from dotenv import dotenv_values  # only programs with such a file need it

    try:
        # A secret may contain `${`, which is not a variable there.
        return dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SystemExit(f"{path} is not UTF-8. Save it as UTF-8.") from None
    except OSError as error:
        raise SystemExit(f"{path} cannot be read: {error.strerror}.") from None


def _sample() -> str:
    """The name of the running sample, started as a module or by its path; else `to_person`."""
    file = getattr(sys.modules["__main__"], "__file__", None)  # a shell and a notebook have none
    if not file or not (path := Path(file).resolve()).is_relative_to(SAMPLES):
        return "to_person"
    path = path.parent if path.stem == "__main__" else path.with_suffix("")
    if path == SAMPLES:  # the guide's own command line
        return "to_person"
    sdk = path.relative_to(SAMPLES).parts[0]
    return f"{sdk}/{path.name}" if sdk.endswith("_sdk") else path.name

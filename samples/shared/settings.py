"""Read a program's environment variables. An empty variable is an unset one."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1]
_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_URL = ("https?://.+", "a URL that starts with http:// or https://")
_OBJECT_ID = (_GUID, "an Entra object ID, a GUID")
_CHANNEL = (r"19:.+@.+", "an ID that starts with 19:, as Teams sends it to the bot")

# The variables of the samples: the form of a value, empty for any, and what it is.
VARIABLES: dict[str, tuple[str, str]] = {
    "MicrosoftAppId": ("", "the bot's app ID, a GUID"),
    "MicrosoftAppPassword": ("", "the value of the app's client secret"),
    "MicrosoftAppTenantId": ("", "the ID of the tenant in which the app is registered"),
    "TEAMS_SERVICE_URL": _URL,
    "GRAPH_URL": _URL,
    "TEAMS_TENANT_ID": (_GUID, "a tenant ID, a GUID"),
    "TEAMS_USER_ID": (f"29:.+|{_GUID}", "a person's 29: ID or Entra object ID, a GUID"),
    "TEAMS_USER_OBJECT_ID": _OBJECT_ID,
    "TEAMS_TEAM_OBJECT_ID": _OBJECT_ID,
    "TEAMS_GROUP_ID": _OBJECT_ID,
    "TEAMS_MEMBER_OBJECT_IDS": (
        rf"{_GUID}(\s*,\s*{_GUID})*\s*,?",
        "Entra object IDs, GUIDs with commas between",
    ),
    "TEAMS_APP_MANIFEST_ID": (_GUID, "the id in the app's manifest, a GUID"),
    "TEAMS_TEAM_ID": _CHANNEL,
    "TEAMS_CHANNEL_ID": _CHANNEL,
    "TEAMS_CHAT_ID": _CHANNEL,
    "TEAMS_CONVERSATION_ID": ("(a:|19:).+", "a conversation ID that starts with a: or 19:"),
    "CONVERSATIONS_URL": ("", "the URL of a database, for example sqlite:///conversations.db"),
    "NOTIFY_TOKEN": ("", "a secret of 32 or more characters, which callers send"),
    "PRICES_TOKEN": ("", "a secret, which callers send"),
}


def setting(name: str) -> str:
    """The value of an environment variable that a program requires.

    Raises:
        SystemExit: the variable is missing, or its value has the wrong form; the message says what
            to do.
    """
    if value := optional_setting(name):
        return value
    known = VARIABLES.get(name)
    if known and (SAMPLES / "runner").is_dir():  # in the guide's own folder; no project has it
        remedy = f"To run without a tenant: python -m samples run {_sample()}"
    else:
        remedy = f"Set it to {known[1]}." if known else "Set it in the environment."
    raise SystemExit(f"{name} is not set. {remedy}")


def optional_setting(name: str, default: str = "") -> str:
    """The value of an environment variable, or a default where it is unset, empty or blank.

    Spaces and line ends around a value are removed: they come from a file or a form by accident.

    Raises:
        SystemExit: the value has the wrong form, for example an e-mail address where an ID belongs.
    """
    value = os.environ.get(name, "").strip()
    form, what = VARIABLES.get(name, ("", ""))
    if value and form and not re.fullmatch(form, value, re.IGNORECASE | re.DOTALL):
        email = ", an e-mail address" if re.fullmatch(r"[^@\s:]+@[^@\s:]+", value) else ""
        raise SystemExit(f"{name} is {value[:200]!r}{email}. It must be {what}.")
    return value or default


def _sample() -> str:
    """The name of the running sample, started as a module or by its path; else `to_person`."""
    file = getattr(sys.modules["__main__"], "__file__", None)  # a shell and a notebook have none
    if not file or not (path := Path(file).resolve()).is_relative_to(SAMPLES):
        return "to_person"
    path = path.parent if path.stem == "__main__" else path.with_suffix("")
    sdk = path.relative_to(SAMPLES).parts[0]
    return f"{sdk}/{path.name}" if sdk.endswith("_sdk") else path.name

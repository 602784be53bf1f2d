"""Decide which URLs may get the bot's token: the hosts of Teams and Graph, and those you allow."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import Literal

from samples.facts import facts
from samples.shared.settings import optional_setting

SETTING = "TEAMS_ALLOWED_SERVICE_URLS"
Hosts = Literal["service_hosts", "graph_hosts"]  # the tables of facts.toml
WHAT: dict[Hosts, str] = {
    "service_hosts": "a service URL of Teams",
    "graph_hosts": "an address of Microsoft Graph",
}
Origin = tuple[str, str, int]

# Before the path only a scheme, a host in ASCII and a port: with more, such as a user name, a
# backslash or an escape, programs disagree about which host the URL names.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>(?:[a-z0-9_-]+\.)*[a-z0-9_-]+|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?:/[!-~]*)?",
    re.IGNORECASE,
)


class ServiceUrlNotAllowed(Exception):
    """A request was not sent, because the bot's token may not go to this URL.

    Attributes:
        text: what is wrong with the URL, without the remedy.
    """

    def __init__(self, url: str, hosts: Hosts = "service_hosts") -> None:
        self.text = f"{url[:200]!r} is not {WHAT[hosts]}."
        if url.lower().startswith("http:") and not is_loopback(url):
            self.text += " A token goes over https only."
        super().__init__(f"{self.text} Nothing was sent. If it is yours, add it to {SETTING}.")


def require_allowed(url: str, *, signed_in: bool, hosts: Hosts = "service_hosts") -> None:
    """Refuse a URL that may not get a request of the bot. The arguments are those of `is_allowed`.

    Raises:
        ServiceUrlNotAllowed: the URL is not allowed; the message names it.
    """
    if not is_allowed(url, signed_in=signed_in, hosts=hosts):
        base, path, _ = url.partition("/v3/")
        raise ServiceUrlNotAllowed(f"{base}/" if path else url, hosts)


def is_allowed(url: str, *, signed_in: bool, hosts: Hosts = "service_hosts") -> bool:
    """Whether a URL is https on a host of the table, or on an origin in the setting.

    Args:
        url: a service URL, or a URL that starts with one.
        signed_in: whether the bot has a token. Without one, this machine is allowed too, for Local
            Teams and the Emulator.
        hosts: the table of facts.toml. `*.` matches one or more labels.

    Raises:
        ValueError: TEAMS_ALLOWED_SERVICE_URLS is wrong; the message says what.
    """
    origin = _origin(url)
    return origin is not None and _is_allowed(origin, signed_in, hosts, optional_setting(SETTING))


@lru_cache(maxsize=1000)  # asked for every request
def _is_allowed(origin: Origin, signed_in: bool, hosts: Hosts, setting: str) -> bool:
    scheme, host, port = origin
    if (scheme, port) == ("https", 443) and _is_listed(host, hosts):
        return True
    return origin in allowed_origins(setting) or (not signed_in and _is_loopback(host))


@cache
def allowed_origins(setting: str) -> frozenset[Origin]:
    """The origins in TEAMS_ALLOWED_SERVICE_URLS: comma-separated URLs, whose paths are ignored.

    Raises:
        ValueError: one of them is not a URL, or would send the token unencrypted over a network.
    """
    origins = set()
    for url in filter(None, map(str.strip, setting.split(","))):
        origin = _origin(url)
        if origin is None:
            raise ValueError(
                f"{SETTING} contains {url!r}, which is not a URL with only a host and a port. "
                "Write, for example, https://teams.contoso.com/"
            )
        if origin[0] == "http" and not _is_loopback(origin[1]):
            raise ValueError(
                f"{SETTING} contains {url!r}. A token goes over https only, except on this "
                f"machine: write https://{origin[1]}/"
            )
        origins.add(origin)
    return frozenset(origins)


def check_environment() -> None:
    """Refuse a wrong URL in the environment at the start, rather than once per recipient.

    Raises:
        SystemExit: TEAMS_ALLOWED_SERVICE_URLS is wrong, or there is an app ID and the token may not
            go to TEAMS_SERVICE_URL; the message says what to do.
    """
    try:
        allowed_origins(optional_setting(SETTING))
    except ValueError as error:
        raise SystemExit(str(error)) from error
    url = optional_setting("TEAMS_SERVICE_URL")
    if url and optional_setting("MicrosoftAppId") and not is_allowed(url, signed_in=True):
        raise SystemExit(f"TEAMS_SERVICE_URL: {ServiceUrlNotAllowed(url)}")


def is_loopback(url: str) -> bool:
    """Whether the host of a URL is this machine."""
    origin = _origin(url)
    return origin is not None and _is_loopback(origin[1])


def _origin(url: str) -> Origin | None:
    """Scheme, host and port; None for a URL that programs could read in different ways."""
    found = _URL.fullmatch(url)
    if found is None:
        return None
    scheme = found["scheme"].lower()
    port = int(found["port"] or (443 if scheme == "https" else 80))
    return (scheme, found["host"].lower(), port) if port < 65536 else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_listed(host: str, hosts: Hosts) -> bool:
    listed = _listed(hosts)
    labels = host.split(".")
    above = ("*." + ".".join(labels[number:]) for number in range(1, len(labels)))
    return host in listed or any(one in listed for one in above)


@cache
def _listed(hosts: Hosts) -> frozenset[str]:
    return frozenset(row["host"] for row in facts()[hosts])

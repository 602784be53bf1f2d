"""The cloud that the bot runs in: where it signs in, and who signs what Teams sends it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from samples.facts import facts
from samples.shared.settings import optional_setting


@dataclass(frozen=True)
class Cloud:
    """One of Microsoft's clouds: a row of `[[clouds]]` in facts.toml.

    Attributes:
        setting: the value of CLOUD that selects it.
        service_url: where to send before an activity has named a service URL; empty when Microsoft
            publishes none.
        login: where programs get their tokens.
        tenant: in which a bot of type MultiTenant signs in.
        audience: of the bot's tokens.
        issuer: of the tokens of Teams.
        keys: the document that names the keys of Teams.
        user_tokens: the service that keeps the tokens of people.
        graph: Microsoft Graph, without a version.
        exchange: the audience of a managed identity's token that Entra exchanges.
    """

    name: str
    setting: str
    service_url: str
    login: str
    tenant: str
    audience: str
    issuer: str
    keys: str
    user_tokens: str
    graph: str
    exchange: str
    source: str
    sign_in_source: str

    @property
    def is_public(self) -> bool:
        """Whether the SDK's defaults are right: GCC signs in as the public cloud does."""
        return self.login == clouds()[0].login


@cache
def clouds() -> tuple[Cloud, ...]:
    """Every cloud, the public one first."""
    return tuple(Cloud(**row) for row in facts()["clouds"])


def cloud() -> Cloud:
    """The cloud that CLOUD names; the public one where it names none.

    Raises:
        SystemExit: there is no such cloud; the message names those there are.
    """
    named = optional_setting("CLOUD", "Public")
    for each in clouds():
        if each.setting.lower() == named.lower():
            return each
    known = ", ".join(each.setting for each in clouds())
    raise SystemExit(f"CLOUD is {named!r}. It must be one of {known}.")

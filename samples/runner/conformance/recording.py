"""A recording: what Teams answered to the probes, beside what Local Teams answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from samples.local_teams.model.world import World
from samples.local_teams.testing import LocalTeams
from samples.runner.conformance.asking import Answer, Side, ask
from samples.runner.conformance.comparing import Difference, differences
from samples.runner.conformance.masking import Mask
from samples.runner.conformance.probes import Probe

FORMAT = 1
LONG = "x" * 110_000  # more than a message may have, however its bytes are counted


@contextmanager
def local_side(*, signed_in: bool, user_id: str, in_general: bool) -> Iterator[Side]:
    """Local Teams with one person and one team, as the settings of a reader are.

    Args:
        user_id: how the settings name the person: `29:`, or empty for an Entra object ID.
        in_general: whether the channel is General, whose ID is the team's.
    """
    world = World(seed="Conformance")
    person = world.add_person("Ada Lovelace")
    team = world.add_team("Engineering", person, channels=("Releases",))
    authority = None
    if signed_in:  # imported here because it needs cryptography
        from samples.local_teams.sign_in.authority import Authority

        authority = Authority.of(world)
    with LocalTeams(world, authority) as teams:
        values = {
            "app": world.bot_app_id if authority else "",
            "bot": world.bot_id if authority else "28:",
            "tenant": world.tenant_id,
            "user": person.id if user_id else person.aad_object_id,
            "team": team.id,
            "channel": team.id if in_general else team.channels[1].id,
            "long": LONG,
        }
        yield Side(teams.service_url, authority.bot_token() if authority else "", values)


async def record(side: Side, chosen: Sequence[Probe], *, day: str) -> tuple[dict[str, Any], Mask]:
    """Put probes to Teams and then to Local Teams.

    Args:
        side: Teams.
        day: today's date, for the recording.

    Returns:
        The recording, masked, and what masked it.
    """
    user_id = "29:" if side.values.get("user", "").startswith("29:") else ""
    facts_of_run = {
        "format": FORMAT,
        "day": day,
        "signed_in": bool(side.token),
        "user_id": user_id,
        "in_general": side.values.get("channel") == side.values.get("team") is not None,
    }
    mask, answers = await _masked_answers(side, chosen)
    _, local = await _local_answers(facts_of_run, chosen)
    found = [
        {"probe": probe.as_json(), "teams": teams, "local_teams": here}
        for probe, teams, here in zip(chosen, answers, local, strict=True)
    ]
    return {**facts_of_run, "probes": found}, mask


async def replay(recording: dict[str, Any]) -> list[Difference]:
    """What Local Teams answers differently today from what Teams answered in a recording.

    `accepted` in the recording has differences that are meant, with the reason: its keys are the
    name of a probe, a colon and the place, such as `send: headers.Server`.
    """
    chosen = [Probe(**one["probe"]) for one in recording["probes"]]
    _, local = await _local_answers(recording, chosen)
    return [
        difference
        for one, here in zip(recording["probes"], local, strict=True)
        for difference in differences(one["probe"]["name"], one["teams"], here)
        if f"{difference.probe}: {difference.place}" not in recording.get("accepted", {})
    ]


def differences_in(recording: dict[str, Any]) -> list[Difference]:
    """Where the two sides of a recording differ."""
    return [
        difference
        for one in recording["probes"]
        for difference in differences(one["probe"]["name"], one["teams"], one["local_teams"])
    ]


async def _local_answers(
    run: dict[str, Any], chosen: Sequence[Probe]
) -> tuple[Mask, list[dict[str, Any] | None]]:
    with local_side(
        signed_in=run["signed_in"], user_id=run["user_id"], in_general=run["in_general"]
    ) as side:
        return await _masked_answers(side, chosen)


async def _masked_answers(
    side: Side, chosen: Sequence[Probe]
) -> tuple[Mask, list[dict[str, Any] | None]]:
    answers: list[Answer | None] = await ask(side, chosen)
    known = {name: value for name, value in side.values.items() if name != "long"}
    mask = Mask(known, [side.token])
    for answer in filter(None, answers):
        mask.learn(answer)
    return mask, [mask.answer(answer) if answer else None for answer in answers]

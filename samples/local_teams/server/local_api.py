"""The local API, `/_local`: read the world, act as a person, and set faults and the bot."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from ..events.actions import FIELDS, UserAction
from ..events.card_actions import read_answer
from ..model.exchange import read_json
from ..model.faults import fault
from ..model.limits import Limits
from ..to_bot.deliveries import messaging_endpoint
from .hub import HUB
from .wire import WIRE_KEPT

MOST = 100  # deliveries of one activity, and deliveries that get lost

# -- what is there --


async def _world(request: web.Request) -> web.Response:
    return web.json_response(request.app[HUB].world.as_json(f"{request.url.origin()}/"))


async def _messages(request: web.Request) -> web.Response:
    """The messages of a conversation, oldest first; with `?last=200` only the last 200."""
    conversation_id = request.match_info["id"]
    messages = request.app[HUB].world.messages(conversation_id)
    if messages is None:
        return _refusal(404, f"There is no conversation {conversation_id}")
    return web.json_response(messages[-_number(request, "last") :])


async def _wire(request: web.Request) -> web.Response:
    """The exchanges, oldest first; with `?after=7` only those after number 7."""
    latest, after = list(request.app[HUB].wire)[-WIRE_KEPT:], _number(request, "after")
    return web.json_response([one.as_json() for one in latest if one.number > after])


# -- what Teams does to the bot --


async def _faults(request: web.Request) -> web.Response:
    return web.json_response([fault.as_json() for fault in request.app[HUB].world.faults])


async def _add_fault(request: web.Request) -> web.Response:
    """Add a fault; its fields are those of faults.Fault."""
    added = fault(await _payload(request))
    hub = request.app[HUB]
    hub.world.faults.append(added)
    hub.report_change(world=True)
    return web.json_response(added.as_json(), status=201)


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[HUB].world.faults.clear()
    request.app[HUB].report_change(world=True)
    return web.Response(status=204)


async def _limits(request: web.Request) -> web.Response:
    return web.json_response({"on": request.app[HUB].world.limits is not None})


async def _set_limits(request: web.Request) -> web.Response:
    """Switch Teams' rate limits on or off."""
    hub = request.app[HUB]
    on = (await _payload(request)).get("on")
    if not isinstance(on, bool):
        raise ValueError(f"on is true or false, not {on!r}")
    hub.world.limits = Limits(hub.world.clock) if on else None
    hub.report_change(world=True)
    return web.json_response({"on": on})


async def _sessions(request: web.Request) -> web.Response:
    return web.json_response({"on": request.app[HUB].world.supports_sessions})


async def _set_sessions(request: web.Request) -> web.Response:
    """Switch sessions on or off, as `supportsSessions` in the manifest of the bot's app does."""
    hub = request.app[HUB]
    on = (await _payload(request, {"on": bool})).get("on")
    if on is None:
        raise ValueError("on is true or false")
    hub.world.catalog[0].supports_sessions = on
    hub.report_change(world=True)
    return web.json_response({"on": on})


# -- people and the bot --


async def _happenings(request: web.Request) -> web.Response:
    """Let a person do something; the fields are those of actions.UserAction.

    `shown` is what the bot's answer to a pressed button shows: see card_actions.read_answer.
    """
    hub = request.app[HUB]
    payload = await _payload(request, FIELDS)
    sent, deliveries = await hub.happen(
        UserAction(**({"who": "", "does": ""} | payload)),
        hub.world.service_url or f"{request.url.origin()}/",
    )
    trouble = [one.error_text for one in deliveries if one.error_text]
    return web.json_response(
        {
            "sent": sent,
            "delivered": len(deliveries) - len(trouble),
            "trouble": trouble,
            "shown": read_answer(deliveries[-1].answer) if deliveries else {},
        }
    )


async def _bot(request: web.Request) -> web.Response:
    deliveries = request.app[HUB].deliveries
    return web.json_response(
        {"url": deliveries.url, "duplicates": deliveries.duplicates, "lost": deliveries.lost}
    )


async def _set_bot(request: web.Request) -> web.Response:
    """Set where the bot listens and how its next deliveries fare; keep what is left out."""
    deliveries = request.app[HUB].deliveries
    payload = await _payload(request, {"url": str, "duplicates": int, "lost": int})
    for name in ("duplicates", "lost"):
        if payload.get(name, 0) > MOST:
            raise ValueError(f"{name} is at most {MOST}")
    if "url" in payload:
        deliveries.url = messaging_endpoint(payload["url"])
    deliveries.duplicates = max(payload.get("duplicates", deliveries.duplicates), 1)
    deliveries.lost = max(payload.get("lost", deliveries.lost), 0)
    return await _bot(request)


async def _remove_bot(request: web.Request) -> web.Response:
    request.app[HUB].deliveries.url = None
    return await _bot(request)


# -- reading a request --


async def _payload(request: web.Request, known: dict[str, type] | None = None) -> dict[str, Any]:
    """The JSON object in the body of a request.

    Args:
        known: the fields that it may have, with their types; any when None.

    Raises:
        ValueError: the body is not a JSON object, or has other fields.
    """
    payload = read_json(await request.read() or b"null")
    if not isinstance(payload, dict):
        raise ValueError(f"The body must be a JSON object, not {str(payload)[:100]}")
    for name, value in payload.items():
        if known and type(value) is not known.get(name):
            there = ", ".join(f"{name} ({kind.__name__})" for name, kind in known.items())
            raise ValueError(f"{name!r} cannot be {repr(value)[:100]}. There are: {there}")
    return payload


def _number(request: web.Request, name: str) -> int:
    """A number from the query; 0 when left out.

    Raises:
        ValueError: the query has something else; the message shows it.
    """
    value = request.query.get(name, "0")
    if not (value.isascii() and value.isdecimal() and len(value) <= 18):
        raise ValueError(f"{name} is a number, not {value[:100]!r}")
    return int(value)


def _refusal(status: int, error_text: str) -> web.Response:
    return web.json_response({"error": error_text}, status=status)


def _checked(handler: Handler) -> Handler:
    """Answer 400 with the text of a ValueError: the request says what Local Teams cannot do."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ValueError as error:
            return _refusal(400, str(error))

    return answer


ROUTES = [
    web.get("/_local/world", _world),
    web.get("/_local/conversations/{id}", _checked(_messages)),
    web.get("/_local/wire", _checked(_wire)),
    web.get("/_local/weather", _faults),
    web.post("/_local/weather", _checked(_add_fault)),
    web.delete("/_local/weather", _clear_faults),
    web.get("/_local/limits", _limits),
    web.put("/_local/limits", _checked(_set_limits)),
    web.get("/_local/sessions", _sessions),
    web.put("/_local/sessions", _checked(_set_sessions)),
    web.post("/_local/happenings", _checked(_happenings)),
    web.get("/_local/bot", _bot),
    web.put("/_local/bot", _checked(_set_bot)),
    web.delete("/_local/bot", _remove_bot),
]

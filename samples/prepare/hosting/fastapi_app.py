"""Receive and send with FastAPI: Teams posts to /api/messages, your programs to /api/notify."""

import asyncio
from typing import Annotated, Any, cast

from botbuilder.schema import Activity
from fastapi import Body, Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from samples.shared.activities import wrong
from samples.shared.bearer import person_to_notify
from samples.shared.bot import connect
from samples.shared.callers import CallRefused, callers_from_environment
from samples.shared.conversations import Conversations
from samples.shared.failure import SEND_ERRORS, Failure
from samples.shared.remembering import Remember, reference_of
from samples.shared.sending import send
from samples.shared.settings import setting


class Notification(BaseModel):
    """What a program may ask for. It names no conversation and no service URL."""

    model_config = ConfigDict(extra="forbid")
    to: str
    text: str = Field(min_length=1)


def make_app() -> FastAPI:
    """Make the app from the settings in the environment: uvicorn --factory calls this."""
    callers, tenant_id = callers_from_environment("NOTIFY"), setting("TEAMS_TENANT_ID")
    bot, conversations = connect(), Conversations()
    handler = Remember(conversations)
    app = FastAPI(openapi_url=None)

    @app.exception_handler(CallRefused)
    async def refuse(_: Request, refused: CallRefused) -> JSONResponse:
        return JSONResponse({"error": str(refused)}, refused.status)

    async def allowed(request: Request) -> None:
        await callers.check(cast("Any", request))  # which reads its headers, as aiohttp has them

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/api/messages")
    async def messages(
        payload: Annotated[dict[str, Any], Body()], authorization: Annotated[str, Header()] = ""
    ) -> Response:
        if reason := wrong(payload):
            raise HTTPException(400, reason)
        activity = Activity().deserialize(payload)
        try:
            answer = await bot.adapter.process_activity(authorization, activity, handler.on_turn)
        except PermissionError as error:
            raise HTTPException(401, "Unauthorized") from error
        return JSONResponse(answer.body, answer.status) if answer else Response(status_code=201)

    @app.post("/api/notify", status_code=202, dependencies=[Depends(allowed)])
    async def notify(call: Notification) -> dict[str, str]:
        person = await person_to_notify(conversations, tenant_id, call.to)
        try:
            return {"id": await send(bot, reference_of(person), call.text)}
        except SEND_ERRORS as error:
            failure, where = Failure.of(error), (person.tenant_id, person.id)
            await asyncio.to_thread(conversations.note_refusal, *where, failure)
            raise HTTPException(502, str(failure)) from error

    return app

"""A bot without an SDK that is ready to be checked, or has one flaw."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, web

Chat = tuple[str, str]  # the service URL, and the conversation ID


class PlainBot:
    """Answers what it is asked in personal chats, and sends what a program posts to /api/notify.

    Args:
        flaw: what it does wrong; nothing when empty.
    """

    def __init__(self, flaw: str | int = "") -> None:
        self.flaw = flaw
        self.chats: dict[str, Chat] = {}
        self.blocked: set[str] = set()
        self.removed: set[str] = set()
        self.app = web.Application()
        self.app.router.add_post("/api/messages", self.messages)
        self.app.router.add_post("/api/notify", self.notify)

    async def messages(self, request: web.Request) -> web.Response:
        activity = await request.json()
        user = activity["from"].get("aadObjectId", "")
        place = activity["conversation"].get("conversationType", "")
        if self.flaw in (activity.get("action"), f"{activity['type']} in {place}"):
            return web.Response(status=500, text="It failed.")
        if activity.get("action") == "add":
            self.blocked.discard(user)
        if activity.get("action") == "add" and not (self.flaw == "return" and self.removed):
            self.chats[user] = (activity["serviceUrl"], activity["conversation"]["id"])
        if activity.get("action") == "remove":
            self.removed.add(user)
            if self.flaw != "removal":
                self.chats.pop(user)
        if activity["type"] == "message" and place == "personal":
            self.blocked.discard(user)
            chat = (activity["serviceUrl"], activity["conversation"]["id"])
            return web.Response(status=await self.send(user, chat, "You are welcome."))
        return web.Response()

    async def notify(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer secret":
            return web.Response(status=401)
        payload = await request.json()
        user = payload["to"]
        if user not in self.chats or user in self.blocked:
            return web.Response(status=404)
        return web.Response(status=await self.send(user, self.chats[user], payload["text"]))

    async def send(self, user: str, chat: Chat, text: str) -> int:
        if self.flaw == "silent":
            return 200
        status, headers = await post(chat, text)
        if status == 429 and self.flaw != "gives up":
            asked = float(headers["Retry-After"])
            await asyncio.sleep(0 if self.flaw == "hurries" else asked)
            status, headers = await post(chat, text)
        if status == self.flaw:
            status, headers = await post(chat, text)
        if status == 403:
            if self.flaw != "block":
                self.blocked.add(user)
            if self.flaw == "tells":
                await post(chat, "Exception caught: 403")
        return 200 if status == 201 else 500


async def post(chat: Chat, text: str) -> tuple[int, Any]:
    url = f"{chat[0]}v3/conversations/{quote(chat[1], safe='')}/activities"
    try:
        async with (
            ClientSession() as session,
            session.post(url, json={"type": "message", "text": text}) as answer,
        ):
            return answer.status, answer.headers
    except ClientError:
        return 0, {}

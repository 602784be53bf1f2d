"""Firefox, over WebDriver BiDi."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.programs import FIREFOX, require


async def in_firefox(profile: Path, address: str, script: str) -> Any:
    """What a script gives on a page in Firefox, without stack switching, over WebDriver BiDi."""
    firefox = require(FIREFOX.path, FIREFOX.name)
    preference = 'user_pref("javascript.options.wasm_js_promise_integration", false);\n'
    (profile / "user.js").write_text(preference, "utf-8")
    running = await asyncio.create_subprocess_exec(
        *(firefox, "--headless", "--no-remote", "--profile", str(profile)),
        *("--remote-debugging-port", "0"),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "HOME": str(profile)},
    )
    try:
        assert running.stderr
        async for line in running.stderr:
            if found := re.search(rb"ws://[\d.:]+", line):
                break
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(found[0].decode() + "/session") as bidi,  # type: ignore[index]
        ):

            async def ask(method: str, **params: Any) -> Any:
                await bidi.send_json({"id": 1, "method": method, "params": params})
                while "id" not in (result := await bidi.receive_json(timeout=300)):
                    pass
                assert result["type"] == "success", result
                return result["result"]

            await ask("session.new", capabilities={})
            context = (await ask("browsingContext.getTree"))["contexts"][0]["context"]
            await ask("browsingContext.navigate", context=context, url=address, wait="complete")
            given = await ask(
                "script.evaluate",
                expression=script,
                target={"context": context},
                awaitPromise=True,
            )
            assert given["type"] == "success", given
            return given["result"]["value"]
    finally:
        running.terminate()
        await running.communicate()

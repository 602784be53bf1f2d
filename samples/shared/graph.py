"""Sign in to Microsoft Graph, ask it no faster than it allows, and read its errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    TCPConnector,
)
from aiolimiter import AsyncLimiter
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from yarl import URL

from samples.facts import Refusal, facts, graph_refusal
from samples.shared.clouds import cloud, clouds
from samples.shared.credentials import graph_credential
from samples.shared.failing import Failure, IfUnsure
from samples.shared.retrying import pause
from samples.shared.service_urls import ServiceUrlNotAllowed, is_loopback, require_allowed
from samples.shared.settings import optional_setting
from samples.shared.transport import trusting

PUBLIC = f"{clouds()[0].graph}/v1.0"
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class GraphFailure(Failure):
    """Why Graph did not do something, or is not known to have done it.

    Attributes:
        request_id: what Microsoft's support asks for.
    """

    request_id: str = ""

    @classmethod
    def answered(cls, status: int, headers: Mapping[str, str], body: Any) -> GraphFailure:
        """Read an answer of Graph's, or one of the answers in a batch."""
        error = body.get("error") if isinstance(body, dict) else None
        details = error if isinstance(error, dict) else {"message": body or ""}
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            wait = float(lower["retry-after"])  # a page of Graph's has 2.128
        except (KeyError, ValueError):
            wait = None
        return cls(
            status,
            str(details.get("code", "")),
            str(details.get("message", "")),
            wait,
            maybe_arrived=status >= 500,
            request_id=str(lower.get("request-id", "")),
        )

    def __str__(self) -> str:
        """One paragraph for a person: what Graph answered, and what to do."""
        if self.status is None:
            return (
                f"Microsoft Graph did not answer: {self.text}\nCheck GRAPH_URL and the credentials."
            )
        error_text = (
            f"Microsoft Graph answered {f'{self.status} {self.code}'.rstrip()}: {self.text}"
        )
        error_text += f" (request {self.request_id})" if self.request_id else ""
        error_text += " It may have been done all the same." if self.maybe_arrived else ""
        return f"{error_text}\n{self._known.remedy}" if self._known else error_text

    @property
    def _known(self) -> Refusal | None:
        if self.status is None:
            return super()._known
        return graph_refusal(self.status, self.code, self.text)


class GraphError(Exception):
    """Graph refused or cannot be reached.

    Attributes:
        failure: what Graph answered, and what to do about it.
    """

    def __init__(self, failure: GraphFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


class Graph:
    """A signed-in client: `async with connect_graph() as graph: …`.

    Args:
        url: of Graph, with the version.
        credential: gives the token; None sends none, which only Local Teams accepts.
        sleep: waits; for tests.
    """

    def __init__(
        self,
        url: str,
        credential: TokenCredential | None,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        host = PUBLIC if is_loopback(url) else url
        self.scope = f"https://{urlsplit(host).hostname}/.default"
        self._credential, self._sleep = credential, sleep
        # One request each 1/25 s. A bucket that lets 25 go at once would reach the limit sooner.
        self._pace = AsyncLimiter(1, 1 / facts()["graph_pace"]["per_second"])

    async def __aenter__(self) -> Graph:
        bundle = optional_setting("REQUESTS_CA_BUNDLE")
        self._http = ClientSession(
            connector=TCPConnector(ssl=trusting(bundle)) if bundle else None,
            timeout=ClientTimeout(total=60),
            trust_env=True,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        if_unsure: IfUnsure = "send again",
        attempts: int = 5,
    ) -> Any:
        """Ask Graph, and ask again after a while where Graph allows that.

        Args:
            path: what follows the version, percent-encoded.
            query: query options, for example `{"$filter": "…"}`; they are encoded here.
            if_unsure: what to do when Graph may have done it.
            attempts: how many attempts are made at most.

        Returns:
            The JSON of the answer; None where there is none.

        Raises:
            GraphError: Graph refused or cannot be reached.
        """
        await self._pace.acquire()
        if query:
            path += f"?{urlencode(query, quote_via=quote, safe='$')}"
        return await AsyncRetrying(
            retry=retry_if_exception(
                lambda e: isinstance(e, GraphError) and e.failure.to_send_again(if_unsure)
            ),
            wait=lambda state: pause(_failure(state), state.attempt_number),
            stop=stop_after_attempt(attempts),
            sleep=self._sleep,
            reraise=True,
        )(self._once, method, f"{self.url}{path}", body)

    async def everything(self, path: str, query: Mapping[str, str]) -> AsyncIterator[Any]:
        """Everything in a collection, page by page.

        Raises:
            GraphError: Graph refused or cannot be reached.
        """
        page = await self.ask("GET", path, query=query)
        while True:
            for item in page["value"]:
                yield item
            link = page.get("@odata.nextLink", "")
            if not link:
                return
            if not link.startswith(f"{self.url}/"):  # the token goes nowhere else
                raise GraphError(GraphFailure(None, "", f"The next page is elsewhere: {link}"))
            page = await self.ask("GET", link.removeprefix(self.url))

    async def _once(self, method: str, url: str, body: Any) -> Any:
        headers = {}
        try:
            if self._credential:  # which keeps its token while it is valid
                require_allowed(url, signed_in=True, hosts="graph_hosts")
                token = await asyncio.to_thread(self._credential.get_token, self.scope)
                headers["Authorization"] = f"Bearer {token.token}"
            async with self._http.request(
                method,
                URL(url, encoded=True),
                json=body,
                headers=headers,
                allow_redirects=False,  # what was allowed is this URL
            ) as answer:
                text = await answer.text()
                is_json = answer.content_type == "application/json" and text
                payload = json.loads(text) if is_json else text
        except ServiceUrlNotAllowed as error:
            unsent = GraphFailure(None, "ServiceUrlNotAllowed", str(error))
            raise GraphError(unsent) from error
        except (ClientError, TimeoutError, AzureError, ValueError) as error:
            raise GraphError(_of(method, _unanswered(error))) from error
        if not 200 <= answer.status < 300:
            failure = GraphFailure.answered(answer.status, answer.headers, payload)
            raise GraphError(_of(method, failure))
        return payload or None


def _of(method: str, failure: GraphFailure) -> GraphFailure:
    """The failure of a request: a read changes nothing, so it can be repeated."""
    return replace(failure, maybe_arrived=False) if method == "GET" else failure


def _unanswered(error: Exception) -> GraphFailure:
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, ClientAuthenticationError):
        return GraphFailure(None, "SignInFailed", text)
    # AzureError comes from sign-in, and without a token nothing leaves.
    if isinstance(error, ClientConnectorError | ConnectionTimeoutError | AzureError):
        return GraphFailure(None, "Unreachable", text)
    return GraphFailure(None, "AnswerLost", text, maybe_arrived=True)


def _failure(state: RetryCallState) -> Failure:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, GraphError)
    return error.failure


def connect_graph(*, sleep: Sleep = asyncio.sleep) -> Graph:
    """A client for the Graph in GRAPH_URL, signed in with the credentials of the environment.

    Without GRAPH_URL it is the one of the cloud in CLOUD. Without an app ID nobody signs in, which
    only Local Teams accepts.

    Raises:
        SystemExit: a variable is missing or wrong; the message names it.
    """
    url = optional_setting("GRAPH_URL") or f"{cloud().graph}/v1.0"
    if not optional_setting("MicrosoftAppId") and is_loopback(url):
        return Graph(url, None, sleep=sleep)
    try:
        require_allowed(url, signed_in=True, hosts="graph_hosts")
    except (ServiceUrlNotAllowed, ValueError) as error:
        raise SystemExit(f"GRAPH_URL: {error}") from error
    return Graph(url, graph_credential(), sleep=sleep)

"""Responses without an end, such as the sound of a radio, until the client or its source leaves."""

import asyncio
from typing import Any, Protocol

from litestar import Request, Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from veza.server.request_cycle import mark_endless


class EndlessSource(Protocol):
    """The content for one client."""

    async def read(self) -> bytes:
        """Return the next piece, when there is one."""
        ...

    async def wait_until_over(self) -> None:
        """Return when nothing follows, or the client is too slow."""
        ...

    def leave(self) -> None:
        """End it: the client is gone."""
        ...


class EndlessResponse(Response[None]):
    """A response with what its source has, until one of both sides ends it."""

    def __init__(self, source: EndlessSource, *, headers: dict[str, str], media_type: str) -> None:
        super().__init__(None, headers=headers, media_type=media_type)
        self._source = source

    def to_asgi_response(
        self, app: Any, request: Request[Any, Any, Any], *, headers: Any = None, **options: Any
    ) -> ASGIResponse:
        """Return the response as an ASGI application; cookies aren't supported."""
        del app, request, options
        return _SentEndlessly(
            self._source,
            headers={**(headers or {}), **self.headers},
            media_type=self.media_type,
            status_code=200,
        )


class _SentEndlessly(ASGIResponse):
    # That of the empty body would be announced.
    _should_set_content_length = False

    def __init__(self, source: EndlessSource, **options: Any) -> None:
        super().__init__(**options)
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        mark_endless(scope)
        try:
            await self.start_response(send)
            work = (self._send(send), _wait_for_disconnect(receive), self._source.wait_until_over())
            tasks = [asyncio.ensure_future(each) for each in work]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
            for task in tasks:
                if not task.cancelled():
                    task.result()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._source.leave()

    async def _send(self, send: Send) -> None:
        while True:
            piece = await self._source.read()
            await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

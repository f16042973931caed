"""Responses with a file while it is made: whole if that is asked for, else as far as it is.

The length of a file that grows is not announced, because it is not known; ranges wait for its end.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

from litestar import Request, Response
from litestar.response import Stream
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send
from msgspec import Struct

from veza.http.layers.disconnects import cancelled_on_disconnect
from veza.http.layers.head_requests import is_head
from veza.http.responses.ranges import SANDBOX, VARY, FileMetadata, serve_opened
from veza.infra.media.transcoder import Transcoder, Transcoding, TranscodingOrder

_READ_BYTES = 64 * 1024
# Asks for all there is: browsers and players send it to learn whether there are ranges.
_WHOLE_RANGE = "bytes=0-"


class GrowingFile(Struct, frozen=True):
    """A file that is wanted, and by whom. `grows` if its beginning can be played alone."""

    order: TranscodingOrder
    client: str
    grows: bool
    is_length_wanted: bool = False


async def serve_growing(
    request: Request[Any, Any, Any],
    transcoder: Transcoder,
    file: GrowingFile,
    metadata: FileMetadata,
) -> Response[Any]:
    """Return a response with the file: kept, complete, or as it is made.

    Raises the errors of making it before the response starts, and RangeNotSatisfiable.
    """
    kept = await transcoder.find(file.order)
    if kept is not None:
        return await serve_opened(request, metadata, kept)
    headers = {
        "accept-ranges": "none",
        "cache-control": "no-store",
        "vary": VARY,
        "content-security-policy": SANDBOX,
    }
    if is_head(request.scope):
        # Without a length: `Response` would announce that of its empty body.
        return Stream(_empty(), headers=headers, media_type=metadata.content_type)
    is_whole = not file.grows or file.is_length_wanted or _wants_part(request)
    made = transcoder.follow(file.order, file.client)
    try:
        with cancelled_on_disconnect(request.scope):
            await (made.finished() if is_whole else made.begun())
        complete = made.open() if is_whole else None
    except BaseException:
        made.leave()
        raise
    if complete is None:
        return _GrowingResponse(made, headers=headers, media_type=metadata.content_type)
    made.leave()
    return await serve_opened(request, metadata, complete)


def _wants_part(request: Request[Any, Any, Any]) -> bool:
    wanted = request.headers.get("range", _WHOLE_RANGE)
    return wanted.replace(" ", "") != _WHOLE_RANGE


class _GrowingResponse(Response[None]):
    """A response with what is there and what is added, until the file is complete."""

    def __init__(self, made: Transcoding, *, headers: dict[str, str], media_type: str) -> None:
        super().__init__(None, headers=headers, media_type=media_type)
        self._made = made

    def to_asgi_response(
        self, app: Any, request: Request[Any, Any, Any], *, headers: Any = None, **options: Any
    ) -> ASGIResponse:
        """Return the response as an ASGI application; cookies aren't supported."""
        del app, request, options
        return _SentWhileMade(
            self._made,
            headers={**(headers or {}), **self.headers},
            media_type=self.media_type,
            status_code=200,
        )


class _SentWhileMade(ASGIResponse):
    # That of the empty body would be announced.
    _should_set_content_length = False

    def __init__(self, made: Transcoding, **options: Any) -> None:
        super().__init__(**options)
        self._made = made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        try:
            await self.start_response(send)
            sending = asyncio.ensure_future(self._send(send))
            leaving = asyncio.ensure_future(_wait_for_disconnect(receive))
            try:
                await asyncio.wait([sending, leaving], return_when=asyncio.FIRST_COMPLETED)
            finally:
                leaving.cancel()
                sending.cancel()
                await asyncio.wait([sending, leaving])
            if not sending.cancelled():
                sending.result()
        finally:
            self._made.leave()

    async def _send(self, send: Send) -> None:
        made = self._made
        at = 0
        is_done = False
        with closing(made.open()) as file:
            while not is_done:
                # Before the size: what is added in between is sent in the next turn.
                is_done = made.is_done
                end = made.size
                while at < end:
                    piece = await file.read(at, min(end - at, _READ_BYTES))
                    at += len(piece)
                    await send(_body(piece, more=True))
                if not is_done:
                    await made.look_again()
        # Breaks the connection off if the file is not complete.
        await made.finished()
        await send(_body(b"", more=False))


async def _empty() -> AsyncIterator[bytes]:
    for piece in ():
        yield piece


def _body(piece: bytes, *, more: bool) -> Any:
    return {"type": "http.response.body", "body": piece, "more_body": more}


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

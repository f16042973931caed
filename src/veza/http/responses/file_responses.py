"""Responses with bytes of an opened file.

A short part is one ASGI message. A long one is sent in pieces: from the page cache by `sendfile`
where the server has the ASGI extension, otherwise read in a thread. Each piece waits until the
client has taken the one before, so a slow client needs no memory.
"""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from litestar import Request, Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send
from msgspec import Struct

from veza.infra.storage.opened_file import OpenedObject

# An ASGI extension: the server sends a part of a file by itself.
ZERO_COPY = "http.response.zerocopysend"
# Up to this size, reading the bytes costs no more than sending the file.
_SINGLE_BYTES = 256 * 1024
_READ_BYTES = 256 * 1024
_ZERO_COPY_BYTES = 1024 * 1024


class FilePart(Struct, frozen=True):
    """The bytes of an opened file from `first` to `last`, both included."""

    file: OpenedObject
    first: int
    last: int

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.last - self.first + 1


class FileResponse(Response[None]):
    """A response with a part of a file, which is closed once it was sent."""

    def __init__(
        self, part: FilePart, *, headers: Mapping[str, str], media_type: str, status_code: int
    ) -> None:
        super().__init__(None, headers=headers, media_type=media_type, status_code=status_code)
        self._part = part

    def to_asgi_response(
        self, app: Any, request: Request[Any, Any, Any], *, headers: Any = None, **options: Any
    ) -> ASGIResponse:
        """Return the response as an ASGI application; cookies aren't supported."""
        del app, request, options
        return _SentFile(
            self._part,
            headers={**(headers or {}), **self.headers},
            media_type=self.media_type,
            status_code=self.status_code,
        )


class _SentFile(ASGIResponse):
    def __init__(self, part: FilePart, **options: Any) -> None:
        super().__init__(**options)
        self._part = part

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        part = self._part
        with closing(part.file):
            if part.size > _SINGLE_BYTES:
                await self.start_response(send)
                await _send_pieces(part, send, can_send_files=_can_send_files(scope))
                return
            # Read before the response starts, so that an error still changes its status.
            self.body = await part.file.read_exactly(part.first, part.size)
            await self.start_response(send)
            await self.send_body(send, receive)


async def _send_pieces(part: FilePart, send: Send, *, can_send_files: bool) -> None:
    file = part.file
    at = part.first
    end = part.last + 1
    while at < end:
        count = min(end - at, _ZERO_COPY_BYTES)
        message: Any
        if can_send_files and file.is_cached(at, count):
            message = {"type": ZERO_COPY, "file": file, "offset": at, "count": count}
            at += count
        else:
            piece = await file.read(at, min(count, _READ_BYTES))
            message = {"type": "http.response.body", "body": piece}
            at += len(piece)
        message["more_body"] = at < end
        await send(message)


def _can_send_files(scope: Any) -> bool:
    return ZERO_COPY in (scope.get("extensions") or ())

"""An HTTP client with little overhead, so that the server is measured and not the client."""

import asyncio
import re
from typing import Any, Self

import msgspec
from msgspec import Struct

from bench.load import Request

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_LIMIT_BYTES = 1 << 24


class Answer(Struct, frozen=True):
    """A response."""

    status: int
    body: bytes

    def data(self) -> Any:
        """Return `data` of the JSON body. Raises RuntimeError unless the status is 2xx."""
        if not 200 <= self.status < 300:
            raise RuntimeError(f"Status {self.status}: {self.body[:300]!r}")
        return msgspec.json.decode(self.body)["data"]


class HttpConnection:
    """A persistent connection that sends one request at a time."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def __aenter__(self) -> Self:
        """Open the connection."""
        self._reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", self.port, limit=_LIMIT_BYTES
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        self._writer.close()

    async def send(self, request: bytes) -> Answer:
        """Send an encoded request and return the response."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if (found := _LENGTH.search(head)) is not None:
            body = await self._reader.readexactly(int(found[1]))
        elif b"chunked" in head.lower():
            body = await self._read_chunks()
        else:
            body = b""
        return Answer(int(head[9:12]), body)

    async def _read_chunks(self) -> bytes:
        body = b""
        while size := int(await self._reader.readline(), 16):
            body += await self._reader.readexactly(size)
            await self._reader.readline()
        await self._reader.readline()
        return body


async def fetch(port: int, request: Request) -> Answer:
    """Send one request on a connection of its own."""
    async with HttpConnection(port) as connection:
        return await connection.send(encode_request(port, request))


def encode_request(port: int, request: Request) -> bytes:
    """Return the bytes of a request."""
    lines = [f"{request.method} {request.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    if request.token:
        lines.append(f"Authorization: Bearer {request.token}")
    if request.header:
        lines.append(request.header)
    if request.body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(request.body.encode())}"]
    return "\r\n".join([*lines, "", request.body]).encode()

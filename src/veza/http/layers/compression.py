"""Compresses text responses: with zstd if the client accepts it, else with gzip."""

import asyncio
import gzip
import re
from typing import Any

import zstandard
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from veza.http.asgi_scope import list_offers

MIN_BYTES = 1000
# Longer responses are compressed in a thread, to not block the event loop.
_INLINE_BYTES = 64 * 1024
# A supported coding, unless its weight is zero, which forbids it.
_OFFER = re.compile(
    rb"(?P<coding>gzip|zstd)(?:\s*+;\s*+q\s*+=\s*+(?:1(?:\.0*+)?|0\.0*+[1-9][0-9]*+))?"
)
_KINDS = (
    b"application/json",
    b"application/problem+json",
    b"application/rss+xml",
    b"application/xml",
    b"text/",
    b"image/svg+xml",
)


VARY = (b"vary", b"Accept-Encoding")


class CompressionMiddleware:
    """Compresses responses that are sent in one piece; streams are not changed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        encoding = find_coding(scope)
        held: Any = None

        async def send_on(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_text(message["headers"]):
                held = message
                return
            if held is not None:
                start = held
                held = None
                # Files are not read here: they come as messages without a body.
                body = message.get("body", b"")
                if not message.get("more_body") and len(body) >= MIN_BYTES:
                    # Also on uncompressed responses: caches must keep both variants apart.
                    start["headers"] = [*start["headers"], VARY]
                    if encoding is not None:
                        await _pack(start, message, encoding)
                await send(start)
            await send(message)

        await self._app(scope, receive, send_on)


async def _pack(start: Any, message: Any, encoding: str) -> None:
    message["body"] = await compress(encoding, message["body"])
    start["headers"] = describe_encoded(start["headers"], encoding, len(message["body"]))


def find_coding(scope: Any) -> str | None:
    """Return the best coding that a request accepts, or None."""
    found = [_OFFER.fullmatch(each.lower()) for each in list_offers(scope, b"accept-encoding")]
    codings = {match["coding"].decode() for match in found if match}
    return next((coding for coding in ("zstd", "gzip") if coding in codings), None)


def _is_text(headers: Any) -> bool:
    kind = b""
    is_encoded = False
    for name, value in headers:
        if name == b"content-type":
            kind = value
        is_encoded = is_encoded or name in {b"content-encoding", b"content-range"}
    return kind.startswith(_KINDS) and not is_encoded


async def compress(encoding: str, body: bytes) -> bytes:
    """Return the compressed body."""
    encode = _zstd if encoding == "zstd" else _gzip
    if len(body) <= _INLINE_BYTES:
        return encode(body)
    return await asyncio.to_thread(encode, body)


def _zstd(body: bytes) -> bytes:
    return zstandard.compress(body, 3)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 4, mtime=0)


def describe_encoded(headers: Any, encoding: str, length: int) -> list[tuple[bytes, bytes]]:
    """Return the headers of a body after its compression."""
    kept = [(name, value) for name, value in headers if name not in {b"content-length", b"etag"}]
    # The compressed bytes differ, so that the tag must be weak.
    weak = [(b"etag", b"W/" + v.removeprefix(b"W/")) for name, v in headers if name == b"etag"]
    return [
        *kept,
        *weak,
        (b"content-encoding", encoding.encode()),
        (b"content-length", str(length).encode()),
    ]

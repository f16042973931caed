"""Strong ETags and 304 for JSON, so that a client asks for a body again only if it changed.

Responses to GET without credentials have an `ETag`, and `Cache-Control: no-cache`: a cache may keep
them, but has to ask each time. Responses to requests with credentials are `no-store`, and have no
tag: nothing may keep what it would describe.

The tag is a hash of the bytes as they are sent, which is why this is outside of the compression:
each coding has a tag of its own, and `Vary` says so (RFC 9110, 8.8.3.3).
"""

import hashlib
from http import HTTPStatus
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from veza.http.asgi_scope import Headers, find_header, has_credentials, split_list

_REVALIDATE = (b"cache-control", b"no-cache")


def etag_of(body: bytes) -> bytes:
    """Return the strong tag of a body: 128 bits of its SHA-256, in quotes."""
    return b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'


def has_tag(condition: bytes | None, tag: bytes) -> bool:
    """Return whether the value of `If-None-Match` has a tag, by the weak comparison."""
    if condition is None:
        return False
    known = {each.removeprefix(b"W/") for each in split_list(condition)}
    return tag in known or known == {b"*"}


def tagged(headers: Headers, tag: bytes) -> list[tuple[bytes, bytes]]:
    """Return headers with the tag of a body that any cache may keep."""
    return [*headers, (b"etag", tag), _REVALIDATE]


def not_modified(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return the headers of a 304: those of the 200, without what describes the body."""
    return [(name, value) for name, value in headers if not name.startswith(b"content-")]


class EtagMiddleware:
    """Adds tags to JSON that is sent in one piece, and answers 304."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] != "GET" or has_credentials(scope):
            await self._app(scope, receive, send)
            return
        held: Any = None

        async def send_on(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_taggable(message):
                held = message
                return
            if held is not None:
                start = held
                held = None
                # Parts of files come as messages of another type.
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    _tag(scope, start, message)
                await send(start)
            await send(message)

        await self._app(scope, receive, send_on)


def _is_taggable(start: Any) -> bool:
    if start["status"] != HTTPStatus.OK:
        return False
    names = dict(start["headers"])
    is_json = names.get(b"content-type", b"").startswith(b"application/json")
    return is_json and names.keys().isdisjoint({b"etag", b"cache-control"})


def _tag(scope: Scope, start: Any, message: Any) -> None:
    tag = etag_of(message.get("body", b""))
    start["headers"] = tagged(start["headers"], tag)
    if has_tag(find_header(scope, b"if-none-match"), tag):
        start["status"] = HTTPStatus.NOT_MODIFIED.value
        start["headers"] = not_modified(start["headers"])
        message["body"] = b""

"""An ASGI extension: a response in one message, whose headers were encoded before.

For each response uvicorn checks every header and joins them, which takes longer than everything
else it does. Bodies that many responses share have their headers encoded once.
"""

import re
from collections.abc import Iterable
from typing import Any, Protocol

from msgspec import Struct

from veza.infra.http_server.zero_copy import EXTENSION as ZERO_COPY

EXTENSION = "veza.http.response.whole"

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NAMES = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:,[!#$%&'*+.^_`|~0-9A-Za-z-]+)*")
# Headers that decide what becomes of the connection, which is left to uvicorn.
_FRAMING = frozenset({b"connection", b"transfer-encoding"})

type HeaderPairs = Iterable[tuple[bytes, bytes]]


class HasDescriptor(Protocol):
    """An opened file."""

    def fileno(self) -> int:
        """Return the descriptor."""
        ...


class SentPart(Struct, frozen=True):
    """The bytes of an opened file that the server sends itself."""

    file: HasDescriptor
    offset: int
    count: int


class HeaderKind(Struct, frozen=True):
    """The names of headers and the policy of a page, on which it depends what others add."""

    names: frozenset[bytes]
    policy: bytes


class EncodedHeaders(Struct, frozen=True):
    """Headers as they are sent, a line each, and the same in pairs."""

    lines: bytes
    pairs: list[tuple[bytes, bytes]]
    kind: HeaderKind

    def with_more(self, headers: HeaderPairs) -> "EncodedHeaders":
        """Add headers of a single response, which change nothing in what others have to add."""
        more = list(headers)
        return EncodedHeaders(self.lines + encode_lines(more), [*self.pairs, *more], self.kind)


def encode_headers(headers: HeaderPairs) -> EncodedHeaders:
    """Encode headers with names in lower case. Raises ValueError for one that can't be sent."""
    pairs = list(headers)
    known = dict(pairs)
    kind = HeaderKind(frozenset(known), known.get(b"content-security-policy", b""))
    return EncodedHeaders(encode_lines(pairs), pairs, kind)


def encode_lines(headers: HeaderPairs) -> bytes:
    """Return headers as they are sent. Raises ValueError for one that can't be."""
    pairs = list(headers)
    # All at once, which takes a third of the time of a search for each.
    names = b",".join([name for name, _ in pairs])
    values = b" ".join([value for _, value in pairs])
    is_sound = _NAMES.fullmatch(names) and names.count(b",") < len(pairs)
    if pairs and (not is_sound or _CONTROL.search(values)):
        raise ValueError(f"One of these headers can't be sent: {names!r}.")
    return b"".join([b"%b: %b\r\n" % pair for pair in pairs])


async def send_whole(
    scope: Any, send: Any, status: int, headers: EncodedHeaders, body: bytes
) -> None:
    """Send a response in one message, or in two where the server lacks the extension."""
    if EXTENSION in (scope.get("extensions") or ()):
        await send({"type": EXTENSION, "status": status, "headers": headers, "body": body})
    else:
        await send({"type": "http.response.start", "status": status, "headers": headers.pairs})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def is_whole(start: Any, message: Any) -> bool:
    """Return whether a message has all of the body that the start of a response announces."""
    if message["type"] != "http.response.body" or message.get("more_body"):
        return False
    headers = dict(start["headers"])
    if not _FRAMING.isdisjoint(headers):
        return False
    return headers.get(b"content-length") == b"%d" % len(message.get("body", b""))


def join_messages(start: Any, message: Any) -> Any:
    """Return the whole response that `is_whole`."""
    return {
        "type": EXTENSION,
        "status": start["status"],
        "headers": encode_lines(start["headers"]),
        "body": message.get("body", b""),
    }


def can_send_files(scope: Any) -> bool:
    """Return whether a whole response may be a part of a file, which the server sends itself."""
    extensions = scope.get("extensions") or ()
    return EXTENSION in extensions and ZERO_COPY in extensions


async def send_whole_file(send: Any, status: int, headers: EncodedHeaders, part: SentPart) -> None:
    """Send a response with bytes that are in the page cache, if `can_send_files`."""
    sent = {"file": part.file, "offset": part.offset, "count": part.count}
    await send({"type": EXTENSION, "status": status, "headers": headers} | sent)

"""Files over HTTP: ranges, entity tags and HEAD (RFC 9110, sections 8.8, 13 and 14)."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from litestar import Request, Response
from litestar.response import Stream
from msgspec import Struct

from veza.http.errors import RangeNotSatisfiable
from veza.http.head_requests import is_head

# No file has a place of more than 60 digits; Python refuses to read numbers that are far longer.
_RANGE = re.compile(
    r"bytes\s*=\s*(?P<first>[0-9]{0,60})\s*-\s*(?P<last>[0-9]{0,60})\s*", re.IGNORECASE
)

type Reader = Callable[[int, int], AsyncIterator[bytes]]


class ByteRange(Struct, frozen=True):
    """The bytes from `first` to `last`, both included."""

    first: int
    last: int


class FileMetadata(Struct, frozen=True):
    """What is known of a file before it is read. `etag` is without quotes.

    One that `is_whole` has no parts: whatever range is asked for, all of it is answered.
    """

    size: int
    content_type: str
    etag: str
    modified: datetime
    cache_control: str
    disposition: str | None = None
    is_whole: bool = False


def parse_range(header: str | None, size: int) -> ByteRange | str | None:
    """Read a Range header: a span, None where it is to be ignored, or `"unsatisfiable"`.

    Several ranges at once are ignored, as the RFC allows: no player asks for them.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None:
        return None
    first, last = match["first"], match["last"]
    if not first:
        if not last:
            return None
        length = min(int(last), size)
        return ByteRange(size - length, size - 1) if length else "unsatisfiable"
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        return "unsatisfiable"
    return ByteRange(int(first), min(int(last), size - 1) if last else size - 1)


async def serve_file(
    request: Request[Any, Any, Any], facts: FileMetadata, read: Reader
) -> Response[Any]:
    """Answer with the file, the part that was asked for, or 304. `read(first, last)` streams it.

    Raises RangeNotSatisfiable.
    """
    headers = _headers(facts)
    if _has_same(request.headers.get("if-none-match"), request, facts):
        return Response(b"", status_code=304, headers=headers, media_type=facts.content_type)
    wanted = request.headers.get("range") if _may_be_partial(request, facts) else None
    span = parse_range(wanted, facts.size)
    if isinstance(span, str):
        raise RangeNotSatisfiable(facts.size)
    status = 206 if span else 200
    if span:
        headers["content-range"] = f"bytes {span.first}-{span.last}/{facts.size}"
    span = span or ByteRange(0, facts.size - 1)
    headers["content-length"] = str(span.last - span.first + 1)
    body = _nothing()
    if facts.size and not is_head(request.scope):
        body = await _begin(read(span.first, span.last))
    return Stream(body, status_code=status, headers=headers, media_type=facts.content_type)


def _headers(facts: FileMetadata) -> dict[str, str]:
    headers = {
        "accept-ranges": "none" if facts.is_whole else "bytes",
        "etag": f'"{facts.etag}"',
        "last-modified": format_datetime(facts.modified, usegmt=True),
        "cache-control": facts.cache_control,
        # Under one address an owner may get another file than everybody.
        "vary": "Authorization, Cookie, X-API-Key",
        # Whatever the bytes are, a browser must not run them on our origin.
        "content-security-policy": "sandbox; default-src 'none'; object-src 'none'; "
        "base-uri 'none'; frame-ancestors 'none'",
    }
    if facts.disposition:
        headers["content-disposition"] = facts.disposition
    return headers


def _has_same(tags: str | None, request: Request[Any, Any, Any], facts: FileMetadata) -> bool:
    if tags is None:
        since = _parse_date(request.headers.get("if-modified-since"))
        return since is not None and facts.modified.replace(microsecond=0) <= since
    known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    return "*" in known or f'"{facts.etag}"' in known


def _may_be_partial(request: Request[Any, Any, Any], facts: FileMetadata) -> bool:
    """Tell whether there are parts, and `If-Range`, if it is there, still names this very file."""
    if facts.is_whole:
        return False
    condition = request.headers.get("if-range")
    if condition is None:
        return True
    return condition in {f'"{facts.etag}"', format_datetime(facts.modified, usegmt=True)}


def _parse_date(text: str | None) -> datetime | None:
    """Read a date of HTTP, which is always in UTC; None where it is none."""
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else None


async def _begin(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Read the first chunk before the answer begins: where there is none, it can still be told."""
    first = await anext(chunks, b"")

    async def go_on() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return go_on()


async def _nothing() -> AsyncIterator[bytes]:
    for chunk in ():
        yield chunk

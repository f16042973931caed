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

# Sixty digits are enough for any file. Python refuses to parse much longer numbers.
_RANGE = re.compile(
    r"bytes\s*=\s*(?P<first>[0-9]{0,60})\s*-\s*(?P<last>[0-9]{0,60})\s*", re.IGNORECASE
)

type Reader = Callable[[int, int], AsyncIterator[bytes]]


class ByteRange(Struct, frozen=True):
    """The bytes from `first` to `last`, both included."""

    first: int
    last: int


class FileMetadata(Struct, frozen=True):
    """The metadata of a file. `etag` is without quotes. If `is_whole`, ranges are ignored."""

    size: int
    content_type: str
    etag: str
    modified: datetime
    cache_control: str
    disposition: str | None = None
    is_whole: bool = False


def parse_range(header: str | None, size: int) -> ByteRange | str | None:
    """Parse a Range header. Return None to ignore it, or `"unsatisfiable"`.

    Multiple ranges are ignored, as the RFC allows.
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
    request: Request[Any, Any, Any], metadata: FileMetadata, read: Reader
) -> Response[Any]:
    """Return a response with the file, the requested range, or status 304.

    `read(first, last)` streams the bytes. Raises RangeNotSatisfiable.
    """
    headers = _headers(metadata)
    if _has_same(request.headers.get("if-none-match"), request, metadata):
        return Response(b"", status_code=304, headers=headers, media_type=metadata.content_type)
    wanted = request.headers.get("range") if _may_be_partial(request, metadata) else None
    span = parse_range(wanted, metadata.size)
    if isinstance(span, str):
        raise RangeNotSatisfiable(metadata.size)
    status = 206 if span else 200
    if span:
        headers["content-range"] = f"bytes {span.first}-{span.last}/{metadata.size}"
    span = span or ByteRange(0, metadata.size - 1)
    headers["content-length"] = str(span.last - span.first + 1)
    body = _empty()
    if metadata.size and not is_head(request.scope):
        body = await _begin(read(span.first, span.last))
    return Stream(body, status_code=status, headers=headers, media_type=metadata.content_type)


def _headers(metadata: FileMetadata) -> dict[str, str]:
    headers = {
        "accept-ranges": "none" if metadata.is_whole else "bytes",
        "etag": f'"{metadata.etag}"',
        "last-modified": format_datetime(metadata.modified, usegmt=True),
        "cache-control": metadata.cache_control,
        # At the same URL an owner may get another file than others.
        "vary": "Authorization, Cookie, X-API-Key",
        # Browsers must not run a file as a page of this origin.
        "content-security-policy": "sandbox; default-src 'none'; object-src 'none'; "
        "base-uri 'none'; frame-ancestors 'none'",
    }
    if metadata.disposition:
        headers["content-disposition"] = metadata.disposition
    return headers


def _has_same(tags: str | None, request: Request[Any, Any, Any], metadata: FileMetadata) -> bool:
    if tags is None:
        since = _parse_date(request.headers.get("if-modified-since"))
        return since is not None and metadata.modified.replace(microsecond=0) <= since
    known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    return "*" in known or f'"{metadata.etag}"' in known


def _may_be_partial(request: Request[Any, Any, Any], metadata: FileMetadata) -> bool:
    """Return whether ranges are allowed, and `If-Range`, if sent, names this version."""
    if metadata.is_whole:
        return False
    condition = request.headers.get("if-range")
    if condition is None:
        return True
    return condition in {f'"{metadata.etag}"', format_datetime(metadata.modified, usegmt=True)}


def _parse_date(text: str | None) -> datetime | None:
    """Parse an HTTP date. Return None if it is not valid."""
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else None


async def _begin(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Read the first chunk before the response starts, so that errors still change its status."""
    first = await anext(chunks, b"")

    async def go_on() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return go_on()


async def _empty() -> AsyncIterator[bytes]:
    for chunk in ():
        yield chunk

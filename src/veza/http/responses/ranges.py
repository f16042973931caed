"""Files over HTTP: ranges, entity tags and HEAD (RFC 9110, sections 8.8, 13 and 14)."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Any

from litestar import Request, Response
from litestar.response import Stream
from msgspec import Struct, structs

from veza.core import text_mining
from veza.core.errors import VezaError
from veza.http.asgi_scope import MAX_PARSED, find_header
from veza.http.context import context_of
from veza.http.layers.etags import has_tag
from veza.http.layers.head_requests import is_head
from veza.http.responses.errors import RangeNotSatisfiable
from veza.http.responses.file_delivery import FileDelivery, delegate_to_nginx, redirect_to_storage
from veza.http.responses.file_responses import FilePart, FileResponse
from veza.http.security.security_headers import content_policy
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage
from veza.infra.storage.opened_file import OpenedObject

# Sixty digits are enough for any file. Python refuses to parse much longer numbers. Repetitions
# never give back what they took: between two that took blanks, matching would take cubic time.
_RANGE = re.compile(
    r"bytes\s*+=\s*+(?P<first>[0-9]{0,60}+)\s*+-\s*+(?P<last>[0-9]{0,60}+)\s*+", re.IGNORECASE
)

type Reader = Callable[[int, int], AsyncIterator[bytes]]
type BeforeRead = Callable[[int], Awaitable[None]]

# Browsers must not run a file as a page of this origin.
SANDBOX = f"sandbox; {content_policy()}"
# At the same URL an owner may get another file than others.
VARY = "Authorization, Cookie, X-API-Key, X-Veza-Profile"


class ByteRange(Struct, frozen=True):
    """The bytes from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.last - self.first + 1


class FileMetadata(Struct, frozen=True):
    """The metadata of a file. `etag` is without quotes. If `is_whole`, ranges are ignored.

    If `is_reserved`, its owner reserves text and data mining.
    """

    size: int
    content_type: str
    etag: str
    modified: datetime
    cache_control: str
    disposition: str | None = None
    is_whole: bool = False
    is_reserved: bool = False


def parse_range(header: str | None, size: int) -> ByteRange | str | None:
    """Parse a Range header. Return None to ignore it, or `"unsatisfiable"`.

    Multiple ranges are ignored, as the RFC allows.
    """
    match = _RANGE.fullmatch((header or "")[:MAX_PARSED])
    if match is None:
        return None
    first = match["first"]
    last = match["last"]
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


class StoredFile(Struct, frozen=True):
    """An object in storage, and the error if it is missing.

    `before_read`, if given, is called with the first byte before anything is read: not for HEAD,
    nor if nothing is sent.
    """

    storage: Storage
    key: str
    missing: type[VezaError]
    before_read: BeforeRead | None = None


async def serve_object(
    request: Request[Any, Any, Any], metadata: FileMetadata, file: StoredFile
) -> Response[Any]:
    """Return a response with an object, the requested range, or status 304.

    On local disk the size is that of the opened file. By a setting, nginx or the object storage
    sends it. Raises RangeNotSatisfiable, and the error of a missing file: it was deleted after its
    row was read.
    """
    return await respond(context_of(request).file_delivery, request, metadata, file)


async def respond(
    delivery: FileDelivery,
    request: Request[Any, Any, Any],
    metadata: FileMetadata,
    file: StoredFile,
) -> Response[Any]:
    """Return the response of `serve_object`, also in front of the framework."""
    to_nginx = _may_delegate(metadata, file) and delivery.accepts_nginx(request.scope)
    if not to_nginx and _has_same(request, metadata):
        return _not_modified(metadata)
    try:
        opened = await file.storage.open(file.key)
        if opened is None:
            if delivery.bucket and _may_redirect(request, metadata, file):
                return redirect_to_storage(
                    delivery.bucket, file.key, _headers(metadata), metadata.content_type
                )
            return await serve_file(request, metadata, lambda first, last: _read(file, first, last))
    except ObjectMissing as error:
        raise file.missing from error
    if to_nginx:
        opened.close()
        return delegate_to_nginx(delivery, file.key, _headers(metadata), metadata.content_type)
    return await serve_opened(request, metadata, opened, before_read=file.before_read)


def _may_delegate(metadata: FileMetadata, file: StoredFile) -> bool:
    return file.before_read is None and not metadata.is_whole


def _may_redirect(
    request: Request[Any, Any, Any], metadata: FileMetadata, file: StoredFile
) -> bool:
    # A signed URL outlives the right to the file by minutes, and is for GET alone.
    is_kept = "no-cache" not in metadata.cache_control
    return is_kept and _may_delegate(metadata, file) and not is_head(request.scope)


async def serve_file(
    request: Request[Any, Any, Any], metadata: FileMetadata, read: Reader
) -> Response[Any]:
    """Return a response with the file, the requested range, or status 304.

    `read(first, last)` streams the bytes. Raises RangeNotSatisfiable.
    """
    if _has_same(request, metadata):
        return _not_modified(metadata)
    status, span, headers = _select(request, metadata)
    body = _empty()
    if metadata.size and not is_head(request.scope):
        body = await _begin(read(span.first, span.last))
    return Stream(body, status_code=status, headers=headers, media_type=metadata.content_type)


async def serve_opened(
    request: Request[Any, Any, Any],
    metadata: FileMetadata,
    opened: OpenedObject,
    *,
    before_read: BeforeRead | None = None,
) -> Response[Any]:
    """Return a response with an opened file of this size, the requested range, or status 304.

    The file is closed at the end. Raises RangeNotSatisfiable.
    """
    try:
        if _has_same(request, metadata):
            opened.close()
            return _not_modified(metadata)
        status, span, headers = _select(request, structs.replace(metadata, size=opened.size))
        if is_head(request.scope):
            opened.close()
            return Stream(
                _empty(), status_code=status, headers=headers, media_type=metadata.content_type
            )
        if opened.size and before_read is not None:
            await before_read(span.first)
    except BaseException:
        opened.close()
        raise
    return FileResponse(
        FilePart(opened, span.first, span.last),
        headers=headers,
        media_type=metadata.content_type,
        status_code=status,
    )


async def _read(file: StoredFile, first: int, last: int) -> AsyncIterator[bytes]:
    if file.before_read is not None:
        await file.before_read(first)
    async for chunk in file.storage.read(file.key, first, last):
        yield chunk


def _select(
    request: Request[Any, Any, Any], metadata: FileMetadata
) -> tuple[int, ByteRange, dict[str, str]]:
    """Return the status, the bytes to send, and the headers. Raises RangeNotSatisfiable."""
    headers = _headers(metadata)
    wanted = request.headers.get("range") if _may_be_partial(request, metadata) else None
    span = parse_range(wanted, metadata.size)
    if isinstance(span, str):
        raise RangeNotSatisfiable(metadata.size)
    status = 206 if span else 200
    if span:
        headers["content-range"] = f"bytes {span.first}-{span.last}/{metadata.size}"
    span = span or ByteRange(0, metadata.size - 1)
    headers["content-length"] = str(span.size)
    return status, span, headers


def _not_modified(metadata: FileMetadata) -> Response[Any]:
    headers = _headers(metadata)
    return Response(b"", status_code=304, headers=headers, media_type=metadata.content_type)


def _headers(metadata: FileMetadata) -> dict[str, str]:
    headers = {
        "accept-ranges": "none" if metadata.is_whole else "bytes",
        "etag": f'"{metadata.etag}"',
        "last-modified": _format_date(metadata.modified),
        "cache-control": metadata.cache_control,
        "vary": VARY,
        "content-security-policy": SANDBOX,
    }
    if metadata.disposition:
        headers["content-disposition"] = metadata.disposition
    if metadata.is_reserved:
        headers[text_mining.HEADER] = "1"
    return headers


def _has_same(request: Request[Any, Any, Any], metadata: FileMetadata) -> bool:
    condition = find_header(request.scope, b"if-none-match")
    if condition is None:
        since = _parse_date(request.headers.get("if-modified-since"))
        return since is not None and metadata.modified.replace(microsecond=0) <= since
    return has_tag(condition, f'"{metadata.etag}"'.encode())


def _may_be_partial(request: Request[Any, Any, Any], metadata: FileMetadata) -> bool:
    """Return whether ranges are allowed, and `If-Range`, if sent, names this version."""
    if metadata.is_whole:
        return False
    condition = request.headers.get("if-range")
    if condition is None:
        return True
    return condition in {f'"{metadata.etag}"', _format_date(metadata.modified)}


# Ranges of the same files are asked for again and again.
@lru_cache(maxsize=1024)
def _format_date(time: datetime) -> str:
    return format_datetime(time, usegmt=True)


def _parse_date(text: str | None) -> datetime | None:
    """Parse an HTTP date. Return None if it is not valid."""
    try:
        found = parsedate_to_datetime((text or "")[:MAX_PARSED])
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

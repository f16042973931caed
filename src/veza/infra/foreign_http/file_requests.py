"""Fetches one file. Imported when a file is fetched: it imports httpx."""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from typing import cast
from urllib.parse import urljoin

import httpx

from veza.infra.foreign_http.foreign_files import (
    DOCUMENT_S,
    FileAnswer,
    FileAway,
    FileRequest,
    FileTooLarge,
    NoFile,
)
from veza.infra.foreign_http.transport import GuardedTransport, UnfitAnswer

# Feeds of podcasts name files behind several counters of downloads.
MAX_REDIRECTS = 10
_MAX_VALIDATOR = 500
_HEADERS = {"user-agent": "Veza (import of podcasts)", "accept": "*/*"}
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_RANGE = re.compile(r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15})", re.ASCII)


def create_tls_context() -> ssl.SSLContext:
    """Return a context that verifies certificates; it is expensive to create."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def open_file(
    request: FileRequest, trusted: Collection[str], tls: ssl.SSLContext
) -> AsyncGenerator[FileAnswer]:
    """Open a file of a public host, or of a trusted origin. Raises FileAway and NoFile."""
    transport = GuardedTransport(trusted, tls, max_bytes=request.max_bytes)
    silence_s = request.silence_s
    headers = dict(_HEADERS)
    if request.rest is not None:
        headers |= {
            "range": f"bytes={request.rest.offset}-",
            "if-range": request.rest.validator,
        }
    client = httpx.AsyncClient(
        transport=transport, trust_env=False, timeout=silence_s, headers=headers
    )
    async with client:
        try:
            # The beginning of an answer may come slowly, too.
            async with asyncio.timeout(DOCUMENT_S):
                answer = await _find(client, request.url)
        except TimeoutError as error:
            raise FileAway("no answer in time") from error
        async with aclosing(answer):
            chunks = _read(answer)
            async with aclosing(chunks):
                yield _describe(answer, request, chunks)


async def _find(client: httpx.AsyncClient, url: str) -> httpx.Response:
    """Return the answer that has the file; each redirect leads to an address that is checked."""
    try:
        for _ in range(MAX_REDIRECTS + 1):
            url = _with_https(url)
            sent = client.build_request("GET", url)
            answer = await client.send(sent, stream=True, follow_redirects=False)
            if not answer.has_redirect_location:
                return answer
            await answer.aclose()
            url = urljoin(url, answer.headers["location"])
    except (UnfitAnswer, httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
        raise NoFile(str(error)) from error
    except httpx.HTTPError as error:
        raise FileAway(type(error).__name__) from error
    raise NoFile("too many redirects")


def _with_https(url: str) -> str:
    """Return the address with https: old feeds name their files without, and have both."""
    return f"https://{url[7:]}" if url[:7].lower() == "http://" else url


def _describe(
    answer: httpx.Response, request: FileRequest, chunks: AsyncGenerator[bytes]
) -> FileAnswer:
    status = answer.status_code
    if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise FileAway(f"status {status}")
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and request.rest is not None:
        # It has become shorter: the caller begins anew.
        return FileAnswer(str(answer.url), -1, None, None, "", chunks)
    if status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        raise NoFile(f"status {status}")
    offset, size = _find_place(answer, request)
    if size is not None and size > request.max_bytes:
        raise FileTooLarge(f"{size} bytes")
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return FileAnswer(str(answer.url), offset, size, _validator_of(answer), content_type, chunks)


def _find_place(answer: httpx.Response, request: FileRequest) -> tuple[int, int | None]:
    """Return where an answer begins in its file, and the size of that; -1 if it is another."""
    if answer.status_code == HTTPStatus.OK:
        length = answer.headers.get("content-length", "")
        return 0, int(length) if length.isascii() and length.isdigit() else None
    found = _RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    rest = request.rest
    if found is None or rest is None:
        raise NoFile("a part that was not asked for")
    is_same = _validator_of(answer) in {None, rest.validator} and int(found[1]) == rest.offset
    return (rest.offset if is_same else -1), int(found[2])


def _validator_of(answer: httpx.Response) -> str | None:
    """Return a strong ETag, or the date of the last change."""
    if "bytes" not in answer.headers.get("accept-ranges", "bytes"):
        return None
    etag = answer.headers.get("etag", "")
    found = etag if etag.startswith('"') else answer.headers.get("last-modified", "")
    return found if 0 < len(found) <= _MAX_VALIDATOR and found.isascii() else None


async def _read(answer: httpx.Response) -> AsyncGenerator[bytes]:
    try:
        async with aclosing(cast(AsyncGenerator[bytes], answer.aiter_raw())) as pieces:
            async for piece in pieces:
                yield piece
    except UnfitAnswer as error:
        raise FileTooLarge(str(error)) from error
    except httpx.HTTPError as error:
        raise FileAway(type(error).__name__) from error

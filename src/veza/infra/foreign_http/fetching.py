"""Fetches one page. Imported when a page is fetched: it imports httpx."""

import ssl
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from http import HTTPStatus
from typing import cast
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from veza.infra.foreign_http.fetched_page import FetchedPage, NoPage, PageAway
from veza.infra.foreign_http.transport import GuardedTransport, UnfitAnswer

# The rest of a longer page is not read.
MAX_PAGE_BYTES = 512 * 1024
MAX_REDIRECTS = 3

_HEADERS = {"accept": "text/html,application/xhtml+xml", "user-agent": "Veza (rel=me)"}
_HTML = {"text/html", "application/xhtml+xml"}
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_HTTPS_PORT = 443


def create_tls_context() -> ssl.SSLContext:
    """Return a context that verifies certificates; it is expensive to create."""
    return httpx.create_ssl_context()


async def fetch_page(url: str, trusted: Collection[str], tls: ssl.SSLContext) -> FetchedPage:
    """Return the page at an address of a public host, or of a trusted origin.

    Redirects are followed on the same host. The caller limits the time. Raises PageAway and NoPage.
    """
    # Reading ends before the bound of the transport, at which it would fail.
    transport = GuardedTransport(trusted, tls, max_bytes=2 * MAX_PAGE_BYTES)
    try:
        async with httpx.AsyncClient(
            transport=transport,
            trust_env=False,
            timeout=None,  # noqa: S113
            headers=_HEADERS,
        ) as client:
            for _ in range(MAX_REDIRECTS + 1):
                async with client.stream("GET", url, follow_redirects=False) as answer:
                    if not answer.has_redirect_location:
                        return await _read(answer)
                    url = _find_target(url, answer.headers["location"])
    except (UnfitAnswer, httpx.InvalidURL) as error:
        raise NoPage(str(error)) from error
    except httpx.HTTPError as error:
        raise PageAway(type(error).__name__) from error
    raise NoPage("too many redirects")


async def _read(answer: httpx.Response) -> FetchedPage:
    status = answer.status_code
    if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise PageAway(f"status {status}")
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if status != HTTPStatus.OK or content_type not in _HTML:
        raise NoPage(f"status {status}, type {content_type}")
    body = bytearray()
    # Closed at once, though it was not read to its end.
    async with aclosing(cast(AsyncGenerator[bytes], answer.aiter_raw())) as pieces:
        async for piece in pieces:
            body += piece
            if len(body) >= MAX_PAGE_BYTES:
                break
    html = body[:MAX_PAGE_BYTES].decode(errors="replace")
    return FetchedPage(answer.headers.get_list("link"), html)


def _find_target(url: str, location: str) -> str:
    """Return the address that a redirect leads to. Raises NoPage if it is on another host."""
    try:
        target = urljoin(url, location)
        is_same = _origin_of(urlsplit(target)) == _origin_of(urlsplit(url))
    except ValueError as error:
        raise NoPage("a redirect can't be read") from error
    if not is_same:
        raise NoPage("it redirects to another host")
    return target


def _origin_of(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or _HTTPS_PORT

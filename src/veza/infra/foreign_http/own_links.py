"""Finds the addresses that a page declares as its author's own: `rel=me`, in HTML and headers.

HTML of strangers may be anything. The parser tolerates it, in time that grows with its length: it
is never told of the end, at which it would look for that of each unfinished tag again.
"""

import asyncio
import re
from collections.abc import Iterable
from html.parser import HTMLParser

import structlog

log = structlog.get_logger()

MAX_FOUND = 100
_MAX_ADDRESS = 1000
# Takes some 30 ms at most; whatever else waits has its turn in between.
_PIECE_CHARS = 16 * 1024

_HEADER_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r";\s*rel\s*=\s*(\"[^\"]*\"|[^\s;,\"]+)", re.IGNORECASE)


async def find_own_links(html: str) -> list[str]:
    """Return the `href` of links with `rel=me` in HTML, as they are written; up to `MAX_FOUND`."""
    parser = _OwnLinks()
    try:
        for start in range(0, len(html), _PIECE_CHARS):
            parser.feed(html[start : start + _PIECE_CHARS])
            if len(parser.found) >= MAX_FOUND:
                break
            await asyncio.sleep(0)
    except AssertionError as error:
        # Some versions of Python raise it for a declaration that is none. The links before count.
        log.info("page_not_parsed", reason=str(error))
    return parser.found


def read_link_headers(values: Iterable[str]) -> list[str]:
    """Return the targets with `rel=me` in `Link` headers (RFC 8288), as they are written."""
    return [
        link[1].strip()
        for value in values
        for link in _HEADER_LINK.finditer(value)
        if (rel := _REL.search(link[2])) and _is_own(rel[1].strip('"'), link[1])
    ][:MAX_FOUND]


class _OwnLinks(HTMLParser):
    """Collects the addresses of elements `a` and `link` with `rel=me`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element; of two equal attributes the first counts."""
        if tag not in {"a", "link"} or len(self.found) >= MAX_FOUND:
            return
        values = dict(reversed(attrs))
        href = values.get("href") or ""
        if _is_own(values.get("rel") or "", href):
            self.found.append(href.strip())


def _is_own(rel: str, address: str) -> bool:
    return "me" in rel.lower().split() and 0 < len(address) <= _MAX_ADDRESS

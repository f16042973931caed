"""Elements of RSS 2.0 with the namespaces that podcast applications read."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

MEDIA_TYPE = "application/rss+xml; charset=utf-8"
# The namespace of `podcast:guid` (podcastindex.org/namespace/1.0).
GUID_NAMESPACE = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
_SCHEMAS = (
    'xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0"'
)
# What XML 1.0 can't contain, not even escaped (section 2.2).
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(content: Iterable[str]) -> bytes:
    """Return a document of the elements of its channel."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<rss version="2.0" {_SCHEMAS}>',
        "<channel>",
        *content,
        "</channel>",
        "</rss>",
        "",
    ]
    return "\n".join(lines).encode()


def page_of(first: str, cursor: str | None) -> str:
    """Return the address of a page of a feed (RFC 5005), whose first page is at `first`."""
    if cursor is None:
        return first
    return f"{first}{'&' if '?' in first else '?'}cursor={quote(cursor)}"


def link(relation: str, url: str) -> str:
    """Return a link to another page of the feed."""
    kind = "application/rss+xml"
    return element("atom:link", attributes={"rel": relation, "type": kind, "href": url})


def hub(url: str) -> str:
    """Return the link to a hub of WebSub, which tells subscribers of changes."""
    return element("atom:link", attributes={"rel": "hub", "href": url})


def element(name: str, text: str = "", attributes: Mapping[str, str] | None = None) -> str:
    """Return an element with a text, or an empty one."""
    if not text:
        return f"{opening(name, attributes or {})[:-1]}/>"
    return f"{opening(name, attributes or {})}{escape(_clean(text))}</{name}>"


def opening(name: str, attributes: Mapping[str, str]) -> str:
    """Return the beginning of an element that has others."""
    written = [f" {key}={quoteattr(_clean(value))}" for key, value in attributes.items()]
    return f"<{name}{''.join(written)}>"


def boolean(value: bool) -> str:
    """Return the text of a boolean."""
    return "true" if value else "false"


def date(moment: datetime) -> str:
    """Return a time as in RFC 5322."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)

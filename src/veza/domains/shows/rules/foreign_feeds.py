"""Reads RSS feeds of podcasts from other servers.

They come from strangers: XML with a document type is refused, and everything has a bound. Reading
the largest takes a second, so it is done in a thread.
"""

import html
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from msgspec import Struct

from veza.core.errors import VezaError
from veza.core.foreign_json import decode_json
from veza.core.visibility import Visibility
from veza.core.web_links import read_link
from veza.domains.shows.errors import FeedTooLarge, NoFeed
from veza.domains.shows.models.episodes import MAX_CHAPTERS, Chapter, EpisodeKind
from veza.domains.shows.models.imports import (
    MAX_ADDRESS,
    MAX_GUID,
    MAX_ITEMS,
    ForeignEpisode,
    ForeignFeed,
    ForeignPage,
)
from veza.domains.shows.models.shows import MAX_FUNDING, Funding, ShowCategory, ShowForm, ShowKind
from veza.domains.shows.rules.episodes import clean_chapters

_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
# By its present and its first name.
_PODCAST = (
    "{https://podcastindex.org/namespace/1.0}",
    "{https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md}",
)
_ATOM = "{http://www.w3.org/2005/Atom}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
_MAX_ELEMENTS = 200_000
_MAX_DEPTH = 32
_XML_CHUNK = 32 * 1024
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_BREAK = re.compile(r"<(?:br\b[^<>]*|/p|/li|/h[1-6]|/div)>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_BLANK_LINES = re.compile(r"\n{3,}")
# Characters that texts must not have: the database can't store NUL.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_TRANSCRIPTS = {"text/vtt", "application/srt", "application/x-subrip", "text/srt"}
_YES = {"yes", "true", "explicit"}
_MOST_NUMBER = 99_999
_MOST_SEASON = 9999


class _JsonChapter(Struct, rename="camel"):
    start_time: float = -1
    title: str = ""
    url: str | None = None
    toc: bool = True


class _JsonChapters(Struct):
    chapters: list[_JsonChapter] = []


def read_feed(raw: bytes, url: str, *, is_published: bool, moment: datetime) -> ForeignFeed:
    """Return the content of the first page of a feed. Raises NoFeed and FeedTooLarge."""
    channel = _read_channel(raw)
    first = _read_items_of(channel, url, moment)
    form = _read_show(channel, is_published=is_published)
    if form is None or not first.items:
        raise NoFeed
    return ForeignFeed(
        form=form,
        guid=_read_guid(channel),
        cover_url=_find_cover(channel),
        is_locked=_podcast_text(channel, "locked").lower() in _YES,
        proofs=list(_list_proofs(channel)),
        first=first,
    )


def read_page(raw: bytes, url: str, *, moment: datetime) -> ForeignPage:
    """Return a further page of a feed. Raises NoFeed and FeedTooLarge."""
    return _read_items_of(_read_channel(raw), url, moment)


def read_chapters(raw: bytes) -> list[Chapter]:
    """Return chapters of a JSON document; none if they can't be read."""
    try:
        found = decode_json(raw, _JsonChapters).chapters
        listed = {
            each.start_time: Chapter(each.start_time, _line(each.title, 200))
            for each in found
            if each.toc and 0 <= each.start_time <= 360_000 and _line(each.title, 200)
        }
        return clean_chapters(list(listed.values())[:MAX_CHAPTERS])
    except (msgspec.DecodeError, VezaError):
        return []


class _BoundedTree(TreeBuilder):
    """Builds a tree of XML; ends the reading where it has too many elements, or too deep ones."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._items = self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Add an element. Raises NoFeed and FeedTooLarge."""
        self._depth += 1
        self._elements += 1
        self._items += tag == "item"
        if self._depth > _MAX_DEPTH:
            raise NoFeed
        if self._items > MAX_ITEMS or self._elements > _MAX_ELEMENTS:
            raise FeedTooLarge
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)


def _parse(raw: bytes) -> Element:
    try:
        parser: Any = DefusedXMLParser(target=_BoundedTree(), forbid_dtd=True)
        for start in range(0, len(raw), _XML_CHUNK):
            parser.feed(raw[start : start + _XML_CHUNK])
        return parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise NoFeed from error


def _read_channel(raw: bytes) -> Element:
    root = _parse(raw)
    channel = root.find("channel")
    if root.tag != "rss" or channel is None:
        raise NoFeed
    return channel


def _read_items_of(channel: Element, url: str, moment: datetime) -> ForeignPage:
    return ForeignPage(list(_read_items(channel, moment)), _find_next(channel, url))


def _find_next(channel: Element, url: str) -> str | None:
    """Return the address of the next page, as RFC 5005 names it, which may be relative to `url`."""
    for link in channel.findall(f"{_ATOM}link"):
        if link.get("rel", "").strip().lower() == "next":
            try:
                return _address(urljoin(url, link.get("href", "").strip()))
            except ValueError:
                return None
    return None


def _read_show(channel: Element, *, is_published: bool) -> ShowForm | None:
    title = _line(_text(channel, "title"), 200)
    if not title:
        return None
    language = _text(channel, "language").replace("_", "-")
    main, dash, rest = language.partition("-")
    language = f"{main.lower()}{dash}{rest}"[:35]
    owner = channel.find(f"{_ITUNES}owner")
    name = "" if owner is None else _text(owner, f"{_ITUNES}name")
    kind = _text(channel, f"{_ITUNES}type").lower()
    return ShowForm(
        title=title,
        description=_plain(
            _text(channel, "description") or _text(channel, f"{_ITUNES}summary"), 5000
        ),
        language=language if _LANGUAGE.fullmatch(language) else "en",
        category=_find_category(channel),
        kind=ShowKind.SERIAL if kind == "serial" else ShowKind.EPISODIC,
        is_explicit=_is_explicit(channel),
        funding=list(_list_funding(channel))[:MAX_FUNDING],
        license=_line(_podcast_text(channel, "license"), 128).lower() or None,
        owner_text=_line(_text(channel, f"{_ITUNES}author") or name, 200) or None,
        visibility=Visibility.PUBLIC if is_published else Visibility.PRIVATE,
    )


def _find_category(channel: Element) -> ShowCategory:
    known = {each.value.lower(): each for each in ShowCategory}
    for element in channel.findall(f"{_ITUNES}category"):
        found = known.get(element.get("text", "").strip().lower())
        if found is not None:
            return found
    return ShowForm("-").category


def _list_funding(channel: Element) -> Iterator[Funding]:
    for element in _podcast(channel, "funding"):
        title = _line(element.text, 128)
        url = element.get("url", "").strip()
        if title and len(url) <= 500:
            try:
                yield Funding(read_link(url, "url"), title)
            except VezaError:
                continue


def _read_guid(channel: Element) -> UUID | None:
    try:
        return UUID(_podcast_text(channel, "guid"))
    except ValueError:
        return None


def _find_cover(channel: Element) -> str | None:
    image = channel.find(f"{_ITUNES}image")
    href = "" if image is None else image.get("href", "")
    return _address(href or _text(channel, "image/url"))


def _list_proofs(channel: Element) -> Iterator[str]:
    for name in ("description", f"{_ITUNES}summary", f"{_ITUNES}subtitle", "copyright"):
        yield _text(channel, name)
    yield from (element.text or "" for element in _podcast(channel, "txt"))


def _read_items(channel: Element, moment: datetime) -> Iterator[ForeignEpisode]:
    """Return the items that have a file, each guid once."""
    known: set[str] = set()
    for element in channel.findall("item"):
        enclosure = element.find("enclosure")
        url = _address("" if enclosure is None else enclosure.get("url", ""))
        guid = _CONTROL.sub("", _text(element, "guid") or url or "").strip()[:MAX_GUID]
        if url is not None and guid not in known:
            known.add(guid)
            yield _read_item(element, guid, url, moment)


def _read_item(element: Element, guid: str, url: str, moment: datetime) -> ForeignEpisode:
    notes = _text(element, f"{_CONTENT}encoded") or _text(element, "description")
    kind = _text(element, f"{_ITUNES}episodeType").lower()
    title = _text(element, "title") or _text(element, f"{_ITUNES}title")
    return ForeignEpisode(
        guid=guid,
        title=_line(title, 200) or guid[:200],
        audio_url=url,
        published_at=_date(_text(element, "pubDate"), moment),
        is_explicit=_is_explicit(element),
        kind=EpisodeKind(kind) if kind in {*EpisodeKind} else EpisodeKind.FULL,
        season=_number(
            _text(element, f"{_ITUNES}season") or _podcast_text(element, "season"), _MOST_SEASON
        ),
        number=_number(
            _text(element, f"{_ITUNES}episode") or _podcast_text(element, "episode"), _MOST_NUMBER
        ),
        notes=_plain(notes or _text(element, f"{_ITUNES}summary"), 10_000),
        chapters_url=_first_url(_podcast(element, "chapters")),
        transcript_url=_first_url(
            each
            for each in _podcast(element, "transcript")
            if each.get("type", "").partition(";")[0].strip().lower() in _TRANSCRIPTS
        ),
    )


def _podcast(element: Element, name: str) -> Iterator[Element]:
    for namespace in _PODCAST:
        yield from element.findall(f"{namespace}{name}")


def _podcast_text(element: Element, name: str) -> str:
    return next(((each.text or "").strip() for each in _podcast(element, name)), "")


def _first_url(elements: Iterable[Element]) -> str | None:
    return next((_address(each.get("url", "")) for each in elements), None)


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _is_explicit(element: Element) -> bool:
    return _text(element, f"{_ITUNES}explicit").lower() in _YES


def _address(url: str) -> str | None:
    """Return an address that can be fetched; None for others."""
    url = url.strip()
    is_link = url.lower().startswith(("https://", "http://")) and url.isascii()
    return url if is_link and len(url) < MAX_ADDRESS and not re.search(r"\s", url) else None


def _number(text: str, most: int) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return int(text) if is_number and 1 <= int(text) <= most else None


def _date(text: str, moment: datetime) -> datetime:
    """Return when an item was published: not in the future, and now if that can't be read."""
    try:
        found = parsedate_to_datetime(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return moment
    return min(found, moment) if found.year > 1970 else moment


def _line(text: str | None, length: int) -> str:
    """Return a text in one line, without control characters."""
    return " ".join(_CONTROL.sub(" ", html.unescape(text or "")).split())[:length].strip()


def _plain(text: str, length: int) -> str:
    """Return HTML, or text, as text."""
    without = _TAG.sub("", _BREAK.sub("\n", text.replace("\r\n", "\n")))
    lines = (" ".join(line.split(" ")).strip() for line in html.unescape(without).split("\n"))
    return _BLANK_LINES.sub("\n\n", _CONTROL.sub("", "\n".join(lines))).strip()[:length].strip()

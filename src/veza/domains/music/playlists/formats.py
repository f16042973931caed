"""Read and write playlist files: M3U8, XSPF (https://xspf.org/spec) and JSPF.

Files come from strangers: XML with a document type is refused, and everything has a bound. Reading
the largest takes a second, so it is done in a thread.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.sax.saxutils import escape

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from msgspec import Struct

from veza.core.foreign_json import decode_json
from veza.domains.music.playlists.errors import PlaylistFileTooLarge, UnreadablePlaylist
from veza.domains.music.playlists.models.entries import MAX_ENTRIES
from veza.domains.music.playlists.models.files import (
    MAX_FILE_BYTES,
    FileTrack,
    PlaylistFile,
    PlaylistFormat,
)

MEDIA_TYPES = {
    PlaylistFormat.M3U8: "application/vnd.apple.mpegurl",
    PlaylistFormat.XSPF: "application/xspf+xml",
    PlaylistFormat.JSPF: "application/jspf+json",
}
# The types under which programs send these files.
_FORMATS = {
    "application/vnd.apple.mpegurl": PlaylistFormat.M3U8,
    "application/mpegurl": PlaylistFormat.M3U8,
    "application/x-mpegurl": PlaylistFormat.M3U8,
    "audio/mpegurl": PlaylistFormat.M3U8,
    "audio/x-mpegurl": PlaylistFormat.M3U8,
    "application/xspf+xml": PlaylistFormat.XSPF,
    "application/xml": PlaylistFormat.XSPF,
    "text/xml": PlaylistFormat.XSPF,
    "application/json": PlaylistFormat.JSPF,
    "application/jspf+json": PlaylistFormat.JSPF,
}
_NAMESPACE = "http://xspf.org/ns/0/"
_EXTINF = "#EXTINF:"
_PLAYLIST = "#PLAYLIST:"
_SECONDS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
# Characters that XML 1.0 cannot contain.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_TEXT = 500
# The rest of a longer line is ignored.
_MAX_LINE = 4096
# A track of XSPF has about ten elements, one of JSPF a few objects.
_MAX_ELEMENTS = 20 * MAX_ENTRIES
_MAX_DEPTH = 32
_XML_CHUNK = 32 * 1024


class _JspfTrack(Struct, gc=False):
    title: str | None = None
    creator: str | None = None
    duration: float | None = None
    location: str | list[str] | None = None
    identifier: str | list[str] | None = None


class _JspfPlaylist(Struct):
    title: str | None = None
    track: list[_JspfTrack] = []


class _Jspf(Struct):
    playlist: _JspfPlaylist


def find_format(media_type: str) -> PlaylistFormat | None:
    """Return the format that a media type names; None for others."""
    return _FORMATS.get(media_type.partition(";")[0].strip().lower())


def write(file: PlaylistFile, form: PlaylistFormat) -> Iterator[bytes]:
    """Yield a playlist as a file in UTF-8, in a part for each track: join them in pieces."""
    return _WRITERS[form](file)


def read(raw: bytes, form: PlaylistFormat) -> PlaylistFile:
    """Parse a file. Raises UnreadablePlaylist, and PlaylistFileTooLarge above 10,000 tracks."""
    if len(raw) > MAX_FILE_BYTES:
        raise PlaylistFileTooLarge
    return _READERS[form](raw)


def _write_m3u8(file: PlaylistFile) -> Iterator[bytes]:
    yield b"#EXTM3U\n"
    if file.title:
        yield f"#PLAYLIST:{_one_line(file.title)}\n".encode()
    for track in file.tracks:
        seconds = -1 if track.duration_ms is None else round(track.duration_ms / 1000)
        name = f"{track.artist} - {track.title}" if track.artist else track.title
        yield f"#EXTINF:{seconds},{_one_line(name)}\n{track.url or ''}\n".encode()


def _read_m3u8(raw: bytes) -> PlaylistFile:
    title: str | None = None
    tracks: list[FileTrack] = []
    info: tuple[str, str] | None = None
    # Line by line: as many empty ones as a file may have would take much memory at once.
    for each in io.StringIO(_decode(raw), newline=None):
        line = each[:_MAX_LINE].strip()
        if _has_tag(line, _EXTINF):
            info = _read_info(line) or info
        elif _has_tag(line, _PLAYLIST):
            title = _clip(line[len(_PLAYLIST) :])
        elif line and not line.startswith("#"):
            tracks.append(_m3u8_track(line, info))
            info = None
        if len(tracks) > MAX_ENTRIES:
            raise PlaylistFileTooLarge
    return PlaylistFile(title, tracks)


def _has_tag(line: str, tag: str) -> bool:
    return line[: len(tag)].upper() == tag


def _read_info(line: str) -> tuple[str, str] | None:
    """Return the seconds and the name in a line `#EXTINF:123 key="value",Name`."""
    facts, comma, name = line[len(_EXTINF) :].partition(",")
    seconds = _SECONDS.match(facts.strip())
    return (seconds[0], name.strip()) if seconds and comma else None


def _m3u8_track(url: str, info: tuple[str, str] | None) -> FileTrack:
    if info is None:
        name = url.replace("\\", "/").rsplit("/", 1)[-1].rpartition(".")[0]
        return FileTrack(_clip(name) or _clip(url) or "", None, None, _clip(url))
    seconds, name = info
    duration = _milliseconds(float(seconds) * 1000)
    return FileTrack(_clip(name) or _clip(url) or "", None, duration, _clip(url))


def _write_xspf(file: PlaylistFile) -> Iterator[bytes]:
    title = _element("title", file.title)
    yield (
        f'<?xml version="1.0" encoding="utf-8"?>\n<playlist version="1" xmlns="{_NAMESPACE}">'
        f"{title}<trackList>"
    ).encode()
    for track in file.tracks:
        duration = None if track.duration_ms is None else str(track.duration_ms)
        fields = {
            "location": track.url,
            "title": track.title,
            "creator": track.artist,
            "duration": duration,
        }
        inner = "".join(_element(name, text) for name, text in fields.items())
        yield f"<track>{inner}</track>".encode()
    yield b"</trackList></playlist>"


class _BoundedTree(TreeBuilder):
    """Builds a tree of XML; ends the reading where it has too many elements, or too deep ones."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._tracks = self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Add an element. Raises UnreadablePlaylist and PlaylistFileTooLarge."""
        self._depth += 1
        self._elements += 1
        self._tracks += tag.rpartition("}")[2] == "track"
        if self._depth > _MAX_DEPTH:
            raise UnreadablePlaylist
        if self._tracks > MAX_ENTRIES or self._elements > _MAX_ELEMENTS:
            raise PlaylistFileTooLarge
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)


def _read_xspf(raw: bytes) -> PlaylistFile:
    try:
        parser: Any = DefusedXMLParser(target=_BoundedTree(), forbid_dtd=True)
        for start in range(0, len(raw), _XML_CHUNK):
            parser.feed(raw[start : start + _XML_CHUNK])
            # A tag with very many attributes is read at once, while everything else waits.
            if start - parser.parser.CurrentByteIndex > _XML_CHUNK:
                raise UnreadablePlaylist
        root = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadablePlaylist from error
    if root.tag.rpartition("}")[2] != "playlist":
        raise UnreadablePlaylist
    tracks = [
        FileTrack(
            title=_text(element, "title") or "",
            artist=_text(element, "creator"),
            duration_ms=_milliseconds(_text(element, "duration")),
            url=_text(element, "location") or _text(element, "identifier"),
        )
        for track_list in _children(root, "trackList")
        for element in _children(track_list, "track")
    ]
    return PlaylistFile(_text(root, "title"), tracks)


def _write_jspf(file: PlaylistFile) -> Iterator[bytes]:
    head = msgspec.json.encode(_without_nulls(title=file.title))
    yield b'{"playlist":' + head[:-1] + (b"," if len(head) > 2 else b"") + b'"track":['
    for number, track in enumerate(file.tracks):
        shown = _without_nulls(
            title=track.title,
            creator=track.artist,
            duration=track.duration_ms,
            location=None if track.url is None else [track.url],
        )
        yield (b"," if number else b"") + msgspec.json.encode(shown)
    yield b"]}}"


def _read_jspf(raw: bytes) -> PlaylistFile:
    if raw.count(b"{") > _MAX_ELEMENTS:
        raise PlaylistFileTooLarge
    try:
        playlist = decode_json(raw, _Jspf).playlist
    except msgspec.DecodeError as error:
        raise UnreadablePlaylist from error
    if len(playlist.track) > MAX_ENTRIES:
        raise PlaylistFileTooLarge
    tracks = [
        FileTrack(
            title=_clip(track.title) or "",
            artist=_clip(track.creator),
            duration_ms=_milliseconds(track.duration),
            url=_clip(_first(track.location)) or _clip(_first(track.identifier)),
        )
        for track in playlist.track
    ]
    return PlaylistFile(_clip(playlist.title), tracks)


def _decode(raw: bytes) -> str:
    """Decode UTF-8 with or without a byte order mark, else Latin-1 as older programs write."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _clip(text: str | None) -> str | None:
    """Return the first 500 characters without NUL, which the database can't store."""
    return (text or "").replace("\0", "").strip()[:_MAX_TEXT] or None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _milliseconds(value: str | float | None) -> int | None:
    """Return a duration as an int; None if it is missing, negative or no number."""
    try:
        number = -1 if value is None else float(value)
    except ValueError:
        return None
    return int(number) if 0 <= number < 2**31 else None


def _first(value: str | Sequence[str] | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value[0] if value else None


def _without_nulls(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _element(name: str, text: str | None) -> str:
    return "" if text is None else f"<{name}>{escape(_NOT_XML.sub('', text))}</{name}>"


def _children(parent: Element, name: str) -> Iterator[Element]:
    return (child for child in parent if child.tag.rpartition("}")[2] == name)


def _text(parent: Element, name: str) -> str | None:
    found = next(_children(parent, name), None)
    return None if found is None else _clip("".join(found.itertext()))


_WRITERS: dict[PlaylistFormat, Callable[[PlaylistFile], Iterator[bytes]]] = {
    PlaylistFormat.M3U8: _write_m3u8,
    PlaylistFormat.XSPF: _write_xspf,
    PlaylistFormat.JSPF: _write_jspf,
}
_READERS: dict[PlaylistFormat, Callable[[bytes], PlaylistFile]] = {
    PlaylistFormat.M3U8: _read_m3u8,
    PlaylistFormat.XSPF: _read_xspf,
    PlaylistFormat.JSPF: _read_jspf,
}

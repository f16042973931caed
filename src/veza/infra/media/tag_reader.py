"""Reads the tags of an audio file under one name each, whatever its format calls them."""

from typing import Any, cast

from mutagen.id3 import ID3, SYLT, TCON
from mutagen.mp4 import MP4Tags

_MAX_SYNCED_PIECES = 10_000
_MILLISECONDS = 2

# The names of Vorbis comments by field, in the order of preference. Other formats' own names are
# translated to these; their free names (TXXX in ID3, `----` in MP4) are the same.
_NAMES = {
    "title": ("title",),
    "artist": ("artist",),
    "album": ("album",),
    "album_artist": ("albumartist", "album artist"),
    "genre": ("genre",),
    "date": ("date", "year", "releasedate", "originaldate"),
    "disc": ("discnumber", "disc"),
    "number": ("tracknumber", "track"),
    "label": ("label", "organization", "publisher"),
    "upc": ("barcode", "upc", "ean"),
    "catalogue_number": ("catalognumber", "catalog"),
    "compilation": ("compilation",),
    "isrc": ("isrc",),
    "bpm": ("bpm", "tempo"),
    "key": ("initialkey", "key"),
    "advisory": ("itunesadvisory",),
    "lyrics": ("lyrics", "unsyncedlyrics", "unsynced lyrics"),
    "synced_lyrics": ("syncedlyrics", "synced lyrics"),
}
_VORBIS_NAMES = [name for names in _NAMES.values() for name in names]
_ID3_FRAMES = {
    "TIT2": "title",
    "TPE1": "artist",
    "TALB": "album",
    "TPE2": "albumartist",
    "TCON": "genre",
    "TDRC": "date",
    "TDRL": "releasedate",
    "TDOR": "originaldate",
    "TPOS": "discnumber",
    "TRCK": "tracknumber",
    "TPUB": "label",
    "TCMP": "compilation",
    "TSRC": "isrc",
    "TBPM": "bpm",
    "TKEY": "initialkey",
}
_MP4_ATOMS = {
    "\xa9nam": "title",
    "\xa9ART": "artist",
    "\xa9alb": "album",
    "aART": "albumartist",
    "\xa9gen": "genre",
    "\xa9day": "date",
    "disk": "discnumber",
    "trkn": "tracknumber",
    "cpil": "compilation",
    "tmpo": "bpm",
    "rtng": "itunesadvisory",
    "\xa9lyr": "lyrics",
}


def read_tags(tags: Any) -> dict[str, str]:
    """Return the fields that the tags of a file have, of any format that mutagen reads."""
    if tags is None:
        return {}
    if isinstance(tags, ID3):
        named = _read_id3(tags)
    elif isinstance(tags, MP4Tags):
        named = _read_mp4(tags)
    else:
        named = {name: next(iter(tags.get(name) or []), None) for name in _VORBIS_NAMES}
    found = {
        field: next((named[name] for name in names if named.get(name)), None)
        for field, names in _NAMES.items()
    }
    return {field: str(text) for field, text in found.items() if text}


def _read_id3(tags: Any) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for frame in tags.getall("TXXX"):
        named.setdefault(str(frame.desc).lower(), next(iter(frame.text), None))
    for frame in tags.getall("USLT"):
        named["lyrics"] = frame.text
    for frame in tags.getall("SYLT"):
        named["syncedlyrics"] = _read_synced(frame)
    for key, name in _ID3_FRAMES.items():
        frame = tags.get(key)
        # Genres may be stored as numbers.
        texts: Any = frame.genres if isinstance(frame, TCON) else getattr(frame, "text", None)
        if texts:
            named[name] = texts[0]
    return named


def _read_synced(frame: SYLT) -> str | None:
    """Return synchronised lyrics in milliseconds as LRC; a piece may be a line, or part of one."""
    pieces = list(cast("Any", frame).text)[:_MAX_SYNCED_PIECES]
    if cast("Any", frame).format != _MILLISECONDS:
        return None
    in_parts = any(str(text).startswith("\n") for text, _ in pieces[1:])
    lines: list[str] = []
    for text, time_ms in pieces:
        plain = " ".join(str(text).split()) if not in_parts else str(text).strip("\r\n")
        if not lines or not in_parts or str(text).startswith("\n"):
            lines.append(f"[{time_ms // 60_000:02d}:{time_ms % 60_000 / 1000:06.3f}]{plain}")
        else:
            lines[-1] += plain
    return "\n".join(lines) or None


def _read_mp4(tags: Any) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for key, values in tags.items():
        value: Any = values
        if isinstance(values, list):
            value = next(iter(cast("list[Any]", values)), None)
        if isinstance(value, tuple):
            # A number and the total.
            value = cast("tuple[int, ...]", value)[0]
        if key.startswith("----:"):
            text = bytes(value or b"").decode(errors="replace")
            named.setdefault(key.rpartition(":")[2].lower(), text)
        elif key in _MP4_ATOMS:
            named[_MP4_ATOMS[key]] = int(value) if isinstance(value, bool) else value
    return named

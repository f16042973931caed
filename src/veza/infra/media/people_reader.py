"""Reads the people in the tags of an audio file: artists, and contributors by role.

The names of the tags are those of Picard (picard-docs.musicbrainz.org, Appendix B).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from mutagen.id3 import ID3
from mutagen.mp4 import MP4Tags

from veza.core.embedded_tags import TaggedPeople, TaggedPerson

# The names of Vorbis comments, in the order of preference. The names of free tags of ID3 and MP4
# are the same, or those behind them.
_LISTS = {
    "artist": ("artist",),
    "artists": ("artists",),
    "artist_ids": ("musicbrainz_artistid", "musicbrainz artist id"),
    "album_artist": ("albumartist", "album artist"),
    "album_artists": ("albumartists", "album_artists", "album artists"),
    "album_artist_ids": ("musicbrainz_albumartistid", "musicbrainz album artist id"),
}
_ROLES = (
    *("composer", "lyricist", "writer", "arranger", "conductor", "remixer", "mixartist"),
    *("djmixer", "producer", "engineer", "mixer", "performer"),
)
_ID3_NAMES = {
    "TPE1": "artist",
    "TPE2": "albumartist",
    "TPE3": "conductor",
    "TPE4": "remixer",
    "TCOM": "composer",
    "TEXT": "lyricist",
}
_MP4_NAMES = {"\xa9ART": "artist", "aART": "albumartist", "\xa9wrt": "composer"}
# Some programs write all values into one, with a separator that is in no name.
_SEPARATOR = ";"
# `PERFORMER=Ada (cello)`.
_PERFORMER = re.compile(r"([^()]+) \(([^()]+)\)")


def read_people(tags: Any) -> TaggedPeople:
    """Return the people in the tags of a file, of any format that mutagen reads."""
    if tags is None:
        return TaggedPeople()
    credited: list[TaggedPerson] = []
    if isinstance(tags, ID3):
        named = _read_id3(tags)
        credited += _read_pairs(tags)
    elif isinstance(tags, MP4Tags):
        named = _read_mp4(tags)
    else:
        named = {name: list(tags.get(name) or []) for name in _list_names()}
    lists = {
        field: _split(field, next(filter(None, map(named.get, names)), ()))
        for field, names in _LISTS.items()
    }
    credited += [
        _read_person(role, name)
        for role in _ROLES
        for text in named.get(role, [])
        for name in str(text).split(_SEPARATOR)
    ]
    return TaggedPeople(**lists, credited=credited)


def _list_names() -> Iterable[str]:
    yield from (name for names in _LISTS.values() for name in names)
    yield from _ROLES


def _split(field: str, texts: Sequence[Any]) -> list[str]:
    """Return the values of a list; the line of artists is kept as it is."""
    whole = [str(text) for text in texts]
    if field in {"artist", "album_artist"}:
        return whole
    return [name for text in whole for name in text.split(_SEPARATOR)]


def _read_person(role: str, text: str) -> TaggedPerson:
    found = _PERFORMER.fullmatch(text) if role == "performer" else None
    return TaggedPerson(role, found[1], found[2]) if found else TaggedPerson(role, text)


def _read_id3(tags: Any) -> Mapping[str, list[Any]]:
    named: dict[str, list[Any]] = {}
    for frame in tags.getall("TXXX"):
        named.setdefault(str(frame.desc).lower(), list(frame.text))
    for key, name in _ID3_NAMES.items():
        frame = tags.get(key)
        if frame is not None and frame.text:
            named[name] = list(frame.text)
    return named


def _read_pairs(tags: Any) -> Iterable[TaggedPerson]:
    """Yield the people of the lists of ID3: of those involved, and of musicians."""
    for role, name in _list_pairs(tags.get("TIPL")):
        yield TaggedPerson(role, name)
    for instrument, name in _list_pairs(tags.get("TMCL")):
        yield TaggedPerson("performer", name, instrument)


def _list_pairs(frame: Any) -> list[tuple[str, str]]:
    pairs: list[list[Any]] = [] if frame is None else list(frame.people)
    return [(str(pair[0]), str(pair[1])) for pair in pairs if len(pair) == 2]


def _read_mp4(tags: Any) -> Mapping[str, list[Any]]:
    named: dict[str, list[Any]] = {}
    for key, values in tags.items():
        if not isinstance(values, list):
            continue
        if key.startswith("----:"):
            texts = [bytes(value).decode(errors="replace") for value in cast("list[Any]", values)]
            named.setdefault(key.rpartition(":")[2].lower(), texts)
        elif key in _MP4_NAMES:
            named[_MP4_NAMES[key]] = cast("list[Any]", values)
    return named

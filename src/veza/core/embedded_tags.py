"""The tags of an audio file as text, cleaned and bounded."""

import unicodedata
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

MAX_LYRICS_LENGTH = 65_536

_MAX_TAG_LENGTH = 500
_MAX_PEOPLE = 100
_LYRICS = {"lyrics", "synced_lyrics"}


class TaggedPerson(Struct, frozen=True, array_like=True):
    """A contributor in tags: the role as it is written there, in lower case."""

    role: str
    name: str
    instrument: str = ""


class TaggedPeople(Struct, frozen=True, omit_defaults=True):
    """The people in the tags of a file.

    `artist` has the values of the tag for the line of artists, most often one, `artists` those of
    the tag with a value for each artist, `artist_ids` their ids at MusicBrainz in the same order.
    """

    artist: list[str] = []
    artists: list[str] = []
    artist_ids: list[str] = []
    album_artist: list[str] = []
    album_artists: list[str] = []
    album_artist_ids: list[str] = []
    credited: list[TaggedPerson] = []


class EmbeddedTags(Struct, frozen=True):
    """The tags of a file as they are written there, without interpretation.

    Each is one line of at most 500 characters, except the lyrics, which have at most
    `MAX_LYRICS_LENGTH`; longer ones are left out.
    """

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    album_artist: str | None = None
    genre: str | None = None
    date: str | None = None
    disc: str | None = None
    number: str | None = None
    label: str | None = None
    upc: str | None = None
    catalogue_number: str | None = None
    compilation: str | None = None
    isrc: str | None = None
    bpm: str | None = None
    key: str | None = None
    advisory: str | None = None
    lyrics: str | None = None
    synced_lyrics: str | None = None
    people: TaggedPeople = TaggedPeople()


def merge_tags(tags: EmbeddedTags, texts: Mapping[str, str]) -> EmbeddedTags:
    """Return the tags, replaced by the texts that aren't empty after cleaning."""
    cleaned = {
        name: _clean_lyrics(text) if name in _LYRICS else _clean(text)
        for name, text in texts.items()
    }
    return replace(tags, **{name: text for name, text in cleaned.items() if text})


def clean_people(people: TaggedPeople) -> TaggedPeople:
    """Return people whose names are lines as other tags are, without empty ones."""
    lists = {
        name: _clean_list(getattr(people, name))
        for name in TaggedPeople.__struct_fields__
        if name != "credited"
    }
    credited = [
        TaggedPerson(_clean(each.role).lower(), _clean(each.name), _clean(each.instrument))
        for each in people.credited[:_MAX_PEOPLE]
    ]
    return TaggedPeople(**lists, credited=[each for each in credited if each.role and each.name])


def _clean_list(texts: Iterable[str]) -> list[str]:
    cleaned = (_clean(text) for text in texts)
    return [text for text in cleaned if text][:_MAX_PEOPLE]


def _clean(text: str) -> str:
    """Return a text as one line, without control characters and surrogates."""
    return " ".join(_printable(text[:5000]).split())[:_MAX_TAG_LENGTH]


def _clean_lyrics(text: str) -> str:
    """Return a text of several lines, empty if it is too long."""
    if len(text) > MAX_LYRICS_LENGTH:
        return ""
    return "\n".join(_printable(line).strip() for line in text.splitlines()).strip("\n")


def _printable(text: str) -> str:
    shown: Iterable[str] = (
        " " if unicodedata.category(char) in {"Cc", "Cs"} else char for char in text
    )
    return "".join(shown)

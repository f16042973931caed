"""Lyrics, plain and as timed lines: at least one of the two."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.core.embedded_tags import MAX_LYRICS_LENGTH
from veza.core.ids import TrackId

PlainLyrics = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_LYRICS_LENGTH,
        description="The text, of at most 64 KiB.",
        examples=["Lights across the water\nNobody awake"],
    ),
]
SyncedLyrics = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_LYRICS_LENGTH,
        description="The text as LRC, of at most 64 KiB and 5,000 lines.",
        examples=["[00:12.40]Lights across the water\n[00:17.00]Nobody awake"],
    ),
]


class LyricsForm(Struct, frozen=True):
    """The lyrics of a track: plain, as LRC, or both."""

    plain: PlainLyrics | None = None
    synced: SyncedLyrics | None = None


class StoredLyrics(Struct, frozen=True):
    """A row of `track_lyrics`: at least one of the two is there."""

    plain: str | None
    synced: str | None


class TimedLine(Struct, frozen=True):
    """A line of synchronised lyrics, and when it begins."""

    start_ms: int
    text: str


class SyncedLine(Struct, frozen=True):
    """A line of synchronised lyrics, and when it begins."""

    start_seconds: Annotated[float, Meta(examples=[12.4])]
    text: Annotated[str, Meta(examples=["Lights across the water"])]


class Lyrics(Struct, frozen=True):
    """The lyrics of a track.

    `plain` is the text of the lines if only synchronised lyrics are stored. `synced` is LRC, sorted
    by time and without metadata; `lines` has the same lines. Without synchronised lyrics, `synced`
    is null and `lines` is empty.
    """

    plain: str
    synced: str | None
    lines: list[SyncedLine]


class PersonalLyrics(Struct, frozen=True):
    """The lyrics of a track in its owner's data export."""

    track_id: TrackId
    plain: str | None
    synced: str | None

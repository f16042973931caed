"""Writes tags and a cover to an audio file, in a confined process."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from veza.core.embedded_tags import TaggedPerson
from veza.infra.media.confined_process import ProcessLimits, run_confined
from veza.infra.media.sniff_audio import AudioKind

_WRITER = "veza.infra.media.tag_writer"
_TAGS = "tags.json"
_MEMORY_BYTES = 1 << 30
# Tags, the cover, and padding.
_ADDED_BYTES = 64 << 20


class TrackTags(Struct, frozen=True, omit_defaults=True):
    """The tags of a track on a release.

    `artist` and `album_artist` are lines, `artists` and `album_artists` the names in them, and
    `artist_ids` and `album_artist_ids` the ids of these at MusicBrainz. The
    roles in `credited` are those of `people_writer`, and others that some formats can have.
    """

    title: str
    artist: str
    album: str
    album_artist: str
    number: int
    numbers_total: int
    disc: int
    discs_total: int
    date: str | None = None
    genre: str | None = None
    isrc: str | None = None
    label: str | None = None
    catalogue_number: str | None = None
    upc: str | None = None
    bpm: float | None = None
    musical_key: str | None = None
    lyrics: str | None = None
    comment: str | None = None
    is_compilation: bool = False
    artists: list[str] = []
    album_artists: list[str] = []
    artist_ids: list[str] = []
    album_artist_ids: list[str] = []
    credited: list[TaggedPerson] = []


async def write_tags(file: Path, kind: AudioKind, tags: TrackTags, cover: Path | None) -> bool:
    """Replace the tags and pictures of a file; return False if that is not possible.

    `cover` is a JPEG. The file may be damaged then, so it must be a copy. Raises ProcessFailure if
    a retry may succeed.
    """
    written = file.parent / _TAGS
    await asyncio.to_thread(written.write_bytes, msgspec.json.encode(tags))
    size = (await asyncio.to_thread(file.stat)).st_size
    limits = ProcessLimits(
        # Some formats are written anew as a whole.
        cpu_s=60 + size // (20 << 20),
        wall_s=240 + size // (2 << 20),
        file_bytes=size + _ADDED_BYTES,
        memory_bytes=_MEMORY_BYTES,
    )
    end = await run_confined(
        [sys.executable, "-P", "-m", _WRITER, str(file), kind, str(written), str(cover or "")],
        limits,
        folder=file.parent,
        environment={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    return end.exit_code == 0

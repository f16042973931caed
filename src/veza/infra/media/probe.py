"""A program that reads the declared properties, the tags and the picture of an audio file.

Parsing untrusted files in Python may take unlimited time and memory, and can't be stopped in a
thread. If this process fails, the file counts as one without metadata.
"""

import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from mutagen import MutagenError
from mutagen.aac import AAC, AACInfo
from mutagen.aiff import AIFF
from mutagen.flac import FLAC, Picture
from mutagen.id3 import ID3
from mutagen.mp3 import MP3, BitrateMode, MPEGInfo
from mutagen.mp4 import MP4, MP4Tags
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from veza.core.embedded_tags import EmbeddedTags, clean_people, merge_tags
from veza.core.structs import copy_fields
from veza.infra.media.containers import AudioHeader, read_aiff, read_mp4, read_ogg, read_wav
from veza.infra.media.people_reader import read_people
from veza.infra.media.sniff_audio import AudioKind
from veza.infra.media.tag_reader import read_tags

_FRONT_COVER = 3

_OPENERS: dict[AudioKind, Callable[[Path], Any]] = {
    AudioKind.MP3: MP3,
    AudioKind.FLAC: FLAC,
    AudioKind.WAV: WAVE,
    AudioKind.AIFF: AIFF,
    AudioKind.OGG: OggVorbis,
    AudioKind.OPUS: OggOpus,
    AudioKind.M4A: MP4,
    AudioKind.AAC: AAC,
}

# The parsers of formats whose structure is read here too.
_HEADERS: dict[AudioKind, Callable[[BinaryIO], AudioHeader]] = {
    AudioKind.WAV: read_wav,
    AudioKind.AIFF: read_aiff,
    AudioKind.OGG: read_ogg,
    AudioKind.OPUS: read_ogg,
    AudioKind.M4A: read_mp4,
}


class ProbedAudio(Struct, frozen=True):
    """The declared properties of a file, None if it has none.

    `declared_s` is never an estimate from the file size. `is_truncated` means that the structure of
    the file is incomplete at its end.
    """

    declared_s: float | None = None
    bitrate: int | None = None
    channels: int | None = None
    is_truncated: bool = False
    has_video: bool = False
    has_picture: bool = False
    tags: EmbeddedTags = EmbeddedTags()


def main() -> None:
    """Run with the file, its kind and the path for its picture; write JSON to stdout."""
    source = Path(sys.argv[1])
    kind = AudioKind(sys.argv[2])
    picture = Path(sys.argv[3])
    facts = read_facts(source, kind, picture=picture)
    sys.stdout.buffer.write(msgspec.json.encode(facts))


def read_facts(source: Path, kind: AudioKind, *, picture: Path) -> ProbedAudio:
    """Return the properties of a file; write its picture, if it has one, to `picture`."""
    try:
        opened: Any = _OPENERS[kind](source)
    except MutagenError:
        opened = None
    facts = _facts(source, kind, opened=opened)
    tags: Any = opened.tags if opened else None
    image = _picture_bytes(opened, tags)
    if image:
        picture.write_bytes(image)
    merged = merge_tags(facts.tags, read_tags(tags))
    people = clean_people(read_people(tags))
    if merged.artist and not people.artist:
        # The INFO list of a WAV has a line of artists, and no other people.
        people = replace(people, artist=[merged.artist])
    return replace(facts, tags=replace(merged, people=people), has_picture=bool(image))


def _facts(source: Path, kind: AudioKind, *, opened: Any) -> ProbedAudio:
    """Return the properties without tags, except those of a WAV's INFO list.

    Mutagen doesn't read that list.
    """
    info: Any = opened.info if opened else None
    if kind in _HEADERS:
        with source.open("rb") as file:
            header = _HEADERS[kind](file)
    else:
        header = AudioHeader(_length(info), _count(info, "channels"))
    declared_s = header.declared_s
    if kind is AudioKind.M4A:
        lengths = [length for length in (_length(info), declared_s) if length]
        declared_s = min(lengths, default=None)
    tags = {name: _decode(raw) for name, raw in header.tags.items()}
    return copy_fields(
        ProbedAudio,
        header,
        declared_s=declared_s,
        bitrate=_count(info, "bitrate") if header.bitrate is None else header.bitrate,
        has_picture=False,
        tags=merge_tags(EmbeddedTags(), tags),
    )


def _count(info: Any, name: str) -> int | None:
    """Return a number that mutagen found, or None if it is missing or 0."""
    return int(getattr(info, name, 0)) or None


def _length(info: Any) -> float | None:
    """Return the declared length, or None if mutagen only estimates it from the size."""
    if isinstance(info, AACInfo):
        return None
    if isinstance(info, MPEGInfo) and info.bitrate_mode is BitrateMode.UNKNOWN:
        return None
    length: Any = getattr(info, "length", 0)
    return float(length) or None


def _decode(raw: bytes) -> str:
    """Decode text of unknown encoding: UTF-8, or else Windows-1252 of older programs."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _picture_bytes(opened: Any, tags: Any) -> bytes:
    """Return the front cover, or another picture, or empty bytes."""
    if isinstance(tags, MP4Tags):
        covers: list[Any] = cast("Any", tags).get("covr") or []
        return next((bytes(cover) for cover in covers), b"")
    pictures: list[Any] = list(getattr(opened, "pictures", []))
    if isinstance(tags, ID3):
        pictures += cast("Any", tags).getall("APIC")
    elif tags is not None:
        blocks: list[str] = tags.get("metadata_block_picture") or []
        pictures += [Picture(b64decode(block)) for block in blocks]
    fronts = [picture for picture in pictures if picture.type == _FRONT_COVER]
    return next((bytes(picture.data) for picture in fronts + pictures), b"")


if __name__ == "__main__":
    main()

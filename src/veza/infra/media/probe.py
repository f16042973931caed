"""Started as a program: tells what an audio file says of itself, its tags, and its picture.

Parsing strangers' files in Python may take any time and memory, and cannot be stopped in a
thread: so it runs in a process of its own, and one that dies means a file that says nothing.
"""

import sys
import unicodedata
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from mutagen import MutagenError
from mutagen.aac import AAC, AACInfo
from mutagen.aiff import AIFF
from mutagen.flac import FLAC, Picture
from mutagen.id3 import ID3, TCON
from mutagen.mp3 import MP3, BitrateMode, MPEGInfo
from mutagen.mp4 import MP4, MP4Tags
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from veza.infra.media.containers import WavHeader, read_aiff, read_mp4, read_ogg, read_wav
from veza.infra.media.sniff_audio import AudioKind

_WORD_LENGTH_MAX = 500
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

# The same four words in the three families of tags.
_ID3_NAMES = {"title": "TIT2", "artist": "TPE1", "album": "TALB", "genre": "TCON"}
_MP4_NAMES = {"title": "\xa9nam", "artist": "\xa9ART", "album": "\xa9alb", "genre": "\xa9gen"}
_VORBIS_NAMES = {"title": "title", "artist": "artist", "album": "album", "genre": "genre"}


class EmbeddedTags(Struct, frozen=True):
    """The words in a file's tags, cleaned: one line each, of at most 500 characters."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    genre: str | None = None


class ProbedAudio(Struct, frozen=True):
    """What a file says of itself; None where it doesn't.

    `declared_s` is only what the file states of its own sound, never an estimate by its size.
    `is_cut` is set where the file itself shows that its end is missing.
    """

    declared_s: float | None = None
    bitrate: int | None = None
    channels: int | None = None
    is_cut: bool = False
    has_video: bool = False
    has_picture: bool = False
    tags: EmbeddedTags = EmbeddedTags()


def main() -> None:
    """Take the file, its kind, and where to put its picture from the command line."""
    source, kind, picture = Path(sys.argv[1]), AudioKind(sys.argv[2]), Path(sys.argv[3])
    facts = read_facts(source, kind, picture=picture)
    sys.stdout.buffer.write(msgspec.json.encode(facts))


def read_facts(source: Path, kind: AudioKind, *, picture: Path) -> ProbedAudio:
    """Read all of it; the bytes of a picture are written to `picture`."""
    try:
        opened: Any = _OPENERS[kind](source)
    except MutagenError:
        opened = None
    facts = _facts(source, kind, opened=opened)
    tags: Any = opened.tags if opened else None
    image = _picture_bytes(opened, tags)
    if image:
        picture.write_bytes(image)
    return replace(facts, tags=_merged(facts.tags, _words(tags)), has_picture=bool(image))


def _facts(source: Path, kind: AudioKind, *, opened: Any) -> ProbedAudio:
    """Read what the file says of its sound."""
    info: Any = opened.info if opened else None
    bitrate = _count(info, "bitrate")
    with source.open("rb") as file:
        match kind:
            case AudioKind.WAV:
                return _wav_facts(read_wav(file))
            case AudioKind.AIFF:
                aiff = read_aiff(file)
                facts = ProbedAudio(declared_s=aiff.declared_s, channels=aiff.channels)
                return replace(facts, bitrate=bitrate)
            case AudioKind.OGG | AudioKind.OPUS:
                pages = read_ogg(file)
                facts = ProbedAudio(declared_s=pages.declared_s, is_cut=pages.is_cut)
                return replace(facts, bitrate=bitrate, channels=pages.channels)
            case AudioKind.M4A:
                boxes = read_mp4(file)
                lengths = [length for length in (_length(info), boxes.shown_s) if length]
                facts = ProbedAudio(declared_s=min(lengths, default=None), bitrate=bitrate)
                return replace(facts, has_video=boxes.has_video)
            case _:
                facts = ProbedAudio(declared_s=_length(info), bitrate=bitrate)
                return replace(facts, channels=_count(info, "channels"))


def _wav_facts(header: WavHeader) -> ProbedAudio:
    """Put the words of a WAV's own INFO list, which the library doesn't read, with its header."""
    words = {noun: _decoded(raw) for noun, raw in header.words.items()}
    return ProbedAudio(
        declared_s=header.declared_s,
        bitrate=header.bitrate,
        channels=header.channels,
        tags=_merged(EmbeddedTags(), words),
    )


def _count(info: Any, name: str) -> int | None:
    """Give a number of the library's, None where it has none or means none."""
    return int(getattr(info, name, 0)) or None


def _length(info: Any) -> float | None:
    """Give the length that the file states. Where it is only estimated by the size: None."""
    if isinstance(info, AACInfo):
        return None
    if isinstance(info, MPEGInfo) and info.bitrate_mode is BitrateMode.UNKNOWN:
        return None
    length: Any = getattr(info, "length", 0)
    return float(length) or None


def _words(tags: Any) -> dict[str, str]:
    """Read the words of any family of tags."""
    if tags is None:
        return {}
    names = _names(tags)
    found: dict[str, Any] = {noun: tags.get(name) for noun, name in names.items()}
    if isinstance(tags, ID3):
        found = {noun: _id3_words(frame) for noun, frame in found.items() if frame}
    return {noun: str(words[0]) for noun, words in found.items() if words}


def _names(tags: Any) -> dict[str, str]:
    """Tell what the four words are called in this family of tags."""
    if isinstance(tags, ID3):
        return _ID3_NAMES
    return _MP4_NAMES if isinstance(tags, MP4Tags) else _VORBIS_NAMES


def _id3_words(frame: Any) -> Any:
    """Give the texts of a frame; a genre may be a number that stands for a word."""
    return frame.genres if isinstance(frame, TCON) else frame.text


def _merged(tags: EmbeddedTags, words: dict[str, str]) -> EmbeddedTags:
    """Clean the words, and put them over those that there are."""
    cleaned = {noun: _cleaned(word) for noun, word in words.items()}
    return replace(tags, **{noun: word for noun, word in cleaned.items() if word})


def _cleaned(word: str) -> str:
    """Make one line of it that any program can store: no control characters, no half surrogates."""
    shown = (" " if unicodedata.category(sign) in {"Cc", "Cs"} else sign for sign in word[:5000])
    return " ".join("".join(shown).split())[:_WORD_LENGTH_MAX]


def _decoded(raw: bytes) -> str:
    """Read text whose encoding isn't told: newer programs write UTF-8, older ones Windows' own."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _picture_bytes(opened: Any, tags: Any) -> bytes:
    """Find the picture, the front cover where there are several; empty where there is none."""
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

"""A program that replaces the tags and the pictures of an audio file.

Like `probe`, it is a process of its own, because it parses untrusted files.
"""

import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
from mutagen import id3
from mutagen.aiff import AIFF
from mutagen.flac import FLAC, Picture
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, AtomDataType, MP4Cover, MP4FreeForm
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from veza.infra.media.people_writer import FREE_NAMES, list_comments, list_frames
from veza.infra.media.sniff_audio import AudioKind
from veza.infra.media.track_tags import TrackTags

_FRONT_COVER = 3
_UTF8 = id3.Encoding.UTF8
# ID3 has this for an unknown language. Comments are made of English words.
_UNKNOWN = "X" * 3
_ENGLISH = "eng"
_FREE_FORM = "----:com.apple.iTunes:"


def main() -> None:
    """Run with the file, its kind, the tags as JSON, and the path of a JPEG or an empty text."""
    file = Path(sys.argv[1])
    kind = AudioKind(sys.argv[2])
    tags = msgspec.json.decode(Path(sys.argv[3]).read_bytes(), type=TrackTags)
    cover = Path(sys.argv[4]).read_bytes() if sys.argv[4] else b""
    _WRITERS[kind](file, tags, cover)


def _write_flac(file: Path, tags: TrackTags, cover: bytes) -> None:
    opened = FLAC(file)
    opened.clear_pictures()
    _replace_comments(opened, tags)
    if cover:
        opened.add_picture(_picture(cover))
    # An ID3 tag in front of a FLAC file is not part of the format.
    opened.save(deleteid3=True)


def _write_ogg(file: Path, tags: TrackTags, cover: bytes) -> None:
    _save_ogg(OggVorbis(file), tags, cover)


def _write_opus(file: Path, tags: TrackTags, cover: bytes) -> None:
    _save_ogg(OggOpus(file), tags, cover)


def _save_ogg(opened: Any, tags: TrackTags, cover: bytes) -> None:
    _replace_comments(opened, tags)
    if cover:
        opened["METADATA_BLOCK_PICTURE"] = b64encode(_picture(cover).write()).decode()
    opened.save()


def _replace_comments(opened: Any, tags: TrackTags) -> None:
    """Replace the Vorbis comments of an opened file."""
    emptied = _empty_tags(opened)
    comments = {
        "TITLE": tags.title,
        "ARTIST": tags.artist,
        "ALBUM": tags.album,
        "ALBUMARTIST": tags.album_artist,
        "TRACKNUMBER": tags.number,
        "TRACKTOTAL": tags.numbers_total,
        "DISCNUMBER": tags.disc,
        "DISCTOTAL": tags.discs_total,
        "DATE": tags.date,
        "GENRE": tags.genre,
        "ISRC": tags.isrc,
        "LABEL": tags.label,
        "CATALOGNUMBER": tags.catalogue_number,
        "BARCODE": tags.upc,
        "BPM": None if tags.bpm is None else f"{tags.bpm:g}",
        # The first is read by Picard, the second by beets and the programs of DJs.
        "KEY": tags.musical_key,
        "INITIALKEY": tags.musical_key,
        "LYRICS": tags.lyrics,
        "COMMENT": tags.comment,
        "COMPILATION": "1" if tags.is_compilation else None,
    }
    for name, value in comments.items():
        if value is not None:
            emptied[name] = str(value)
    for name, values in list_comments(tags).items():
        emptied[name] = values


def _write_mp3(file: Path, tags: TrackTags, cover: bytes) -> None:
    opened = MP3(file)
    # Also an APE tag or ID3v1 at the end would contradict the new tags.
    _save_id3(opened, tags, cover, v1=0)


def _write_wav(file: Path, tags: TrackTags, cover: bytes) -> None:
    _save_id3(WAVE(file), tags, cover)


def _write_aiff(file: Path, tags: TrackTags, cover: bytes) -> None:
    _save_id3(AIFF(file), tags, cover)


def _save_id3(opened: Any, tags: TrackTags, cover: bytes, **options: int) -> None:
    emptied = _empty_tags(opened)
    for frame in _id3_frames(tags):
        emptied.add(frame)
    if cover:
        emptied.add(
            id3.APIC(encoding=_UTF8, mime="image/jpeg", type=_FRONT_COVER, desc="", data=cover)
        )
    opened.save(**options)


def _id3_frames(tags: TrackTags) -> list[Any]:
    texts: dict[Any, str | None] = {
        id3.TIT2: tags.title,
        id3.TPE1: tags.artist,
        id3.TALB: tags.album,
        id3.TPE2: tags.album_artist,
        id3.TRCK: f"{tags.number}/{tags.numbers_total}",
        id3.TPOS: f"{tags.disc}/{tags.discs_total}",
        id3.TDRC: tags.date,
        id3.TCON: tags.genre,
        id3.TSRC: tags.isrc,
        id3.TPUB: tags.label,
        # A whole number in this format.
        id3.TBPM: None if tags.bpm is None else str(round(tags.bpm)),
        id3.TKEY: tags.musical_key,
        id3.TCMP: "1" if tags.is_compilation else None,
    }
    frames: list[Any] = [
        frame(encoding=_UTF8, text=[text]) for frame, text in texts.items() if text is not None
    ]
    for name, text in (("CATALOGNUMBER", tags.catalogue_number), ("BARCODE", tags.upc)):
        if text is not None:
            frames.append(id3.TXXX(encoding=_UTF8, desc=name, text=[text]))
    frames += list_frames(tags)
    if tags.lyrics is not None:
        frames.append(id3.USLT(encoding=_UTF8, lang=_UNKNOWN, desc="", text=tags.lyrics))
    if tags.comment is not None:
        frames.append(id3.COMM(encoding=_UTF8, lang=_ENGLISH, desc="", text=[tags.comment]))
    return frames


def _write_m4a(file: Path, tags: TrackTags, cover: bytes) -> None:
    opened = MP4(file)
    emptied = _empty_tags(opened)
    atoms: dict[str, Any] = {
        "\xa9nam": tags.title,
        "\xa9ART": tags.artist,
        "\xa9alb": tags.album,
        "aART": tags.album_artist,
        "trkn": [(tags.number, tags.numbers_total)],
        "disk": [(tags.disc, tags.discs_total)],
        "\xa9day": tags.date,
        "\xa9gen": tags.genre,
        "tmpo": None if tags.bpm is None else [round(tags.bpm)],
        "\xa9lyr": tags.lyrics,
        "\xa9cmt": tags.comment,
        "cpil": True if tags.is_compilation else None,
        f"{_FREE_FORM}ISRC": _free_form(tags.isrc),
        f"{_FREE_FORM}LABEL": _free_form(tags.label),
        f"{_FREE_FORM}CATALOGNUMBER": _free_form(tags.catalogue_number),
        f"{_FREE_FORM}BARCODE": _free_form(tags.upc),
        f"{_FREE_FORM}initialkey": _free_form(tags.musical_key),
    }
    for name, value in atoms.items():
        if value is not None:
            emptied[name] = value
    for name, values in list_comments(tags).items():
        key = "\xa9wrt" if name == "COMPOSER" else f"{_FREE_FORM}{FREE_NAMES.get(name, name)}"
        emptied[key] = values if name == "COMPOSER" else _free_forms(values)
    if cover:
        emptied["covr"] = [MP4Cover(cover, imageformat=MP4Cover.FORMAT_JPEG)]
    opened.save()


def _empty_tags(opened: Any) -> Any:
    """Return the tags of an opened file, which may have had none, after removing all."""
    if opened.tags is None:
        opened.add_tags()
    tags: Any = opened.tags
    tags.clear()
    return tags


def _free_form(text: str | None) -> list[MP4FreeForm] | None:
    return None if text is None else _free_forms([text])


def _free_forms(texts: list[str]) -> list[MP4FreeForm]:
    return [MP4FreeForm(text.encode(), dataformat=AtomDataType.UTF8) for text in texts]


def _picture(cover: bytes) -> Picture:
    picture = cast("Any", Picture())
    picture.data, picture.mime, picture.type = cover, "image/jpeg", _FRONT_COVER
    return picture


_WRITERS: dict[AudioKind, Callable[[Path, TrackTags, bytes], None]] = {
    AudioKind.MP3: _write_mp3,
    AudioKind.FLAC: _write_flac,
    AudioKind.WAV: _write_wav,
    AudioKind.AIFF: _write_aiff,
    AudioKind.OGG: _write_ogg,
    AudioKind.OPUS: _write_opus,
    AudioKind.M4A: _write_m4a,
}

if __name__ == "__main__":
    main()

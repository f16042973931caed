"""The tags of files, as programs write them in each format."""

import pytest
from mutagen.aiff import AIFF
from mutagen.flac import FLAC
from mutagen.id3 import (
    ID3,
    SYLT,
    TALB,
    TBPM,
    TCMP,
    TCON,
    TDRC,
    TIT2,
    TKEY,
    TPE1,
    TPE2,
    TPOS,
    TPUB,
    TRCK,
    TSRC,
    TXXX,
    USLT,
)
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, AtomDataType, MP4FreeForm
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from tests import sounds
from veza.core.embedded_tags import MAX_LYRICS_LENGTH, EmbeddedTags, TaggedPeople
from veza.infra.media.probe import read_facts
from veza.infra.media.sniff_audio import sniff_file

TAGS = EmbeddedTags(
    title="Night Ferry",
    artist="Ada",
    album="Harbours",
    album_artist="Ada & Noor",
    genre="Hip-Hop",
    date="2026-05-04",
    disc="1/2",
    number="03/12",
    label="Tape Room",
    upc="036000291452",
    catalogue_number="TR-007",
    compilation="1",
    isrc="QZES62600017",
    bpm="92",
    key="8A",
    advisory="1",
    lyrics="First line\n\nSecond line",
    people=TaggedPeople(artist=["Ada"], album_artist=["Ada & Noor"]),
)
FRAMES = [
    TIT2(3, "Night Ferry"),
    TPE1(3, "Ada"),
    TALB(3, "Harbours"),
    TPE2(3, "Ada & Noor"),
    TCON(3, "Hip-Hop"),
    TDRC(3, "2026-05-04"),
    TPOS(3, "1/2"),
    TRCK(3, "03/12"),
    TPUB(3, "Tape Room"),
    TCMP(3, "1"),
    TSRC(3, "QZES62600017"),
    TBPM(3, "92"),
    TKEY(3, "8A"),
    TXXX(3, "BARCODE", "036000291452"),
    TXXX(3, "CatalogNumber", "TR-007"),
    TXXX(3, "ITUNESADVISORY", "1"),
    USLT(3, "eng", "", "First line\r\n\r\nSecond line"),
]
COMMENTS = {
    "TITLE": "Night Ferry",
    "artist": "Ada",
    "album": "Harbours",
    "albumartist": "Ada & Noor",
    "genre": ["Hip-Hop", "Dub"],
    "date": "2026-05-04",
    "discnumber": "1/2",
    "tracknumber": "03/12",
    "organization": "Tape Room",
    "barcode": "036000291452",
    "catalognumber": "TR-007",
    "compilation": "1",
    "isrc": "QZES62600017",
    "bpm": "92",
    "initialkey": "8A",
    "itunesadvisory": "1",
    "lyrics": "First line\n\nSecond line",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tags")


def make(folder, ending):
    return sounds.write(folder / f"a{ending}", sounds.sine(1, channels=1))


def tags_of(source):
    return read_facts(source, sniff_file(source), picture=source.with_suffix(".picture")).tags


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize(("ending", "kind"), [(".mp3", MP3), (".aiff", AIFF)])
def test_id3(folder, ending, kind, version):
    file = kind(make(folder, ending))
    file.delete()
    file.tags = None
    file.add_tags()
    for frame in FRAMES:
        file.tags.add(frame)
    if version == 3:
        file.tags.update_to_v23()
    file.save(v2_version=version)

    assert tags_of(folder / f"a{ending}") == TAGS


@pytest.mark.parametrize(
    ("ending", "kind"), [(".flac", FLAC), (".ogg", OggVorbis), (".opus", OggOpus)]
)
def test_vorbis_comments(folder, ending, kind):
    file = kind(make(folder, ending))
    file.delete()
    for name, value in COMMENTS.items():
        file[name] = value
    file["syncedlyrics"] = "[00:01.00]First line"
    file.save()

    assert tags_of(folder / f"a{ending}") == EmbeddedTags(
        **{name: getattr(TAGS, name) for name in TAGS.__struct_fields__}
        | {"synced_lyrics": "[00:01.00]First line"}
    )


def test_mp4(folder):
    source = make(folder, ".m4a")
    file = MP4(source)
    file["\xa9nam"], file["\xa9ART"], file["\xa9alb"] = "Night Ferry", "Ada", "Harbours"
    file["aART"], file["\xa9gen"], file["\xa9day"] = "Ada & Noor", "Hip-Hop", "2026-05-04"
    file["disk"], file["trkn"], file["tmpo"] = [(1, 2)], [(3, 12)], [92]
    file["cpil"], file["rtng"] = True, [1]
    file["\xa9lyr"] = "First line\n\nSecond line"
    free = {
        "LABEL": b"Tape Room",
        "BARCODE": b"036000291452",
        "CATALOGNUMBER": b"TR-007",
        "ISRC": b"QZES62600017",
        "initialkey": b"8A",
    }
    for name, value in free.items():
        file[f"----:com.apple.iTunes:{name}"] = [MP4FreeForm(value, AtomDataType.UTF8)]
    file.save()

    found = tags_of(source)
    assert (found.disc, found.number) == ("1", "3")
    assert (
        EmbeddedTags(
            **{name: getattr(found, name) for name in TAGS.__struct_fields__}
            | {"disc": TAGS.disc, "number": TAGS.number}
        )
        == TAGS
    )


@pytest.mark.parametrize(
    ("pieces", "lrc"),
    [
        ([("One", 1000), ("Two", 61_234)], "[00:01.000]One\n[01:01.234]Two"),
        ([("On", 1000), ("e", 1200), ("\nTwo", 2000)], "[00:01.000]One\n[00:02.000]Two"),
    ],
)
def test_synchronised_frames_become_lrc(folder, pieces, lrc):
    source = make(folder, ".mp3")
    tags = ID3()
    tags.add(SYLT(3, "eng", format=2, type=1, text=pieces))
    tags.save(source)

    assert tags_of(source) == EmbeddedTags(synced_lyrics=lrc)


def test_frames_in_units_of_mpeg_are_left_out(folder):
    source = make(folder, ".mp3")
    tags = ID3()
    tags.add(SYLT(3, "eng", format=1, type=1, text=[("One", 10)]))
    tags.save(source)

    assert tags_of(source) == EmbeddedTags()


def test_odd_tags_spoil_neither_the_others_nor_the_sound(folder):
    source = make(folder, ".flac")
    file = FLAC(source)
    file.delete()
    file["title"] = ["", "Second"]
    file["artist"] = "A\x07B\x00C\ud800".encode("utf-8", "replace").decode()
    file["lyrics"] = "x" * (MAX_LYRICS_LENGTH + 1)
    file["bpm"] = "9" * 10_000
    file["isrc"] = " "
    file["label"] = "Tape Room"
    file.save()

    found = read_facts(source, sniff_file(source), picture=folder / "picture")

    assert found.declared_s == pytest.approx(1, abs=0.01)
    people = TaggedPeople(artist=["A B C?"])
    expected = EmbeddedTags(artist="A B C?", label="Tape Room", bpm="9" * 500, people=people)
    assert found.tags == expected

"""People are read from files as they were written to them, by the names of Picard and beets."""

import asyncio
import os
import subprocess
from pathlib import Path

import msgspec
import mutagen
import pytest
from mediafile import MediaFile

from tests import sounds
from veza.core.embedded_tags import TaggedPeople, TaggedPerson
from veza.infra.media.probe import read_facts
from veza.infra.media.sniff_audio import sniff_file
from veza.infra.media.track_tags import TrackTags, write_tags

ROLES = (
    *("composer", "lyricist", "writer", "arranger", "conductor", "remixer", "dj", "producer"),
    *("engineer", "mixing"),
)
TAGS = TrackTags(
    title="Night Ferry",
    artist="Ada feat. Earth, Wind & Fire",
    artists=["Ada", "Earth, Wind & Fire"],
    album="Harbours",
    album_artist="Ada & 東京事変",
    album_artists=["Ada", "東京事変"],
    artist_ids=["6f2a5c4e-3f0a-4c0e-9d6e-1b8f0a3c5d71", "535afeda-2538-435d-9dd1-5e10be586774"],
    album_artist_ids=["6f2a5c4e-3f0a-4c0e-9d6e-1b8f0a3c5d71"],
    number=1,
    numbers_total=1,
    disc=1,
    discs_total=1,
    musical_key="Am",
    lyrics="Over the water",
    comment="Producer: Ada",
    credited=[
        *(TaggedPerson(role, name) for role in ROLES for name in (f"{role} A", f"{role} Ö")),
        TaggedPerson("performer", "Cleo", "cello"),
        TaggedPerson("performer", "Dora"),
        TaggedPerson("mastering", "Emil"),
        TaggedPerson("other", "Fay", "whistling"),
    ],
)
# The words of the tags, where they are not those of the roles.
_WORDS = {"dj-mix": "dj", "djmixer": "dj", "mix": "mixing", "mixer": "mixing", "whistling": "other"}
_PICARD_NAMES = {"dj": "djmixer", "mixing": "mixer"}
# The Python of an environment in which `pip install picard` was run: too heavy for all tests.
PICARD = os.environ.get("VEZA_TEST_PICARD", "")
_ONLY_ID3 = {"mastering", "other"}


@pytest.mark.long
@pytest.mark.parametrize("ending", [".mp3", ".flac", ".m4a", ".opus"])
async def test_people_are_read_as_they_were_written(tmp_path, ending):
    file = sounds.write(tmp_path / f"tone{ending}", sounds.sine(0.2))
    kind = sniff_file(file)
    assert kind is not None

    assert await write_tags(file, kind, TAGS, None)

    people = read_facts(file, kind, picture=tmp_path / "picture").tags.people
    assert people == TaggedPeople(
        artist=[TAGS.artist],
        artists=TAGS.artists,
        album_artist=[TAGS.album_artist],
        album_artists=TAGS.album_artists,
        artist_ids=TAGS.artist_ids,
        album_artist_ids=TAGS.album_artist_ids,
        credited=people.credited,
    )
    read = {
        (_WORDS.get(each.role, each.role), each.name, each.instrument) for each in people.credited
    }
    expected = {
        (each.role, each.name, "" if each.role == "other" else each.instrument)
        for each in TAGS.credited
        if ending == ".mp3" or each.role not in _ONLY_ID3
    }
    if ending == ".mp3":
        # A musician needs an instrument there.
        expected ^= {("performer", "Dora", ""), ("performer", "Dora", "performer")}
    assert read == expected


async def test_each_value_is_one_of_its_own(tmp_path):
    file = sounds.write(tmp_path / "tone.flac", sounds.sine(0.2))
    kind = sniff_file(file)
    assert kind is not None
    await write_tags(file, kind, TAGS, None)

    comments = mutagen.File(file).tags  # pyright: ignore[reportPrivateImportUsage]
    assert comments["artist"] == [TAGS.artist]
    assert comments["artists"] == TAGS.artists
    assert comments["albumartists"] == TAGS.album_artists
    assert comments["composer"] == ["composer A", "composer Ö"]
    assert comments["performer"] == ["Cleo (cello)", "Dora"]


@pytest.mark.long
@pytest.mark.parametrize("ending", [".mp3", ".flac", ".m4a", ".opus"])
async def test_the_reader_of_beets_finds_all_artists_and_composers(tmp_path, ending):
    file = sounds.write(tmp_path / f"tone{ending}", sounds.sine(0.2))
    kind = sniff_file(file)
    assert kind is not None
    await write_tags(file, kind, TAGS, None)

    read = MediaFile(file)
    assert (read.artist, read.artists) == (TAGS.artist, TAGS.artists)
    assert (read.albumartist, read.albumartists) == (TAGS.album_artist, TAGS.album_artists)
    assert read.composers == ["composer A", "composer Ö"]
    assert (read.mb_artistids, read.mb_albumartistids) == (TAGS.artist_ids, TAGS.album_artist_ids)
    assert (read.title, read.album, read.track, read.disc) == (TAGS.title, TAGS.album, 1, 1)
    assert (read.initial_key, read.lyrics, read.comments) == ("Am", TAGS.lyrics, TAGS.comment)


@pytest.mark.long
@pytest.mark.skipif(not PICARD, reason="VEZA_TEST_PICARD names no Python that has Picard")
async def test_picard_finds_everything(tmp_path):
    """Picard has no musicians in MP4, and no names there and in Vorbis comments for some roles."""
    endings = (".mp3", ".flac", ".m4a", ".opus", ".ogg", ".wav", ".aiff")
    files = [sounds.write(tmp_path / f"tone{ending}", sounds.sine(0.2)) for ending in endings]
    for file in files:
        kind = sniff_file(file)
        assert kind is not None
        assert await write_tags(file, kind, TAGS, None)

    command = [PICARD, str(Path(__file__).with_name("picard_reader.py")), *map(str, files)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    for name, read in msgspec.json.decode(done.stdout).items():
        ending = Path(name).suffix
        expected = {_PICARD_NAMES.get(role, role): [f"{role} A", f"{role} Ö"] for role in ROLES} | {
            "title": [TAGS.title],
            "artist": [TAGS.artist],
            "artists": TAGS.artists,
            "album": [TAGS.album],
            "albumartist": [TAGS.album_artist],
            "albumartists": TAGS.album_artists,
            "musicbrainz_artistid": TAGS.artist_ids,
            "musicbrainz_albumartistid": TAGS.album_artist_ids,
            "performer": ["Cleo (cello)", "Dora"] if ending == ".m4a" else ["Dora"],
            "key": ["Am"],
            "lyrics": [TAGS.lyrics],
            "comment": [TAGS.comment],
            "tracknumber": ["1"],
            "totaltracks": ["1"],
            "discnumber": ["1"],
            "totaldiscs": ["1"],
        }
        if ending != ".m4a":
            expected["performer:cello"] = ["Cleo"]
        if ending in {".mp3", ".wav", ".aiff"}:
            expected |= {"performer:mastering": ["Emil"], "performer:whistling": ["Fay"]}
        if ending in {".flac", ".opus", ".ogg"}:
            # As beets and the programs of DJs call the key.
            expected["initialkey"] = ["Am"]
        assert {tag: values for tag, values in read.items() if tag[0] != "~"} == expected, ending

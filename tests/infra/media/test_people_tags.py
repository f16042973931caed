"""People are read from files as they were written to them, by the names of Picard and beets."""

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
    number=1,
    numbers_total=1,
    disc=1,
    discs_total=1,
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
    assert (read.title, read.album, read.track, read.disc) == (TAGS.title, TAGS.album, 1, 1)

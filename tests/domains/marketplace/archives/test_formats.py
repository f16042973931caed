"""Every format of archives, of every kind of original, read back by mutagen."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from tests import make, sounds
from tests.domains.marketplace.archives.metadata_steps import read_back
from tests.make.people import NO_LINKS
from veza.core.access import Role
from veza.core.embedded_tags import EmbeddedTags, merge_tags
from veza.domains.music.credits.models import ArtistForm, CreditedProfile
from veza.domains.music.releases.models.forms import ReleaseKind
from veza.domains.music.tracks.models.forms import TrackChange
from veza.domains.music.tracks.service import track_changes
from veza.infra.media.probe import read_facts
from veza.infra.media.sniff_audio import sniff_file
from veza.infra.media.tag_reader import read_tags

SECONDS = 0.5
EXPECTED = EmbeddedTags(
    title="Prélude",
    artist="The Ferrymen",
    album="Night Ferry",
    album_artist="The Ferrymen",
    genre="jazz",
    date="2026-05-04",
    disc="1",
    number="1",
    label="Harbour",
    upc="036000291452",
    catalogue_number="HR-007",
    compilation="1",
    isrc="QZES62600017",
    bpm="92",
    key="Am",
)
SUFFIXES = {"flac": "flac", "mp3_v0": "mp3", "mp3_320": "mp3", "aac": "m4a", "opus": "opus"}


@pytest.fixture
def sell_file(sell, add_track):
    """Sell a release of one file, with everything that is written to tags."""

    async def put_up(source, cover_id=None, **columns):
        described = {"genre": "jazz", "isrc": "QZES62600017", "bpm": 92.0, "musical_key": "Am"}
        track_id = await add_track("Prélude", source, **described | columns)
        return await sell(
            track_id,
            artist_name="The Ferrymen",
            kind=ReleaseKind.COMPILATION,
            label="Harbour",
            catalogue_number="HR-007",
            upc="036000291452",
            release_date=date(2026, 5, 4),
            cover_image_id=cover_id,
        )

    return put_up


def _tags_of(read):
    tags = merge_tags(EmbeddedTags(), read_tags(read.tags))
    # Some formats have the total beside the number.
    number, disc = (tags.number or "").split("/"), (tags.disc or "").split("/")
    assert number[1:] in ([], ["1"])
    assert disc[1:] in ([], ["1"])
    return structs.replace(tags, number=number[0], disc=disc[0])


def _ensure_tagged(opened, name, folder):
    read = read_back(opened, name, folder)
    assert _tags_of(read) == EXPECTED
    assert abs(read.info.length - SECONDS) < 0.1
    return read


def _ensure_covered(file):
    """Ensure that a file has a cover, of the size for tags."""
    kind = sniff_file(file)
    cover = file.with_name("read.jpg")
    assert kind is not None
    assert read_facts(file, kind, picture=cover).has_picture
    # The frame header of the JPEG has the height and the width.
    assert (1200).to_bytes(2) * 2 in cover.read_bytes()[:1000]
    cover.unlink()


@pytest.mark.long
@pytest.mark.parametrize("ending", sounds.ENDINGS)
async def test_every_kind_of_original_in_every_format(
    services, seller, sell_file, download, folder, picture, tmp_path, ending
):
    source = sounds.write(folder / f"source{ending}", sounds.sine(SECONDS))
    sale = await sell_file(source, await make.image(services, seller, picture))
    is_lossless = ending in {".flac", ".wav", ".aiff"}

    for wanted, suffix in SUFFIXES.items():
        if wanted != "flac" or is_lossless:
            opened = await download(sale, wanted)
            _ensure_tagged(opened, f"01 Prélude.{suffix}", tmp_path)
            _ensure_covered(tmp_path / f"01 Prélude.{suffix}")

    opened = await download(sale, "original")
    name = f"01 Prélude{ending}"
    if ending == ".aac":
        # This kind has no place for tags.
        assert opened.read(name) == source.read_bytes()
    else:
        _ensure_tagged(opened, name, tmp_path)
        _ensure_covered(tmp_path / name)


@pytest.mark.parametrize(
    ("wanted", "suffix"),
    [
        ("mp3_v0", ".mp3"),
        pytest.param("aac", ".m4a", marks=pytest.mark.long),
        pytest.param("opus", ".opus", marks=pytest.mark.long),
    ],
)
async def test_a_sound_that_has_the_codec_is_not_encoded_again(
    sell_file, download, folder, tmp_path, wanted, suffix
):
    source = sounds.write(folder / f"same{suffix}", sounds.sine(SECONDS))
    opened = await download(await sell_file(source), wanted)

    copied = tmp_path / f"copied{suffix}"
    copied.write_bytes(opened.read(f"01 Prélude{suffix}"))

    assert (sounds.read(copied) == sounds.read(source)).all()
    assert _tags_of(read_back(opened, f"01 Prélude{suffix}", tmp_path)).title == "Prélude"


@pytest.mark.long
async def test_flac_is_the_sound_of_the_original(sell_file, download, folder, tmp_path):
    source = sounds.write(
        folder / "high.wav", sounds.sine(SECONDS, rate=96_000), "-c:a", "pcm_s24le", rate=96_000
    )
    opened = await download(await sell_file(source, sample_rate=96_000), "flac")

    read = _ensure_tagged(opened, "01 Prélude.flac", tmp_path)

    assert (read.info.sample_rate, read.info.bits_per_sample) == (96_000, 24)
    copied = tmp_path / "01 Prélude.flac"
    rate = 96_000
    assert (sounds.read(copied, rate=rate) == sounds.read(source, rate=rate)).all()


@pytest.mark.long
async def test_the_cover_of_a_track_stands_in_for_that_of_the_release(
    services, sell, add_track, download, picture, tmp_path
):
    covered, bare = await add_track("Covered", cover_palette=[0, 0, 0, 0]), await add_track("Bare")
    async with services.database.transaction() as tx:
        await tx.run("update track_media set cover_size = 1 where track_id = $1", covered)
    cover = sounds.picture(tmp_path / "cover.jpg")
    await services.storage.put_file(f"tracks/{covered}/cover.jpg", cover)

    opened = await download(await sell(bare, covered))

    assert opened.read("cover.jpg") == cover.read_bytes()
    assert read_back(opened, "01 Bare.flac", tmp_path).pictures == []
    [picture_read] = read_back(opened, "02 Covered.flac", tmp_path).pictures
    assert picture_read.data == cover.read_bytes()


@pytest.mark.long
async def test_artists_are_named_as_they_show_themselves_and_by_ids_once_they_confirmed(
    services, seller, sell, add_track, download, tmp_path
):
    guest, ids = await make.person(services, Role.CREATOR), [str(uuid4()), str(uuid4())]

    async def identify(name, musicbrainz_id, person):
        async with services.database.transaction() as tx:
            sql = "update profiles set display_name = $1, musicbrainz_id = $2 where id = $3"
            await tx.run(sql, name, musicbrainz_id, person.id)

    await identify("東京事変", UUID(ids[0]), seller)
    await identify("Dora", UUID(ids[1]), guest)
    alone, together = await add_track("Alone"), await add_track("Together")
    artists = [ArtistForm(profile=CreditedProfile(each.id)) for each in (seller, guest)]
    async with services.database.transaction() as tx:
        change = TrackChange(artists=[structs.replace(artists[0], join=" feat. "), artists[1]])
        await track_changes.update_track(tx, together, seller.member, change, NO_LINKS)
    sale = await sell(alone, together)

    async def read():
        opened = await download(sale)
        names = [name for name in opened.namelist() if name.endswith(".flac")]
        return [read_back(opened, name, tmp_path) for name in names]

    try:
        own, pending = await read()
        assert own["albumartist"] == own["artist"] == ["東京事変"]
        assert own["musicbrainz_artistid"] == own["musicbrainz_albumartistid"] == ids[:1]
        assert pending["artist"] == ["東京事変 feat. Dora"]
        assert pending["artists"] == ["東京事変", "Dora"]
        # Which of both is whose would not be known by one id.
        assert "musicbrainz_artistid" not in pending
        async with services.database.transaction() as tx:
            sql = "update track_credits set state = 'confirmed' where track_id = $1"
            await tx.run(sql, together)
        assert (await read())[1]["musicbrainz_artistid"] == ids
        await make.suspended(services, guest)
        assert "musicbrainz_artistid" not in (await read())[1]
        await make.unsuspended(services, guest)
        assert (await read())[1]["musicbrainz_artistid"] == ids
    finally:
        await identify(None, None, seller)

"""Stored files and covers: exact lengths, ranges, sizes."""

import struct
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests import make, sounds
from tests.domains.subsonic.albums_steps import release
from tests.domains.subsonic.players import Player
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import TrackId
from veza.domains.music.tracks.models.forms import TrackForm


@pytest.fixture(scope="module")
async def artist(services: Services) -> make.Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture(scope="module")
async def track_id(
    services: Services, artist: make.Person, tmp_path_factory: pytest.TempPathFactory
) -> TrackId:
    folder = tmp_path_factory.mktemp("media")
    cover = sounds.picture(folder / "cover.png")
    plain = sounds.write(folder / "plain.flac", sounds.sine(3))
    options = ("-map", "0:a", "-map", "1:v", "-disposition:v", "attached_pic", "-c", "copy")
    source = folder / "tape.flac"
    inputs = ("-i", str(plain), "-i", str(cover))
    sounds.run_ffmpeg(*inputs, *options, str(source), path=source)
    return await make.track(services, artist, TrackForm(title="Night Ferry"), source)


@pytest.fixture
async def owners(player: Player, services: Services, artist: make.Person) -> Player:
    """A player of the artist, who may have the original."""
    return Player(player.http, artist, await make.app_password(services, artist))


@pytest.mark.parametrize("name", ["stream", "download"])
async def test_tempus_and_amperfy_get_the_exact_length_of_whole_files_and_of_ranges(
    player: Player, owners: Player, track_id: TrackId, name: str
) -> None:
    song = f"tr-{track_id}"
    for listener, kind in ((player, "audio/mp4"), (owners, "audio/flac")):
        shown = (await listener.get("getSong", id=song))["song"]
        whole = await listener.send(name, id=song, estimateContentLength="true")
        assert whole.status_code == 200
        assert whole.headers["content-type"] == kind == shown["contentType"]
        assert int(whole.headers["content-length"]) == len(whole.content) == shown["size"]
        part = await listener.http.get(
            name, params=listener.credentials | {"id": song}, headers={"range": "bytes=1000-1999"}
        )
        assert part.status_code == 206
        assert part.content == whole.content[1000:2000]
        assert part.headers["content-range"] == f"bytes 1000-1999/{shown['size']}"
        head = await listener.http.head(name, params=listener.credentials | {"id": song})
        assert head.headers["content-length"] == whole.headers["content-length"]
        beyond = await listener.http.get(
            name, params=listener.credentials | {"id": song}, headers={"range": "bytes=99999999-"}
        )
        assert beyond.status_code == 416


@pytest.mark.long
async def test_an_album_is_downloaded_as_an_archive_of_the_files_that_the_member_gets(
    player: Player,
    owners: Player,
    services: Services,
    artist: make.Person,
    track_id: TrackId,
    tmp_path: Path,
) -> None:
    short = sounds.write(tmp_path / "short.flac", sounds.sine(1))
    second = await make.track(services, artist, TrackForm(title="Ice: a/b"), short)
    private = await make.track(services, artist, TrackForm(title="Draft"), short)
    album_id = f"al-{await release(services, artist, 'Ferries', track_id, second, private)}"
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'private' where id = $1", private)
        await make.keep_quiet(tx)
    for listener, suffix in ((player, "m4a"), (owners, "flac")):
        answer = await listener.send("download", id=album_id)
        assert answer.headers["content-type"] == "application/zip"
        assert 'filename="Ferries.zip"' in answer.headers["content-disposition"]
        names = [f"01 Night Ferry.{suffix}", f"02 Ice_ a_b.{suffix}", f"03 Draft.{suffix}"]
        seen = [f"tr-{track_id}", f"tr-{second}", f"tr-{private}"]
        if listener is player:
            del names[2], seen[2]
        with ZipFile(BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == names
            for name, song in zip(names, seen, strict=True):
                assert archive.read(name) == (await listener.send("stream", id=song)).content
    credentials = player.credentials | {"id": album_id}
    head = await player.http.head("download", params=credentials)
    assert (head.headers["content-type"], head.content) == ("application/zip", b"")
    gone = "al-00000000-0000-0000-0000-000000000000"
    assert await player.code("download", id=gone) == 70


def _sides(jpeg: bytes) -> tuple[int, int]:
    place = jpeg.index(b"\xff\xc0") + 5
    height, width = struct.unpack(">HH", jpeg[place : place + 4])
    return width, height


async def test_a_cover_has_the_next_larger_size_and_is_made_once(
    player: Player, services: Services, track_id: TrackId
) -> None:
    song = f"tr-{track_id}"
    whole = await player.send("getCoverArt", id=song)
    assert whole.headers["content-type"] == "image/jpeg"
    sides = max(_sides(whole.content))
    for wanted, side in ((1, 64), (64, 64), (65, 128), (100_000, sides), (0, sides), (-5, sides)):
        answer = await player.send("getCoverArt", id=song, size=wanted)
        assert answer.headers["content-type"] == "image/jpeg"
        assert max(_sides(answer.content)) == min(side, sides)
        assert int(answer.headers["content-length"]) == len(answer.content)
    folder: Path = services.settings.data_dir / "covers"
    made = {path.name for path in folder.iterdir()}
    etag = (await player.send("getCoverArt", id=song, size=64)).headers["etag"]
    again = await player.http.get(
        "getCoverArt",
        params=player.credentials | {"id": song, "size": 64},
        headers={"if-none-match": etag},
    )
    assert again.status_code == 304
    assert {path.name for path in folder.iterdir()} == made


async def test_albums_artists_and_playlists_have_the_cover_of_a_song(
    player: Player, owners: Player, artist: make.Person, track_id: TrackId
) -> None:
    made = await owners.get("createPlaylist", name="Night drive", songId=f"tr-{track_id}")
    whole = await owners.send("getCoverArt", id=f"tr-{track_id}")
    shown = (await player.get("getArtist", id=f"ar-{artist.id}"))["artist"]
    listed = (await owners.get("getPlaylists"))["playlists"]["playlist"]
    assert made["playlist"]["coverArt"] == made["playlist"]["id"] == listed[0]["coverArt"]
    for item in (f"si-{track_id}", shown["coverArt"], made["playlist"]["coverArt"]):
        assert (await owners.send("getCoverArt", id=item)).content == whole.content
    assert await player.code("getCoverArt", id=made["playlist"]["id"]) == 70
    assert await player.code("getCoverArt", id=f"ar-{player.owner.id}") == 70
    notes = (await player.get("getArtistInfo2", id=f"ar-{artist.id}"))["artistInfo2"]
    assert notes["largeImageUrl"].endswith(f"/tracks/{track_id}/cover")
    assert (await player.http.get(notes["largeImageUrl"])).content == whole.content
    assert await player.code("getCoverArt", id="something") == 70

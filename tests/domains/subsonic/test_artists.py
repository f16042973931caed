"""Artists: their notes and pictures, and when what a member sees of them last changed."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests import make, sounds
from tests.domains.subsonic.albums_steps import release
from tests.domains.subsonic.players import Player, sounding_track
from veza.app.services import Services
from veza.core.access import Role

_SPACE = "{http://subsonic.org/restapi}"
_FIELDS = {"biography", "musicBrainzId", "lastFmUrl"}
_FIELDS |= {"smallImageUrl", "mediumImageUrl", "largeImageUrl"}
# A cover for the column, but without the file.
_COVER = {"cover_palette": [250, 100, 60, 120]}


async def _set_bio(services: Services, artist: make.Person, text: str) -> None:
    async with services.database.transaction() as tx:
        await tx.run("update users set bio = $2 where id = $1", artist.id, text)
        await make.keep_quiet(tx)


async def test_dsub_reads_notes_as_the_text_of_elements(
    player: Player, services: Services, artist: make.Person
) -> None:
    track_id = await sounding_track(services, artist, "Night Ferry", **_COVER)
    described = await release(services, artist, "Ferries", track_id, description="Of <boats> & ice")
    await _set_bio(services, artist, "Plays <slowly>.")
    for name in ("getArtistInfo", "getArtistInfo2"):
        [notes] = ElementTree.fromstring(await player.xml(name, id=f"ar-{artist.id}"))
        assert notes.attrib == {}
        found = {child.tag.removeprefix(_SPACE): child.text for child in notes}
        assert found["biography"] == "Plays <slowly>."
        assert str(found["largeImageUrl"]).endswith(f"/tracks/{track_id}/cover")
    for name in ("getAlbumInfo", "getAlbumInfo2"):
        [notes] = ElementTree.fromstring(await player.xml(name, id=f"al-{described}"))
        assert notes.attrib == {}
        assert notes.findtext(f"{_SPACE}notes") == "Of <boats> & ice"
        [notes] = ElementTree.fromstring(await player.xml(name, id=f"si-{track_id}"))
        assert str(notes.findtext(f"{_SPACE}smallImageUrl")).endswith(f"/tracks/{track_id}/cover")


async def test_knuckles_finds_each_field_of_the_notes_of_an_artist(
    player: Player, services: Services, artist: make.Person
) -> None:
    await sounding_track(services, artist, "Night Ferry")
    for name, key in (("getArtistInfo", "artistInfo"), ("getArtistInfo2", "artistInfo2")):
        found = (await player.get(name, id=f"ar-{artist.id}"))[key]
        assert found == dict.fromkeys(_FIELDS, "")


async def _list_artists(player: Player) -> dict[str, dict[str, Any]]:
    letters = (await player.get("getArtists"))["artists"]["index"]
    return {one["id"]: one for letter in letters for one in letter["artist"]}


async def test_a_picture_of_an_artist_is_announced_as_soon_as_there_is_one(
    player: Player, services: Services, artist: make.Person
) -> None:
    artist_id = f"ar-{artist.id}"
    placed = await sounding_track(services, artist, "Night Ferry")
    await release(services, artist, "Ferries", placed)

    async def look() -> bool:
        listed = (await _list_artists(player))[artist_id]
        shown = (await player.get("getArtist", id=artist_id))["artist"]
        assert ("coverArt" in listed) == ("coverArt" in shown)
        return "coverArt" in listed

    async def run(sql: str) -> None:
        async with services.database.transaction() as tx:
            await tx.run(sql, placed)
            await make.keep_quiet(tx)

    assert await look() is False
    assert await player.code("getCoverArt", id=artist_id) == 70
    await run("update tracks set cover_palette = '{250, 100, 60, 120}' where id = $1")
    assert await look() is True
    await run("update tracks set visibility = 'private' where id = $1")
    assert await look() is False
    await run("update tracks set visibility = 'public' where id = $1")
    assert await look() is True
    await run("update tracks set cover_palette = null where id = $1")
    assert await look() is False


async def test_every_cover_that_is_announced_can_be_fetched(
    player: Player, services: Services, artist: make.Person, tmp_path: Path
) -> None:
    image = await make.image(services, artist, sounds.picture(tmp_path / "cover.png"))
    track_id = await sounding_track(services, artist, "Night Ferry")
    alone = await sounding_track(services, artist, "Alone")
    other = await make.person(services, Role.CREATOR)
    bare = await sounding_track(services, other, "Bare")
    album_id = f"al-{await release(services, artist, 'Ferries', track_id, cover_image_id=image)}"
    made = await player.get("createPlaylist", name="Bare", songId=f"tr-{bare}")
    announced = [
        (await player.get("getArtist", id=f"ar-{artist.id}"))["artist"],
        (await player.get("getArtist", id=f"ar-{other.id}"))["artist"],
        (await player.get("getAlbum", id=album_id))["album"],
        (await player.get("getSong", id=f"tr-{track_id}"))["song"],
        (await player.get("getSong", id=f"tr-{alone}"))["song"],
        made["playlist"],
        *[
            one
            for one in (await player.get("getPlaylists"))["playlists"]["playlist"]
            if one["id"] == made["playlist"]["id"]
        ],
    ]
    assert ["coverArt" in one for one in announced] == [True, False, True, True] + [False] * 3
    for one in announced:
        if "coverArt" in one:
            answer = await player.send("getCoverArt", id=one["coverArt"], size=64)
            assert answer.headers["content-type"] == "image/jpeg"
    # Players ask for the cover of a song by its id, too: it is that of the album.
    by_id = await player.send("getCoverArt", id=f"tr-{track_id}")
    assert by_id.headers["content-type"] == "image/jpeg"
    assert await player.code("getCoverArt", id=f"tr-{alone}") == 70


async def _last_modified(player: Player) -> int:
    return (await player.get("getIndexes"))["indexes"]["lastModified"]


async def _has_changed(player: Player, since: int) -> bool:
    """Ask as DSub does: an answer without artists means that they are the same."""
    answer = await player.send("getIndexes", f="json", ifModifiedSince=since)
    found = answer.json()["subsonic-response"]
    assert found["status"] == "ok"
    return "indexes" in found


async def _age(services: Services) -> None:
    """Set all changes back by an hour, so that they are final."""
    async with services.database.transaction() as tx:
        for table, column in (
            ("catalogue_changes", "changed_at"),
            ("ended_relations", "ended_at"),
            ("follows", "followed_at"),
            ("blocks", "blocked_at"),
        ):
            await tx.run(f"update {table} set {column} = {column} - interval '1 hour'")
        await make.keep_quiet(tx)


@pytest.mark.long
@pytest.mark.parametrize(
    "change", ["track", "follow", "unfollow", "block", "unblock", "suspend", "rename"]
)
async def test_dsub_gets_the_artists_again_only_if_something_has_changed(
    player: Player, services: Services, artist: make.Person, change: str
) -> None:
    await sounding_track(services, artist, "Night Ferry")
    if change == "unfollow":
        await player.get("star", artistId=f"ar-{artist.id}")
    if change == "unblock":
        await make.blocks(services, player.owner, artist)
    await _age(services)
    since = await _last_modified(player)
    assert since == await _last_modified(player) > 0
    assert await _has_changed(player, since) is False
    assert await _has_changed(player, since - 1) is True
    match change:
        case "track":
            await sounding_track(services, artist, "Another")
        case "follow":
            await player.get("star", artistId=f"ar-{artist.id}")
        case "unfollow":
            await player.get("unstar", artistId=f"ar-{artist.id}")
        case "block":
            await make.blocks(services, artist, player.owner)
        case "suspend":
            await make.suspended(services, artist)
        case _:
            sql = {
                "unblock": "delete from blocks where blocked_id = $1",
                "rename": "update users set username = left(md5(username), 20) where id = $1",
            }
            async with services.database.transaction() as tx:
                await tx.run(sql[change], artist.id)
                await make.keep_quiet(tx)
    assert await _has_changed(player, since) is True
    # A change of a transaction that began before it may still come: until then it has changed.
    assert await _last_modified(player) <= since
    await _age(services)
    later = await _last_modified(player)
    assert later > since
    assert await _has_changed(player, later) is False

"""Releases are albums; a track on no public release is an album of its own."""

from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import make, sounds
from tests.domains.subsonic.albums_steps import release
from tests.domains.subsonic.players import Player, list_album_ids, sounding_track
from tests.raw import hearing
from tests.support.addresses import BASE_URL
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import ImageId
from veza.core.visibility import Visibility
from veza.domains.music.releases import jobs
from veza.domains.music.releases.models.forms import ReleaseKind
from veza.domains.subsonic.models.rows import AlbumOrder

# In these orders an album is on one page at most.
_STABLE = [order for order in AlbumOrder if order is not AlbumOrder.RANDOM]


async def test_a_song_on_a_release_leads_to_it_everywhere(
    player: Player, services: Services, artist: make.Person
) -> None:
    first, second, alone = [
        await sounding_track(services, artist, title) for title in ("One", "Two", "Alone")
    ]
    release_id = await release(
        services,
        artist,
        "Night Ferry",
        first,
        second,
        artist_name="The Ferrymen",
        kind=ReleaseKind.EP,
        label="Harbour Records",
        genre="ambient",
        release_date=date(2019, 5, 4),
    )
    album_id = f"al-{release_id}"
    song = (await player.get("getSong", id=f"tr-{second}"))["song"]
    assert (song["albumId"], song["parent"], song["album"]) == (album_id, album_id, "Night Ferry")
    assert (song["discNumber"], song["track"], song["year"]) == (1, 2, 2019)
    assert (song["artist"], song["displayAlbumArtist"]) == (artist.username, "The Ferrymen")

    album = (await player.get("getAlbum", id=album_id))["album"]
    assert [one["id"] for one in album["song"]] == [f"tr-{first}", f"tr-{second}"]
    assert (album["artist"], album["songCount"], album["duration"]) == ("The Ferrymen", 2, 360)
    assert (album["releaseTypes"], album["recordLabels"]) == (["EP"], [{"name": "Harbour Records"}])
    assert (album["year"], album["releaseDate"]) == (2019, {"year": 2019, "month": 5, "day": 4})

    shown = (await player.get("getArtist", id=f"ar-{artist.id}"))["artist"]
    assert [one["id"] for one in shown["album"]] == [album_id, f"si-{alone}"]
    assert shown["albumCount"] == 2
    letters = (await player.get("getArtists"))["artists"]["index"]
    [listed] = [one for letter in letters for one in letter["artist"] if one["id"] == shown["id"]]
    assert listed["albumCount"] == 2
    folder = (await player.get("getMusicDirectory", id=album_id))["directory"]
    assert [one["id"] for one in folder["child"]] == [f"tr-{first}", f"tr-{second}"]
    assert folder["parent"] == f"ar-{artist.id}"
    notes = await player.get("getAlbumInfo2", id=album_id)
    assert notes["albumInfo"] == {}
    assert (await player.get("getSimilarSongs2", id=album_id))["similarSongs2"] == {"song": []}


async def test_of_several_releases_the_first_published_is_the_album_of_a_song(
    player: Player, services: Services, artist: make.Person
) -> None:
    track_id = await sounding_track(services, artist, "Twice")
    first = await release(services, artist, "First", track_id)
    second = await release(services, artist, "Best of", track_id)
    song = (await player.get("getSong", id=f"tr-{track_id}"))["song"]
    assert song["albumId"] == f"al-{first}"
    # In the other album it is a song of that album.
    album = (await player.get("getAlbum", id=f"al-{second}"))["album"]
    assert [one["albumId"] for one in album["song"]] == [f"al-{second}"]


async def test_a_release_that_is_not_public_is_in_no_list(
    player: Player, services: Services, artist: make.Person
) -> None:
    track_id = await sounding_track(services, artist, "Early")
    hidden = await release(services, artist, "Draft", track_id, visibility=Visibility.PRIVATE)
    unlisted = await release(services, artist, "Linked", track_id, visibility=Visibility.UNLISTED)
    assert await player.code("getAlbum", id=f"al-{hidden}") == 70
    assert await player.code("getAlbumInfo2", id=f"al-{hidden}") == 70
    assert await player.code("getCoverArt", id=f"al-{hidden}") == 70
    assert (await player.get("getAlbum", id=f"al-{unlisted}"))["album"]["name"] == "Linked"
    song = (await player.get("getSong", id=f"tr-{track_id}"))["song"]
    assert song["albumId"] == f"si-{track_id}"
    shown = (await player.get("getArtist", id=f"ar-{artist.id}"))["artist"]
    assert [one["id"] for one in shown["album"]] == [f"si-{track_id}"]


async def test_releases_of_the_blocked_and_the_suspended_are_no_albums(
    player: Player, services: Services
) -> None:
    hidden: list[str] = []
    for hide in ("block", "suspend"):
        owner = await make.person(services, Role.CREATOR)
        track_id = await sounding_track(services, owner, "Unseen")
        hidden.append(f"al-{await release(services, owner, 'Unseen', track_id)}")
        if hide == "block":
            await make.blocks(services, owner, player.owner)
        else:
            await make.suspended(services, owner)
    for album_id in hidden:
        assert await player.code("getAlbum", id=album_id) == 70
    for order in AlbumOrder:
        given = {"fromYear": 1, "toYear": 3000, "genre": "ambient", "size": 500}
        listed = (await player.get("getAlbumList2", type=order, **given))["albumList2"]["album"]
        assert {one["id"] for one in listed}.isdisjoint(hidden)
    found = (await player.get("search3", query="unseen", albumCount=500))["searchResult3"]
    assert {one["id"] for one in found["album"]}.isdisjoint(hidden)


async def _make_albums(
    services: Services, player: Player, artist: make.Person, genre: str, count: int
) -> set[str]:
    """Make as many releases as singles; all tracks are played, the single ones liked."""
    made: set[str] = set()
    for number in range(count):
        # The same title and date: the order depends on the ids alone.
        on_release = [
            await sounding_track(services, artist, "Same", genre=genre, plays_count=10**8 + number)
            for _ in range(2)
        ]
        alone = await sounding_track(services, artist, "Same", genre=genre, likes_count=10**8)
        released = date(2026, 1, 1)
        release_id = await release(
            services, artist, "Same", *on_release, genre=genre, release_date=released
        )
        await player.get(
            "star", id=[f"tr-{alone}", f"tr-{on_release[0]}"], albumId=f"al-{release_id}"
        )
        await player.get("scrobble", id=[f"tr-{alone}", *(f"tr-{one}" for one in on_release)])
        made |= {f"al-{release_id}", f"si-{alone}"}
    return made


@pytest.mark.long
@pytest.mark.parametrize("order", _STABLE)
async def test_pages_of_albums_repeat_nothing_and_leave_nothing_out(
    player: Player, services: Services, artist: make.Person, order: AlbumOrder
) -> None:
    genre = f"g{artist.id.hex[-20:]}"
    made = await _make_albums(services, player, artist, genre, 3)
    given = {"type": order, "genre": genre, "fromYear": 2000, "toYear": 2100}
    ids = await list_album_ids(player, **given)
    assert made <= set(ids)
    assert len(set(ids)) == len(ids)
    assert await list_album_ids(player, len(ids) // 3 + 1, **given) == ids
    if order is AlbumOrder.BY_GENRE:
        assert set(ids) == made
        [counted] = [
            one
            for one in (await player.get("getGenres"))["genres"]["genre"]
            if one["value"] == genre
        ]
        assert (counted["songCount"], counted["albumCount"]) == (9, 6)


@pytest.mark.parametrize("order", [AlbumOrder.NEWEST, AlbumOrder.HIGHEST, AlbumOrder.BY_ARTIST])
async def test_a_private_track_of_the_member_is_in_their_lists_of_albums(
    player: Player, services: Services, order: AlbumOrder
) -> None:
    private = await sounding_track(
        services, player.owner, "Draft", visibility="private", likes_count=10**9
    )
    assert f"si-{private}" in await list_album_ids(player, type=order)


@pytest.mark.long
async def test_releases_that_are_not_public_are_in_the_lists_of_their_owner_alone(
    player: Player, services: Services, rest: httpx.AsyncClient, artist: make.Person
) -> None:
    track_id = await sounding_track(services, player.owner, "Draft", visibility="private")
    hidden = {
        f"al-{await release(services, player.owner, 'Draft', track_id, visibility=visibility)}"
        for visibility in (Visibility.PRIVATE, Visibility.UNLISTED)
    }
    empty = await release(services, player.owner, "Empty", visibility=Visibility.PRIVATE)
    other = Player(rest, artist, await make.app_password(services, artist))
    for order in (AlbumOrder.NEWEST, AlbumOrder.BY_NAME, AlbumOrder.FREQUENT):
        own = await list_album_ids(player, 3, type=order)
        assert hidden | {f"si-{track_id}"} <= set(own)
        assert f"al-{empty}" not in own
        assert len(set(own)) == len(own)
        assert hidden.isdisjoint(await list_album_ids(other, type=order))
    shown = (await player.get("getArtist", id=f"ar-{player.owner.id}"))["artist"]
    assert hidden <= {one["id"] for one in shown["album"]}
    assert shown["albumCount"] == len(shown["album"]) == 3
    assert await other.code("getArtist", id=f"ar-{player.owner.id}") == 70


async def test_releases_are_starred_and_rated_and_show_the_average_of_three(
    player: Player, services: Services, rest: httpx.AsyncClient, artist: make.Person
) -> None:
    track_id = await sounding_track(services, artist, "Placed")
    alone = await sounding_track(services, artist, "Alone")
    album_id = f"al-{await release(services, artist, 'Loved', track_id)}"
    await player.get("star", albumId=album_id)
    await player.get("star", id=f"si-{alone}")
    await player.get("setRating", id=album_id, rating=5)
    await player.get("setRating", id=f"si-{alone}", rating=2)
    starred = (await player.get("getStarred2"))["starred2"]
    assert [one["id"] for one in starred["album"]] == [f"si-{alone}", album_id]
    assert [one["id"] for one in starred["song"]] == [f"tr-{alone}"]
    assert {one["userRating"] for one in starred["album"]} == {5, 2}
    folders = (await player.get("getStarred"))["starred"]["album"]
    assert [(one["userRating"], "starred" in one) for one in folders] == [(2, True), (5, True)]

    for number in range(2):
        await jobs.refresh_catalogue(services.database)
        album = (await player.get("getAlbum", id=album_id))["album"]
        assert "starred" in album
        assert album["userRating"] == 5
        if number == 0:
            # With fewer than three, it would show what one member thinks.
            assert "averageRating" not in album
            for rating in (4, 4):
                other = await make.person(services)
                theirs = Player(rest, other, await make.app_password(services, other))
                await theirs.get("setRating", id=album_id, rating=rating)
    assert album["averageRating"] == pytest.approx(4.33)
    highest = await list_album_ids(player, type="highest")
    assert highest.index(album_id) < highest.index(f"si-{alone}")

    await player.get("unstar", albumId=album_id)
    await player.get("setRating", id=album_id, rating=0)
    album = (await player.get("getAlbum", id=album_id))["album"]
    assert "starred" not in album
    assert "userRating" not in album
    assert await player.code("star", albumId=f"al-{artist.id}") == 70


@pytest.mark.long
async def test_random_albums_are_different_and_of_both_kinds(
    player: Player, services: Services, artist: make.Person
) -> None:
    await _make_albums(services, player, artist, f"g{artist.id.hex[-20:]}", 4)
    kinds: set[str] = set()
    # Other tests may have made more than a page has: each draws half of them at least.
    for _ in range(10):
        found = (await player.get("getAlbumList2", type="random", size=500))["albumList2"]["album"]
        ids = [one["id"] for one in found]
        assert len(set(ids)) == len(ids)
        kinds |= {one[:3] for one in ids}
    assert kinds == {"al-", "si-"}
    few = (await player.get("getAlbumList2", type="random", size=1))["albumList2"]["album"]
    assert len(few) == 1


async def test_a_search_finds_releases_and_the_single_tracks_that_match(
    player: Player, services: Services, artist: make.Person
) -> None:
    word = f"w{artist.id.hex[-16:]}"
    track_id = await sounding_track(services, artist, "Within")
    release_id = await release(services, artist, word, track_id)
    found = (await player.get("search3", query=word))["searchResult3"]
    assert [one["id"] for one in found["album"]] == [f"al-{release_id}"]
    assert (await player.get("search3", query=word, albumOffset=1))["searchResult3"]["album"] == []
    folders = (await player.get("search2", query=word))["searchResult2"]["album"]
    assert [(one["id"], one["isDir"]) for one in folders] == [(f"al-{release_id}", True)]


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("getAlbumList2", {"type": "newest", "size": 500}),
        ("getArtists", {}),
        ("search3", {"query": "", "albumCount": 500}),
    ],
)
async def test_the_number_of_statements_does_not_grow_with_the_albums(
    player: Player, services: Services, artist: make.Person, name: str, given: dict[str, Any]
) -> None:
    # A password is looked up once.
    await player.get("ping")
    counts: list[int] = []
    for more in (1, 29):
        for number in range(more):
            placed = await sounding_track(services, artist, f"Placed {number}")
            await sounding_track(services, artist, f"Single {number}")
            await release(services, artist, f"Release {number}", placed)
        async with hearing(services, " from ") as statements:
            await player.get(name, **given)
        counts.append(len(statements))
    assert counts[0] == counts[1] > 0


async def _picture(services: Services, owner: make.Person, folder: Path) -> ImageId:
    return await make.image(services, owner, sounds.picture(folder / "cover.png"))


async def test_albums_and_playlists_have_their_own_cover(
    player: Player, services: Services, artist: make.Person, tmp_path: Path
) -> None:
    track_id = await sounding_track(services, artist, "One")
    image_id = await _picture(services, artist, tmp_path)
    release_id = await release(services, artist, "Covered", track_id, cover_image_id=image_id)
    album_id = f"al-{release_id}"
    song = (await player.get("getSong", id=f"tr-{track_id}"))["song"]
    album = (await player.get("getAlbum", id=album_id))["album"]
    assert song["coverArt"] == album["coverArt"] == album_id
    answer = await player.send("getCoverArt", id=album_id)
    assert answer.headers["content-type"] == "image/jpeg"
    small = await player.send("getCoverArt", id=album_id, size=64)
    assert small.headers["content-type"] == "image/jpeg"
    assert len(small.content) < len(answer.content)
    notes = (await player.get("getAlbumInfo2", id=album_id))["albumInfo"]
    assert str(image_id) in notes["largeImageUrl"]

    made = await player.get("createPlaylist", name="Night drive")
    playlist_id = made["playlist"]["id"]
    assert await player.code("getCoverArt", id=playlist_id) == 70
    own = await _picture(services, player.owner, tmp_path)
    changed = await player.http.put(
        f"{BASE_URL}/api/v1/playlists/{playlist_id.removeprefix('pl-')}",
        headers=player.owner.headers,
        json={"cover_image_id": str(own)},
    )
    assert changed.status_code == 200, changed.text
    shown = await player.send("getCoverArt", id=playlist_id)
    assert shown.headers["content-type"] == "image/jpeg"


async def test_notes_of_an_artist_name_similar_ones(
    player: Player, services: Services, artist: make.Person
) -> None:
    similar = await make.person(services, Role.CREATOR)
    for owner in (artist, similar):
        await sounding_track(services, owner, "Alike")
    async with services.database.transaction() as tx:
        sql = "insert into similar_artists values ($1, $2, 1)"
        await tx.run(sql, artist.id, similar.id)
        await make.keep_quiet(tx)
    asked = {"id": f"ar-{artist.id}"}
    found = (await player.get("getArtistInfo2", **asked))["artistInfo2"]["similarArtist"]
    assert [one["id"] for one in found] == [f"ar-{similar.id}"]
    none = (await player.get("getArtistInfo2", **asked, count=0))["artistInfo2"]
    assert none.get("similarArtist", []) == []


@pytest.mark.long
@pytest.mark.parametrize("size", [2, 500])
async def test_feishin_lists_the_albums_that_the_member_rated_before_all_others(
    player: Player, services: Services, artist: make.Person, size: int
) -> None:
    tracks = [await sounding_track(services, artist, f"Track {n}") for n in range(4)]
    placed, low, high, hidden = tracks
    album_id = f"al-{await release(services, artist, 'Rated', placed)}"
    loved = await sounding_track(services, artist, "Loved by all", likes_count=10**9)
    await player.get("setRating", id=f"tr-{low}", rating=1)
    await player.get("setRating", id=f"si-{high}", rating=5)
    await player.get("setRating", id=f"tr-{hidden}", rating=5)
    await player.get("setRating", id=album_id, rating=4)
    # A song on an album is no album.
    await player.get("setRating", id=f"tr-{placed}", rating=5)
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'private' where id = $1", hidden)
        await make.keep_quiet(tx)
    ids = await list_album_ids(player, size, type="highest")
    assert ids[:3] == [f"si-{high}", album_id, f"si-{low}"]
    assert f"si-{loved}" in ids[3:]
    assert len(set(ids)) == len(ids)
    assert f"si-{hidden}" not in ids

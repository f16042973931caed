"""Stars, plays, playlists and the queue, as a player changes them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from tests import make
from tests.app.row_lock_steps import cross
from tests.domains.subsonic.players import Player, sounding_track
from veza.app.services import Services


@pytest.fixture
async def songs(player: Player, services: Services) -> list[str]:
    made = [await sounding_track(services, player.owner, f"Piece {n}") for n in range(4)]
    return [f"tr-{track_id}" for track_id in made]


def _ids(found: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in found]


async def test_a_star_is_a_like_and_a_starred_artist_is_followed(
    player: Player, services: Services
) -> None:
    artist = await make.person(services)
    track_id = await sounding_track(services, artist, "Night Ferry")
    song, single = f"tr-{track_id}", f"si-{track_id}"
    await player.get("star", id=song, artistId=f"ar-{artist.id}")
    starred = (await player.get("getStarred2"))["starred2"]
    assert (_ids(starred["song"]), _ids(starred["album"])) == ([song], [single])
    assert _ids(starred["artist"]) == [f"ar-{artist.id}"]
    assert (await player.get("getSong", id=song))["song"]["starred"]
    async with services.database.read() as conn:
        sql = "select likes_count from tracks where id = $1"
        assert await conn.value(int, sql, track_id) == 1
    await player.get("star", albumId=single)
    await player.get("unstar", albumId=single, artistId=f"ar-{artist.id}")
    assert (await player.get("getStarred2"))["starred2"] == {
        "artist": [],
        "album": [],
        "song": [],
    }


async def test_a_scrobble_counts_a_play_once_by_the_rule_of_all_clients(
    player: Player, services: Services, songs: list[str]
) -> None:
    async def count() -> int:
        return (await player.get("getSong", id=songs[0]))["song"]["playCount"]

    await player.get("scrobble", id=songs[0], submission="false")
    assert await count() == 0
    playing = (await player.get("getNowPlaying"))["nowPlaying"]["entry"]
    assert [(one["id"], one["playerName"]) for one in playing] == [(songs[0], "tests")]
    await player.get("scrobble", id=[songs[0], songs[0], songs[1]], submission="true")
    await player.get("scrobble", id=songs[0])
    assert await count() == 1
    recent = (await player.get("getAlbumList2", type="recent"))["albumList2"]["album"]
    assert {one["playCount"] for one in recent} == {1}
    assert len(recent) == 2
    gone = "tr-00000000-0000-0000-0000-000000000000"
    await player.get("scrobble", id=[gone, songs[2]])
    assert (await player.get("getSong", id=songs[2]))["song"]["playCount"] == 1
    async with services.database.read() as conn:
        sql = "select client from counted_plays where track_id = $1"
        assert await conn.column(str, sql, UUID(songs[2].removeprefix("tr-"))) == ["subsonic"]


async def test_a_report_counts_a_play_when_the_player_stops_unless_it_says_not_to(
    player: Player, songs: list[str]
) -> None:
    async def report(state: str, position_ms: int, **given: str) -> int:
        played = {"mediaId": songs[0], "mediaType": "song", "positionMs": position_ms}
        await player.get("reportPlayback", state=state, **played, **given)
        return (await player.get("getSong", id=songs[0]))["song"]["playCount"]

    assert await report("playing", 60_000, playbackRate="2.0") == 0
    (shown,) = (await player.get("getNowPlaying"))["nowPlaying"]["entry"]
    assert (shown["state"], shown["playbackRate"]) == ("playing", 2)
    assert shown["positionMs"] >= 60_000
    assert await report("paused", 70_000) == 0
    assert (await player.get("getNowPlaying"))["nowPlaying"]["entry"][0]["positionMs"] == 70_000
    assert await report("stopped", 120_000, ignoreScrobble="true") == 0
    assert await report("stopped", 1_000) == 0
    assert await report("stopped", 120_000) == 1
    assert await report("stopped", 120_000) == 1
    assert (await player.get("getNowPlaying"))["nowPlaying"]["entry"] == []
    given = {"mediaId": songs[0], "mediaType": "song", "positionMs": 1, "state": "playing"}
    for rate in ("0", "nan", "1e3", "11"):
        assert await player.code("reportPlayback", **given, playbackRate=rate) == 0


async def test_a_rating_is_kept_and_zero_removes_it(player: Player, songs: list[str]) -> None:
    await player.get("setRating", id=songs[0], rating=4)
    assert (await player.get("getSong", id=songs[0]))["song"]["userRating"] == 4
    await player.get("setRating", id=songs[0], rating=0)
    assert "userRating" not in (await player.get("getSong", id=songs[0]))["song"]


async def test_a_change_that_ends_a_deadlock_is_made_all_the_same(
    player: Player, services: Services, songs: list[str]
) -> None:
    track_id = UUID(songs[0].removeprefix("tr-"))
    await cross(
        services.database,
        lambda: player.get("setRating", id=songs[0], rating=4),
        held=("tracks", track_id),
        taken=("users", player.owner.id),
    )
    assert (await player.get("getSong", id=songs[0]))["song"]["userRating"] == 4


async def test_a_playlist_is_created_changed_by_index_and_deleted(
    player: Player, songs: list[str]
) -> None:
    made = await player.get("createPlaylist", name="Night drive", songId=[*songs, songs[0]])
    playlist_id = made["playlist"]["id"]
    assert _ids(made["playlist"]["entry"]) == [*songs, songs[0]]
    assert made["playlist"]["public"] is False

    await player.get(
        "updatePlaylist",
        playlistId=playlist_id,
        name="Day drive",
        comment="Slow",
        public="true",
        songIndexToRemove=[0, 2],
        songIdToAdd=songs[2],
    )
    found = (await player.get("getPlaylist", id=playlist_id))["playlist"]
    assert _ids(found["entry"]) == [songs[1], songs[3], songs[0], songs[2]]
    assert (found["name"], found["comment"], found["public"]) == ("Day drive", "Slow", True)
    assert (found["songCount"], found["duration"]) == (4, 720)

    replaced = await player.get("createPlaylist", playlistId=playlist_id, songId=songs[3])
    assert _ids(replaced["playlist"]["entry"]) == [songs[3]]
    shown = (await player.get("getPlaylists"))["playlists"]["playlist"]
    [listed] = [one for one in shown if one["owner"] == player.owner.username]
    assert (listed["id"], listed["songCount"]) == (playlist_id, 1)
    # knuckles refuses fields that it doesn't know.
    assert "readonly" not in listed
    await player.get("deletePlaylist", id=playlist_id)
    assert await player.code("getPlaylist", id=playlist_id) == 70


async def test_indexes_count_the_songs_that_the_player_sees(
    player: Player, services: Services, songs: list[str]
) -> None:
    made = await player.get("createPlaylist", name="Night drive", songId=songs)
    playlist_id = made["playlist"]["id"]
    async with services.database.transaction() as tx:
        await tx.run("delete from tracks where id = $1", songs[1].removeprefix("tr-"))
    await player.get("updatePlaylist", playlistId=playlist_id, songIndexToRemove=[1, 50])
    found = (await player.get("getPlaylist", id=playlist_id))["playlist"]
    assert _ids(found["entry"]) == [songs[0], songs[3]]


async def test_the_playlist_of_another_member_is_read_but_not_changed(
    player: Player, services: Services, songs: list[str]
) -> None:
    made = await player.get("createPlaylist", name="Night drive", songId=songs)
    playlist_id = made["playlist"]["id"]
    other = await make.person(services)
    others = Player(player.http, other, await make.app_password(services, other))
    assert await others.code("getPlaylist", id=playlist_id) == 70
    await player.get("updatePlaylist", playlistId=playlist_id, public="true")
    assert (await others.get("getPlaylist", id=playlist_id))["playlist"]["readonly"] is True
    shared = (await others.get("getPlaylists"))["playlists"]["playlist"]
    [listed] = [one for one in shared if one["id"] == playlist_id]
    assert (listed["owner"], listed["public"]) == (player.owner.username, True)
    # knuckles refuses the whole list because of it.
    assert "readonly" not in listed
    own = await others.get("createPlaylist", name="Own")
    shared = (await others.get("getPlaylists"))["playlists"]["playlist"]
    assert shared[0]["id"] == own["playlist"]["id"]
    assert await others.code("updatePlaylist", playlistId=playlist_id, name="Mine") == 50
    assert await others.code("deletePlaylist", id=playlist_id) == 50


async def test_the_queue_is_shared_by_id_and_by_index(
    player: Player, services: Services, songs: list[str]
) -> None:
    empty = (await player.get("getPlayQueue"))["playQueue"]
    assert empty["entry"] == []
    # It is as old as the account, and not new each time.
    assert (await player.get("getPlayQueue"))["playQueue"] == empty
    async with services.database.read() as conn:
        sql = "select created_at from users where id = $1"
        joined_at = await conn.value(datetime, sql, player.owner.id)
    assert datetime.fromisoformat(empty["changed"]) == joined_at
    queue = [songs[0], songs[1], songs[0]]
    await player.get("savePlayQueueByIndex", id=queue, currentIndex=2, position=1500)
    found = (await player.get("getPlayQueueByIndex"))["playQueueByIndex"]
    assert (found["currentIndex"], found["position"]) == (2, 1500)
    assert (_ids(found["entry"]), found["changedBy"]) == (queue, "tests")
    await player.get("savePlayQueue", id=songs, current=songs[3], position=10)
    found = (await player.get("getPlayQueue"))["playQueue"]
    assert (found["current"], found["position"]) == (songs[3], 10)
    async with services.database.transaction() as tx:
        await tx.run("delete from tracks where id = $1", songs[1].removeprefix("tr-"))
    found = (await player.get("getPlayQueueByIndex"))["playQueueByIndex"]
    assert (found["currentIndex"], len(found["entry"])) == (2, 3)
    await player.get("savePlayQueue")
    emptied = (await player.get("getPlayQueue"))["playQueue"]
    assert (emptied["entry"], emptied["changedBy"]) == ([], "tests")
    assert datetime.fromisoformat(emptied["changed"]) > joined_at
    assert (await player.get("getPlayQueue"))["playQueue"] == emptied


async def test_dsub_rates_artists_and_sees_the_rating_itself(
    player: Player, services: Services
) -> None:
    artist = await make.person(services)
    await sounding_track(services, artist, "Night Ferry")
    artist_id = f"ar-{artist.id}"

    async def look(asking: Player) -> list[int | None]:
        letters = [
            *(await asking.get("getIndexes"))["indexes"]["index"],
            *(await asking.get("getArtists"))["artists"]["index"],
        ]
        listed = [one for letter in letters for one in letter["artist"] if one["id"] == artist_id]
        shown = (await asking.get("getArtist", id=artist_id))["artist"]
        folder = (await asking.get("getMusicDirectory", id=artist_id))["directory"]
        text = await asking.xml("getArtist", id=artist_id)
        assert ('userRating="4"' in text) == ("userRating" in shown)
        return [one.get("userRating") for one in (*listed, shown, folder)]

    await player.get("setRating", id=artist_id, rating=2)
    await player.get("setRating", id=artist_id, rating=4)
    assert await look(player) == [4] * 4
    other = await make.person(services)
    others = Player(player.http, other, await make.app_password(services, other))
    assert await look(others) == [None] * 4
    await player.get("setRating", id=artist_id, rating=0)
    await player.get("setRating", id=artist_id, rating=0)
    assert await look(player) == [None] * 4
    await make.blocks(services, artist, player.owner)
    for rating in (0, 3):
        assert await player.code("setRating", id=artist_id, rating=rating) == 70
    unknown = "ar-00000000-0000-0000-0000-000000000000"
    assert await player.code("setRating", id=unknown, rating=3) == 70

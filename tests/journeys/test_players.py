"""Real clients of OpenSubsonic against a running server: they browse, play, like and scrobble."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import knuckles
import libopensonic  # pyright: ignore[reportMissingTypeStubs]
import libsonic  # pyright: ignore[reportMissingTypeStubs]
import pytest

from tests import sounds
from tests.cluster.through import served
from tests.journeys.npm import NODE, install
from tests.journeys.served import calling, sign_up, wait_for_track
from tests.journeys.strict_opensonic import strictly_typed
from veza.infra.media.sniff_audio import sniff_audio

pytestmark = pytest.mark.long

NAME = "ferry_crew"
BAND = "東京事変"
LISTENER = "night_listener"


@dataclass(frozen=True)
class Account:
    """A member of a running server with a track, and an app password."""

    port: int
    password: str
    track_id: str
    sound: bytes

    @property
    def song(self) -> str:
        return f"tr-{self.track_id}"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder: Path = tmp_path_factory.mktemp("players")
    sound = sounds.write(folder / "tape.flac", sounds.sine(3)).read_bytes()
    cover = sounds.picture(folder / "cover.png").read_bytes()
    with served("--workers", "1") as server:
        token = sign_up(server, NAME)
        with calling(server, token) as client:
            form = {"title": "Night Ferry", "genre": "ambient"}
            files = {"file": ("tape.flac", sound), "cover": ("cover.png", cover)}
            track_id = client.post("tracks", data=form, files=files).json()["data"]["id"]
            assert wait_for_track(client, track_id)["status"] == "ready"
            made = client.post("users/me/app-passwords", json={"name": "Players"})
            password = made.json()["data"]["app_password"]
        yield Account(server.port, password, track_id, sound)


@pytest.mark.parametrize("sign_in", ["token", "password", "key"])
def test_py_opensonic_browses_plays_and_edits(account: Account, sign_in: str) -> None:
    credentials: dict[str, Any] = {"username": NAME, "password": account.password}
    credentials["legacy_auth"] = sign_in == "password"
    if sign_in == "key":
        credentials = {"api_key": account.password}
    with _connected(account, **credentials) as client:
        _use_py_opensonic(client, account, f"By {sign_in}")


@contextmanager
def _connected(account: Account, **credentials: Any) -> Iterator[Any]:
    client: Any = libopensonic.Connection("http://127.0.0.1", port=account.port, **credentials)
    try:
        yield client
    finally:
        client.cleanup()
        # It leaves the loop of its thread open.
        client._loop.close()


@pytest.fixture
def band(tmp_path: Path) -> Iterator[Account]:
    """Another member than the artist, who has a name that is no handle, credits and a release."""
    sound = sounds.write(tmp_path / "tape.flac", sounds.sine(3)).read_bytes()
    with served("--workers", "1") as server, calling(server, sign_up(server, NAME)) as client:
        profile = client.get("users/me").json()["data"]["id"]
        changed = client.put(f"profiles/{profile}", json={"display_name": BAND})
        assert changed.status_code == 200, changed.text
        files = {"file": ("tape.flac", sound)}
        form = {"title": "Night Ferry", "genre": "ambient"}
        track_id = client.post("tracks", data=form, files=files).json()["data"]["id"]
        assert wait_for_track(client, track_id)["status"] == "ready"
        credited = {
            "artists": [{"name": "Ada", "join": " feat. "}, {"name": "Brian"}],
            "credits": [{"name": "Cleo", "role": "performer", "instrument": "cello"}],
        }
        assert client.put(f"tracks/{track_id}", json=credited).status_code == 200
        lyrics = {"plain": "Over the water"}
        assert client.put(f"tracks/{track_id}/lyrics", json=lyrics).status_code == 200
        release = {"title": "Harbours", "genre": "ambient", "tracks": [{"track_id": track_id}]}
        made = client.post("releases", json=release | {"visibility": "public"})
        assert made.status_code == 201, made.text
        with calling(server, sign_up(server, LISTENER)) as listener:
            made = listener.post("users/me/app-passwords", json={"name": "Players"})
        yield Account(server.port, made.json()["data"]["app_password"], track_id, sound)


def test_py_opensonic_finds_the_types_that_it_declares(band: Account) -> None:
    """All calls that read, of a member who has something of everything."""
    with _connected(band, username=LISTENER, password=band.password) as client:
        song_id = band.song
        [artist] = client.get_artists().index[0].artist
        [album] = client.get_artist(artist.id).album
        assert client.star(sids=[song_id], album_ids=[album.id], artist_ids=[artist.id])
        assert client.set_rating(song_id, 3)
        assert client.scrobble(song_id)
        assert client.scrobble(song_id, submission=False)
        assert client.create_playlist(name="Strict", song_ids=[song_id])
        assert client.create_bookmark(song_id, 1000, "The bridge")
        assert client.create_share([song_id], description="Strict")
        assert client.save_play_queue_by_index([song_id], 0, 500)
        with strictly_typed():
            _read_all(client, song_id, album.id, artist.id)


def _read_all(client: Any, song_id: str, album_id: str, artist_id: str) -> None:
    song = client.get_song(song_id)
    assert (song.display_artist, song.display_album_artist) == ("Ada feat. Brian", BAND)
    # Of those who are no members, only the line has the names.
    assert [one.name for one in song.artists] == [BAND]
    assert not song.contributors
    album = client.get_album(album_id)
    assert (album.name, album.artist, album.song_count) == ("Harbours", BAND, 1)
    for read in (client.get_album_info, client.get_album_info2):
        read(album_id)
    for kind in ("newest", "recent", "frequent", "highest", "starred", "alphabeticalByName"):
        for read in (client.get_album_list, client.get_album_list2):
            assert [one.id for one in read(kind)] == [album_id], kind
    assert client.get_artist(artist_id).album_count == 1
    for read in (client.get_artist_info, client.get_artist_info2, client.get_top_songs):
        read(artist_id)
    assert client.get_artists().index
    assert client.get_indexes().index
    for each in (artist_id, album_id):
        assert client.get_music_directory(each).child
    assert client.get_genres()[0].song_count == 1
    assert client.get_songs_by_genre("ambient")
    assert client.get_random_songs()
    for read in (client.get_similar_songs, client.get_similar_songs2):
        read(song_id)
    assert client.search2("Harbours").album
    assert client.search3("Night Ferry").song
    for read in (client.get_starred, client.get_starred2):
        assert [one.id for one in read().artist] == [artist_id]
    assert client.get_bookmarks()[0].comment == "The bridge"
    assert client.get_playlists()
    assert client.get_shares()
    assert client.get_play_queue().current == song_id
    assert client.get_play_queue_by_index().current_index == 0
    assert client.get_now_playing()[0].id == song_id
    assert client.get_lyrics(artist="Ada feat. Brian", title="Night Ferry").value
    assert client.get_lyrics_by_song_id(song_id)[0].line[0].value == "Over the water"
    assert client.get_user(LISTENER).username == LISTENER
    assert client.get_license()["license"]["valid"] is True
    assert client.get_scan_status().scanning is False
    assert client.get_open_subsonic_extensions()
    assert client.get_podcasts() == client.get_newest_podcasts() == []
    # Another journey may have a station on air.
    assert isinstance(client.get_internet_radio_stations(), list)


def _use_py_opensonic(client: Any, account: Account, title: str) -> None:
    assert client.ping()
    assert {one.name for one in client.get_open_subsonic_extensions()} >= {"formPost"}
    [artist] = client.get_artists().index[0].artist
    assert artist.name == NAME
    [album] = client.get_artist(artist.id).album
    [song] = client.get_album(album.id).song
    assert (song.id, song.title, song.size) == (account.song, "Night Ferry", len(account.sound))
    assert client.get_genres()[0].value == "ambient"
    assert [one.id for one in client.search3("Night Ferry").song] == [song.id]
    assert [one.id for one in client.get_random_songs()] == [song.id]
    assert client.star(sids=[song.id])
    assert [one.id for one in client.get_starred2().song] == [song.id]
    assert client.unstar(sids=[song.id])
    assert client.set_rating(song.id, 5)
    assert client.get_song(song.id).user_rating == 5
    assert client.scrobble(song.id)
    assert client.get_song(song.id).play_count == 1
    assert client.create_playlist(name=title, song_ids=[song.id])
    [made] = [one for one in client.get_playlists() if one.name == title]
    assert [one.id for one in client.get_playlist(made.id).entry] == [song.id]
    assert client.delete_playlist(made.id)
    assert client.save_play_queue([song.id], current=song.id, position=1500)
    assert client.get_play_queue().position == 1500
    assert [one.id for one in client.get_album_list2("byYear", from_year=1900, to_year=2999)] == [
        album.id
    ]
    assert client.get_artist_info2(artist.id).large_image_url.endswith("/cover")
    assert client.set_rating(artist.id, 4)
    assert client.get_indexes().index[0].artist[0].user_rating == 4
    share = client.create_share([album.id], description="To listen", expires=2**31)
    assert [one.id for one in share.entry] == [song.id]
    assert httpx.get(share.url).status_code == 200
    assert [one.visit_count for one in client.get_shares() if one.id == share.id] == [1]
    assert client.delete_share(share.id)
    assert httpx.get(share.url).status_code == 404
    # The first is sent while it is made, the second as it is kept.
    for is_length_wanted in (False, True):
        given = {"max_bit_rate": 64, "tformat": "mp3", "estimate_length": is_length_wanted}
        made = client.stream(song.id, **given)
        # The answer belongs to the loop of the client's thread.
        content = asyncio.run_coroutine_threadsafe(made.read(), client._loop).result(timeout=60)
        assert sniff_audio(content) == "mp3"
    assert int(made.headers["content-length"]) == len(content)
    assert client.create_bookmark(song.id, 1000)
    assert client.get_bookmarks()[0].entry.id == song.id


def test_knuckles_browses_searches_and_edits(account: Account) -> None:
    client = knuckles.Subsonic(
        f"127.0.0.1:{account.port}", NAME, account.password, "knuckles", use_https=False
    )
    assert client.system.ping().status == "ok"
    assert client.browsing.get_song(account.song).title == "Night Ferry"
    albums = client.lists.get_album_list_newest()
    assert [album.name for album in albums] == ["Night Ferry"]
    songs = client.searching.search("Night Ferry").songs
    assert songs is not None
    assert [song.id for song in songs] == [account.song]
    client.media_annotation.star_song(account.song)
    client.media_annotation.unstar_song(account.song)
    made = client.playlists.create_playlist("By knuckles", song_ids=[account.song])
    assert made.songs is not None
    assert [song.id for song in made.songs] == [account.song]
    client.playlists.delete_playlist(made.id)
    years = client.lists.get_album_list_by_year(1900, 2999)
    assert [album.id for album in years] == [albums[0].id]
    [artist] = client.browsing.get_artists()
    notes = client.browsing.get_artist_info(artist.id)
    assert (notes.biography, notes.similar_artists) == ("", None)
    folder = client.browsing.get_music_directory(artist.id)
    assert [one.title for one in folder.songs or []] == ["Night Ferry"]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    share = client.sharing.create_share([account.song], "To listen", tomorrow)
    assert share.url is not None
    assert httpx.get(share.url).status_code == 200
    client.sharing.update_share(share.id, "Still to listen", tomorrow)
    [seen] = client.sharing.get_shares()
    assert (seen.description, seen.visit_count) == ("Still to listen", 1)
    client.sharing.delete_share(share.id)
    assert client.sharing.get_shares() == []


def test_py_sonic_browses_streams_and_scrobbles(account: Account) -> None:
    client: Any = libsonic.Connection("http://127.0.0.1", NAME, account.password, account.port)
    assert client.ping()
    indexes = client.getIndexes()["indexes"]
    [index] = indexes["index"]
    assert indexes["lastModified"] == client.getIndexes()["indexes"]["lastModified"]
    artist = client.getMusicDirectory(index["artist"][0]["id"])["directory"]
    assert [album["title"] for album in artist["child"]] == ["Night Ferry"]
    assert client.stream(account.song).read() == account.sound
    assert client.getCoverArt(account.song, size=64).read()[:3] == b"\xff\xd8\xff"
    assert client.scrobble(account.song)["status"] == "ok"
    assert client.getSong(account.song)["song"]["id"] == account.song


@pytest.fixture(scope="module")
def subsonic_js(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with npm's subsonic-api, of the version and hash in its lock file."""
    return install("subsonic_js", tmp_path_factory.mktemp("js"))


def test_subsonic_api_of_npm_browses_plays_edits_and_scrobbles(
    account: Account, subsonic_js: Path
) -> None:
    given = [f"http://127.0.0.1:{account.port}", NAME, account.password, account.song]
    command = [NODE / "bin/node", "use.mjs", *given, str(len(account.sound))]
    done = subprocess.run(command, cwd=subsonic_js, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, b"used\n"), done.stderr.decode()


def test_a_player_reads_ranges_of_the_sound(account: Account) -> None:
    url = f"http://127.0.0.1:{account.port}/rest/stream"
    given = {"u": NAME, "p": account.password, "id": account.song}
    part = httpx.get(url, params=given, headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, account.sound[100:200])
    failed = httpx.get(url, params=given | {"p": "wrong", "f": "json"})
    assert json.loads(failed.content)["subsonic-response"]["error"]["code"] == 40

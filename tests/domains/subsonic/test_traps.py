"""What broke existing players at other servers, each named after the player."""

from datetime import date, datetime
from xml.etree import ElementTree

import pytest

from tests import make
from tests.domains.subsonic.albums_steps import release
from tests.domains.subsonic.players import Player, sounding_track
from veza.app.services import Services


@pytest.fixture
async def song(player: Player, services: Services) -> str:
    track_id = await sounding_track(
        services, player.owner, "Night Ferry", genre="ambient", cover_palette=[250, 100, 60, 120]
    )
    return f"tr-{track_id}"


async def test_symfonium_means_everything_by_two_quotes_and_pages_through_it(
    player: Player, services: Services
) -> None:
    for number in range(5):
        await sounding_track(services, player.owner, f"Piece {number}")
    asked = {"query": '""', "artistCount": 0, "albumCount": 0}
    whole = await player.get("search3", **asked, songCount=500)
    shown = [one["id"] for one in whole["searchResult3"]["song"]]
    assert len(shown) >= 5
    assert whole["searchResult3"]["artist"] == whole["searchResult3"]["album"] == []
    paged: list[str] = []
    for offset in range(0, min(len(shown), 12), 2):
        page = await player.get("search3", **asked, songCount=2, songOffset=offset)
        paged += [one["id"] for one in page["searchResult3"]["song"]]
    own = [one for one in paged if one in shown]
    assert len(set(paged)) == len(paged)
    assert own == [one for one in shown if one in own]
    empty = await player.get("search3", query="", songCount=0, artistCount=0, albumCount=0)
    assert empty["searchResult3"] == {"artist": [], "album": [], "song": []}
    too_many = await player.get("search3", query="", songCount=100_000)
    assert len(too_many["searchResult3"]["song"]) <= 500


async def test_supersonic_reads_ids_as_strings(player: Player, song: str) -> None:
    found = (await player.get("getSong", id=song))["song"]
    for name in ("id", "parent", "albumId", "artistId", "coverArt"):
        assert isinstance(found[name], str)


async def test_py_opensonic_reads_the_id_of_a_music_folder_as_a_number(player: Player) -> None:
    found = await player.get("getMusicFolders")
    assert found["musicFolders"]["musicFolder"] == [{"id": 1, "name": "Music"}]


async def test_octo_needs_created_in_albums(player: Player, song: str) -> None:
    album_id = (await player.get("getSong", id=song))["song"]["albumId"]
    album = (await player.get("getAlbum", id=album_id))["album"]
    listed = (await player.get("getAlbumList2", type="newest", size=500))["albumList2"]["album"]
    artist = (await player.get("getArtist", id=album["artistId"]))["artist"]
    for one in (album, *listed, *artist["album"]):
        assert datetime.fromisoformat(one["created"]).tzinfo is not None


async def test_ultrasonic_and_ampache_get_a_list_of_one_and_a_song_that_is_no_list(
    player: Player, song: str
) -> None:
    found = (await player.get("getSong", id=song))["song"]
    assert isinstance(found, dict)
    album = (await player.get("getAlbum", id=found["albumId"]))["album"]
    assert [one["id"] for one in album["song"]] == [song]
    assert isinstance(found["genres"], list)


async def test_nextcloud_answers_get_album_info_2_under_album_info(
    player: Player, song: str
) -> None:
    album_id = (await player.get("getSong", id=song))["song"]["albumId"]
    found = await player.get("getAlbumInfo2", id=album_id)
    assert "albumInfo" in found
    assert "albumInfo2" not in found


async def test_kima_hub_has_bookmarks_and_genres_with_a_value(player: Player, song: str) -> None:
    await player.get("createBookmark", id=song, position=3000, comment="The bridge")
    [bookmark] = (await player.get("getBookmarks"))["bookmarks"]["bookmark"]
    assert (bookmark["position"], bookmark["comment"]) == (3000, "The bridge")
    assert bookmark["entry"]["id"] == song
    genres = (await player.get("getGenres"))["genres"]["genre"]
    assert "ambient" in {genre["value"] for genre in genres}
    root = ElementTree.fromstring(await player.xml("getGenres"))
    assert "ambient" in {element.text for element in root[0]}


async def test_plyr_fm_says_its_version_and_that_it_speaks_opensubsonic(player: Player) -> None:
    for envelope in (await player.envelope("ping"), await player.envelope("getSong")):
        assert envelope["openSubsonic"] is True
        assert (envelope["type"], envelope["version"]) == ("veza", "1.16.1")
        assert envelope["serverVersion"]
    root = ElementTree.fromstring(await player.xml("ping"))
    assert root.tag == "{http://subsonic.org/restapi}subsonic-response"
    assert root.attrib["openSubsonic"] == "true"


@pytest.mark.long
async def test_plyr_fm_songs_lead_to_their_album_artist_and_parent(
    player: Player, song: str
) -> None:
    everywhere = [
        (await player.get("getSong", id=song))["song"],
        *(await player.get("search3", query="", songCount=500))["searchResult3"]["song"],
        *(await player.get("getRandomSongs", size=50))["randomSongs"]["song"],
    ]
    for one in everywhere:
        album = (await player.get("getAlbum", id=one["albumId"]))["album"]
        assert one["id"] in {inner["id"] for inner in album["song"]}
        assert one["parent"] == one["albumId"]
        if one["id"] == song:
            artist = (await player.get("getArtist", id=one["artistId"]))["artist"]
            assert one["albumId"] in {inner["id"] for inner in artist["album"]}


async def test_swingsonic_songs_have_a_size_and_a_length(player: Player, song: str) -> None:
    found = (await player.get("getSong", id=song))["song"]
    assert (found["size"], found["duration"], found["suffix"]) == (5_000_000, 180, "flac")


async def test_amperfy_asks_for_the_directory_slash_first(player: Player, song: str) -> None:
    root = (await player.get("getMusicDirectory", id="/"))["directory"]
    [artist] = [one for one in root["child"] if one["title"] == player.owner.username]
    albums = (await player.get("getMusicDirectory", id=artist["id"]))["directory"]
    [album] = albums["child"]
    songs = (await player.get("getMusicDirectory", id=album["id"]))["directory"]
    assert [one["id"] for one in songs["child"]] == [song]
    assert [artist["isDir"], album["isDir"], songs["child"][0]["isDir"]] == [True, True, False]


async def test_dsub_sees_no_artist_inside_of_a_song(player: Player, song: str) -> None:
    for name, given in (
        ("getSong", {"id": song}),
        ("search2", {"query": "", "artistCount": 0}),
        ("search3", {"query": "", "artistCount": 0}),
        ("getAlbum", {"id": song.replace("tr-", "si-")}),
    ):
        root = ElementTree.fromstring(await player.xml(name, **given))
        assert root.attrib["status"] == "ok"
        assert not list(root.iter("{http://subsonic.org/restapi}artist"))


async def test_an_unlisted_song_of_the_member_is_in_their_lists(
    player: Player, services: Services
) -> None:
    track_id = await sounding_track(services, player.owner, "Draft", visibility="private")
    found = await player.get("search3", query="", songCount=500)
    assert f"tr-{track_id}" in {one["id"] for one in found["searchResult3"]["song"]}
    other = await make.person(services)
    others = Player(player.http, other, await make.app_password(services, other))
    found = await others.get("search3", query="", songCount=500)
    assert f"tr-{track_id}" not in {one["id"] for one in found["searchResult3"]["song"]}


async def _list_years(player: Player, genre: str, first: int, last: int, size: int) -> list[int]:
    found: list[int] = []
    for offset in range(0, 100, size):
        given = {"type": "byYear", "fromYear": first, "toYear": last, "size": size}
        page = await player.get("getAlbumList2", **given, offset=offset)
        listed = page["albumList2"]["album"]
        found += [one["year"] for one in listed if one.get("genre") == genre]
        if len(listed) < size:
            break
    return found


@pytest.mark.parametrize("size", [3, 500])
async def test_tempus_and_supersonic_list_years_from_the_first_to_the_last(
    player: Player, services: Services, size: int
) -> None:
    genre = f"g{player.owner.id.hex[-20:]}"
    for year in (1712, 1701, 1708):
        track_id = await sounding_track(services, player.owner, "Old")
        given = {"genre": genre, "release_date": date(year, 6, 1)}
        await release(services, player.owner, str(year), track_id, **given)
    # Feishin asks for the latest first by naming the later year first.
    assert await _list_years(player, genre, 1701, 1712, size) == [1701, 1708, 1712]
    assert await _list_years(player, genre, 1712, 1701, size) == [1712, 1708, 1701]
    assert await _list_years(player, genre, 1702, 1712, size) == [1708, 1712]


async def test_dsub_reads_the_names_and_the_ratings_of_folders(
    player: Player, services: Services, song: str
) -> None:
    on_album = await sounding_track(services, player.owner, "On it")
    album_id = f"al-{await release(services, player.owner, 'Folder of songs', on_album)}"
    await player.get("setRating", id=album_id, rating=4)
    await player.get("star", albumId=album_id)
    listed = (await player.get("getAlbumList", type="newest", size=500))["albumList"]["album"]
    [folder] = [one for one in listed if one["id"] == album_id]
    assert folder["name"] == folder["title"] == "Folder of songs"
    directory = (await player.get("getMusicDirectory", id=album_id))["directory"]
    assert (directory["userRating"], directory["playCount"]) == (4, 0)
    assert directory["starred"]
    numbers = [one["discNumber"] for one in directory["child"]]
    assert numbers == [1]
    alone = (await player.get("getSong", id=song))["song"]
    assert alone["discNumber"] == 1

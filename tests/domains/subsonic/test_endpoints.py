"""Every endpoint answers what its schema promises, in JSON and in XML, with and without `.view`."""

from typing import Any
from xml.etree import ElementTree

import pytest
from lxml import etree

from tests import make
from tests.domains.subsonic.albums_steps import release
from tests.domains.subsonic.players import (
    XML_SCHEMA,
    Player,
    list_album_ids,
    need_schemas,
    sounding_track,
)
from veza.app.services import Services
from veza.core.ids import TrackId
from veza.domains.subsonic.models.rows import AlbumOrder
from veza.domains.subsonic.routes import podcasts, radio
from veza.domains.subsonic.routes.rest import ENDPOINTS

# They send files, or there is nothing that they could answer.
_NO_ENVELOPE = {"stream", "download", "getCoverArt", "getAvatar", "hls.m3u8"}
# Of the extension `transcoding`: one has a body, the other statuses.
_NO_ENVELOPE |= {"getTranscodeDecision", "getTranscodeStream"}
_REFUSED = {*podcasts.REFUSED, *radio.REFUSED}
_OF_PLAYLISTS = {"getPlaylist", "updatePlaylist", "deletePlaylist", "updateShare", "deleteShare"}


def _parameters_of(owner: make.Person, track_id: TrackId) -> dict[str, dict[str, Any]]:
    song, album, artist = f"tr-{track_id}", f"si-{track_id}", f"ar-{owner.id}"
    of_songs = ("getSong", "getSimilarSongs", "getSimilarSongs2", "getLyricsBySongId", "star")
    of_songs += ("unstar", "scrobble", "savePlayQueue", "savePlayQueueByIndex", "deleteBookmark")
    of_songs += ("createShare",)
    of_artists = ("getArtist", "getArtistInfo", "getArtistInfo2")
    of_albums = ("getAlbum", "getAlbumInfo", "getAlbumInfo2")
    played = {"mediaId": song, "mediaType": "song", "positionMs": 4, "state": "playing"}
    return {
        **{name: {"id": song} for name in of_songs},
        **{name: {"id": artist} for name in of_artists},
        **{name: {"id": album} for name in of_albums},
        "getMusicDirectory": {"id": artist},
        "getAlbumList": {"type": "newest"},
        "getAlbumList2": {"type": "newest"},
        "getSongsByGenre": {"genre": "ambient"},
        "getTopSongs": {"artist": owner.username},
        "search2": {"query": "ferry"},
        "search3": {"query": ""},
        "createPlaylist": {"name": "Night drive", "songId": song},
        "createBookmark": {"id": song, "position": 3000},
        "setRating": {"id": song, "rating": 4},
        "reportPlayback": played,
    }


async def test_every_endpoint_fits_its_schema_and_says_the_same_in_xml(
    player: Player, services: Services
) -> None:
    need_schemas()
    track_id = await sounding_track(
        services, player.owner, "Night Ferry", genre="ambient", cover_palette=[250, 100, 60, 120]
    )
    parameters = _parameters_of(player.owner, track_id)
    for name, endpoint in ENDPOINTS.items():
        if name in _NO_ENVELOPE | _OF_PLAYLISTS | _REFUSED:
            continue
        found = await player.get(name, **parameters.get(name, {}))
        root = ElementTree.fromstring(await player.xml(f"{name}.view", **parameters.get(name, {})))
        assert root.attrib["status"] == "ok", name
        shown = {child.tag.partition("}")[2] for child in root}
        content = found.get(endpoint.name or "", [])
        assert shown == ({endpoint.name} if content or isinstance(content, dict) else set()), name


# What OpenSubsonic adds; the schema of Subsonic knows no extensions.
_ADDED = {
    *("albumArtists", "artists", "genres", "isrc", "moods", "recordLabels", "releaseDate"),
    *("releaseTypes", "replayGain", "roles"),
}
_ADDED_ENDPOINTS = {
    *("getLyricsBySongId", "getOpenSubsonicExtensions", "getPlayQueueByIndex", "tokenInfo"),
}
# Attributes of OpenSubsonic, of folders that are read as albums, and of artists in folders.
_ADDED_ATTRIBUTES = {
    *("openSubsonic", "serverVersion", "type", "mediaType", "displayArtist", "displayAlbumArtist"),
    *("sortName", "bpm", "played", "isCompilation", "name", "albumCount", "coverArt"),
}
_IS_ADDED = tuple(f"The attribute '{name}' is not allowed." for name in _ADDED_ATTRIBUTES)


async def test_every_endpoint_fits_the_schema_of_subsonic(
    player: Player, services: Services, artist: make.Person
) -> None:
    if XML_SCHEMA is None:
        pytest.skip("the schema of Subsonic is not on this machine")
    schema = etree.XMLSchema(etree.parse(XML_SCHEMA))
    given = {"genre": "ambient", "cover_palette": [250, 100, 60, 120], "bpm": 90.5}
    track_id = await sounding_track(services, artist, "Night Ferry", **given)
    await release(services, artist, "Ferries", track_id, description="On <water>.")
    parameters = _parameters_of(artist, track_id)
    for name, endpoint in ENDPOINTS.items():
        if name in _NO_ENVELOPE | _OF_PLAYLISTS | _ADDED_ENDPOINTS | _REFUSED:
            continue
        root = etree.fromstring((await player.xml(name, **parameters.get(name, {}))).encode())
        assert root.get("status") == "ok", (name, endpoint)
        for element in list(root.iter()):
            if etree.QName(element).localname in _ADDED:
                element.getparent().remove(element)
        schema.validate(root)
        errors = [
            error.message
            for error in schema.error_log
            # The id of a song is a text everywhere but in the schema of the queue.
            if not error.message.endswith(_IS_ADDED) and "attribute 'current'" not in error.message
        ]
        assert not errors, (name, errors[:3])


@pytest.mark.parametrize("order", list(AlbumOrder))
async def test_every_list_of_albums_has_what_it_is_for(
    player: Player, services: Services, order: AlbumOrder
) -> None:
    track_id = await sounding_track(
        services, player.owner, "!" * 3, genre=f"g{player.owner.id.hex[:20]}", likes_count=10**9
    )
    song = f"tr-{track_id}"
    await player.get("star", id=song)
    await player.get("scrobble", id=song)
    async with services.database.transaction() as tx:
        await tx.run("update tracks set plays_count = 1000000000 where id = $1", track_id)
        await make.keep_quiet(tx)
    given = {"fromYear": 2030, "toYear": 2000, "genre": f"G{player.owner.id.hex[:20].upper()}"}
    if order is AlbumOrder.RANDOM:
        # There may be more than a page has.
        found = await player.get("getAlbumList2", type=order, size=500)
        listed = [album["id"] for album in found["albumList2"]["album"]]
        assert len(set(listed)) == len(listed) > 0
    else:
        assert f"si-{track_id}" in await list_album_ids(player, type=order, **given)
    assert await player.code("getAlbumList2", type="sideways") == 0


async def test_a_form_is_the_same_as_a_query(player: Player, services: Services) -> None:
    track_id = await sounding_track(services, player.owner, "Night Ferry")
    form = player.credentials | {"f": "json", "id": f"tr-{track_id}"}
    answer = await player.http.post("getSong.view", data=form)
    assert answer.json()["subsonic-response"]["song"]["title"] == "Night Ferry"
    queried = await player.get("getSong", id=f"tr-{track_id}")
    assert answer.json()["subsonic-response"] == queried
    mixed = await player.http.post("getSong", params={"f": "json"}, data=form)
    assert mixed.json() == answer.json()


async def test_text_that_xml_cannot_hold_leaves_the_rest_readable(
    player: Player, services: Services
) -> None:
    title = "A<b>&\"c\"'d' \x0b\x1f𝄞"
    track_id = await sounding_track(services, player.owner, title)
    root = ElementTree.fromstring(await player.xml("getSong", id=f"tr-{track_id}"))
    assert root[0].attrib["title"] == "A<b>&\"c\"'d' 𝄞"
    found = await player.get("getSong", id=f"tr-{track_id}")
    assert found["song"]["title"] == title


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("getSong", {}, 10),
        ("getSong", {"id": "tr-nothing"}, 70),
        ("getSong", {"id": "tr-00000000-0000-0000-0000-000000000000"}, 70),
        ("getAlbum", {"id": "\0"}, 70),
        ("getPlaylist", {"id": "pl-00000000-0000-0000-0000-000000000000"}, 70),
        ("getAvatar", {"username": "nobody"}, 70),
        ("getUser", {"username": "somebody-else"}, 50),
        ("search3", {"query": "a", "songCount": "many"}, 0),
        ("getSong", {"id": "x", "f": "jsonp"}, None),
        ("setRating", {"id": "tr-00000000-0000-0000-0000-000000000000", "rating": 9}, 0),
        ("star", {}, 10),
        ("createPlaylist", {}, 10),
        ("createUser", {}, 0),
        ("refreshPodcasts", {}, 50),
        ("createPodcastChannel", {"url": "https://harbour.example/feed"}, 50),
        ("deletePodcastEpisode", {"id": "tr-x"}, 50),
        ("jukeboxControl", {}, 0),
        ("../api/v1/users/me", {}, None),
    ],
)
async def test_failures_have_status_200_and_the_code_of_the_protocol(
    player: Player, name: str, given: dict[str, Any], code: int | None
) -> None:
    if code is not None:
        assert await player.code(name, **given) == code
    elif "f" in given:
        root = ElementTree.fromstring(await player.xml(name, **given))
        assert root.attrib["status"] == "failed"
    else:
        assert (await player.send(name, **given)).status_code == 401


async def test_songs_that_a_member_may_not_see_are_missing_everywhere(
    player: Player, services: Services
) -> None:
    others = [await make.person(services) for _ in range(4)]
    hidden: list[TrackId] = []
    for owner, visibility in zip(others, ("private", "unlisted", "public", "public"), strict=True):
        hidden.append(await sounding_track(services, owner, "Unseen", visibility=visibility))
    await make.suspended(services, others[2])
    await make.blocks(services, others[3], player.owner)
    for track_id, owner in zip(hidden, others, strict=True):
        is_unlisted = owner is others[1]
        given = {"id": f"tr-{track_id}"}
        envelope = await player.envelope("getSong", **given)
        assert (envelope["status"] == "ok") is is_unlisted
        if not is_unlisted:
            assert await player.code("stream", **given) == 70
            assert await player.code("getAlbum", id=f"si-{track_id}") == 70
        assert await player.code("getArtist", id=f"ar-{owner.id}") == 70
    everything = await player.get("search3", query="", songCount=500, albumCount=500)
    shown = {song["id"] for song in everything["searchResult3"]["song"]}
    assert shown.isdisjoint({f"tr-{track_id}" for track_id in hidden})

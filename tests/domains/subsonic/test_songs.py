"""The fields of songs besides their names, and lyrics, as players read them."""

from xml.etree import ElementTree

from tests import make
from tests.domains.subsonic.albums_steps import release
from tests.domains.subsonic.players import Player, sounding_track
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.music.credits.models import (
    ArtistForm,
    CreditedProfile,
    CreditForm,
    CreditRole,
)
from veza.domains.music.tracks.models.forms import TrackChange
from veza.domains.music.tracks.service import track_changes

_SPACE = "{http://subsonic.org/restapi}"


def _named(person: make.Person, name: str, join: str = "") -> ArtistForm:
    return ArtistForm(name, CreditedProfile(person.id), join)


async def test_songs_have_what_their_artist_says_about_them(
    player: Player, services: Services, artist: make.Person
) -> None:
    singer, listener, hidden = [await make.person(services, Role.CREATOR) for _ in range(3)]
    for one in (singer, hidden):
        await sounding_track(services, one, "Own")
    track_id = await sounding_track(
        services,
        artist,
        "Über Ferry",
        isrc="FRZ039900001",
        bpm=92.6,
        is_explicit=True,
        description="Recorded at <night>. " + "x" * 2000,
        tags=["quiet", "night"],
    )
    named = [
        CreditForm(CreditRole.PERFORMER, "A guest", CreditedProfile(singer.id), "vocals"),
        CreditForm(CreditRole.PERFORMER, "Without an account", instrument="cello"),
        CreditForm(CreditRole.MIXING, "Without music", CreditedProfile(listener.id)),
        CreditForm(CreditRole.MIXING, "Blocked", CreditedProfile(hidden.id)),
        CreditForm(CreditRole.ARRANGER, "Unanswered", CreditedProfile(singer.id)),
        CreditForm(CreditRole.OTHER, "Themself", CreditedProfile(artist.id), "whistling"),
    ]
    artists = [ArtistForm("", CreditedProfile(artist.id), " feat. "), _named(singer, "A guest")]
    await release(services, artist, "Ferries", track_id, credits=named, artists=artists)
    async with services.database.transaction() as tx:
        change = TrackChange(artists=[*artists[:1], _named(hidden, "X", " & "), artists[1]])
        await track_changes.update_track(tx, track_id, artist.member, change, make.NO_LINKS)
        for table in ("track_credits", "release_credits"):
            await tx.run(f"update {table} set state = 'confirmed' where role <> 'arranger'")
    await make.blocks(services, hidden, player.owner)

    song = (await player.get("getSong", id=f"tr-{track_id}"))["song"]
    assert (song["isrc"], song["bpm"], song["explicitStatus"]) == (["FRZ039900001"], 93, "explicit")
    assert song["comment"].startswith("Recorded at <night>.")
    assert len(song["comment"]) == 1000
    assert (song["moods"], song["sortName"]) == (["quiet", "night"], "über ferry")
    guest = {"id": f"ar-{singer.id}", "name": singer.username}
    owner = {"id": f"ar-{artist.id}", "name": artist.username}
    assert song["contributors"] == [
        {"role": "performer", "subRole": "vocals", "artist": guest},
        {"role": "whistling", "artist": owner},
    ]
    assert song["artists"] == song["albumArtists"] == [owner, guest]
    assert song["artistId"] == owner["id"]
    line = f"{artist.username} feat. A guest"
    assert song["displayAlbumArtist"] == line
    assert song["displayArtist"] == song["artist"] == line.replace(" A ", " X & A ")
    album = (await player.get("getAlbum", id=song["albumId"]))["album"]
    assert (album["artists"], album["displayArtist"]) == ([owner, guest], line)
    assert [one["displayArtist"] for one in album["song"]] == [song["displayArtist"]]
    async with services.database.transaction() as tx:
        sql = "insert into track_lyrics (track_id, plain) values ($1, 'Lights')"
        await tx.run(sql, track_id)
    asked = {"artist": song["artist"], "title": song["title"]}
    assert (await player.get("getLyrics", **asked))["lyrics"]["value"] == "Lights"
    listed = (await player.get("search3", query="", songCount=500))["searchResult3"]["song"]
    [same] = [one for one in listed if one["id"] == song["id"]]
    assert same == song
    [element] = ElementTree.fromstring(await player.xml("getSong", id=f"tr-{track_id}"))
    assert element.attrib["comment"] == song["comment"]
    assert [one.text for one in element.findall(f"{_SPACE}moods")] == ["quiet", "night"]
    # DSub takes each for an artist.
    assert not list(element.iter(f"{_SPACE}artist"))

    clean = await sounding_track(services, artist, "Clean", is_explicit=False)
    bare = (await player.get("getSong", id=f"tr-{clean}"))["song"]
    assert bare["explicitStatus"] == "clean"
    assert {"isrc", "bpm", "comment", "moods", "contributors"}.isdisjoint(bare)


async def test_a_buyer_is_shown_the_original_until_the_sale_is_refunded(
    player: Player, services: Services, artist: make.Person
) -> None:
    track_id = await sounding_track(services, artist, "Night Ferry")

    async def show() -> tuple[str, int]:
        song = (await player.get("getSong", id=f"tr-{track_id}"))["song"]
        return song["suffix"], song["size"]

    assert await show() == ("m4a", 3_000_000)
    async with services.database.transaction() as tx:
        product_id = await make.product(tx, artist.member, track_id=track_id)
        order_id = await make.bought(tx, player.owner.member, product_id)
        sql = "update order_items set track_id = $2 where order_id = $1"
        await tx.run(sql, order_id, track_id)
    assert await show() == ("flac", 5_000_000)
    async with services.database.transaction() as tx:
        await make.refunded_item(tx, order_id)
    assert await show() == ("m4a", 3_000_000)


async def test_supersonic_and_tempus_choose_between_synchronised_and_plain_lyrics(
    player: Player, services: Services, artist: make.Person
) -> None:
    timed = "[00:01.50]First\n[00:03.00]Second"
    both, synced, plain = [await sounding_track(services, artist, title) for title in "ABC"]
    async with services.database.transaction() as tx:
        sql = "insert into track_lyrics (track_id, plain, synced) values ($1, $2, $3)"
        await tx.run(sql, both, "First\n\nSecond and more", timed)
        await tx.run(sql, synced, None, timed)
        await tx.run(sql, plain, "Only\nwords", None)
        await make.keep_quiet(tx)

    async def read(track_id: object) -> list[tuple[bool, list[tuple[int | None, str]]]]:
        found = await player.get("getLyricsBySongId", id=f"tr-{track_id}")
        return [
            (one["synced"], [(line.get("start"), line["value"]) for line in one["line"]])
            for one in found["lyricsList"]["structuredLyrics"]
        ]

    lines: list[tuple[int | None, str]] = [(1500, "First"), (3000, "Second")]
    assert await read(both) == [
        (True, lines),
        (False, [(None, "First"), (None, ""), (None, "Second and more")]),
    ]
    assert await read(synced) == [(True, lines), (False, [(None, "First"), (None, "Second")])]
    assert await read(plain) == [(False, [(None, "Only"), (None, "words")])]
    # Version 2 of the extension: no other layers, and no times of words, are stored.
    old, new = [
        (await player.get("getLyricsBySongId", id=f"tr-{both}", **given))["lyricsList"]
        for given in ({}, {"enhanced": "true"})
    ]
    assert new["structuredLyrics"] == [
        one | {"kind": "main"} for one in old["structuredLyrics"] if "kind" not in one
    ]


async def test_albums_say_what_is_explicit_and_players_list_what_their_member_wants(
    player: Player, services: Services, artist: make.Person
) -> None:
    albums = {}
    for title, marks in (("Clean", [False]), ("Loud", [False, True]), ("Unknown", [False, None])):
        tracks = [
            await sounding_track(services, artist, f"{title} {number}", is_explicit=mark)
            for number, mark in enumerate(marks)
        ]
        albums[title] = await release(services, artist, title, *tracks)
    alone = await sounding_track(services, artist, "Loud alone", is_explicit=True)

    async def listed() -> dict[str, str | None]:
        found = await player.get("getAlbumList2", type="newest", size=4)
        return {each["name"]: each.get("explicitStatus") for each in found["albumList2"]["album"]}

    async def songs() -> list[str]:
        found = await player.get("search3", query="", songCount=6, albumCount=0, artistCount=0)
        return [each["title"] for each in found["searchResult3"]["song"]]

    assert await listed() == {
        "Clean": "clean",
        "Loud": "explicit",
        "Unknown": None,
        "Loud alone": "explicit",
    }
    assert {"Loud 1", "Loud alone"} < set(await songs())
    async with services.database.transaction() as tx:
        await tx.run("update users set explicit = 'hide' where id = $1", player.owner.id)
    assert not {"Loud", "Loud alone"} & (await listed()).keys()
    assert not {"Loud 1", "Loud alone"} & set(await songs())
    # By its id, a song is there.
    assert (await player.get("getSong", id=f"tr-{alone}"))["song"]["title"] == "Loud alone"

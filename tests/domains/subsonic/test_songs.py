"""The fields of songs besides their names, and lyrics, as players read them."""

from xml.etree import ElementTree

from tests import make
from tests.domains.subsonic.albums_steps import release
from tests.domains.subsonic.players import Player, sounding_track
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.music.releases.models.forms import CreditForm

_SPACE = "{http://subsonic.org/restapi}"


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
        CreditForm("A guest", "vocals", singer.id),
        CreditForm("Without an account", "cello"),
        CreditForm("Without music", "bass", listener.id),
        CreditForm("Blocked", "drums", hidden.id),
    ]
    await release(services, artist, "Ferries", track_id, credits=named)
    await make.blocks(services, hidden, player.owner)

    song = (await player.get("getSong", id=f"tr-{track_id}"))["song"]
    assert (song["isrc"], song["bpm"], song["explicitStatus"]) == (["FRZ039900001"], 93, "explicit")
    assert song["comment"].startswith("Recorded at <night>.")
    assert len(song["comment"]) == 1000
    assert (song["moods"], song["sortName"]) == (["quiet", "night"], "über ferry")
    shown = {"role": "vocals", "artist": {"id": f"ar-{singer.id}", "name": singer.username}}
    assert song["contributors"] == [shown]
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

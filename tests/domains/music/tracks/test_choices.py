"""Explicit and generated tracks are left out of lists by the choice of a listener or the site."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from msgspec import Struct

from tests import make
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import ReleaseId, TrackId, new_id
from veza.core.visibility import Visibility
from veza.domains.music.discovery.queries import draws
from veza.domains.music.releases.service import search as release_search
from veza.domains.music.tracks.service import track_search

PLAIN, EXPLICIT, GENERATED = KINDS = ("plain", "explicit", "generated")
_COLUMNS: dict[str, dict[str, Any]] = {
    PLAIN: {"is_explicit": False},
    EXPLICIT: {"is_explicit": True},
    GENERATED: {"ai": "parts", "ai_parts": ["vocals"]},
}


class Shelf(Struct, frozen=True):
    """An artist with a track, a release and a post of each kind, and a playlist of all."""

    artist: make.Person
    word: str
    tracks: dict[str, TrackId]
    playlist_id: UUID
    release_ids: dict[str, ReleaseId]


@pytest.fixture(autouse=True)
async def _default(services: Services) -> AsyncIterator[None]:
    yield
    await make.plain_site(services)


@pytest.fixture(scope="module")
async def shelf(services: Services) -> Shelf:
    artist = await make.person(services, Role.CREATOR)
    word = f"w{new_id().hex[-10:]}"
    tracks, releases = dict[str, TrackId](), dict[str, ReleaseId]()
    async with services.database.transaction() as tx:
        for kind in KINDS:
            columns = {"genre": word, **_COLUMNS[kind]}
            tracks[kind] = await make.bare_track(tx, artist.member, f"{word} {kind}", **columns)
            listed = {"visibility": Visibility.PUBLIC, "genre": word}
            releases[kind] = await make.release(
                tx, artist.member, f"{word} {kind}", tracks[kind], **listed
            )
            post = await make.post(tx, artist.member)
            await tx.run("update posts set track_id = $2 where id = $1", post, tracks[kind])
            await draws.update_draw(tx, tracks[kind])
        await track_search.index_tracks(tx, list(tracks.values()))
        await release_search.index_releases(tx, list(releases.values()))
        playlist_id, _ = await make.playlist(
            tx, artist.member, word, tracks[PLAIN], visibility="public"
        )
        for place, kind in enumerate((EXPLICIT, GENERATED), 1):
            sql = """
                insert into playlist_entries (id, playlist_id, track_id, added_by, position)
                select gen_random_uuid(), playlist_id, $2, added_by, position + $3
                  from playlist_entries where playlist_id = $1 order by position limit 1
            """
            await tx.run(sql, playlist_id, tracks[kind], place)
    return Shelf(artist, word, tracks, playlist_id, releases)


def _kinds(found: list[dict[str, Any]], shelf: Shelf) -> set[str]:
    return {item["title"].split()[1] for item in found if item["title"].startswith(shelf.word)}


async def _look(client: httpx.AsyncClient, shelf: Shelf, **headers: str) -> dict[str, set[str]]:
    """Return the kinds of tracks that each place shows to a caller."""
    name, word = shelf.artist.username, shelf.word

    async def get(path: str) -> dict[str, Any]:
        answer = await client.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()["data"]

    found = {
        path: _kinds((await get(path))["tracks"], shelf)
        for path in (
            f"tracks?genre={word}",
            f"tracks?genre={word}&page=1",
            f"tracks/search?q={word}",
            f"users/{name}/tracks",
            f"search?q={word}",
            f"tracks/random?genre={word}",
            f"radio?genre={word}",
        )
    }
    for path in (
        f"releases?genre={word}",
        f"users/{name}/releases",
        f"search?q={word}&types=releases",
    ):
        found[path] = _kinds((await get(path))["releases"], shelf)
    entries = (await get(f"playlists/{shelf.playlist_id}/entries"))["entries"]
    found["playlist"] = _kinds([each["track"] for each in entries if each["track"]], shelf)
    posts = (await get(f"users/{name}/posts"))["posts"]
    found["posts"] = _kinds([each["track"] for each in posts if each["track"]], shelf)
    for kind in KINDS:
        placed = (await get(f"releases/{shelf.release_ids[kind]}/tracks"))["tracks"]
        found.setdefault("tracklists", set()).update(_kinds([x["track"] for x in placed], shelf))
        # At its own address each is shown.
        assert (await get(f"tracks/{shelf.tracks[kind]}"))["id"] == str(shelf.tracks[kind])
    return found


async def _choose(client: httpx.AsyncClient, person: make.Person, **choice: str | None) -> None:
    answer = await client.put("users/me", json=choice, headers=person.headers)
    assert answer.status_code == 200, answer.text
    shown = answer.json()["data"]
    assert {name: shown[name] for name in choice} == choice


async def test_members_hear_what_they_chose(
    client: httpx.AsyncClient, services: Services, shelf: Shelf
) -> None:
    listener = await make.person(services)
    for choice, left_out in (
        ({"explicit": "show", "ai": "show"}, set[str]()),
        ({"explicit": "mark"}, set[str]()),
        ({"explicit": "hide"}, {EXPLICIT}),
        ({"ai": "hide"}, {EXPLICIT, GENERATED}),
        ({"explicit": None}, {GENERATED}),
    ):
        await _choose(client, listener, **choice)
        for place, kinds in (await _look(client, shelf, **listener.headers)).items():
            assert kinds == set(KINDS) - left_out, (choice, place)

    await _choose(client, shelf.artist, explicit="hide", ai="hide")
    for place, kinds in (await _look(client, shelf, **shelf.artist.headers)).items():
        if not place.startswith(("radio", "tracks/random")):
            assert kinds == set(KINDS), place


@pytest.mark.long
async def test_visitors_and_members_without_a_choice_hear_what_the_site_plays(
    client: httpx.AsyncClient, services: Services, admin: make.Person, shelf: Shelf
) -> None:
    listener = await make.person(services)
    stubborn = await make.person(services)
    await _choose(client, stubborn, explicit="mark", ai="show")
    assert (await client.get("site")).json()["data"]["explicit"] == "mark"
    for choice, left_out in (
        ({"explicit": "hide"}, {EXPLICIT}),
        ({"explicit": "show", "ai": "hide"}, {GENERATED}),
    ):
        answer = await client.put("admin/site", json=choice, headers=admin.headers)
        assert answer.json()["data"]["explicit"] == choice["explicit"]
        for headers in ({}, listener.headers):
            for place, kinds in (await _look(client, shelf, **headers)).items():
                assert kinds == set(KINDS) - left_out, (choice, place)
        kinds = (await _look(client, shelf, **stubborn.headers)).values()
        assert all(each == set(KINDS) for each in kinds)


async def test_releases_say_what_their_tracks_disclose_and_lists_filter_by_it(
    client: httpx.AsyncClient, shelf: Shelf
) -> None:
    found = (await client.get(f"releases?genre={shelf.word}")).json()["data"]["releases"]
    disclosed = {each["title"].split()[1]: (each["is_explicit"], each["ai"]) for each in found}
    assert disclosed == {
        PLAIN: (False, "none"),
        EXPLICIT: (True, "none"),
        GENERATED: (False, "parts"),
    }
    for path in (
        f"tracks?genre={shelf.word}",
        f"tracks/search?q={shelf.word}",
        f"search?q={shelf.word}",
    ):
        for ai, kinds in (("none", {PLAIN, EXPLICIT}), ("parts", {GENERATED}), ("whole", set())):
            shown = (await client.get(f"{path}&ai={ai}")).json()["data"]["tracks"]
            assert _kinds(shown, shelf) == kinds, (path, ai)
    assert (await client.get("tracks?ai=some")).status_code == 400


async def test_parts_are_named_with_parts_alone(client: httpx.AsyncClient, shelf: Shelf) -> None:
    url, headers = f"tracks/{shelf.tracks[GENERATED]}", shelf.artist.headers

    async def change(**said: object) -> tuple[int, Any]:
        answer = await client.put(url, json=said, headers=headers)
        body = answer.json()
        if answer.status_code != 200:
            return answer.status_code, [each["field"] for each in body["details"]]
        return answer.status_code, (body["data"]["ai"], body["data"]["ai_parts"])

    assert await change(ai="none") == (200, ("none", []))
    assert await change(ai="parts") == (400, ["ai_parts"])
    assert await change(ai_parts=["vocals"]) == (400, ["ai_parts"])
    assert await change(ai="whole", ai_parts=["vocals"]) == (400, ["ai_parts"])
    assert (await change(ai="parts", ai_parts=["drums"]))[0] == 400
    assert await change(ai="parts", ai_parts=["vocals", "mix", "vocals"]) == (
        200,
        ("parts", ["mix", "vocals"]),
    )
    assert await change(ai_parts=["vocals"]) == (200, ("parts", ["vocals"]))

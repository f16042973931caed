"""Playlists over HTTP: create, show, list, change, delete."""

import pytest

from tests import make
from tests.domains.music.playlists.routes_steps import fill, list_entries, make_editor, put_tracks
from veza.domains.music.playlists.service import playlists

ROWS = "select count(*) from playlists where owner_id = $1"


async def test_a_playlist_is_private_until_it_is_published(client, owner, other, playlist):
    path = f"playlists/{playlist}"
    shown = (await client.get(path, headers=owner.headers)).json()["data"]
    assert (shown["visibility"], shown["role"], shown["tracks_count"]) == ("private", "owner", 0)
    for headers in ({}, other.headers):
        hidden = await client.get(path, headers=headers)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "playlist_not_found")
        assert (await client.get(f"{path}/entries", headers=headers)).status_code == 404
        assert (await client.get(f"{path}/export", headers=headers)).status_code == 404

    form = {"visibility": "public", "title": "  Night   ferry "}
    changed = (await client.put(path, headers=owner.headers, json=form)).json()["data"]

    assert changed["title"] == "Night ferry"
    seen = (await client.get(path)).json()["data"]
    assert (seen["owner"]["username"], seen["role"]) == (owner.username, None)
    listed = (await client.get(f"users/{owner.username}/playlists")).json()["data"]["playlists"]
    assert [one["id"] for one in listed] == [playlist]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": " \n"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"description": "x" * 5001}, "description"),
        ({"visibility": "secret"}, "visibility"),
        ({"title": None}, "title"),
    ],
)
async def test_bad_metadata_is_refused_by_field(client, owner, count, form, field):
    answer = await client.post("playlists", headers=owner.headers, json={"title": "A"} | form)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == field
    assert await count(ROWS, owner.id) == 0


async def test_only_the_owner_changes_and_deletes_a_playlist(client, owner, other, playlist, add):
    await make_editor(client, playlist, owner, other)
    await fill(client, playlist, owner, await add())
    path = f"playlists/{playlist}"
    for call in (
        client.put(path, headers=other.headers, json={"title": "Mine"}),
        client.delete(path, headers=other.headers),
    ):
        refused = await call
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_playlist")

    assert (await client.delete(path, headers=owner.headers)).status_code == 200
    assert (await client.get(path, headers=owner.headers)).status_code == 404
    assert (await client.delete(path, headers=owner.headers)).status_code == 404


async def test_own_and_shared_playlists_are_listed_in_pages(client, services, owner, other):
    ids = []
    for number in range(5):
        writer = owner if number % 2 else other
        form = {"title": f"List {number}"}
        made = (await client.post("playlists", headers=writer.headers, json=form)).json()["data"]
        ids.insert(0, made["id"])
        if writer is owner:
            await client.put(f"playlists/{made['id']}/editors/{other.id}", headers=owner.headers)
    found, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = await client.get("users/me/playlists", params=params, headers=other.headers)
        page = answer.json()["data"]
        found += page["playlists"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert [one["id"] for one in found] == ids
    assert {one["role"] for one in found} == {"owner", "invited"}

    await make.suspended(services, owner)
    left = (await client.get("users/me/playlists", headers=other.headers)).json()["data"]
    assert {one["role"] for one in left["playlists"]} == {"owner"}


async def test_public_playlists_of_the_blocked_are_in_no_list(
    client, services, owner, other, playlist
):
    await client.put(f"playlists/{playlist}", headers=owner.headers, json={"visibility": "public"})
    blocking = await make.person(services)

    async def is_listed(viewer):
        ids, params = set(), {"limit": 100}
        while True:
            answer = await client.get("playlists", params=params, headers=viewer.headers)
            page = answer.json()["data"]
            ids |= {one["id"] for one in page["playlists"]}
            if not page["has_more"]:
                return str(playlist) in ids
            params["cursor"] = page["next_cursor"]

    assert await is_listed(other)
    assert await is_listed(blocking)
    await make.blocks(services, owner, other)
    await make.blocks(services, blocking, owner)
    assert not await is_listed(other)
    assert not await is_listed(blocking)
    assert await is_listed(owner)


async def test_a_suspended_members_playlists_are_hidden(client, services, owner, other, playlist):
    path = f"playlists/{playlist}"
    await client.put(path, headers=owner.headers, json={"visibility": "public"})
    await make_editor(client, playlist, owner, other)
    await make.suspended(services, owner)

    assert (await client.get(path)).status_code == 404
    assert (await client.get(path, headers=other.headers)).status_code == 404
    listed = (await client.get("playlists?limit=100")).json()["data"]["playlists"]
    assert playlist not in [one["id"] for one in listed]

    await make.unsuspended(services, owner)
    assert (await client.get(path)).status_code == 200


async def test_hidden_and_deleted_tracks_leave_an_entry_without_a_track(
    client, owner, other, playlist, add
):
    await client.put(f"playlists/{playlist}", headers=owner.headers, json={"visibility": "public"})
    shown, private, deleted = await add("Shown"), await add("P", visibility="private"), await add()
    await fill(client, playlist, owner, shown, private, deleted, shown)
    assert (await client.delete(f"tracks/{deleted}", headers=owner.headers)).status_code == 200

    for person, expected in ((owner, 3), (other, 2), (None, 2)):
        entries = await list_entries(client, playlist, person)
        assert len(entries) == 4
        assert sum(entry["track"] is not None for entry in entries) == expected
    assert [entry["added_by"]["id"] for entry in entries] == [str(owner.id)] * 4
    seen = (await client.get(f"playlists/{playlist}")).json()["data"]
    assert seen["tracks_count"] == 4


async def test_tracks_that_the_editor_cannot_see_are_not_added(client, owner, other, add):
    private = await add(visibility="private")
    made = await client.post("playlists", headers=other.headers, json={"title": "A"})
    playlist = made.json()["data"]["id"]

    refused = await put_tracks(client, playlist, other, await add(), private)

    assert (refused.status_code, refused.json()["code"]) == (404, "track_not_found")
    assert await list_entries(client, playlist, other) == []


async def test_members_have_a_maximum_of_playlists(client, services, owner):
    async with services.database.transaction() as tx:
        await tx.run(
            "insert into playlists (id, owner_id, title, visibility) "
            "select gen_random_uuid(), $1, 'A', 'private' from generate_series(1, 1000)",
            owner.id,
        )
    refused = await client.post("playlists", headers=owner.headers, json={"title": "B"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_playlists")


async def test_a_player_lists_own_edited_and_public_playlists(client, services, owner, other):
    suspended = await make.person(services)
    made = {}
    for person, title, visibility in (
        (owner, "Own", "private"),
        (other, "Edited", "private"),
        (other, "Invited", "private"),
        (other, "Private", "private"),
        (other, "Unlisted", "unlisted"),
        (other, "Public", "public"),
        (suspended, "Hidden", "public"),
    ):
        form = {"title": title, "visibility": visibility}
        answer = await client.post("playlists", headers=person.headers, json=form)
        made[title] = answer.json()["data"]["id"]
    await make_editor(client, made["Edited"], other, owner)
    await client.put(f"playlists/{made['Invited']}/editors/{owner.id}", headers=other.headers)
    await make.suspended(services, suspended)

    async with services.database.read() as conn:
        own = await playlists.list_playable(conn, owner.member, make.NO_LINKS, with_public=False)
        known = await playlists.list_playable(conn, owner.member, make.NO_LINKS, with_public=True)

    assert [one.title for one in own] == ["Edited", "Own"]
    assert known[:2] == own
    shown = {str(one.id) for one in known[2:]}
    assert made["Public"] in shown
    assert not shown & {made[title] for title in ("Invited", "Private", "Unlisted", "Hidden")}

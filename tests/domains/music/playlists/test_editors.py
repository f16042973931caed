"""Shared playlists: invitations, acceptance, leaving."""

from tests import make
from tests.domains.music.playlists.routes_steps import fill, list_entries, make_editor
from veza.core.ids import new_id
from veza.domains.music.playlists import personal_data


async def test_an_invited_member_sees_the_playlist_and_edits_it_once_accepted(
    client, owner, other, playlist, add
):
    path = f"playlists/{playlist}/editors"
    for _ in range(2):
        answer = await client.put(f"{path}/{other.id}", headers=owner.headers)
        [editor] = answer.json()["data"]["editors"]
        assert (editor["username"], editor["accepted_at"]) == (other.username, None)
    seen = await client.get(f"playlists/{playlist}", headers=other.headers)
    assert seen.json()["data"]["role"] == "invited"

    for _ in range(2):
        accepted = await client.post(f"{path}/accept", headers=other.headers)
        assert accepted.json()["data"]["role"] == "editor"

    await fill(client, playlist, other, await add())
    [entry] = await list_entries(client, playlist, owner)
    assert entry["added_by"] == make.shown(other)
    listed = await client.get(path, headers=other.headers)
    assert listed.json()["data"]["editors"][0]["accepted_at"] is not None


async def test_editors_leave_and_owners_remove_them(client, services, owner, other, playlist):
    third = await make.person(services)
    path = f"playlists/{playlist}/editors"
    await make_editor(client, playlist, owner, other)
    await make_editor(client, playlist, owner, third)

    refused = await client.delete(f"{path}/{third.id}", headers=other.headers)
    assert refused.json()["code"] == "not_your_playlist"
    assert (await client.delete(f"{path}/{other.id}", headers=other.headers)).status_code == 200
    assert (await client.delete(f"{path}/{third.id}", headers=owner.headers)).status_code == 200

    for person in (other, third):
        assert (await client.get(path, headers=person.headers)).status_code == 404
    again = await client.delete(f"{path}/{third.id}", headers=owner.headers)
    assert again.json()["code"] == "playlist_editor_not_found"
    accepted = await client.post(f"{path}/accept", headers=owner.headers)
    assert accepted.json()["code"] == "playlist_editor_not_found"


async def test_strangers_neither_list_nor_invite_editors(client, owner, other, playlist):
    await client.put(f"playlists/{playlist}", headers=owner.headers, json={"visibility": "public"})
    path = f"playlists/{playlist}/editors"

    assert (await client.get(path, headers=other.headers)).json()["code"] == "not_an_editor"
    refused = await client.put(f"{path}/{other.id}", headers=other.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_playlist")
    assert (await client.post(f"{path}/accept", headers=other.headers)).status_code == 404


async def test_some_members_cannot_be_invited(client, services, owner, other, playlist):
    path = f"playlists/{playlist}/editors"
    suspended = await make.person(services)
    await make.suspended(services, suspended)
    await client.post(f"users/{owner.id}/block", headers=other.headers)
    for user_id, code in (
        (owner.id, "cannot_invite"),
        (other.id, "cannot_invite"),
        (suspended.id, "user_not_found"),
        (new_id(), "user_not_found"),
    ):
        refused = await client.put(f"{path}/{user_id}", headers=owner.headers)
        assert refused.json()["code"] == code
    assert (await client.get(path, headers=owner.headers)).json()["data"]["editors"] == []


async def test_a_playlist_has_a_maximum_of_editors(client, services, owner, other, playlist):
    async with services.database.transaction() as tx:
        await tx.run(
            """
            with made as (
                insert into users (id, username, email, password_hash, role)
                     select gen_random_uuid(), 'e' || n || substr($1::text, 25),
                            n || $1::text || '@example.org', 'x', 'user'
                       from generate_series(1, 100) n
                  returning id
            )
            insert into playlist_editors (playlist_id, user_id) select $1::uuid, id from made
            """,
            playlist,
        )
    refused = await client.put(f"playlists/{playlist}/editors/{other.id}", headers=owner.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_playlist_editors")


async def test_erased_members_leave_their_entries_without_a_name(
    client, services, owner, other, playlist, add
):
    await make_editor(client, playlist, owner, other)
    await fill(client, playlist, other, await add())

    async with services.database.transaction() as tx:
        exported = await personal_data.export(tx, other.id)
        assert [one.role for one in exported.playlists] == ["editor"]
        await personal_data.erase(tx, other.id)

    [entry] = await list_entries(client, playlist, owner)
    assert entry["added_by"] is None
    assert (await client.get(f"playlists/{playlist}", headers=other.headers)).status_code == 404
    async with services.database.transaction() as tx:
        kept = await personal_data.export(tx, owner.id)
        assert [one.title for one in kept.entries] == ["A track"]
        await personal_data.erase(tx, owner.id)
        assert (await personal_data.export(tx, owner.id)).playlists == []

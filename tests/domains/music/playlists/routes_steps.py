"""Steps that tests of playlists share."""


async def put_tracks(client, playlist_id, person, *track_ids, before=None):
    """Add tracks to a playlist; return the response."""
    form = {"track_ids": [str(track_id) for track_id in track_ids], "before": before}
    return await client.post(f"playlists/{playlist_id}/entries", headers=person.headers, json=form)


async def fill(client, playlist_id, person, *track_ids):
    """Add tracks to the end of a playlist; return the ids of the entries."""
    answer = await put_tracks(client, playlist_id, person, *track_ids)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["entry_ids"]


async def move(client, playlist_id, person, entry_ids, before=None):
    """Move entries; return the response."""
    path = f"playlists/{playlist_id}/entries/move"
    form = {"entry_ids": entry_ids, "before": before}
    return await client.post(path, headers=person.headers, json=form)


async def remove(client, playlist_id, person, entry_ids):
    """Remove entries; return the response."""
    path = f"playlists/{playlist_id}/entries/remove"
    return await client.post(path, headers=person.headers, json={"entry_ids": entry_ids})


async def list_entries(client, playlist_id, person=None, limit=100):
    """Return all entries of a playlist, read page by page."""
    entries, cursor = [], None
    while True:
        params = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = await client.get(
            f"playlists/{playlist_id}/entries",
            params=params,
            headers=person.headers if person else {},
        )
        assert answer.status_code == 200, answer.text
        page = answer.json()["data"]
        entries += page["entries"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return entries


async def list_ids(client, playlist_id, person=None):
    """Return the ids of the entries of a playlist, in their order."""
    return [entry["id"] for entry in await list_entries(client, playlist_id, person)]


async def make_editor(client, playlist_id, owner, editor):
    """Invite a member to a playlist and accept for them."""
    path = f"playlists/{playlist_id}/editors"
    invited = await client.put(f"{path}/{editor.id}", headers=owner.headers)
    assert invited.status_code == 200, invited.text
    accepted = await client.post(f"{path}/accept", headers=editor.headers)
    assert accepted.status_code == 200, accepted.text

"""Steps and values that tests of track comments share."""


async def comment(client, track_id, person, **form):
    path = f"tracks/{track_id}/comments"
    return await client.post(path, headers=person.headers, json={"content": "Lovely"} | form)


async def count_shown(client, track_id):
    return (await client.get(f"tracks/{track_id}")).json()["data"]["comments_count"]

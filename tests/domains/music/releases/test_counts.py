"""Counts of tracks stay right whatever is deleted, also at the same time."""

import asyncio

from veza.core.ids import new_id

# Releases whose counts differ from their tracks.
WRONG = """
    select count(*)
      from releases r
      left join lateral (
               select count(*) as tracks_count, coalesce(sum(t.duration_ms), 0) as duration_ms
                 from release_tracks e
                 join tracks t on t.id = e.track_id
                where e.release_id = r.id
           ) n on true
     where r.owner_id = $1
       and (r.tracks_count, r.duration_ms) is distinct from (n.tracks_count, n.duration_ms)
"""


async def test_a_deleted_track_leaves_its_releases(client, owner, add, create, count):
    first, last = await add(duration_ms=1000), await add(duration_ms=2000)
    album, single = await create(first, last), await create(last)

    assert (await client.delete(f"tracks/{last}", headers=owner.headers)).status_code == 200

    shown = [
        (await client.get(f"releases/{each['id']}")).json()["data"] for each in (album, single)
    ]
    assert [each["tracks_count"] for each in shown] == [1, 0]
    assert [each["duration_seconds"] for each in shown] == [1, 0]
    assert await count(WRONG, owner.id) == 0


async def test_a_processed_track_adds_its_length(client, services, owner, add, create):
    track = await add(status="processing", duration_ms=None, format=None)
    made = await create(track, await add(duration_ms=1000))
    assert made["duration_seconds"] == 1

    async with services.database.transaction() as tx:
        sql = "update tracks set duration_ms = 2500, format = 'flac', status = 'ready'"
        await tx.run(f"{sql} where id = $1", track)

    shown = (await client.get(f"releases/{made['id']}")).json()["data"]
    assert (shown["tracks_count"], shown["duration_seconds"]) == (2, 3.5)


async def test_a_renamed_member_is_sorted_by_the_new_name(client, services, owner, add, create):
    made, named = await create(await add()), await create(await add(), artist_name="The Ferrymen")
    name = f"Zo{new_id().hex[-20:]}"
    async with services.database.transaction() as tx:
        await tx.run("update users set username = $2 where id = $1", owner.id, name)
    async with services.database.read() as conn:
        sql = "select artist_key from releases where id = any($1::uuid[]) order by id"
        keys = await conn.column(str, sql, [made["id"], named["id"]])
    assert keys == [name.lower(), "the ferrymen"]
    assert (await client.get(f"releases/{made['id']}")).json()["data"]["artist_name"] == name


async def test_concurrent_deletions_and_replacements_neither_fail_nor_miscount(
    client, owner, add, create, count
):
    """Ten tracks on six releases: everything is deleted, replaced and edited at once."""
    kept, doomed = [str(await add()) for _ in range(6)], [str(await add()) for _ in range(6)]
    ids = [(await create(*kept, *doomed))["id"] for _ in range(6)]

    async def replace(release_id, turn):
        order = kept[turn:] + kept[:turn]
        form = {"tracks": [{"track_id": track_id} for track_id in order]}
        path = f"releases/{release_id}/tracks"
        return await client.put(path, headers=owner.headers, json=form)

    def edit(release_id):
        form = {"title": "Edited"}
        return client.put(f"releases/{release_id}", headers=owner.headers, json=form)

    answers = await asyncio.gather(
        *[client.delete(f"tracks/{track_id}", headers=owner.headers) for track_id in doomed],
        *[replace(release_id, turn) for turn, release_id in enumerate(ids[:3])],
        *[edit(release_id) for release_id in ids[1:5]],
        *[client.delete(f"releases/{release_id}", headers=owner.headers) for release_id in ids[4:]],
        *[replace(release_id, 1) for release_id in ids[:2]],
    )

    assert {answer.status_code for answer in answers} <= {200, 404}
    # Only the edit of a release that was deleted first finds nothing.
    assert [answer.status_code for answer in answers].count(404) <= 1
    assert await count("select count(*) from releases where owner_id = $1", owner.id) == 4
    assert await count(WRONG, owner.id) == 0
    for release_id in ids[:4]:
        shown = (await client.get(f"releases/{release_id}")).json()["data"]
        assert shown["tracks_count"] == len(kept)

"""The history: what counted plays write, pages, deletion, and keeping none."""

import pytest
from msgspec import structs

from veza.core.ids import new_id
from veza.domains.music.tracks import personal_data as tracks_data

PATH = "users/me/library/history"
AGO = "now() - interval '31 minutes'"


@pytest.fixture
def play(client):
    """Report a play; return whether it was counted."""

    async def report(person, track_id, seconds=30):
        answer = await client.post(
            f"tracks/{track_id}/plays",
            headers=person.headers,
            json={"listened_seconds": seconds},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["counted"]

    return report


@pytest.fixture
def pass_time(services):
    """Move all plays of a track half an hour into the past."""

    async def move(track_id):
        async with services.database.transaction() as tx:
            await tx.run(f"update track_plays set played_at = {AGO} where track_id = $1", track_id)
            sql = """
                update track_history
                   set first_played_at = first_played_at - interval '31 minutes',
                       last_played_at = last_played_at - interval '31 minutes'
                 where track_id = $1
            """
            await tx.run(sql, track_id)

    return move


async def read(client, person, limit=100):
    """Return the entries of all pages."""
    entries, params = [], {"limit": limit}
    while True:
        answer = await client.get(PATH, headers=person.headers, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()["data"]
        entries += page["entries"]
        if not page["has_more"]:
            return entries
        params["cursor"] = page["next_cursor"]


async def test_only_counted_plays_are_in_the_history(client, other, add, play, pass_time):
    track = await add()
    assert not await play(other, track, seconds=29)
    assert await read(client, other) == []

    assert await play(other, track)
    assert not await play(other, track)
    [entry] = await read(client, other)
    assert (entry["track"]["id"], entry["plays_count"]) == (str(track), 1)
    assert entry["first_played_at"] == entry["last_played_at"]

    await pass_time(track)
    assert await play(other, track)
    [entry] = await read(client, other)
    assert entry["plays_count"] == 2
    assert entry["first_played_at"] < entry["last_played_at"]


async def test_plays_of_strangers_are_in_no_history(client, count, add):
    track = await add()
    answer = await client.post(f"tracks/{track}/plays", json={"listened_seconds": 30})
    assert answer.json()["data"]["counted"]
    assert await count("select count(*) from track_history where track_id = $1", track) == 0


async def test_pages_start_with_the_last_play(client, other, add, play):
    tracks = [await add(str(number)) for number in range(5)]
    for track in tracks:
        await play(other, track)
    expected = [str(track) for track in reversed(tracks)]
    for limit in (1, 2, 5):
        assert [entry["track"]["id"] for entry in await read(client, other, limit)] == expected
    refused = await client.get(PATH, headers=other.headers, params={"cursor": "x"})
    assert refused.json()["code"] == "bad_cursor"


async def test_hidden_tracks_are_left_out_of_full_pages(client, services, other, add, play):
    tracks = [await add(str(number)) for number in range(4)]
    for track in tracks:
        await play(other, track)
    async with services.database.transaction() as tx:
        sql = "update tracks set visibility = 'private' where id = any($1)"
        await tx.run(sql, tracks[2:])

    answer = await client.get(PATH, headers=other.headers, params={"limit": 2})

    page = answer.json()["data"]
    assert [entry["track"]["title"] for entry in page["entries"]] == ["1", "0"]
    assert page["has_more"] is False


async def test_a_member_who_keeps_no_history_is_counted_all_the_same(
    client, other, add, play, pass_time
):
    before, track = await add("Before"), await add()
    await play(other, before)
    path = "users/me/library/settings"
    assert (await client.get(path, headers=other.headers)).json()["data"]["keep_history"] is True
    for keep in (False, True):
        answer = await client.put(path, headers=other.headers, json={"keep_history": keep})
        assert answer.json()["data"] == {"keep_history": keep}
        assert await play(other, track)
        titles = [entry["track"]["title"] for entry in await read(client, other)]
        assert titles == (["A track", "Before"] if keep else ["Before"])
        await pass_time(track)
    shown = await client.get(f"tracks/{track}")
    assert shown.json()["data"]["plays_count"] == 2


async def test_entries_and_the_whole_history_are_deleted(client, owner, other, add, play):
    tracks = [await add(str(number)) for number in range(3)]
    for person in (owner, other):
        for track in tracks:
            await play(person, track)

    for _ in range(2):
        answer = await client.delete(f"{PATH}/{tracks[0]}", headers=other.headers)
        assert (answer.status_code, answer.json()["data"]["id"]) == (200, str(tracks[0]))
    assert len(await read(client, other)) == 2
    assert (await client.delete(PATH, headers=other.headers)).status_code == 200

    assert await read(client, other) == []
    assert len(await read(client, owner)) == 3
    assert (await client.get(f"tracks/{tracks[0]}")).json()["data"]["plays_count"] == 2


async def test_a_hidden_track_can_be_deleted_from_the_history_once(
    client, services, other, add, play
):
    track = await add()
    await play(other, track)
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'private' where id = $1", track)
    answers = [await client.delete(f"{PATH}/{track}", headers=other.headers) for _ in range(2)]
    unknown = await client.delete(f"{PATH}/{new_id()}", headers=other.headers)
    assert [answer.status_code for answer in (*answers, unknown)] == [200, 404, 404]
    assert answers[1].json()["code"] == unknown.json()["code"] == "track_not_found"


async def test_a_deleted_track_is_in_no_history_and_an_export_has_it_until_then(
    client, services, other, add, play
):
    track = await add()
    await play(other, track)
    async with services.database.transaction() as tx:
        exported = await tracks_data.export(tx, other.id)
        [plays] = exported.history
        assert (plays.track_id, plays.plays_count) == (track, 1)
        await tx.run("delete from tracks where id = $1", track)
        left = await tracks_data.export(tx, other.id)
        assert left == structs.replace(exported, traces=[], history=[])

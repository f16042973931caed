"""Requests of listeners: who may ask for what, which request plays, and that all nodes agree."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests import make
from tests.domains.stations.playlist_steps import heard, read
from veza.domains.stations.jobs import fix_requests
from veza.domains.stations.service import requests as service
from veza.domains.stations.service import rotations
from veza.domains.stations.service.clock import StationClock, present
from veza.domains.stations.service.computing import compute_spans

SECOND = 1_000_000
DAY = 86_400 * SECOND
_ROWS = "select count(*) from station_requests where station_id = $1"


@pytest.fixture
async def tracks(add_track):
    """Enough for five hours: most have not played for three."""
    return [await add_track(f"Track {n}", 600, artist_name=f"Artist {n}") for n in range(30)]


@pytest.fixture
async def station(create, tracks):
    return await create(tracks, takes_requests=True)


@pytest.fixture
def listeners(services):
    async def make_some(count):
        return [await make.person(services) for _ in range(count)]

    return make_some


def path_of(station, track="", rest=""):
    return f"stations/{station['id']}/requests" + (f"/{track}" if track else "") + rest


async def ask(client, station, who, track):
    return await client.put(path_of(station, track), headers=who.headers)


async def list_slots(services, station, hours=0.0, until=5.0):
    """Return what another node computes: the tracks, and when they begin."""
    start = present() + round(hours * 3600) * SECOND
    end = present() + round(until * 3600) * SECOND
    async with services.database.read() as conn:
        spans = await StationClock().read_spans(conn, station["id"], start, end)
    await compute_spans(spans, end)
    return [
        (slot.number, slot.segment, slot.starts_at, span.timeline.rotation.tracks[slot.track].id)
        for span, slot in service.playlists.list_slots(spans, start, end)
    ]


async def find_far(services, station):
    """Return the tracks that play in three hours at the earliest, as they were drawn."""
    return [each[3] for each in await list_slots(services, station, hours=2.5, until=4.5)]


async def run_job(services):
    await fix_requests(services.database, StationClock())


async def test_the_request_with_most_votes_plays_next_and_the_same_on_all_nodes(
    client, services, station, listeners, later
):
    first, second, *_ = await find_far(services, station)
    ana, bo, cem = await listeners(3)
    assert (await ask(client, station, ana, first)).status_code == 200
    assert (await ask(client, station, bo, second)).status_code == 200
    voted = await ask(client, station, cem, second)
    shown = voted.json()["data"]["requests"]
    assert [(each["track"]["id"], each["votes"], each["mine"]) for each in shown] == [
        (str(second), 2, True),
        (str(first), 1, False),
    ]
    before, served = await list_slots(services, station), read(await heard(client, station))
    await run_job(services)
    [fixed, waiting] = (await client.get(path_of(station))).json()["data"]["requests"]
    assert (fixed["track"]["id"], waiting["plays_at"]) == (str(second), None)
    assert datetime.fromisoformat(fixed["plays_at"]) >= datetime.now(UTC) + timedelta(seconds=25)
    after = await list_slots(services, station)
    assert after[0] == before[0]
    assert after[1][:3] == before[1][:3]
    assert [each[3] for each in after].index(second) == 1
    # This cycle plays it no second time, and only one half hour has it.
    assert [each[3] for each in after].count(second) == 1
    await run_job(services)
    assert await list_slots(services, station) == after
    now = read(await heard(client, station))
    assert all(now[number] == each for number, each in served.items() if number in now)
    shown = (await client.get(f"stations/{station['id']}/now")).json()["data"]
    assert shown["next"][0]["track"]["id"] == str(second)
    later(minutes=12)
    assert (await client.get(f"stations/{station['id']}/now")).json()["data"]["now"]["track"][
        "id"
    ] == str(second)
    past = await client.get(f"stations/{station['id']}/history")
    assert past.json()["data"]["airings"][0]["track"]["id"] == str(second)
    refused = await ask(client, station, ana, second)
    assert refused.json()["code"] == "track_played_recently"


@pytest.mark.long
async def test_a_day_of_requests_changes_nothing_that_was_served(
    client, services, station, tracks, listeners, later
):
    some = await listeners(20)
    seen, played, report = {}, [], {}
    for step in range(24 * 6):
        later(minutes=10)
        who = some[step % len(some)]
        await ask(client, station, who, tracks[step * 7 % len(tracks)])
        await run_job(services)
        for number, each in read(await heard(client, station)).items():
            assert seen.setdefault(number, each) == each
        for slot in await list_slots(services, station, until=25 / 3600):
            report[slot[0]] = slot
            assert report[slot[0]] == slot
    async with services.database.read() as conn:
        sql = """
            select plays_at from station_requests where station_id = $1 and plays_at is not null
             order by plays_at
        """
        played = await conn.column(int, sql, station["id"])
    assert len(played) > 20
    assert len({at // (1800 * SECOND) for at in played}) == len(played)
    # Computed again from the marks, the whole day is what was heard.
    again = {slot[0]: slot for slot in await list_slots(services, station, -24.2, 25 / 3600)}
    assert all(again[number] == slot for number, slot in report.items())
    assert {slot[2] for slot in again.values()} >= set(played[1:-1])
    await rotations.advance(services.database, services.audio_storage, station["id"])
    assert {s[0]: s for s in await list_slots(services, station, -24.2, 25 / 3600)} == again


@pytest.mark.parametrize("loss", ["deleted", "hidden", "explicit", "declined", "program"])
async def test_what_can_not_play_gives_its_slot_back_to_the_rotation(
    client, services, station, tracks, listeners, owner, loss
):
    [ana] = await listeners(1)
    track, *_ = await find_far(services, station)
    before = await list_slots(services, station)
    await ask(client, station, ana, track)
    await run_job(services)
    assert await list_slots(services, station) != before
    changes = {
        "deleted": "delete from tracks where id = $1",
        "hidden": "update tracks set visibility = 'private' where id = $1",
        "explicit": "update tracks set is_explicit = true where id = $1",
    }
    if loss == "declined":
        path = path_of(station, track, "/decline")
        assert (await client.post(path, headers=ana.headers)).status_code == 403
        assert (await client.post(path, headers=owner.headers)).status_code == 200
        refused = await ask(client, station, ana, track)
        assert refused.json()["code"] == "request_declined"
    elif loss == "program":
        kept = [str(each) for each in tracks if each != track]
        body = {"program": {"track_ids": kept}}
        path = f"stations/{station['id']}"
        assert (await client.put(path, headers=owner.headers, json=body)).status_code == 200
    else:
        async with services.database.transaction() as tx:
            await tx.run(changes[loss], track)
        await run_job(services)
    after = await list_slots(services, station)
    if loss == "program":
        assert track not in {each[3] for each in after}
    else:
        assert after == before
    await run_job(services)
    assert (await client.get(path_of(station))).json()["data"]["requests"] == []


async def test_only_what_the_station_plays_for_everybody_is_requested_by_who_may_hear_it(
    client, services, create, add_track, owner, other, station, listeners
):
    [ana] = await listeners(1)
    far, next_far, *_ = await find_far(services, station)
    playing = (await list_slots(services, station))[0][3]
    assert (await ask(client, station, ana, playing)).json()["code"] == "track_played_recently"
    strange = await add_track("Elsewhere")
    assert (await ask(client, station, ana, strange)).json()["code"] == "track_not_requestable"
    closed = await create([far])
    assert (await ask(client, closed, ana, far)).json()["code"] == "station_requests_closed"
    odd = {
        "Secret": {"visibility": "unlisted"},
        "Loud": {"is_explicit": True},
    }
    made = {title: await add_track(title, 600, **columns) for title, columns in odd.items()}
    jingle = await add_track("Jingle", 6)
    program = {"jingle_ids": [str(jingle)], "jingle_every": 1}
    mixed = await create([far, *made.values()], takes_requests=True, program=program)
    for each in (*made.values(), jingle):
        refused = await ask(client, mixed, ana, each)
        assert refused.json()["code"] == "track_not_requestable"
    found = await client.get(path_of(mixed), params={"q": " "})
    assert [each["id"] for each in found.json()["data"]["tracks"]] == [str(far)]
    sought = await client.get(path_of(station), params={"q": "rtist 7"})
    assert [each["title"] for each in sought.json()["data"]["tracks"]] == ["Track 7"]
    assert (await client.put(path_of(station, far))).status_code == 401
    await make.blocks(services, owner, other)
    assert (await ask(client, station, other, far)).status_code == 404
    assert (await client.get(path_of(station), headers=other.headers)).status_code == 404
    body = {"is_on_air": False}
    await client.put(f"stations/{station['id']}", headers=owner.headers, json=body)
    assert (await ask(client, station, ana, next_far)).status_code == 404
    assert (await client.get(path_of(station))).status_code == 404


async def test_a_member_has_one_open_request_three_a_day_and_takes_it_back(
    client, services, station, listeners, later
):
    ana, bo = await listeners(2)
    far = await find_far(services, station)
    assert (await ask(client, station, ana, far[0])).status_code == 200
    refused = await ask(client, station, ana, far[1])
    assert refused.json()["code"] == "too_many_track_requests"
    await ask(client, station, bo, far[0])
    left = await client.delete(path_of(station, far[0]), headers=ana.headers)
    [stays] = left.json()["data"]["requests"]
    assert (stays["votes"], stays["mine"]) == (1, False)
    left = await client.delete(path_of(station, far[0]), headers=bo.headers)
    assert left.json()["data"]["requests"] == []
    for track in far[:3]:
        assert (await ask(client, station, ana, track)).status_code == 200
        async with services.database.transaction() as tx:
            sql = (
                "update station_requests set plays_at = $2 where station_id = $1 and track_id = $3"
            )
            await tx.run(sql, station["id"], present() - far.index(track) * DAY, track)
    refused = await ask(client, station, ana, far[4])
    assert refused.json()["code"] == "too_many_track_requests"


async def test_at_once_a_track_is_requested_once_and_a_member_votes_once(
    client, services, station, listeners, later
):
    some = await listeners(5)
    track, *_ = await find_far(services, station)
    answers = await asyncio.gather(*(ask(client, station, who, track) for who in some * 2))
    assert {each.status_code for each in answers} == {200}
    [shown] = (await client.get(path_of(station))).json()["data"]["requests"]
    assert shown["votes"] == 5
    await asyncio.gather(*(run_job(services) for _ in range(4)))
    async with services.database.read() as conn:
        sql = """
            select count(*) from station_marks
             where station_id = $1 and state->>'first' is not null
        """
        assert await conn.value(int, sql, station["id"]) == 1
        assert await conn.value(int, _ROWS, station["id"]) == 1


async def test_a_vote_counts_although_the_track_was_drawn_meanwhile(
    client, services, station, listeners
):
    [ana] = await listeners(1)
    playing = (await list_slots(services, station))[0][3]
    async with services.database.transaction() as tx:
        await make.station_request(tx, station["id"], playing, (await listeners(1))[0].id)
    voted = await ask(client, station, ana, playing)
    assert voted.json()["data"]["requests"][0]["votes"] == 2
    await run_job(services)
    [waits] = (await client.get(path_of(station))).json()["data"]["requests"]
    assert waits["plays_at"] is None


async def test_a_half_hour_has_one_request_by_the_database(services, station, tracks):
    sql = """
        insert into station_requests (id, station_id, track_id, plays_at)
             values (gen_random_uuid(), $1, $2, 1800000000 * $3::bigint + $4)
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, station["id"], tracks[0], 7, 0)
        await tx.run(sql, station["id"], tracks[1], 8, 0)
    with pytest.raises(Exception, match="station_requests_plays_at"):
        async with services.database.transaction() as tx:
            await tx.run(sql, station["id"], tracks[2], 7, 1_799_999_999)


async def test_old_requests_are_deleted(client, services, station, listeners):
    [ana] = await listeners(1)
    track, *_ = await find_far(services, station)
    await ask(client, station, ana, track)
    async with services.database.transaction() as tx:
        sql = "update station_requests set created_at = now() - interval '8 days'"
        await tx.run(sql + " where station_id = $1", station["id"])
    await run_job(services)
    async with services.database.read() as conn:
        assert await conn.value(int, _ROWS, station["id"]) == 0

"""Streams that take stations over: what playlists list, who hears it, and how it ends."""

import asyncio
import csv
import io
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import sounds
from tests.domains.stations.playlist_steps import heard, read
from veza.app.worker import open_taker, run_until_empty
from veza.core.ids import StationId, StationTakeoverId, TrackId, new_id
from veza.domains.stations.jobs import sweep_takeovers, take_over_stations
from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.models.takeovers import Takeover
from veza.domains.stations.queries import takeovers as queries
from veza.domains.stations.rules import takeovers as rules
from veza.domains.stations.rules.playlists import ListedSegment, list_segments
from veza.domains.stations.service import rotations, takeovers
from veza.domains.stations.service.clock import StationClock, present

# From the begin of a stream until it is heard: what is listed ahead, clocks, and a segment.
LATEST_S = 25 + 6


@pytest.fixture
async def station(create, add_track):
    """A station of three tracks that streams take over."""
    tracks = [await add_track(f"Track {n}", 42 + 12 * n) for n in range(3)]
    return await create(tracks, plays_live=True)


def is_live(line):
    return "tracks/" not in line


async def follow(client, station, air, seen, seconds, *, is_sending=True):
    """Move the clock on, and note what is listed: nothing that was listed changes."""
    for _ in range(seconds):
        await air.run(1, is_sending=is_sending)
        for number, each in read(await heard(client, station)).items():
            assert seen.setdefault(number, each) == each


async def list_program(services, station, seconds):
    """Return the addresses of the segments of the clock-driven program of some time, by number."""
    end = present() + 20 * SECOND
    async with services.database.read() as conn:
        spans = await StationClock().read_spans(
            conn, station["id"], end - (seconds + 200) * SECOND, end
        )
    found = list_segments(spans, end - (seconds + 200) * SECOND, end)
    return {
        each.number: f"../../../tracks/{each.track_id}/hls/256k/s{each.index:03d}.m4s"
        for each in found
    }


async def list_taken(services, station):
    """Return all takeovers of a station."""
    async with services.database.read() as conn:
        return await queries.list_takeovers(conn, station["id"], 0, present() + 3600 * SECOND)


async def test_a_stream_is_heard_in_place_of_the_program_which_goes_on_by_the_clock(
    client, services, station, air, tmp_path
):
    seen = {}
    await follow(client, station, air, seen, LATEST_S)
    shown = (await client.get(f"stations/{station['id']}/now")).json()["data"]
    assert shown["live"]["title"] == "Dusk till dub"
    assert shown["now"] is None
    assert shown["next"]
    await follow(client, station, air, seen, 65)
    await air.end()
    await follow(client, station, air, seen, 60, is_sending=False)
    shown = (await client.get(f"stations/{station['id']}/now")).json()["data"]
    assert (shown["live"], shown["now"] is None) == (None, False)
    # No number is missing, each break has one, and the program is where its clock is.
    assert sorted(seen) == list(range(max(seen) + 1))
    order = [seen[number] for number in sorted(seen)]
    live = [number for number in sorted(seen) if is_live(seen[number][1])]
    assert live == list(range(live[0], live[-1] + 1))
    assert len(live) >= 10
    for (slot, line, _), (after, next_line, _) in pairwise(order):
        is_border = is_live(line) != is_live(next_line)
        if is_border or after != slot:
            assert after == slot + 1
    assert len({seen[number][0] for number in live}) == 1
    program = await list_program(services, station, 160)
    assert all(seen[n][1] == program[n] for n in seen if not is_live(seen[n][1]))
    assert not any(gap for _, _, gap in order)


async def test_its_sound_has_no_gap(client, station, air, tmp_path):
    await air.run(LATEST_S + 40)
    text = await heard(client, station)
    listed = [line for _, line, _ in read(text).values() if is_live(line)]
    [head] = re.findall(r'MAP:URI="([^"]*init.mp4)"', text.partition(listed[0])[0])[-1:]
    pieces = []
    for line in (head, *listed):
        answer = await client.get(f"stations/{station['id']}/hls/{line}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "audio/mp4"
        assert answer.headers["cache-control"] == "public, max-age=2, s-maxage=1"
        pieces.append(answer.content)
    path = tmp_path / "heard.mp4"
    path.write_bytes(b"".join(pieces))
    samples = sounds.read(path, rate=48_000)[:, 0]
    assert len(samples) / 48_000 == pytest.approx(6 * len(listed), abs=0.05)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.fft.rfftfreq(len(samples), 1 / 48_000)[np.argmax(spectrum)] == pytest.approx(
        1000, abs=1
    )
    # Each millisecond has a wave of the tone.
    body = np.abs(samples[4800:-4800])
    waves = body[: len(body) // 48 * 48].reshape(-1, 48).max(axis=1)
    assert waves.min() > 0.5 * np.median(waves)


async def test_who_sends_faster_than_time_silences_a_station_for_no_longer(services, station, air):
    await air.run(LATEST_S)
    for _ in range(10):
        for _ in range(60):
            air.send()
        await air.take()
    [taken] = await list_taken(services, station)
    assert taken.ends_at < present() + 60 * SECOND


@pytest.mark.parametrize("reason", ["audience", "taken down", "deleted"])
async def test_nobody_hears_a_stream_that_is_not_for_everybody_any_more(
    client, services, station, air, reason
):
    await air.run(LATEST_S + 20)
    before = read(await heard(client, station))
    live = {number for number, each in before.items() if is_live(each[1])}
    path = f"stations/{station['id']}/hls/{before[max(live)][1]}"
    assert (await client.get(path)).status_code == 200
    if reason == "audience":
        await air.set(audience="followers")
    elif reason == "taken down":
        await air.set(is_taken_down=True)
    else:
        async with services.database.transaction() as tx:
            await tx.run("delete from streams where id = $1", air.stream_id)
    assert (await client.get(path)).status_code == 404
    after = read(await heard(client, station))
    listed = live & set(after)
    assert listed
    assert all(after[number][2] for number in listed)
    shown = (await client.get(f"stations/{station['id']}/now")).json()["data"]
    assert shown["live"] is None
    assert "Dusk till dub" not in str(shown)
    await air.run(10)
    back = read(await heard(client, station))
    assert not back[max(back)][2]
    assert not is_live(back[max(back)][1])


@pytest.mark.parametrize("row", [{"audience": "unlisted"}, {"is_taken_down": True}, {}])
async def test_only_public_streams_take_over_what_wants_them(
    client, create, add_track, air, owner, row
):
    station = await create([await add_track("Tide")], plays_live=bool(row))
    await air.set(**(row or {"category": "x"}))
    await air.run(LATEST_S + 5)
    assert not any(is_live(line) for _, line, _ in read(await heard(client, station)).values())
    if not row:
        path = f"stations/{station['id']}"
        change = await client.put(path, headers=owner.headers, json={"plays_live": True})
        assert change.json()["data"]["plays_live"] is True
        await air.run(LATEST_S + 5)
        assert any(is_live(line) for _, line, _ in read(await heard(client, station)).values())


async def test_an_encoder_that_falls_silent_gives_back_in_time_and_comes_back(client, station, air):
    seen = {}
    await follow(client, station, air, seen, LATEST_S + 10)
    await follow(client, station, air, seen, 60, is_sending=False)
    await follow(client, station, air, seen, LATEST_S + 10)
    kinds = [is_live(seen[number][1]) for number in sorted(seen)]
    changes = [after for before, after in pairwise(kinds) if before != after]
    assert changes == [True, False, True]
    assert not any(gap for _, _, gap in seen.values())


async def test_without_a_worker_all_nodes_go_on_with_the_program_alike(client, station, air, later):
    seen = {}
    await follow(client, station, air, seen, LATEST_S + 10)
    for _ in range(40):
        air.send()
        later(seconds=1)
        for number, each in read(await heard(client, station)).items():
            assert seen.setdefault(number, each) == each
    assert not is_live(seen[max(seen)][1])
    # The worker that comes back takes nothing of it back.
    await follow(client, station, air, seen, LATEST_S + 10)
    assert is_live(seen[max(seen)][1])


async def test_of_several_workers_the_first_one_wins(client, services, station, air):
    others = [open_taker(services) for _ in range(2)]
    seen = {}
    for _ in range(LATEST_S + 20):
        air.send()
        await asyncio.gather(air.take(), *map(take_over_stations, others))
        air.later(seconds=1)
        for number, each in read(await heard(client, station)).items():
            assert seen.setdefault(number, each) == each
    [taken] = await list_taken(services, station)
    count = len([each for each in seen.values() if is_live(each[1])])
    assert 4 < count <= taken.next_segment - taken.first_segment <= count + 1


async def test_another_kind_of_sound_is_another_takeover(services, station, air, tmp_path):
    await air.run(LATEST_S)
    sounds.run_ffmpeg(
        *("-f", "lavfi", "-i", "sine=500:sample_rate=44100:duration=3", "-c:a", "aac"),
        *("-f", "segment", "-segment_time", "1", "-segment_format", "mpegts"),
        str(tmp_path / "%03d.ts"),
        path=tmp_path,
    )
    air.sound = [path.read_bytes() for path in sorted(tmp_path.iterdir())][:2]
    await air.run(40)
    assert [each.rate_index for each in await list_taken(services, station)] == [3, 4]


async def test_history_and_report_have_what_was_heard(client, station, air, owner, later):
    await air.run(LATEST_S + 90)
    await air.end()
    await air.run(90, is_sending=False)
    later(minutes=5)
    path = f"stations/{station['id']}"
    moment = rotations.present() / SECOND
    until = {"from": _iso(moment - 3600), "to": _iso(moment)}
    report = await client.get(f"{path}/report", headers=owner.headers, params=until)
    rows = list(csv.DictReader(io.StringIO(report.text.lstrip("\ufeff"))))
    [live] = [row for row in rows if row["kind"] == "live"]
    assert live["title"] == "Dusk till dub"
    assert int(live["seconds"]) >= 60
    spans = [(_read(row["starts_at"]), int(row["seconds"])) for row in rows]
    assert spans == sorted(spans)
    total = sum(seconds for _, seconds in spans)
    last = max(start for start, _ in spans)
    assert total >= last - spans[0][0] - 2 * len(spans)
    listed = (await client.get(f"{path}/history", params={"limit": 50})).json()["data"]
    taken = _read(live["starts_at"]), _read(live["starts_at"]) + int(live["seconds"])
    for each in listed["airings"]:
        assert not taken[0] + 1 < _read(each["starts_at"]) < _read(each["ends_at"]) < taken[1] - 1


def _iso(moment):
    return f"{np.datetime64(int(moment), 's')}Z"


def _read(text):
    return int(np.datetime64(text.partition("+")[0].rstrip("Z"), "s").astype(int))


async def test_its_sound_is_deleted_minutes_later_and_with_the_station(
    client, services, create, add_track, station, air, owner
):
    other = await create([await add_track("Tide")], plays_live=True)
    await air.run(LATEST_S + 10)
    folders = [rules.folder_of(each["id"]) for each in (station, other)]
    assert all([await services.storage.list_keys(each) for each in folders])
    gone = await client.delete(f"stations/{other['id']}", headers=owner.headers)
    assert gone.status_code == 200
    await air.end()
    await air.run(2, is_sending=False)
    await sweep_takeovers(services.database)
    async with services.database.transaction() as tx:
        await tx.run("update station_takeovers set updated_at = now() - interval '10 minutes'")
    await run_until_empty(services)
    assert await services.storage.list_keys(folders[0])
    await sweep_takeovers(services.database)
    await run_until_empty(services)
    assert not any([await services.storage.list_keys(each) for each in folders])


async def test_a_day_has_so_many_and_a_long_one_keeps_its_last_sound_alone(
    services, station, air, monkeypatch
):
    monkeypatch.setattr(takeovers, "_KEPT_SEGMENTS", 3)
    await air.run(LATEST_S + 40)
    kept = await services.storage.list_keys(rules.folder_of(StationId(station["id"])))
    assert len(kept) == 3
    monkeypatch.setattr(takeovers, "MAX_TAKEOVERS_A_DAY", 1)
    await air.run(40, is_sending=False)
    await air.run(10)
    assert len(await list_taken(services, station)) == 1


async def test_what_is_listed_already_is_not_taken_over(services, station, air, monkeypatch):
    monkeypatch.setattr(rotations, "is_unserved", lambda _: False)
    await air.run(LATEST_S)
    assert await list_taken(services, station) == []


async def test_sound_that_is_stored_while_its_station_is_deleted_goes_with_it(
    services, station, air, monkeypatch
):
    await air.run(LATEST_S)
    folder = rules.folder_of(StationId(station["id"]))
    before = await services.storage.list_keys(folder)
    store = services.storage.put_new
    stored = []

    async def put_late(key, content):
        async with services.database.transaction() as tx:
            await tx.run("delete from stations where id = $1", station["id"])
        stored.append(key)
        return await store(key, content)

    monkeypatch.setattr(services.storage, "put_new", put_late)
    await air.run(10)
    assert stored
    assert await services.storage.list_keys(folder) == before


_TRACK = TrackId(new_id())


def _program(lengths):
    """Segments of tracks of so many segments each, six seconds long."""
    number, found = 0, []
    for slot, length in enumerate(lengths):
        for index in range(length):
            at = SECOND + 6 * SECOND * number
            found.append(ListedSegment(number, slot, _TRACK, index, at, 6 * SECOND))
            number += 1
    return found


@given(
    st.lists(st.integers(1, 5), min_size=12, max_size=20),
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 6)), max_size=4),
)
def test_breaks_are_counted_one_by_one(lengths, taken):
    program = _program(lengths)
    made, number = [], 0
    for pause, length in taken:
        if number + pause + length >= len(program):
            break
        first, after = program[number + pause], program[number + pause + length]
        breaks = rules.count_breaks(first, made[-1] if made else None)
        made.append(_takeover(first, after, breaks))
        number = after.number
    listed = rules.take_over(program, made, 10**15)
    assert [each.number for each in listed] == [each.number for each in program]
    for one, other in pairwise(listed):
        is_border = one.takeover_id != other.takeover_id
        goes_on = one.takeover_id is not None and not is_border
        is_break = is_border or (one.slot != other.slot and not goes_on)
        assert other.discontinuity == one.discontinuity + is_break


def _takeover(first, after, breaks):
    return Takeover(
        id=StationTakeoverId(new_id()),
        station_id=StationId(new_id()),
        stream_id=None,
        first_segment=first.number,
        next_segment=after.number,
        starts_at=first.starts_at,
        ends_at=after.starts_at,
        breaks=breaks,
        next_slot=after.slot,
        object_type=2,
        rate_index=3,
        channels=2,
        samples=0,
        media_segment=0,
        media_frames=0,
        is_open=False,
        is_heard=True,
        title=None,
    )


def test_frames_follow_the_clock_over_hours():
    takeover = _takeover(*_program([4])[:2], 0)
    fields = {name: getattr(takeover, name) for name in takeover.__struct_fields__}
    samples, at = 0, takeover.starts_at
    for _ in range(4000):
        at += 5_990_748
        count = rules.count_frames(Takeover(**fields | {"samples": samples}), 48_000, at)
        samples += 1024 * count
    assert samples / 48_000 == pytest.approx((at - takeover.starts_at) / SECOND, abs=0.03)

"""Reports and lists of the tracks that a member's devices are playing."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from veza.core.clock import now
from veza.core.ids import TrackId, new_id
from veza.domains.music.library import rules
from veza.domains.music.library.models import (
    MAX_DEVICES,
    PlaybackState,
    StoredPlayback,
)
from veza.domains.music.library.service.now_playing import NowPlayingStore, _keys_of
from veza.infra.valkey.client import ServerMarkedDown

PATH = "users/me/library/now-playing"
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def report(client):
    """Report what a device plays; return the response."""

    async def put(person, track_id, device="Phone", **fields):
        form = {"track_id": str(track_id), "device": device} | fields
        return await client.put(PATH, headers=person.headers, json=form)

    return put


async def read(client, person):
    answer = await client.get(PATH, headers=person.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["devices"]


async def test_devices_of_a_member_are_listed_latest_first(client, owner, other, add, report):
    first, second = await add("First"), await add("Second")
    assert await read(client, other) == []
    await report(other, first, "Phone", position_ms=60_000)
    await report(other, second, " Living  room ", state="paused", position_ms=5000)

    radio, phone = await read(client, other)

    assert (radio["device"], radio["track"]["title"]) == ("Living room", "Second")
    assert (radio["position_ms"], radio["state"]) == (5000, "paused")
    assert (phone["device"], phone["track"]["title"]) == ("Phone", "First")
    assert phone["position_ms"] >= 60_000
    assert await read(client, owner) == []

    await report(other, second, "Phone")
    assert [one["track"]["title"] for one in await read(client, other)] == ["Second", "Second"]
    await report(other, second, "Phone", state="stopped")
    assert [one["device"] for one in await read(client, other)] == ["Living room"]


async def test_only_the_last_devices_are_kept(client, other, add, report):
    track = await add()
    for number in range(MAX_DEVICES + 3):
        # Valkey orders the reports by milliseconds.
        await asyncio.sleep(0.002)
        # Each is shown shorter than the one before.
        await report(other, track, str(number), position_ms=2000 * number)
    kept = {device["device"] for device in await read(client, other)}
    assert kept == {str(number) for number in range(3, MAX_DEVICES + 3)}


async def test_hidden_tracks_are_neither_reported_nor_shown(client, services, other, add, report):
    track, private = await add(), await add(visibility="private")
    for track_id in (private, new_id()):
        answer = await report(other, track_id)
        assert answer.json()["code"] == "track_not_found"
    await report(other, track)
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'private' where id = $1", track)
    assert await read(client, other) == []


async def test_a_track_in_processing_is_not_played(client, owner, add, report):
    track = await add(status="processing", duration_ms=None, format=None)
    answer = await report(owner, track)
    assert (answer.status_code, answer.json()["code"]) == (409, "track_not_ready")
    for fields in ({"state": "x"}, {"playback_rate": 0}, {"position_ms": -1}, {"device": " "}):
        assert (await report(owner, track, **fields)).status_code == 400


async def test_a_report_counts_no_play(client, other, add, report):
    track = await add()
    await report(other, track, position_ms=170_000)
    assert (await client.get(f"tracks/{track}")).json()["data"]["plays_count"] == 0


async def test_reports_expire(services, owner):
    store = NowPlayingStore(services.valkey)
    for device, reported_at in (("Phone", now()), ("Laptop", now() - timedelta(minutes=5))):
        await store.report(owner.member, make_report(device, reported_at))

    assert [one.device for one in await store.list_playbacks(owner.member)] == ["Phone"]
    lifetimes = [await services.valkey.ttl(key) for key in _keys_of(owner.member)]
    assert all(0 < lifetime <= 240 for lifetime in lifetimes)


def make_report(device="Phone", reported_at=MOMENT, *, state="playing", position_ms=0, rate=1.0):
    return StoredPlayback(
        TrackId(new_id()), device, position_ms, PlaybackState(state), rate, 180_000, reported_at
    )


@pytest.mark.parametrize(
    ("state", "position_ms", "rate", "expected"),
    [
        ("playing", 0, 1, 240),
        ("playing", 120_000, 2, 90),
        ("playing", 500_000, 1, 60),
        ("playing", 0, 0.1, 1860),
        ("paused", 0, 1, 1800),
    ],
)
def test_a_device_is_shown_until_its_track_has_ended(state, position_ms, rate, expected):
    report = make_report(state=state, position_ms=position_ms, rate=rate)
    assert rules.lifetime_s(report) == expected
    assert not rules.has_ended(report, MOMENT + timedelta(seconds=expected - 1))
    assert rules.has_ended(report, MOMENT + timedelta(seconds=expected))


@pytest.mark.parametrize(
    ("state", "rate", "after_s", "expected"),
    [
        ("playing", 1, 10, 11_000),
        ("playing", 2, 10, 21_000),
        ("playing", 1, 1000, 180_000),
        ("playing", 1, -5, 1000),
        ("paused", 1, 10, 1000),
        ("starting", 1, 10, 1000),
    ],
)
def test_the_position_is_computed_from_the_last_report(state, rate, after_s, expected):
    playback = make_report(state=state, position_ms=1000, rate=rate)
    assert rules.position_at(playback, MOMENT + timedelta(seconds=after_s)) == expected


async def test_without_valkey_nothing_is_shown(client, services, other, add, report, monkeypatch):
    track = await add()
    await report(other, track)

    async def refuse(*_: object, **__: object) -> None:
        raise ServerMarkedDown

    monkeypatch.setattr(services.valkey, "execute_command", refuse)
    for state in ("playing", "stopped"):
        assert (await report(other, track, state=state)).status_code == 200
    assert await read(client, other) == []
    monkeypatch.undo()
    assert len(await read(client, other)) == 1

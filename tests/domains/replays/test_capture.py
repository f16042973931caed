"""The looks of a worker at streams: these store, wait, or leave out what came too late."""

import asyncio
import copy
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from tests.domains.replays.recordings_steps import go_on_air, show, start
from veza.app.worker import open_recorder
from veza.core.ids import StreamRecordingId
from veza.domains.replays import jobs
from veza.domains.replays.queries import capture as queries
from veza.domains.replays.service import capture
from veza.infra.storage.disk_reserve import DiskReserve


async def test_a_look_that_began_before_a_stop_stores_nothing_of_later(
    client, services, owner, sound
):
    air = await go_on_air(services, owner, sound)
    made = await start(client, owner, air)
    air.send(50)
    recorder = open_recorder(services)
    async with services.database.transaction() as tx:
        seen = await queries.lock_open(tx, StreamRecordingId(UUID(made["id"])))
        assert seen is not None
        sql = "update stream_recordings set stopped_at = $2 where id = $1"
        await tx.run(sql, UUID(made["id"]), air.began_at + timedelta(seconds=30.5))
    await capture.record(recorder, seen)
    assert await services.storage.list_keys(f"recordings/{made['id']}") == []
    await air.record()
    stopped = await show(client, owner, made["id"])
    assert (stopped["state"], stopped["duration_ms"]) == ("ready", pytest.approx(30_000, abs=700))


async def test_a_full_storage_ends_a_recording(client, services, owner, sound, monkeypatch):
    air = await go_on_air(services, owner, sound)
    made = await start(client, owner, air)
    air.send(25)
    await air.record()

    async def nothing_left(*_: object) -> int:
        return 0

    monkeypatch.setattr(capture, "count_left_bytes", nothing_left)
    air.send(25)
    await air.record()
    full = await show(client, owner, made["id"])
    assert (full["state"], full["duration_ms"]) == ("ready", pytest.approx(25_000, abs=600))
    keys = await services.storage.list_keys(f"recordings/{made['id']}")
    assert len(keys) == 1


async def test_nothing_is_stored_while_the_reserve_of_the_disk_is_used_up(
    client, services, owner, sound
):
    air = await go_on_air(services, owner, sound)
    made = await start(client, owner, air)
    air.send(25)
    storage = copy.copy(services.storage)
    storage.disk = DiskReserve([services.settings.data_dir], reserve_bytes=2**62)
    await storage.disk.measure()
    full = structs.replace(services, uploads=structs.replace(services.uploads, storage=storage))
    with capture_logs() as logs:
        await jobs.record_streams(open_recorder(full))
    assert "recordings_wait" in [each["event"] for each in logs]
    assert await services.storage.list_keys(f"recordings/{made['id']}") == []
    # It goes on as soon as there is room.
    await air.record()
    going = await show(client, owner, made["id"])
    assert (going["state"], going["duration_ms"]) == ("recording", pytest.approx(25_000, abs=600))


async def test_streams_are_recorded_at_once_and_one_that_fails_stops_no_other(
    client, services, owner, sound, monkeypatch
):
    air = await go_on_air(services, owner, sound)
    made = await start(client, owner, air)
    async with services.database.transaction() as tx:
        seen = await queries.lock_open(tx, StreamRecordingId(UUID(made["id"])))
    assert seen is not None
    open_now = [structs.replace(seen, id=StreamRecordingId(uuid4())) for _ in range(20)]
    running, most, done = 0, 0, []

    async def list_open(_conn, after):
        return [] if after else open_now

    async def record(_recorder, recording):
        nonlocal running, most
        if recording is open_now[0]:
            raise RuntimeError("A broken segment.")
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        done.append(recording.id)

    monkeypatch.setattr(queries, "list_open", list_open)
    monkeypatch.setattr(capture, "record", record)
    with capture_logs() as logs:
        await jobs.record_streams(open_recorder(services))
    assert set(done) == {each.id for each in open_now[1:]}
    assert most == 8
    [failed] = [each for each in logs if each["event"] == "recording_failed"]
    assert failed["recording_id"] == str(open_now[0].id)

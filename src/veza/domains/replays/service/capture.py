"""Keeps the sound of streams while they run, from the segments that the ingest writes.

All that is known is in the database: a worker that is killed goes on where it was, as long as the
ingest keeps its segments. Several workers may look at the same stream: the first one that stores
what comes next wins.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog
from msgspec import Struct

from veza.core.clock import now
from veza.core.errors import Unavailable
from veza.core.ids import StreamRecordingId, new_id
from veza.domains.platform.uploads.models import StorageKind
from veza.domains.platform.uploads.service import Uploads, count_left_bytes
from veza.domains.replays import rules
from veza.domains.replays.models import OpenRecording, RecordingPart, RecordingSettings
from veza.domains.replays.queries import capture as queries
from veza.domains.replays.queries import recordings
from veza.domains.replays.service import segments
from veza.domains.replays.service.segments import CollectedSound
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.errors import ObjectMissing

log = structlog.get_logger()

# Streams that are recorded at once: one whose storage is slow holds up few others.
_AT_ONCE = 8


class Recorder(Struct, frozen=True):
    """The services that record streams; `folder` has the segments of the ingest.

    `ensure_room` raises DiskReserveReached while the reserve of the disk is used up.
    """

    database: Database
    uploads: Uploads
    folder: Path
    settings: RecordingSettings
    ensure_room: Callable[[], None]


async def record_all(recorder: Recorder) -> None:
    """Store what was sent since the last time, and complete what is over."""
    after: StreamRecordingId | None = None
    while True:
        async with recorder.database.read() as conn:
            found = await queries.list_open(conn, after)
        if not found:
            return
        await _record_each(recorder, found)
        after = found[-1].id


async def _record_each(recorder: Recorder, found: Sequence[OpenRecording]) -> None:
    """Record streams, some at once: one that can't be stored now does not stop the others."""
    places = asyncio.Semaphore(_AT_ONCE)
    waiting: list[Unavailable] = []

    async def attempt(recording: OpenRecording) -> None:
        async with places:
            try:
                await record(recorder, recording)
            except Unavailable as error:
                waiting.append(error)
            except Exception:
                log.exception("recording_failed", recording_id=str(recording.id))

    async with asyncio.TaskGroup() as group:
        for recording in found:
            group.create_task(attempt(recording))
    if waiting:
        log.warning("recordings_wait", recordings=len(waiting), error=str(waiting[0]))


async def record(recorder: Recorder, recording: OpenRecording) -> None:
    """Store what was sent of a stream since the last time, and complete it if it is over."""
    folder = recorder.folder / str(recording.media_id)
    over = recording.over_since is not None
    last, has_segments = recording.last_segment, True
    while True:
        found = await asyncio.to_thread(segments.list_segments, folder, recording, last)
        has_segments = has_segments and found is not None
        if not segments.is_due(found or [], is_over=over):
            break
        sound = await asyncio.to_thread(segments.collect_sound, found or [])
        if not await _store(recorder, recording, last, sound):
            return
        last = sound.last_segment
    if rules.is_over(recording, now(), has_segments=has_segments):
        async with recorder.database.transaction(recorded=False) as tx:
            if await queries.lock_open(tx, recording.id) is not None:
                await complete(tx, recording.id, recorder.settings)


async def complete(tx: Tx, recording_id: StreamRecordingId, settings: RecordingSettings) -> None:
    """Complete a locked recording; one of which nothing came is deleted."""
    await queries.update_complete(tx, recording_id, settings.lifetime)
    await queries.delete_unstarted(tx, recording_id)


async def _store(recorder: Recorder, seen: OpenRecording, last: int, sound: CollectedSound) -> bool:
    """Store a part; return False if the recording has ended, or another worker was first.

    Also if it was stopped since it was seen: the next look leaves out what was sent after that.
    """
    part_id = new_id()
    key = rules.part_key(seen.id, part_id)
    if sound.content:
        # The storage itself asks only while it writes more than one piece.
        recorder.ensure_room()
        await recorder.uploads.storage.put_stream(key, _in_one_piece(sound.content))
    goes_on = is_kept = False
    try:
        async with recorder.database.transaction(recorded=False) as tx:
            recording = await queries.lock_open(tx, seen.id)
            is_current = recording is not None and recording.stopped_at == seen.stopped_at
            if recording is not None and is_current and recording.last_segment == last:
                part = RecordingPart(
                    part_id,
                    recording.duration_us,
                    sound.duration_us,
                    len(sound.content),
                    sound.started_at,
                )
                goes_on = is_kept = await _add(tx, recorder, recording, part, sound.last_segment)
    finally:
        # Also after an error: a part without its row would stay until the recording goes.
        if sound.content and not is_kept:
            with suppress(ObjectMissing, Unavailable):
                await recorder.uploads.storage.delete_keys([key])
    return goes_on


async def _add(
    tx: Tx,
    recorder: Recorder,
    recording: OpenRecording,
    part: RecordingPart,
    last_segment: int,
) -> bool:
    """Add a part to a locked recording, if there is room; else the recording is complete."""
    if part.size_bytes == 0:
        await queries.update_last_segment(tx, recording.id, last_segment)
        return True
    kept = await recordings.list_kept(tx, recording.owner_id)
    room = rules.make_room(recording, kept, recorder.settings.max_us - part.duration_us)
    left = await count_left_bytes(tx, recorder.uploads, recording.owner_id, StorageKind.TRACKS)
    if room.is_full or part.size_bytes > left:
        await complete(tx, recording.id, recorder.settings)
        return False
    if room.removed:
        await recordings.delete_recordings(tx, room.removed)
        await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in room.removed]))
    await queries.insert_part(tx, recording.id, part, last_segment)
    return True


async def _in_one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content

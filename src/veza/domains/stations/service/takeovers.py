"""Streams of its owner take a station over while they are on air, and give it back.

A worker that has the segments of the ingest stores the sound of each segment of the timeline as an
object, and notes it in one statement. All nodes list what is noted. A worker that is killed goes on
where it was, if that is in time; otherwise the program goes on.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog
from msgspec import Struct

from veza.core.errors import Unavailable
from veza.core.ids import StationId, StationTakeoverId, UserId, new_id
from veza.domains.stations.models.takeovers import (
    LiveTurn,
    NewTakeover,
    Takeover,
    TakeoverStep,
)
from veza.domains.stations.queries import records, takeovers
from veza.domains.stations.rules import playlists
from veza.domains.stations.rules import takeovers as rules
from veza.domains.stations.rules.playlists import ListedSegment
from veza.domains.stations.service import rotations
from veza.domains.stations.service.clock import StationClock, present
from veza.domains.stations.service.computing import compute_spans
from veza.domains.stations.service.live_sound import LivePosition, LiveSound, SoundChanged
from veza.domains.stations.service.rotations import DAY, LEAD
from veza.infra.jobs.queue import enqueue
from veza.infra.media.adts import RATES
from veza.infra.media.fragment_writer import FRAME_SAMPLES, write_segment
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage

log = structlog.get_logger()

_AT_ONCE = 8
# Of a station: an encoder that comes and goes makes no more.
MAX_TAKEOVERS_A_DAY = 200
# Segments of which the sound is kept: playlists list those of 90 seconds.
_KEPT_SEGMENTS = 90


class StationTaker(Struct, frozen=True):
    """The services with which streams take stations over."""

    database: Database
    storage: Storage
    clock: StationClock
    sound: LiveSound


async def take_all(taker: StationTaker) -> None:
    """Begin, continue and end the takeovers of all stations. It may run on several nodes."""
    after: StationId | None = None
    while True:
        async with taker.database.read() as conn:
            found = await takeovers.list_turns(conn, after)
        if not found:
            return
        await _take_each(taker, found)
        after = found[-1].station_id


async def _take_each(taker: StationTaker, turns: Sequence[LiveTurn]) -> None:
    """Take some stations at once: one whose sound can't be stored does not stop the others."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def attempt(turn: LiveTurn) -> None:
        async with places:
            try:
                await _take(taker, turn)
            except Unavailable as error:
                log.warning("takeover_waits", station=str(turn.station_id), error=str(error))
            except Exception:
                log.exception("takeover_failed", station=str(turn.station_id))

    async with asyncio.TaskGroup() as group:
        for turn in turns:
            group.create_task(attempt(turn))


async def _take(taker: StationTaker, turn: LiveTurn) -> None:
    if turn.takeover_id is None:
        await _begin(taker, turn)
        return
    async with taker.database.read() as conn:
        takeover = await takeovers.find_takeover(conn, turn.takeover_id)
    while takeover is not None and takeover.is_open:
        is_late = takeover.ends_at < present() + rules.LATEST
        if is_late or turn.media_id is None or turn.stream_id != takeover.stream_id:
            await _close(taker, takeover.id)
            return
        takeover = await _continue(taker, str(turn.media_id), takeover)


async def _begin(taker: StationTaker, turn: LiveTurn) -> None:
    """Note from which segment on a stream is heard: the first that nobody has been told."""
    newest = await asyncio.to_thread(taker.sound.find_newest, str(turn.media_id))
    if newest is None:
        return
    async with taker.database.transaction(recorded=False) as tx:
        if await records.lock_station(tx, turn.station_id) is None:
            return
        latest = await takeovers.find_latest(tx, turn.station_id)
        at = present()
        is_busy = latest is not None and (latest.is_open or latest.ends_at > at + LEAD)
        often = await takeovers.count_since(tx, turn.station_id, at - DAY)
        if is_busy or often >= MAX_TAKEOVERS_A_DAY:
            return
        at += LEAD
        found = await _list_segments(taker, tx, turn.station_id, at, at + playlists.AHEAD)
        first = next((each for each in found if each.starts_at >= at), None)
        # Computing takes time, too: what is listed somewhere by now keeps its address.
        if first is not None and rotations.is_unserved(at):
            breaks = rules.count_breaks(first, latest)
            await takeovers.insert_takeover(tx, _make(turn, newest, first, breaks))


def _make(turn: LiveTurn, newest: LivePosition, first: ListedSegment, breaks: int) -> NewTakeover:
    assert turn.stream_id is not None
    return NewTakeover(
        StationTakeoverId(new_id()),
        turn.station_id,
        turn.stream_id,
        first.number,
        first.starts_at,
        breaks,
        first.slot,
        newest.config.object_type,
        newest.config.rate_index,
        newest.config.channels,
        newest.number,
    )


async def _continue(taker: StationTaker, media: str, takeover: Takeover) -> Takeover | None:
    """Store the sound of the next segment; return the takeover after it, or None if it waits."""
    if takeover.ends_at > present() + LEAD + playlists.AHEAD:
        # What an encoder sends faster than time waits in the segments of the ingest.
        return None
    end = takeover.ends_at + playlists.AHEAD
    async with taker.database.read() as conn:
        found = await _list_segments(taker, conn, takeover.station_id, takeover.ends_at, end)
    places = {each.number: each for each in found}
    segment = places.get(takeover.next_segment)
    if segment is None or segment.starts_at != takeover.ends_at:
        # The program falls silent, or its owner changed it: it is found again.
        await _close(taker, takeover.id)
        return None
    count = rules.count_frames(takeover, RATES[takeover.rate_index], segment.ends_at)
    try:
        sound = await asyncio.to_thread(taker.sound.collect, media, takeover, count)
    except SoundChanged:
        await _close(taker, takeover.id)
        return None
    if sound is None:
        return None
    content = write_segment(sound.frames, segment.number, takeover.samples)
    taker.storage.disk.ensure_room()
    await taker.storage.put_new(rules.key_of(takeover, segment.number), content)
    after = places.get(segment.number + 1)
    next_slot = segment.slot + 1 if after is None else after.slot
    samples = takeover.samples + count * FRAME_SAMPLES
    step = TakeoverStep(segment.ends_at, next_slot, samples, sound.number, sound.taken)
    if not await _note(taker, takeover, step):
        await _discard_unowned(taker, takeover, segment.number)
        return None
    if segment.number - _KEPT_SEGMENTS >= takeover.first_segment:
        with suppress(ObjectMissing):
            old = rules.key_of(takeover, segment.number - _KEPT_SEGMENTS)
            await taker.storage.delete_keys([old])
    async with taker.database.read() as conn:
        return await takeovers.find_takeover(conn, takeover.id)


async def _note(taker: StationTaker, takeover: Takeover, step: TakeoverStep) -> bool:
    """Note that a segment is stored. Raises Unavailable if that is too late for other nodes."""
    async with taker.database.transaction(recorded=False) as tx:
        is_first = await takeovers.extend(tx, takeover, step)
        if takeover.ends_at < present() + rules.LATEST:
            raise Unavailable
    return is_first


async def _discard_unowned(taker: StationTaker, takeover: Takeover, number: int) -> None:
    """Delete a stored segment whose takeover was deleted meanwhile, with its station or owner."""
    async with taker.database.read() as conn:
        is_gone = await takeovers.find_takeover(conn, takeover.id) is None
    if is_gone:
        with suppress(ObjectMissing):
            await taker.storage.delete_keys([rules.key_of(takeover, number)])


async def _close(taker: StationTaker, takeover_id: StationTakeoverId) -> None:
    async with taker.database.transaction(recorded=False) as tx:
        await takeovers.close(tx, takeover_id)


async def _list_segments(
    taker: StationTaker, conn: Conn, station_id: StationId, start: int, end: int
) -> list[ListedSegment]:
    spans = await taker.clock.read_spans(conn, station_id, start, end)
    await compute_spans(spans, end)
    return playlists.list_segments(spans, start, end)


async def delete_sound(tx: Tx, owner_id: UserId, station_id: StationId | None = None) -> None:
    """Delete what is stored of streams for a station, or for all of a member."""
    found = await takeovers.list_sounding(tx, owner_id)
    if station_id is not None:
        found = [each for each in found if each == station_id]
    if found:
        await enqueue(tx, DeleteFolders([rules.folder_of(StationId(each)) for each in found]))


async def sweep(database: Database) -> None:
    """Delete the sound of takeovers that nobody hears any more. It may run twice."""
    while True:
        async with database.transaction(recorded=False) as tx:
            gone = await takeovers.take_silent(tx)
            if not gone:
                return
            await enqueue(tx, DeleteFolders([rules.takeover_folder(each) for each in gone]))

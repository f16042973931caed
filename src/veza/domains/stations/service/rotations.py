"""Stores what a station plays from a moment on, so that all nodes change at the same segment."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import StationId, StationRotationId, TrackId, new_id
from veza.core.structs import copy_fields
from veza.domains.music.audio.service import segments
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.stations.errors import TooManyRotations
from veza.domains.stations.models.marks import Mark, MarkState
from veza.domains.stations.models.rotations import SECOND, Rotation
from veza.domains.stations.models.stations import StoredMark, StoredStation
from veza.domains.stations.queries import marks, records
from veza.domains.stations.rules import programs
from veza.domains.stations.rules.playlists import AHEAD
from veza.domains.stations.rules.timeline import carry, cut_after, mark_after
from veza.domains.stations.service.clock import present
from veza.infra.postgres.database import Conn, Database, Tx

# Nobody has been told what plays after this: what is listed ahead, what nodes remember, and the
# difference between their clocks.
LEAD = AHEAD + 7 * SECOND
DAY = 86_400 * SECOND
KEPT = 400 * DAY
_MAX_A_DAY = 500
_READS_AT_ONCE = 16


async def begin(tx: Tx, audio: AudioStorage, station: StoredStation) -> None:
    """Start the timeline of a new station."""
    rotation = await _build(tx, audio, station, None)
    await _store(tx, station.id, rotation, Mark(present(), 0, 0, MarkState()))


async def change(
    tx: Tx, audio: AudioStorage, station: StoredStation, *, breaks_off: bool = False
) -> None:
    """Play the program of a locked station as it can be played now.

    It begins after the track that plays, or, if that `breaks_off`, after its segment. Raises
    TooManyRotations.
    """
    at = present() + LEAD
    await marks.delete_later(tx, station.id, at)
    base, before = await _find_latest(tx, station.id, at)
    rotation = await _build(tx, audio, station, before)
    if rotation == before:
        return
    if await marks.count_later(tx, station.id, at - DAY) >= _MAX_A_DAY:
        raise TooManyRotations
    end = cut_after if breaks_off else mark_after
    await _store(tx, station.id, rotation, carry(end(before, base, at), before, rotation))


async def replace_lost(database: Database, audio: AudioStorage, station_id: StationId) -> None:
    """Leave out what a station may not play any more. It may run on several nodes at once."""
    async with database.transaction(recorded=False) as tx:
        station = await records.lock_station(tx, station_id)
        if station is not None:
            await change(tx, audio, station, breaks_off=True)


async def find_change(conn: Conn, station_id: StationId) -> int | None:
    """Return the moment of a change of the rotation that is still to come."""
    found = await marks.list_marks(conn, station_id, present(), present() + DAY)
    return found[-1].starts_at if len(found) > 1 else None


async def advance(database: Database, audio: AudioStorage, station_id: StationId) -> None:
    """Add marks to a station up to now, a day apart, and delete old ones. It may run twice."""
    async with database.transaction(recorded=False) as tx:
        station = await records.lock_station(tx, station_id)
        if station is None:
            return
        base, rotation = await _find_latest(tx, station_id, present())
        while base.starts_at + DAY < present():
            later = mark_after(rotation, base, base.starts_at + DAY)
            base = copy_fields(StoredMark, later, rotation_id=base.rotation_id)
            await marks.upsert_mark(tx, station_id, base)
        # Tracks may be back that could not be played.
        await change(tx, audio, station)
        await sweep(tx, [station_id])


async def sweep(tx: Tx, station_ids: Sequence[UUID]) -> None:
    """Delete marks that are too old, and rotations without a mark."""
    await marks.delete_old(tx, station_ids, present() - KEPT)
    await marks.delete_unused_rotations(tx, station_ids)


async def _find_latest(tx: Tx, station_id: StationId, at: int) -> tuple[StoredMark, Rotation]:
    [*_, base] = await marks.list_marks(tx, station_id, at, at)
    [stored] = await marks.list_rotations(tx, [base.rotation_id])
    return base, stored.content


async def _build(
    tx: Tx, audio: AudioStorage, station: StoredStation, before: Rotation | None
) -> Rotation:
    wanted = programs.list_track_ids(station.program)
    playable = await records.list_playable(tx, station.id, wanted)
    lengths = {} if before is None else {track.id: track.lengths for track in before.tracks}
    missing = [track.id for track in playable if track.id not in lengths]
    lengths |= await _read_lengths(audio, missing)
    return programs.make_rotation(station.program, station.seed, playable, lengths)


async def _read_lengths(
    audio: AudioStorage, track_ids: Sequence[TrackId]
) -> dict[TrackId, list[int]]:
    limit = asyncio.Semaphore(_READS_AT_ONCE)

    async def read(track_id: TrackId) -> list[int]:
        async with limit:
            return await segments.list_lengths(audio.storage, track_id)

    found = await asyncio.gather(*map(read, track_ids))
    return dict(zip(track_ids, found, strict=True))


async def _store(tx: Tx, station_id: StationId, rotation: Rotation, mark: Mark) -> None:
    rotation_id = StationRotationId(new_id())
    await marks.insert_rotation(tx, rotation_id, station_id, rotation)
    stored = copy_fields(StoredMark, mark, rotation_id=rotation_id)
    await marks.upsert_mark(tx, station_id, stored)
    await marks.delete_unused_rotations(tx, [station_id])

"""Stores what a station plays from a moment on, so that all nodes change at the same segment.

The lengths of segments were read before: here a station is locked, and its time runs.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec import structs

from veza.core.errors import Unavailable
from veza.core.ids import StationId, StationRotationId, new_id
from veza.core.structs import copy_fields
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.stations.errors import TooManyRotations
from veza.domains.stations.models.marks import Mark, MarkState
from veza.domains.stations.models.rotations import SECOND, Rotation
from veza.domains.stations.models.stations import StoredMark, StoredStation
from veza.domains.stations.queries import marks, records, takeovers
from veza.domains.stations.rules import programs
from veza.domains.stations.rules.playlists import AHEAD
from veza.domains.stations.rules.timeline import Timeline, carry, cut_after, mark_after
from veza.domains.stations.service.clock import present
from veza.domains.stations.service.computing import compute
from veza.domains.stations.service.lengths import Lengths, read_lengths
from veza.infra.postgres.database import Conn, Database, Tx

# Between the clocks of two nodes.
_CLOCKS = 5 * SECOND
# Nobody has been told what plays after this: what is listed ahead, the difference between clocks,
# and the time in which a change is stored.
LEAD = AHEAD + _CLOCKS + 2 * SECOND
DAY = 86_400 * SECOND
KEPT = 400 * DAY
# Of an owner; and the marks after which a loss is a gap until the next day.
MAX_CHANGES_A_DAY = 20
MAX_MARKS_A_DAY = 48
_TRIES = 3


async def begin(tx: Tx, station: StoredStation, lengths: Lengths) -> None:
    """Start the timeline of a new station."""
    rotation = await _build(tx, station, lengths)
    await _store(tx, station.id, rotation, Mark(present(), 0, 0, MarkState()), changes=0)


async def change(tx: Tx, station: StoredStation, lengths: Lengths) -> None:
    """Play the program of a locked station that its owner has changed.

    It begins after the track that plays. Raises TooManyRotations.
    """
    at, mark, before, after = await _find_change(tx, station, lengths, breaks_off=False)
    replaced = await marks.delete_later(tx, station.id, at)
    if after != before or replaced:
        changed = await marks.count_changes(tx, station.id, at - DAY)
        if changed + replaced >= MAX_CHANGES_A_DAY:
            raise TooManyRotations
        await _store(tx, station.id, after, mark, changes=replaced + 1)
    _ensure_unserved(at)


async def ensure_changeable(conn: Conn, station_id: StationId) -> None:
    """Raise TooManyRotations if the owner of a station changed its program too often."""
    if await marks.count_changes(conn, station_id, present() - DAY) >= MAX_CHANGES_A_DAY:
        raise TooManyRotations


async def adapt(
    tx: Tx, station: StoredStation, lengths: Lengths, *, breaks_off: bool = False
) -> None:
    """Play the program of a locked station as it can be played now.

    It begins after the track that plays, or, if that `breaks_off`, after its segment. Nothing
    changes, and what is lost stays silent, if it changed too often within a day.
    """
    if await marks.count_later(tx, station.id, present() - DAY) >= MAX_MARKS_A_DAY:
        return
    at, mark, before, after = await _find_change(tx, station, lengths, breaks_off=breaks_off)
    replaced = await marks.delete_later(tx, station.id, at)
    if after != before or replaced:
        await _store(tx, station.id, after, mark, changes=replaced)
    _ensure_unserved(at)


async def replace_lost(database: Database, audio: AudioStorage, station_id: StationId) -> None:
    """Leave out what a station may not play any more. It may run twice."""
    lengths = await _read_lengths(database, audio, station_id)
    async with database.transaction(recorded=False) as tx:
        station = await records.lock_station(tx, station_id)
        if station is not None:
            await adapt(tx, station, lengths, breaks_off=True)


async def find_change(conn: Conn, station_id: StationId) -> int | None:
    """Return the moment of a change of the rotation that is still to come."""
    found = await marks.list_marks(conn, station_id, present(), present() + DAY)
    changes = [each.starts_at for each in found[1:] if each.state.first is None]
    return changes[-1] if changes else None


async def advance(database: Database, audio: AudioStorage, station_id: StationId) -> None:
    """Add marks to a station up to now, a day apart, and delete old ones. It may run twice."""
    lengths = await _read_lengths(database, audio, station_id)
    async with database.transaction(recorded=False) as tx:
        station = await records.lock_station(tx, station_id)
        if station is None:
            return
        base, rotation = await _find_latest(tx, station_id, present())
        while base.starts_at + DAY < present():
            until = base.starts_at + DAY
            later = mark_after(await compute(Timeline(rotation, base), until), until)
            base = _stored(later, base.rotation_id, changes=0)
            await marks.upsert_mark(tx, station_id, base)
        # Tracks may be back that could not be played.
        await adapt(tx, station, lengths)
        await sweep(tx, [station_id])


async def sweep(tx: Tx, station_ids: Sequence[UUID]) -> None:
    """Delete marks and takeovers that are too old, and rotations without a mark."""
    await marks.delete_old(tx, station_ids, present() - KEPT)
    await marks.delete_unused_rotations(tx, station_ids)
    await takeovers.delete_old(tx, station_ids, present() - KEPT)


async def _read_lengths(database: Database, audio: AudioStorage, station_id: StationId) -> Lengths:
    async with database.read() as conn:
        station = await records.find_station(conn, station_id, None)
    if station is None:
        return {}
    return await read_lengths(database, audio, station.owner_id, station.program, station_id)


async def _find_change(
    tx: Tx, station: StoredStation, lengths: Lengths, *, breaks_off: bool
) -> tuple[int, Mark, Rotation, Rotation]:
    """Return from when a change counts, its mark, and what plays before and after it.

    It is found again if that took so long that the moment may be listed already.
    """
    after = await _build(tx, station, lengths)
    for _ in range(_TRIES):
        at = present() + LEAD
        base, before = await _find_latest(tx, station.id, at)
        timeline = await compute(Timeline(before, base), at)
        mark = (cut_after if breaks_off else mark_after)(timeline, at)
        if is_unserved(at):
            return at, carry(mark, before, after), before, after
    raise Unavailable


def is_unserved(at: int) -> bool:
    """Return whether no node can have listed what plays after a moment."""
    return present() <= at - AHEAD - _CLOCKS


def _ensure_unserved(at: int) -> None:
    if not is_unserved(at):
        raise Unavailable


async def _find_latest(tx: Tx, station_id: StationId, at: int) -> tuple[StoredMark, Rotation]:
    [*_, base] = await marks.list_marks(tx, station_id, at, at)
    [stored] = await marks.list_rotations(tx, [base.rotation_id])
    return base, stored.content


async def _build(tx: Tx, station: StoredStation, lengths: Lengths) -> Rotation:
    wanted = programs.list_track_ids(station.program)
    playable = await records.list_playable(tx, station.owner_id, wanted)
    return programs.make_rotation(station.program, station.seed, playable, lengths)


async def _store(
    tx: Tx, station_id: StationId, rotation: Rotation, mark: Mark, *, changes: int
) -> None:
    rotation_id = StationRotationId(new_id())
    await marks.insert_rotation(tx, rotation_id, station_id, rotation)
    await marks.upsert_mark(tx, station_id, _stored(mark, rotation_id, changes=changes))
    await marks.delete_unused_rotations(tx, [station_id])


def _stored(mark: Mark, rotation_id: StationRotationId, *, changes: int) -> StoredMark:
    state = structs.replace(mark.state, changes=changes)
    return copy_fields(StoredMark, mark, rotation_id=rotation_id, state=state)

"""Reads the lengths of segments from the storage, for which no connection is held."""

import asyncio
from collections.abc import Mapping, Sequence

from veza.core.ids import StationId, TrackId, UserId
from veza.domains.music.audio.service import segments
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.stations.models.stations import StationProgram
from veza.domains.stations.queries import marks, records
from veza.domains.stations.rules import programs
from veza.infra.postgres.database import Database

type Lengths = Mapping[TrackId, list[int]]

_READS_AT_ONCE = 16


async def read_lengths(
    database: Database,
    audio: AudioStorage,
    owner_id: UserId,
    program: StationProgram,
    station_id: StationId | None = None,
) -> Lengths:
    """Return the lengths of the segments of those tracks of a program that can be played.

    The latest rotation of the station has most of them; only the others are read.
    """
    async with database.read() as conn:
        wanted = programs.list_track_ids(program)
        playable = await records.list_playable(conn, owner_id, wanted)
        latest = None if station_id is None else await marks.find_latest_rotation(conn, station_id)
    known = {} if latest is None else {track.id: track.lengths for track in latest.content.tracks}
    missing = [track.id for track in playable if track.id not in known]
    return known | await _read_stored(audio, missing)


async def _read_stored(
    audio: AudioStorage, track_ids: Sequence[TrackId]
) -> dict[TrackId, list[int]]:
    limit = asyncio.Semaphore(_READS_AT_ONCE)

    async def read(track_id: TrackId) -> list[int]:
        async with limit:
            return await segments.list_lengths(audio.storage, track_id)

    found = await asyncio.gather(*map(read, track_ids))
    return dict(zip(track_ids, found, strict=True))

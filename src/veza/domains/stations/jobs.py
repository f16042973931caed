"""Adds the marks of the timelines of stations, fixes requests, and has streams take over."""

from datetime import timedelta

import structlog

from veza.core.clock import now
from veza.core.ids import LOWEST_ID, StationId
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.stations.models.stations import ReplaceLostTracks
from veza.domains.stations.queries import records
from veza.domains.stations.queries import requests as request_queries
from veza.domains.stations.service import requests, rotations, takeovers
from veza.domains.stations.service.clock import StationClock, present
from veza.domains.stations.service.takeovers import StationTaker
from veza.infra.postgres.database import Database

log = structlog.get_logger()

# How often a worker looks for streams, and for what they have sent.
TAKE_INTERVAL_S = 1.0


async def advance_stations(database: Database, audio: AudioStorage) -> None:
    """Add marks to all stations whose latest is a day old. It may run twice."""
    after = LOWEST_ID
    while True:
        async with database.read() as conn:
            found = await records.list_due(conn, now() - timedelta(days=1), after)
        if not found:
            return
        for station_id in found:
            await _advance(database, audio, StationId(station_id))
        after = found[-1]


async def take_over_stations(taker: StationTaker) -> None:
    """Begin, continue and end the takeovers of stations. It may run on several nodes."""
    await takeovers.take_all(taker)


async def fix_requests(database: Database, clock: StationClock) -> None:
    """Fix the requests that stations play next, and delete old ones. It may run twice."""
    async with database.transaction(recorded=False) as tx:
        await request_queries.delete_old(tx)
    after = LOWEST_ID
    while True:
        async with database.read() as conn:
            found = await request_queries.list_due(conn, present(), after)
        if not found:
            return
        for station_id in found:
            try:
                await requests.fix(database, clock, StationId(station_id))
            except Exception:
                # The others go on; this one is tried again by the next run.
                log.exception("request_not_fixed", station=str(station_id))
        after = found[-1]


async def sweep_takeovers(database: Database) -> None:
    """Delete the sound of streams that nobody hears any more. It may run twice."""
    await takeovers.sweep(database)


async def replace_lost_tracks(
    database: Database, audio: AudioStorage, job: ReplaceLostTracks
) -> None:
    """Leave out what a station may not play any more. It may run twice."""
    await rotations.replace_lost(database, audio, job.station_id)


async def _advance(database: Database, audio: AudioStorage, station_id: StationId) -> None:
    try:
        await rotations.advance(database, audio, station_id)
    except Exception:
        # The others go on; this one is tried again by the next run.
        log.exception("station_not_advanced", station=str(station_id))

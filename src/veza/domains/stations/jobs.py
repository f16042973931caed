"""Adds the marks from which the timelines of stations are computed, and deletes old ones."""

from datetime import timedelta

from veza.core.clock import now
from veza.core.ids import LOWEST_ID, StationId
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.stations.queries import records
from veza.domains.stations.service import rotations
from veza.infra.postgres.database import Database


async def advance_stations(database: Database, audio: AudioStorage) -> None:
    """Add marks to all stations whose latest is a day old. It may run twice."""
    after = LOWEST_ID
    while True:
        async with database.read() as conn:
            found = await records.list_due(conn, now() - timedelta(days=1), after)
        if not found:
            return
        for station_id in found:
            await rotations.advance(database, audio, StationId(station_id))
        after = found[-1]

"""Records streams; announces recordings that expire, and deletes those that have."""

from veza.domains.replays import rules
from veza.domains.replays.events import RecordingExpiring
from veza.domains.replays.queries import recordings as queries
from veza.domains.replays.service import capture
from veza.domains.replays.service.capture import Recorder
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database
from veza.infra.storage.deletion import DeleteFolders

# How often a worker looks for what was sent: the ingest keeps it for a minute at least.
RECORD_INTERVAL_S = 5.0


async def record_streams(recorder: Recorder) -> None:
    """Store what was sent since the last time. It may run on several nodes at once."""
    await capture.record_all(recorder)


async def announce_expiring(database: Database) -> None:
    """Emit which recordings expire within days, each once. It may run twice."""
    while True:
        async with database.transaction(recorded=False) as tx:
            found = await queries.take_expiring(tx, rules.TOLD_BEFORE)
            for each in found:
                await emit(tx, RecordingExpiring(each.id, each.stream_id, each.owner_id))
        if not found:
            return


async def sweep_recordings(database: Database) -> None:
    """Delete recordings that have expired, and the sound of those that are tracks.

    It may run twice.
    """
    while True:
        async with database.transaction(recorded=False) as tx:
            gone = [*await queries.delete_expired(tx), *await queries.update_expired(tx)]
            if not gone:
                return
            await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in gone]))

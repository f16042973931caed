"""Deletes clips that were never finished, or whose stream or track is gone."""

from veza.domains.clips import queries, rules
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database
from veza.infra.storage.deletion import DeleteFolders


async def sweep_clips(database: Database) -> None:
    """Delete clips that were never finished, or whose stream or track is gone. It may run twice."""
    while True:
        async with database.transaction(recorded=False) as tx:
            gone = await queries.delete_left(tx, rules.UNFINISHED_AFTER)
            if not gone:
                return
            await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in gone]))

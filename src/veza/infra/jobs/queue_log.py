"""Deletes the log of jobs that are over.

The library writes a few rows for each job, and never deletes them. Those of jobs in the queue are
kept: they have the errors that staff looks at.
"""

from datetime import timedelta

from veza.infra.postgres.database import Database

_KEPT_FOR = timedelta(days=1)
_BATCH = 5_000

_DELETE = """
    delete from pgqueuer_log
     where id in (
           select l.id
             from pgqueuer_log l
            where l.created < now() - $1::interval
              and not exists (select from pgqueuer q where q.id = l.job_id)
            order by l.created
            limit $2
     )
"""


async def sweep_queue_log(database: Database) -> None:
    """Delete the log of jobs that have left the queue, a day after it was written."""
    deleted = _BATCH
    while deleted == _BATCH:
        async with database.transaction(recorded=False) as tx:
            deleted = await tx.run(_DELETE, _KEPT_FOR, _BATCH)

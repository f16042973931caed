"""Empties the trash, each file by itself, and thins out former versions if configured."""

import structlog

from veza.core.clock import now
from veza.core.ids import LOWEST_ID, FileId
from veza.domains.cloud.files import rules
from veza.domains.cloud.files.models import Retention
from veza.domains.cloud.files.queries import file_records, version_records
from veza.domains.cloud.files.service import delete_permanently, delete_versions
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()


async def empty_trash(database: Database, retention: Retention) -> None:
    """Delete the files that have been in the trash for too long, each in its own transaction."""

    async def delete_next(tx: Tx) -> int:
        file_id = await file_records.lock_old_trash(tx, retention.trash)
        if file_id is not None:
            await delete_permanently(tx, file_id)
        return file_id is not None

    count = await run_in_batches(database, delete_next)
    if count:
        log.info("trash_emptied", count=count)


async def thin_versions(database: Database, retention: Retention) -> None:
    """Delete some of the former versions of files, if configured; snapshots are kept."""
    if retention.versions is None:
        return
    count = 0
    after = LOWEST_ID
    while True:
        async with database.read() as conn:
            file_ids = await version_records.list_thinnable(conn, rules.FIRST_SPAN, after)
        if not file_ids:
            break
        for file_id in file_ids:
            count += await _thin(database, file_id, retention)
        after = file_ids[-1]
    if count:
        log.info("versions_thinned", count=count)


async def _thin(database: Database, file_id: FileId, retention: Retention) -> int:
    """Delete some of the former versions of a file; return how many."""
    assert retention.versions is not None
    async with database.transaction() as tx:
        former = await version_records.lock_former(tx, file_id)
        thinned = rules.list_thinned(former, retention.versions, now())
        if thinned:
            await delete_versions(tx, file_id, thinned)
    return len(thinned)

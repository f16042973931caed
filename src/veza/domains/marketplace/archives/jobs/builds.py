"""Builds archives and tells who asked for them; deletes unused, replaced or excess ones."""

import tempfile
from contextlib import suppress
from pathlib import Path

import structlog

from veza.core.errors import OutOfSpace, Unavailable
from veza.core.ids import ArchiveId
from veza.domains.marketplace.archives import rules
from veza.domains.marketplace.archives.errors import ArchiveTooLarge
from veza.domains.marketplace.archives.jobs.archive_builder import (
    ArchiveBuilder,
    ArchiveSuperseded,
    BuildRefused,
)
from veza.domains.marketplace.archives.models import ArchiveStatus, BuildArchive, StoredArchive
from veza.domains.marketplace.archives.queries import archives
from veza.domains.marketplace.archives.service import ArchiveStorage
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx
from veza.infra.storage.deletion import DeleteFolders

log = structlog.get_logger()


async def build_archive(database: Database, storage: ArchiveStorage, job: BuildArchive) -> None:
    """Build an archive, and notify the members who asked for it.

    It may run twice: a second try starts over and replaces the first.
    """
    async with database.transaction() as tx:
        archive = await archives.update_started(tx, job.archive_id)
    if archive is None:
        await _delete_unless_ready(database, storage, job.archive_id)
        return
    await storage.audio.storage.delete_folder(rules.folder_of(archive.id))
    if archive.attempts > rules.MAX_ATTEMPTS:
        await fail_archive(database, job)
        return
    try:
        with tempfile.TemporaryDirectory(dir=storage.audio.folder) as folder:
            await ArchiveBuilder(database, storage, archive, Path(folder)).build()
    except BaseException as error:
        await _undo(database, storage, archive)
        reason = _reason_of(error)
        if reason is not None:
            log.warning("archive_failed", archive=str(archive.id), reason=reason)
            await _fail(database, archive.id, reason)
        elif not isinstance(error, ArchiveSuperseded):
            raise


async def fail_archive(database: Database, job: BuildArchive) -> None:
    """Mark an archive as failed after the last attempt."""
    await _fail(database, job.archive_id, rules.BUILD_FAILED)


async def sweep_archives(database: Database, storage: ArchiveStorage) -> None:
    """Delete archives that were not used for some time, were replaced, or exceed the space."""
    deleted: list[ArchiveId] | None = None
    while deleted is None or deleted:
        async with database.transaction() as tx:
            deleted = await archives.delete_expired(tx, storage.kept_for, rules.GRACE)
            deleted += await archives.delete_excess(tx, storage.max_bytes)
            await _delete_folders(tx, deleted)


def _reason_of(error: BaseException) -> str | None:
    """Return why a build failed for good; None if a retry may succeed."""
    if isinstance(error, BuildRefused):
        return error.reason
    if isinstance(error, ArchiveTooLarge):
        return rules.TOO_LARGE
    # A retry would fill the disk again and block other writes.
    return rules.NO_SPACE if isinstance(error, OutOfSpace) else None


async def _undo(database: Database, storage: ArchiveStorage, archive: StoredArchive) -> None:
    """Delete what a try has stored. Only a try that kills its worker counts as an attempt."""
    with suppress(Unavailable):
        await storage.audio.storage.delete_folder(rules.attempt_folder(archive))
    with suppress(Unavailable):
        async with database.transaction() as tx:
            await archives.uncount_attempt(tx, archive.id)


async def _fail(database: Database, archive_id: ArchiveId, reason: str) -> None:
    async with database.transaction() as tx:
        await archives.update_failed(tx, archive_id, reason)
        await archives.delete_requests(tx, archive_id)


async def _delete_unless_ready(
    database: Database, storage: ArchiveStorage, archive_id: ArchiveId
) -> None:
    """Delete what a killed try has stored of an archive that was retired or deleted meanwhile."""
    async with database.read() as conn:
        archive = await archives.find_archive(conn, archive_id)
    if archive is None or archive.status is not ArchiveStatus.READY:
        await storage.audio.storage.delete_folder(rules.folder_of(archive_id))


async def _delete_folders(tx: Tx, archive_ids: list[ArchiveId]) -> None:
    if archive_ids:
        await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in archive_ids]))

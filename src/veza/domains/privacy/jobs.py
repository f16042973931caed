"""Builds exports, deletes expired ones, and erases accounts whose deletion is due."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from typing import Any

import msgspec
import structlog
from msgspec import structs

from veza.core.clock import now
from veza.core.errors import OutOfSpace, Unavailable
from veza.core.ids import ExportId
from veza.domains.auth.accounts.errors import LastAdmin
from veza.domains.auth.accounts.service.member_accounts import lock_account_status
from veza.domains.auth.sign_up.events import SignUpDeclined
from veza.domains.contributions import PersonalFile
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.privacy import queries, rules
from veza.domains.privacy.events import ExportReady
from veza.domains.privacy.models import (
    BuildExport,
    DeleteExports,
    EraseMember,
    ExportProgress,
    StoredExport,
)
from veza.domains.privacy.service import PersonalDataContext, erase
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.zip_archives import ArchiveChecksums, ArchiveEntry, write_archive

log = structlog.get_logger()

type OwnFiles = dict[str, list[PersonalFile]]


class ExportSuperseded(Exception):
    """The export was deleted, or another attempt at it is running."""


async def build_export(database: Database, context: PersonalDataContext, job: BuildExport) -> None:
    """Build an export and notify its member.

    It may run twice: a second attempt starts over and replaces the first.
    """
    async with database.transaction() as tx:
        export = await queries.update_running(tx, job.export_id)
    if export is None:
        return
    await context.storage.delete_folder(rules.export_folder(export.id))
    try:
        await _ExportBuilder(database, context, export).build()
    except BaseException as error:
        with suppress(Unavailable):
            await context.storage.delete_folder(rules.attempt_folder(export))
        if isinstance(error, OutOfSpace):
            # A retry would fill the disk again and block other writes.
            log.warning("export_out_of_space", export=str(export.id))
            await _fail(database, job.export_id, rules.NO_SPACE)
        elif not isinstance(error, ExportSuperseded):
            raise


async def fail_export(database: Database, job: BuildExport) -> None:
    """Mark an export as failed, so that the member can request a new export immediately."""
    await _fail(database, job.export_id, rules.BUILD_FAILED)


async def delete_exports(context: PersonalDataContext, job: DeleteExports) -> None:
    """Delete the archives of expired exports. Running twice does no harm."""
    for export_id in job.export_ids:
        await context.storage.delete_folder(rules.export_folder(export_id))


async def sweep_exports(database: Database) -> None:
    """Expire exports whose time is over, and enqueue the deletion of their archives."""
    expired: list[ExportId] | None = None
    while expired is None or expired:
        async with database.transaction() as tx:
            expired = await queries.update_expired(tx)
            if expired:
                await enqueue(tx, DeleteExports(expired))


async def enqueue_erasures(database: Database) -> None:
    """Enqueue the erasure of accounts whose deletion is due."""
    async with database.transaction() as tx:
        for user_id in await queries.list_due_deletions(tx):
            await enqueue(tx, EraseMember(user_id), key=f"erase_member:{user_id}")


async def schedule_erasure(tx: Tx, event: SignUpDeclined) -> None:
    """Erase a declined newcomer in seven days, when their mail has arrived."""
    await queries.insert_pending_deletion(tx, event.user_id, now() + rules.DECLINED_KEPT_FOR)


async def erase_member(database: Database, context: PersonalDataContext, job: EraseMember) -> None:
    """Erase an account whose deletion is due. Running twice does no harm.

    Where something prevents it (LastAdmin, OpenBalance), the deletion is postponed by a day.
    """
    try:
        async with database.transaction() as tx:
            if await queries.lock_due_deletion(tx, job.user_id):
                await lock_account_status(tx, job.user_id, keeps_admin=False)
                await erase(tx, context.domains, job.user_id, balance_modes=context.balance_modes)
    except (LastAdmin, OpenBalance) as error:
        log.warning("erasure_postponed", error=str(error))
        async with database.transaction() as tx:
            await queries.postpone_deletion(tx, job.user_id)


async def _fail(database: Database, export_id: ExportId, reason: str) -> None:
    async with database.transaction() as tx:
        await queries.update_failed(tx, export_id, reason)


class _ExportBuilder:
    """An attempt at an export: its progress, and the missing files."""

    def __init__(
        self, database: Database, context: PersonalDataContext, export: StoredExport
    ) -> None:
        self._database = database
        self._context = context
        self._export = export
        self._sums = ArchiveChecksums()
        self._missing: list[str] = []
        self._stored = self._reached = ExportProgress(0, 0, 0, 0)

    async def build(self) -> None:
        """Write the archive to the storage. Raises ExportSuperseded."""
        files = await self._list_files()
        sizes = [file.size_bytes for own_files in files.values() for file in own_files]
        self._reached = ExportProgress(0, len(self._context.domains) + len(sizes), 0, sum(sizes))
        await self._store_progress()
        key = rules.archive_key(self._export)
        async with aclosing(write_archive(self._list_entries(files), self._sums)) as archive:
            stored = await self._context.storage.put_stream(key, archive)
        async with self._database.transaction() as tx:
            expires_at = now() + rules.KEPT_FOR
            if not await queries.update_ready(
                tx, self._export, stored.size, stored.sha256, expires_at
            ):
                raise ExportSuperseded
            await emit(tx, ExportReady(self._export.id, self._export.user_id))
        log.info("export_built", size_bytes=stored.size, missing=len(self._missing))

    async def _list_files(self) -> OwnFiles:
        async with self._database.snapshot() as conn:
            return {
                name: await domain.list_files(conn, self._export.user_id)
                for name, domain in self._context.domains.items()
                if domain.list_files is not None
            }

    async def _list_entries(self, files: OwnFiles) -> AsyncIterator[ArchiveEntry]:
        for area in self._context.domains:
            yield self._text_entry(f"data/{area}.json", await self._read_data(area))
            await self._advance(files=1)
        for area, own_files in files.items():
            for file in own_files:
                entry = await self._open_file(f"media/{area}/{file.name}", file)
                if entry is not None:
                    yield entry
                await self._advance(files=1)
        yield self._text_entry("README.txt", rules.write_readme(now(), self._missing).encode())
        yield self._text_entry("checksums", self._sums.write().encode())

    async def _read_data(self, area: str) -> bytes:
        async with self._database.snapshot() as conn:
            data = await self._context.domains[area].export(conn, self._export.user_id)
        return await asyncio.to_thread(_write_json, data)

    async def _open_file(self, path: str, file: PersonalFile) -> ArchiveEntry | None:
        """Return a file as an entry of the archive; record it and return None if it is missing."""
        chunks = self._context.storage.read(file.key)
        try:
            first = await anext(chunks, b"")
        except ObjectMissing:
            self._missing.append(path)
            return None
        counted = self._count(first, chunks)
        return ArchiveEntry(path, counted, file.size_bytes, self._export.created_at, is_packed=True)

    def _text_entry(self, path: str, content: bytes) -> ArchiveEntry:
        size = len(content)
        return ArchiveEntry(
            path, _single_chunk(content), size, self._export.created_at, is_packed=False
        )

    async def _count(self, first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        yield first
        await self._advance(size=len(first))
        async for chunk in rest:
            yield chunk
            await self._advance(size=len(chunk))

    async def _advance(self, *, files: int = 0, size: int = 0) -> None:
        """Count finished files and bytes, and store the progress from time to time."""
        self._reached = structs.replace(
            self._reached,
            files_done=self._reached.files_done + files,
            bytes_done=self._reached.bytes_done + size,
        )
        if rules.is_progress_due(self._stored, self._reached):
            await self._store_progress()

    async def _store_progress(self) -> None:
        async with self._database.transaction() as tx:
            if not await queries.update_progress(tx, self._export, self._reached):
                raise ExportSuperseded
        self._stored = self._reached


def _write_json(data: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"


async def _single_chunk(content: bytes) -> AsyncIterator[bytes]:
    yield content

"""Putting exports together, part by part, and deleting them when their day is over."""

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
from veza.core.personal_files import PersonalFile
from veza.domains.auth.accounts.errors import LastAdmin
from veza.domains.auth.accounts.service import lock_standing
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.privacy import queries, rules
from veza.domains.privacy.events import ExportReady
from veza.domains.privacy.models import (
    BuildExport,
    DeleteExports,
    EraseMember,
    Progress,
    StoredExport,
)
from veza.domains.privacy.service import Estate, erase
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database
from veza.infra.storage.objects import ObjectMissing
from veza.infra.storage.zip_archives import ArchiveChecksums, ArchiveEntry, write_archive

log = structlog.get_logger()

type OwnFiles = dict[str, list[PersonalFile]]


class ExportGone(Exception):
    """Nobody wants it any more: whoever asked is gone, or another try counts."""


async def build_export(database: Database, estate: Estate, job: BuildExport) -> None:
    """Put an export together, and tell its member.

    A second try begins anew, and is the one that counts: what the first left goes, and if it is
    still at it, it stops.
    """
    async with database.transaction() as tx:
        export = await queries.update_begun(tx, job.export_id)
    if export is None:
        return
    await estate.storage.delete_folder(rules.folder_of(export.id))
    try:
        await _Builder(database, estate, export).build()
    except BaseException as error:
        with suppress(Unavailable):
            await estate.storage.delete_folder(rules.folder_of_try(export))
        if isinstance(error, OutOfSpace):
            # Trying again would fill the disk again, and keep others from writing.
            log.warning("export_has_no_space", export=str(export.id))
            await _fail(database, job.export_id, rules.NO_SPACE)
        elif not isinstance(error, ExportGone):
            raise


async def fail_export(database: Database, job: BuildExport) -> None:
    """Say of an export that it failed, so that its member may ask again at once."""
    await _fail(database, job.export_id, rules.BROKEN)


async def delete_exports(estate: Estate, job: DeleteExports) -> None:
    """Delete archives that are over. Doing it twice is the same as once."""
    for export_id in job.export_ids:
        await estate.storage.delete_folder(rules.folder_of(export_id))


async def sweep_exports(database: Database) -> None:
    """Have the archives deleted whose day is over."""
    expired: list[ExportId] | None = None
    while expired is None or expired:
        async with database.transaction() as tx:
            expired = await queries.update_expired(tx)
            if expired:
                await enqueue(tx, DeleteExports(expired))


async def order_erasures(database: Database) -> None:
    """Have those erased whose time to think better of it is over."""
    async with database.transaction() as tx:
        for user_id in await queries.list_due(tx):
            await enqueue(tx, EraseMember(user_id), key=f"erase_member:{user_id}")


async def erase_member(database: Database, estate: Estate, job: EraseMember) -> None:
    """Erase a member who didn't take it back. Doing it twice is the same as once.

    Who may not go yet, because money is due to them or by them, is looked at again a day later.
    """
    try:
        async with database.transaction() as tx:
            if await queries.lock_due(tx, job.user_id):
                await lock_standing(tx, job.user_id, keeps_admin=False)
                await erase(tx, estate.parts, job.user_id)
    except (LastAdmin, OpenBalance) as error:
        log.warning("erasure_put_off", error=str(error))
        async with database.transaction() as tx:
            await queries.update_put_off(tx, job.user_id)


async def _fail(database: Database, export_id: ExportId, reason: str) -> None:
    async with database.transaction() as tx:
        await queries.update_failed(tx, export_id, reason)


class _Builder:
    """One try at an export: how far it is, and what was missing."""

    def __init__(self, database: Database, estate: Estate, export: StoredExport) -> None:
        self._database = database
        self._estate = estate
        self._export = export
        self._sums = ArchiveChecksums()
        self._missing: list[str] = []
        self._told = self._reached = Progress(0, 0, 0, 0)

    async def build(self) -> None:
        """Write the archive to the storage. Raises ExportGone."""
        files = await self._list_files()
        sizes = [file.size_bytes for of_area in files.values() for file in of_area]
        self._reached = Progress(0, len(self._estate.parts) + len(sizes), 0, sum(sizes))
        await self._tell()
        key = rules.archive_key(self._export)
        async with aclosing(write_archive(self._list_entries(files), self._sums)) as archive:
            stored = await self._estate.storage.put_stream(key, archive)
        async with self._database.transaction() as tx:
            expires_at = now() + rules.KEPT_FOR
            if not await queries.update_ready(
                tx, self._export, stored.size, stored.sha256, expires_at
            ):
                raise ExportGone
            await emit(tx, ExportReady(self._export.id, self._export.user_id))
        log.info("export_built", size_bytes=stored.size, missing=len(self._missing))

    async def _list_files(self) -> OwnFiles:
        async with self._database.snapshot() as conn:
            return {
                area: await part.list_files(conn, self._export.user_id)
                for area, part in self._estate.parts.items()
            }

    async def _list_entries(self, files: OwnFiles) -> AsyncIterator[ArchiveEntry]:
        for area in self._estate.parts:
            yield self._pack(rules.data_path(area), await self._read_data(area))
            await self._reach(files=1)
        for area, of_area in files.items():
            for file in of_area:
                entry = await self._open(rules.media_path(area, file.name), file)
                if entry is not None:
                    yield entry
                await self._reach(files=1)
        yield self._pack("README.txt", rules.write_readme(now(), self._missing).encode())
        yield self._pack("checksums", self._sums.write().encode())

    async def _read_data(self, area: str) -> bytes:
        async with self._database.snapshot() as conn:
            data = await self._estate.parts[area].export(conn, self._export.user_id)
        return await asyncio.to_thread(_write_json, data)

    async def _open(self, path: str, file: PersonalFile) -> ArchiveEntry | None:
        """Give a file as it comes from the storage; None, and note it, where it is gone."""
        chunks = self._estate.storage.read(file.key)
        try:
            first = await anext(chunks, b"")
        except ObjectMissing:
            self._missing.append(path)
            return None
        counted = self._count(first, chunks)
        return ArchiveEntry(path, counted, file.size_bytes, self._export.created_at, is_packed=True)

    def _pack(self, path: str, content: bytes) -> ArchiveEntry:
        size = len(content)
        return ArchiveEntry(path, _in_one(content), size, self._export.created_at, is_packed=False)

    async def _count(self, first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        yield first
        await self._reach(size=len(first))
        async for chunk in rest:
            yield chunk
            await self._reach(size=len(chunk))

    async def _reach(self, *, files: int = 0, size: int = 0) -> None:
        """Count what is done, and say so where it is worth it."""
        self._reached = structs.replace(
            self._reached,
            files_done=self._reached.files_done + files,
            bytes_done=self._reached.bytes_done + size,
        )
        if rules.is_worth_telling(self._told, self._reached):
            await self._tell()

    async def _tell(self) -> None:
        async with self._database.transaction() as tx:
            if not await queries.update_progress(tx, self._export, self._reached):
                raise ExportGone
        self._told = self._reached


def _write_json(data: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"


async def _in_one(content: bytes) -> AsyncIterator[bytes]:
    yield content

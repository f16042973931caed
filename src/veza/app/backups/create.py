"""Makes a backup while the server runs.

Copies the objects of the storage that earlier backups lack, takes a snapshot of the database, dumps
it, and copies the objects that came meanwhile. If an object that the snapshot names was deleted in
between, this is repeated with a new snapshot, which does not name it any more. So nothing has to be
stopped or locked, and every object that the dump names is in the backup.
"""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import asyncpg
import structlog
from msgspec import Struct

from veza.app.backups.keys import derive_server_key
from veza.app.backups.listing import Listing, open_listing
from veza.app.backups.repository import (
    DATABASE,
    FORMAT,
    LISTING,
    SECRETS,
    BackupManifest,
    Repository,
    pack_listing,
    read_file,
)
from veza.app.backups.target import find_schedule
from veza.app.services import Services
from veza.app.stored_objects import OBJECT_SOURCES
from veza.core.errors import CannotStart
from veza.core.ids import LOWEST_ID
from veza.domains.platform.backups import service as backups
from veza.domains.platform.backups.models import LOCK, BackupSchedule, FinishedBackup
from veza.infra.postgres.database import Conn, connect
from veza.infra.postgres.dump import dump_database
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import ListedObject, StoredObject
from veza.infra.storage.stored_objects import list_expected

log = structlog.get_logger()

# Longer than reading a page of the largest table takes, and than an export of a snapshot waits.
_STATEMENT_TIMEOUT_MS = 600_000
_MAX_SNAPSHOTS = 5
# The attempts of this server, of which this one is not finished, are none of another one.
EMPTY_TABLES = ("backup_attempts", "backup_requests")


class BackupContext(Struct, frozen=True):
    """The services to back up, the repository, and a folder for temporary files."""

    services: Services
    repository: Repository
    folder: Path


class _Copies(Struct, frozen=True):
    """The objects of the former backup and of this one."""

    former: Listing
    current: Listing


async def create_backup(
    services: Services, repository: Repository, *, keep: int
) -> tuple[BackupManifest, int]:
    """Make a backup, and read its new parts again.

    Then keep the newest `keep` backups, or all if it is 0, and delete what interrupted ones left.
    Returns the backup, and the number of those deleted. Raises CannotStart if another one is made.
    """
    async with _lock(services):
        return await _create_recorded(services, repository, keep)


async def create_due_backup(
    services: Services, repository: Repository, schedule: BackupSchedule, *, keep: int
) -> tuple[BackupManifest, int] | None:
    """Make a backup like `create_backup`, or return None if none is due any more."""
    async with _lock(services):
        async with services.database.read() as conn:
            if not await backups.is_due(conn, schedule):
                return None
        return await _create_recorded(services, repository, keep)


async def _create_recorded(
    services: Services, repository: Repository, keep: int
) -> tuple[BackupManifest, int]:
    async with _record(services, repository.name) as outcome:
        with tempfile.TemporaryDirectory(prefix="veza-backup-") as folder:
            context = BackupContext(services, repository, Path(folder))
            async with _open_copies(context) as copies:
                manifest = await _create(context, copies)
                await _verify(context, manifest, copies)
            await repository.finish(manifest)
            outcome.backup = FinishedBackup(manifest.id, manifest.bytes, manifest.objects)
            return manifest, await repository.prune(keep, context.folder)


class _Outcome:
    """The backup of an attempt, as soon as it is complete."""

    def __init__(self) -> None:
        self.backup: FinishedBackup | None = None


@asynccontextmanager
async def _record(services: Services, target: str) -> AsyncGenerator[_Outcome]:
    """Record the attempt inside the `with`, and whether it succeeds. Needs the lock.

    If the process is killed, the next attempt or a worker records that it failed.
    """
    database, schedule, outcome = services.database, find_schedule(services.settings), _Outcome()
    is_scheduled = schedule is not None and schedule.target == target
    async with database.transaction() as tx:
        attempt = await backups.begin(tx, target, is_scheduled=is_scheduled)
    try:
        yield outcome
    except Exception as error:
        async with database.transaction() as tx:
            await backups.finish(tx, attempt, outcome.backup, error)
        raise
    except BaseException:
        # Stopped on purpose.
        async with database.transaction() as tx:
            await backups.cancel(tx, attempt)
        raise
    async with database.transaction() as tx:
        await backups.finish(tx, attempt, outcome.backup)


@asynccontextmanager
async def _lock(services: Services) -> AsyncGenerator[None]:
    """Hold the lock on backups. It ends with the connection."""
    connection = await asyncpg.connect(services.addresses.migration)
    try:
        if not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
            raise CannotStart("Another backup of this server is being made: wait until it ends.")
        yield
    finally:
        await connection.close()


@asynccontextmanager
async def _open_copies(context: BackupContext) -> AsyncGenerator[_Copies]:
    path = context.folder / "former.sqlite"
    earlier = await context.repository.list_backups()
    if earlier:
        _ensure_own(context.services, earlier[-1])
        # Copies for other keys, or for none, are not used again.
        if earlier[-1].recipients == list(context.repository.keys.recipients):
            await context.repository.fetch_listing(earlier[-1], path)
    with open_listing(path) as former, open_listing(context.folder / "current.sqlite") as current:
        yield _Copies(former, current)


async def _create(context: BackupContext, copies: _Copies) -> BackupManifest:
    backup_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(4)}"
    await _copy_objects(context, copies)
    lost: set[str] = set()
    for _ in range(_MAX_SNAPSHOTS):
        created_at = datetime.now(UTC)
        database, migrations, missing = await _take_snapshot(context, copies, backup_id)
        # What two snapshots name and nobody has was lost before: no backup can bring it back.
        if lost.issuperset(missing):
            break
        log.info("backup_repeats_snapshot", objects=len(missing))
        lost |= set(missing)
    else:
        raise CannotStart("Files are deleted faster than they are copied: try again later.")
    copies.current.drop_unnamed()
    count, size = copies.current.measure()
    listing = pack_listing(context.folder / "current.sqlite")
    put, secrets_file = context.repository.put_file, context.services.settings.data_dir / SECRETS
    files = {
        DATABASE: database,
        SECRETS: await put(backup_id, SECRETS, read_file(secrets_file)),
        LISTING: await put(backup_id, LISTING, read_file(listing)),
    }
    return BackupManifest(
        format=FORMAT,
        id=backup_id,
        server=derive_server_key(context.services.keys).server,
        created_at=created_at,
        migrations=migrations,
        files=files,
        objects=count,
        object_bytes=size,
        missing_objects=sorted(missing),
        recipients=list(context.repository.keys.recipients),
    )


def _ensure_own(services: Services, former: BackupManifest) -> None:
    """Raise CannotStart for backups of another server: two would delete each other's objects."""
    if former.server != derive_server_key(services.keys).server:
        raise CannotStart(
            "There are backups of another server: choose a target for this one alone."
        )


async def _take_snapshot(
    context: BackupContext, copies: _Copies, backup_id: str
) -> tuple[StoredObject, list[str], list[str]]:
    """Dump the database, and copy what it names.

    Returns the dump, the names of its migrations, and the keys of objects that nobody has any more.
    """
    url = context.services.addresses.migration
    async with (
        connect(url, max_size=1, statement_timeout_ms=_STATEMENT_TIMEOUT_MS) as database,
        database.snapshot() as conn,
    ):
        snapshot = await conn.value(str, "select pg_export_snapshot()")
        assert snapshot is not None
        dump = dump_database(url, snapshot, empty_tables=EMPTY_TABLES)
        stored = await context.repository.put_file(backup_id, DATABASE, dump)
        await _copy_objects(context, copies)
        missing = await _mark_named(conn, copies.current)
        migrations = await conn.column(str, "select name from migrations order by name")
    return stored, migrations, missing


async def _mark_named(conn: Conn, listing: Listing) -> list[str]:
    listing.forget_names()
    missing: list[str] = []
    for source in OBJECT_SOURCES:
        after = LOWEST_ID
        while page := await list_expected(conn, source, after):
            missing += listing.mark_named(page)
            after = page[-1].id
    return missing


async def _copy_objects(context: BackupContext, copies: _Copies) -> None:
    """Copy the objects of the storage that neither this backup nor the former one has."""
    async for batch in context.services.storage.walk():
        for found in batch:
            if not _has(copies.current, found):
                await _copy(context, copies, found)


async def _copy(context: BackupContext, copies: _Copies, found: ListedObject) -> None:
    former = copies.former.find(found.key)
    if former is not None and _has(copies.former, found):
        copies.current.add(former, is_new=False)
        return
    try:
        chunks = context.services.storage.read(found.key)
        item = await context.repository.put_object(found, chunks)
    except ObjectMissing:
        # Deleted since it was listed. If the snapshot names it, there will be another snapshot.
        return
    copies.current.add(item, is_new=True)


def _has(listing: Listing, found: ListedObject) -> bool:
    """Return whether a listing has this object, unchanged."""
    known = listing.find(found.key)
    facts = (found.size, found.modified.timestamp())
    return known is not None and (known.size, known.modified) == facts


async def _verify(context: BackupContext, manifest: BackupManifest, copies: _Copies) -> None:
    """Read everything again that was written. Raises Damaged."""
    for name in manifest.files:
        await context.repository.verify_file(manifest, name)
    for item in copies.current.iterate(only_new=True):
        await context.repository.verify_object(manifest, item)

"""Makes a backup while the server runs.

Copies the objects of the storage that earlier backups lack, takes a snapshot of the database, dumps
it, and copies the objects that came meanwhile. If an object that the snapshot names was deleted in
between, this is repeated with a new snapshot, which does not name it any more. So nothing has to be
stopped or locked, and every object that the dump names is in the backup. `copies` says how the
copies of earlier backups are checked.
"""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import asyncpg
import structlog
from msgspec import Struct, structs

from veza.app.backup_schedule import find_schedule
from veza.app.domains import OBJECT_SOURCES
from veza.app.services import Services
from veza.core.errors import CannotStart
from veza.core.ids import LOWEST_ID
from veza.domains.platform.backups import service as backups
from veza.domains.platform.backups.models import LOCK, BackupSchedule, FinishedBackup
from veza.infra.postgres.database import Conn, connect
from veza.infra.postgres.dump import dump_database
from veza.infra.storage.objects import StoredObject
from veza.infra.storage.stored_objects import ExpectedObject, list_expected
from veza.operations.backups.copies import BackupContext, Copies, MissingObjects, open_copies
from veza.operations.backups.keys import derive_server_key
from veza.operations.backups.listing import Listing
from veza.operations.backups.repository import (
    DATABASE,
    FORMAT,
    LISTING,
    SECRETS,
    BackupManifest,
    Repository,
    pack_listing,
    read_file,
)
from veza.operations.backups.retention import prune

log = structlog.get_logger()

# Longer than reading a page of the largest table takes, and than an export of a snapshot waits.
_STATEMENT_TIMEOUT_MS = 600_000
_MAX_SNAPSHOTS = 5
# The attempts of this server, of which this one is not finished, are none of another one.
EMPTY_TABLES = ("backup_attempts", "backup_requests")


class IncompleteBackup(CannotStart):
    """A backup was made, but the storage lacks files that rows name."""


class _Snapshot(Struct, frozen=True):
    """A dump, the names of its migrations, and what it names that could not be copied."""

    backup_id: str
    created_at: datetime
    database: StoredObject
    migrations: list[str]
    missing: list[ExpectedObject]


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
            async with open_copies(context) as copies:
                manifest = await _create(context, copies)
                await _verify(context, manifest, copies)
            await repository.finish(manifest)
            outcome.backup = FinishedBackup(
                manifest.id, manifest.bytes, manifest.objects, manifest.work
            )
            outcome.problem = describe_problem(manifest)
            log.info("backup_made", backup=manifest.id, **structs.asdict(manifest.work))
            return manifest, await prune(repository, keep, context.folder)


def describe_problem(manifest: BackupManifest) -> str | None:
    """Return what is wrong with the files of a backup, or None if nothing is."""
    sentences: list[str] = []
    if manifest.missing_objects:
        sentences.append(
            "The backup is not complete. Files that are missing or damaged in the storage, and "
            f"that no earlier backup has whole: {len(manifest.missing_objects)}."
        )
    if manifest.kept_objects:
        sentences.append(
            "Files that are missing or damaged in the storage, and that the backup has from an "
            f"earlier one: {len(manifest.kept_objects)}."
        )
    return " ".join(sentences) or None


class _Outcome:
    """The backup of an attempt, as soon as it exists, and what is wrong with it."""

    def __init__(self) -> None:
        self.backup: FinishedBackup | None = None
        self.problem: str | None = None


@asynccontextmanager
async def _record(services: Services, target: str) -> AsyncGenerator[_Outcome]:
    """Record the attempt inside the `with`, and whether it succeeds. Needs the lock.

    If the process is killed, the next attempt or a worker records that it failed.
    """
    database = services.database
    schedule = find_schedule(services.settings)
    outcome = _Outcome()
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
    problem = None if outcome.problem is None else IncompleteBackup(outcome.problem)
    async with database.transaction() as tx:
        await backups.finish(tx, attempt, outcome.backup, problem)


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


async def _create(context: BackupContext, copies: Copies) -> BackupManifest:
    backup_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(4)}"
    await copies.copy_all()
    lost: set[str] = set()
    for _ in range(_MAX_SNAPSHOTS):
        snapshot = await _take_snapshot(context, copies, backup_id)
        keys = {item.key for item in snapshot.missing}
        # What two snapshots name and the storage lacks was lost before.
        if lost.issuperset(keys):
            break
        log.info("backup_repeats_snapshot", objects=len(keys))
        lost |= keys
    else:
        raise CannotStart("Files are deleted faster than they are copied: try again later.")
    missing = await copies.find_earlier(snapshot.missing)
    copies.current.drop_unnamed()
    return await _finish(context, copies, snapshot=snapshot, missing=missing)


async def _finish(
    context: BackupContext, copies: Copies, *, snapshot: _Snapshot, missing: MissingObjects
) -> BackupManifest:
    """Store the files of a backup beside the dump; return its manifest."""
    backup_id = snapshot.backup_id
    count, size = copies.current.measure()
    listing = pack_listing(context.folder / "current.sqlite")
    put = context.repository.put_file
    secrets_file = context.services.settings.data_dir / SECRETS
    files = {
        DATABASE: snapshot.database,
        SECRETS: await put(backup_id, SECRETS, read_file(secrets_file)),
        LISTING: await put(backup_id, LISTING, read_file(listing)),
    }
    return BackupManifest(
        format=FORMAT,
        id=backup_id,
        server=derive_server_key(context.services.keys).server,
        created_at=snapshot.created_at,
        migrations=snapshot.migrations,
        files=files,
        objects=count,
        object_bytes=size,
        missing_objects=missing.lost,
        recipients=list(context.repository.keys.recipients),
        kept_objects=missing.kept,
        run=copies.run,
        work=copies.describe_work(missing),
    )


async def _take_snapshot(context: BackupContext, copies: Copies, backup_id: str) -> _Snapshot:
    """Dump the database, and copy what it names."""
    url = context.services.addresses.migration
    created_at = datetime.now(UTC)
    async with (
        connect(url, max_size=1, statement_timeout_ms=_STATEMENT_TIMEOUT_MS) as database,
        database.snapshot() as conn,
    ):
        snapshot = await conn.value(str, "select pg_export_snapshot()")
        assert snapshot is not None
        dump = dump_database(url, snapshot, empty_tables=EMPTY_TABLES)
        stored = await context.repository.put_file(backup_id, DATABASE, dump)
        await copies.copy_all()
        missing = await _mark_named(conn, copies.current)
        migrations = await conn.column(str, "select name from migrations order by name")
    return _Snapshot(backup_id, created_at, stored, migrations, missing)


async def _mark_named(conn: Conn, listing: Listing) -> list[ExpectedObject]:
    listing.forget_names()
    missing: list[ExpectedObject] = []
    for source in OBJECT_SOURCES:
        after = LOWEST_ID
        while page := await list_expected(conn, source, after):
            missing += listing.mark_named(page)
            after = page[-1].id
    return missing


async def _verify(context: BackupContext, manifest: BackupManifest, copies: Copies) -> None:
    """Read everything again that was written. Raises Damaged."""
    for name in manifest.files:
        await context.repository.verify_file(manifest, name)
    for item in copies.current.iterate(only_new=True):
        await context.repository.verify_object(manifest, item)

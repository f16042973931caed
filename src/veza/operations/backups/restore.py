"""Restores a backup into an empty data directory, database and storage."""

import tempfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncpg
from msgspec import Struct

from veza.app.data_dir import RESTORING, create_data_dir, own_data_dir
from veza.app.paths import Addresses
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.infra.postgres.baseline import adopt_baseline, ensure_adoptable
from veza.infra.postgres.dump import restore_database
from veza.infra.postgres.migrate import is_earlier, migrate, read_migrations
from veza.infra.storage.objects import Storage
from veza.infra.storage.stores import open_storage
from veza.operations.backups.listing import open_listing
from veza.operations.backups.repository import (
    DATABASE,
    SECRETS,
    BackupManifest,
    Damaged,
    Repository,
)

_EXTENSION = "create extension if not exists pg_trgm"
_HINT = (
    "To restore all the rest, and to see whose files are lost, empty the data directory, the "
    "database and the storage again, and add --allow-missing."
)

# Starts the engines of the settings and leaves an empty database empty.
type StartEngines = Callable[[Settings], AbstractAsyncContextManager[Addresses]]


class Restoration(Struct, frozen=True):
    """A backup that was restored, and the migrations that it lacked.

    `lost` are the keys of the objects that it did not have, or not whole.
    """

    manifest: BackupManifest
    migrated: list[str]
    lost: list[str]


async def restore_backup(
    settings: Settings,
    repository: Repository,
    backup_id: str | None,
    *,
    start_engines: StartEngines,
    allow_missing: bool = False,
) -> Restoration:
    """Restore a backup, or the newest one if no id is given. `allow_missing` leaves out damage.

    Raises CannotStart, without changes, if the target is not empty, the backup is of a later
    version or of one before 1.0 that was not the last, or no identity decrypts it; and Damaged if a
    file of the backup is not what it was, or, without `allow_missing`, an object. A restoration
    that was interrupted leaves a file that keeps the server from starting.
    """
    manifest = await repository.find(backup_id)
    _ensure_known(manifest)
    repository.ensure_readable(manifest)
    _ensure_empty_folder(create_data_dir(settings))
    storage = open_storage(settings.storage_url, settings.data_dir)
    try:
        await _ensure_empty_storage(storage)
        with (
            own_data_dir(settings) as folder,
            tempfile.TemporaryDirectory(prefix="veza-restore-") as scratch,
        ):
            (folder / RESTORING).write_text(manifest.id)
            await _restore_secrets(repository, manifest, folder)
            dump = Path(scratch) / DATABASE
            await repository.fetch_file(manifest, DATABASE, dump)
            async with start_engines(settings) as addresses:
                migrated = await _restore_database(addresses, dump)
            damaged = await _restore_objects(
                repository, manifest, storage, allow_missing=allow_missing
            )
            (folder / RESTORING).unlink()
    finally:
        storage.close()
    return Restoration(manifest, migrated, sorted({*damaged, *manifest.missing_objects}))


async def restore_copy(settings: Settings, dump: Path, start_engines: StartEngines) -> list[str]:
    """Restore a copy of the database that was made before a migration, into an empty database.

    Files and secrets stay as they are. Returns the names of the migrations that are applied to it:
    those of this version that it lacks. Raises CannotStart if the database is not empty.
    """
    with own_data_dir(settings):
        async with start_engines(settings) as addresses:
            return await _restore_database(addresses, dump)


def _ensure_known(manifest: BackupManifest) -> None:
    ensure_adoptable(manifest.migrations)
    known = {name for name, _ in read_migrations()}
    unknown = set(manifest.migrations) - known
    if unknown and not is_earlier(manifest.migrations):
        raise CannotStart(
            f"Backup {manifest.id} was made by a later version of Veza, which has the migration "
            f"{max(unknown)}: install that version or a later one."
        )


def _ensure_empty_folder(folder: Path) -> None:
    # The folder of the storage is created when it is opened.
    found = sorted(path.name for path in folder.iterdir() if path.name not in {"media", "lock"})
    if found:
        raise CannotStart(
            f"The data directory {folder.absolute()} is not empty ({', '.join(found[:5])}): a "
            "backup is restored into an empty one only. Move it away, or set VEZA_DATA_DIR."
        )


async def _ensure_empty_storage(storage: Storage) -> None:
    async for batch in storage.walk():
        if batch:
            raise CannotStart(
                f"The storage is not empty ({batch[0].key}): a backup is restored into an empty "
                "one only. Empty it, or set VEZA_STORAGE_URL to another one."
            )


async def _restore_secrets(repository: Repository, manifest: BackupManifest, folder: Path) -> None:
    path = folder / SECRETS
    path.touch(mode=0o600)
    content = await repository.read_file(manifest, SECRETS)
    path.write_bytes(content)


async def _restore_database(addresses: Addresses, dump: Path) -> list[str]:
    """Restore a dump; return the names of the later migrations, which are applied."""
    connection = await asyncpg.connect(addresses.migration)
    try:
        tables = "select count(*) from pg_tables where schemaname = 'public'"
        if await connection.fetchval(tables):
            raise CannotStart(
                "The database is not empty: a backup is restored into an empty one only. Set "
                "VEZA_DATABASE_URL to an empty one."
            )
        await connection.execute(_EXTENSION)
    finally:
        await connection.close()
    await restore_database(addresses.migration, dump)
    await adopt_baseline(addresses.migration)
    return await migrate(addresses.migration, addresses.database)


async def _restore_objects(
    repository: Repository, manifest: BackupManifest, storage: Storage, *, allow_missing: bool
) -> list[str]:
    """Restore all objects; return the keys of damaged ones, which are left out if that is allowed.

    Raises Damaged.
    """
    damaged: list[str] = []
    with tempfile.TemporaryDirectory(prefix="veza-restore-") as scratch:
        path = Path(scratch) / "objects.sqlite"
        await repository.fetch_listing(manifest, path)
        with open_listing(path) as listing:
            for item in listing.iterate():
                try:
                    await storage.put_stream(item.key, repository.read_object(manifest, item))
                except Damaged as error:
                    if not allow_missing:
                        raise Damaged(f"{error} {_HINT}") from error
                    damaged.append(item.key)
    return damaged

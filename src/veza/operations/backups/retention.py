"""Deletes old backups, and the copies of objects that no backup lists."""

import sqlite3
from contextlib import closing
from pathlib import Path

from veza.operations.backups.listing import Listing, open_listing
from veza.operations.backups.repository import MANIFEST, BackupManifest, Damaged, Repository


async def prune(repository: Repository, keep: int, folder: Path) -> int:
    """Delete all backups but the newest `keep`, and what no other lists; return how many."""
    backups = await repository.list_backups()
    old = backups[: max(0, len(backups) - keep)] if keep else []
    kept = [each.id for each in backups[len(old) :]]
    # The manifests first: what lacks files must not look complete.
    await repository.storage.delete_keys([f"backups/{each.id}/{MANIFEST}" for each in old])
    ids = {key.split("/")[1] for key in await repository.storage.list_keys("backups")}
    for backup_id in ids.difference(kept):
        await repository.storage.delete_folder(f"backups/{backup_id}")
    await _delete_unlisted(repository, backups[len(old) :], folder)
    return len(old)


async def _delete_unlisted(
    repository: Repository, kept: list[BackupManifest], folder: Path
) -> None:
    """Delete the copies that no backup lists, also of interrupted backups."""
    path = folder / "names.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as names:
        names.execute("create table names (name text primary key) without rowid")
        for number, manifest in enumerate(kept):
            listing_path = folder / f"kept-{number}.sqlite"
            await _fetch_listing(repository, manifest, listing_path)
            with open_listing(listing_path) as listing:
                _add_names(names, listing)
            listing_path.unlink()
        async for batch in repository.storage.walk():
            keys = [each.key for each in batch if each.key.startswith("objects/")]
            await repository.storage.delete_keys(
                [key for key in keys if not _is_listed(names, key)]
            )
    path.unlink()


async def _fetch_listing(repository: Repository, manifest: BackupManifest, path: Path) -> None:
    try:
        await repository.fetch_listing(manifest, path)
    except Damaged as error:
        raise Damaged(
            f"{error} It can't be restored: delete the folder backups/{manifest.id} of the "
            "target. Until then the copies of old backups are not deleted."
        ) from error


def _add_names(names: sqlite3.Connection, listing: Listing) -> None:
    rows = ((item.name,) for item in listing.iterate())
    names.executemany("insert or ignore into names values (?)", rows)


def _is_listed(names: sqlite3.Connection, key: str) -> bool:
    sql = "select 1 from names where name = ?"
    return names.execute(sql, (key.rpartition("/")[2],)).fetchone() is not None

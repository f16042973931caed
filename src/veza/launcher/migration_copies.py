"""Copies of the embedded database, made before migrations: `veza restore --database FILE`."""

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import structlog

from veza.core.errors import CannotStart
from veza.infra.postgres.dump import DumpFailed, dump_database

log = structlog.get_logger()

FOLDER = "migration-copies"
_KEPT = 3


async def copy_database(data_dir: Path, url: str, migration: str) -> None:
    """Copy the database into the data directory, before a migration; keep the newest three copies.

    A copy that was made before the same migration is replaced: it failed then. Raises CannotStart.
    """
    log.info("copying_database", before=migration)
    folder = data_dir / FOLDER
    try:
        with _create_file(folder, f"before-{migration}.dump") as file:
            async for chunk in dump_database(url, None):
                await asyncio.to_thread(file.write, chunk)
        _delete_old(folder)
    except (OSError, DumpFailed) as error:
        raise CannotStart(
            f"The database was not migrated, because it could not be copied to {folder} before: "
            f"{error}. Nothing was changed. Free some space there, and start again."
        ) from error


@contextmanager
def _create_file(folder: Path, name: str) -> Generator[BinaryIO]:
    """Create a file that only its owner can read, under a temporary name until it is complete."""
    folder.mkdir(mode=0o700, exist_ok=True)
    part = folder / f"{name}.part"
    try:
        part.touch(mode=0o600)
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(folder / name)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _delete_old(folder: Path) -> None:
    copies = sorted(folder.glob("before-*.dump"), key=lambda path: path.stat().st_mtime_ns)
    for path in copies[:-_KEPT]:
        path.unlink()

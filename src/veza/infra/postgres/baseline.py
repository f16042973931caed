"""Adoption of databases of before 1.0: other migrations led to the schema that 1.0 begins with.

Nothing was released before 1.0, so its migrations were written anew as one baseline. A database of
the last version before it has the same schema under the names of other migrations, but for the job
queue. A backup of it can be restored: the queue is changed and the names are replaced then. No
running server does that, so that data that is not right is never taken for right without a backup.
"""

import hashlib
from collections.abc import Collection
from importlib import resources

import asyncpg

from veza.core.errors import CannotStart
from veza.infra.postgres.migrate import (
    AppliedMigration,
    is_earlier,
    read_applied,
    read_migrations,
    record,
)

# All migrations of the last version before 1.0.
_LAST = "0075_keep_failed_tracks"
_COUNT = 75
_DIGEST = "9507e4bfeb687121ea05be055ff29f7decde0671698b18792486d60777e8be59"
# Those of 1.0.0, which have the same result but for the job queue.
LAST_OF_BASELINE = "0019_create_search_and_statistics"
_QUEUE = resources.files("veza.infra.postgres") / "former_queue.sql"

_NOT_LAST = (
    "This backup was made by a version of Veza before 1.0 that was not the last one. Restore it "
    "with the version that made it, into an empty data directory and database, start the last "
    "version before 1.0 on them, and back them up again."
)


def ensure_adoptable(names: Collection[str]) -> None:
    """Raise CannotStart if these migrations are of before 1.0, and not those of its last version.

    It is for the list of a backup, before anything is restored: contents are compared later.
    """
    if is_earlier(names) and not (len(names) == _COUNT and max(names) == _LAST):
        raise CannotStart(_NOT_LAST)


async def adopt_baseline(owner_url: str) -> None:
    """Make a restored database of the last version before 1.0 one of 1.0.0, jobs included.

    Other databases stay as they are. Raises CannotStart if it is of an earlier version.
    """
    connection = await asyncpg.connect(owner_url)
    try:
        async with connection.transaction():
            applied = await read_applied(connection)
            if not is_earlier(applied):
                return
            if _digest(applied.values()) != _DIGEST:
                raise CannotStart(_NOT_LAST)
            await connection.execute(_QUEUE.read_text())
            await connection.execute("delete from migrations")
            for name, sql in read_migrations():
                if name <= LAST_OF_BASELINE:
                    await record(connection, name, sql)
    finally:
        await connection.close()


def _digest(applied: Collection[AppliedMigration]) -> str:
    """Return a hash of names and contents."""
    lines = sorted(f"{each.name} {each.checksum}\n" for each in applied)
    return hashlib.sha256("".join(lines).encode()).hexdigest()

"""The objects of a backup, in a SQLite file: a million of them need no memory."""

import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from veza.infra.storage.stored_objects import ExpectedObject

_TABLE = """
    create table if not exists objects (
        key      text primary key,
        size     integer not null,
        modified real not null,
        name     text not null,
        sha256   text not null,
        is_new   integer not null,
        is_named integer not null default 0
    ) without rowid
"""
_COLUMNS = "key, size, modified, name, sha256"


class BackedUpObject(Struct, frozen=True):
    """An object of the storage, and its copy `name` in the repository.

    `size` is in bytes, `modified` in seconds since 1970, `sha256` in hex.
    """

    key: str
    size: int
    modified: float
    name: str
    sha256: str


class Listing:
    """The objects of one backup, by key."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.execute(_TABLE)

    def find(self, key: str) -> BackedUpObject | None:
        """Return the object with a key."""
        sql = f"select {_COLUMNS} from objects where key = ?"  # noqa: S608 - constant
        row = self._connection.execute(sql, (key,)).fetchone()
        return None if row is None else BackedUpObject(*row)

    def add(self, item: BackedUpObject, *, is_new: bool) -> None:
        """Add an object, which this backup copied if it `is_new`; replace one with the same key."""
        sql = f"insert or replace into objects ({_COLUMNS}, is_new) values (?, ?, ?, ?, ?, ?)"  # noqa: S608
        fields = (item.key, item.size, item.modified, item.name, item.sha256, is_new)
        self._connection.execute(sql, fields)

    def forget_names(self) -> None:
        """Begin anew to mark what rows name."""
        self._connection.execute("update objects set is_named = 0 where is_named")

    def mark_named(self, expected: Iterable[ExpectedObject]) -> list[str]:
        """Mark the objects that rows name; return the keys of needed ones that are not complete."""
        return [item.key for item in expected if not self._mark(item) and item.is_needed]

    def _mark(self, item: ExpectedObject) -> bool:
        end = f"{item.key[:-1]}0" if item.key.endswith("/") else f"{item.key}\0"
        bounds = (item.key, end)
        within = "where key >= ? and key < ?"
        sql = f"select count(*), coalesce(sum(size), 0) from objects {within}"  # noqa: S608
        count, size = self._connection.execute(sql, bounds).fetchone()
        self._connection.execute(f"update objects set is_named = 1 {within}", bounds)  # noqa: S608
        return count > 0 and item.size_bytes in {None, size}

    def drop_unnamed(self) -> None:
        """Remove the objects that no row names."""
        self._connection.execute("delete from objects where not is_named")

    def measure(self) -> tuple[int, int]:
        """Return the number of objects, and their bytes."""
        sql = "select count(*), coalesce(sum(size), 0) from objects"
        count, size = self._connection.execute(sql).fetchone()
        return count, size

    def iterate(self, *, only_new: bool = False) -> Iterator[BackedUpObject]:
        """Iterate over all objects by key, or over those that this backup copied."""
        sql = f"select {_COLUMNS} from objects where is_new >= {only_new:d} order by key"  # noqa: S608
        return (BackedUpObject(*row) for row in self._connection.execute(sql))


@contextmanager
def open_listing(path: Path) -> Generator[Listing]:
    """Open the listing in a file, which is created if there is none."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # It is copied when it is complete: a crash may spoil it.
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma synchronous = off")
        yield Listing(connection)
    finally:
        connection.close()

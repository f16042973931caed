"""The objects of a backup, in a SQLite file: a million of them need no memory."""

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, structs

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
# Listings of the first versions lack these.
_LATER_COLUMNS = {
    "stored_size": "integer",
    "content": "text not null default ''",
    "is_damaged": "integer not null default 0",
}
_STORED = "create table if not exists stored (name text primary key, size integer) without rowid"
_COLUMNS = "key, size, modified, name, sha256, stored_size, content, is_damaged"


class BackedUpObject(Struct, frozen=True):
    """An object of the storage, and its copy `name` in the repository.

    `size` is in bytes, `modified` in seconds since 1970. `sha256` in hex and `stored_size` are
    those of the copy, which is perhaps encrypted, `content` is the SHA-256 of the object. Old
    listings may lack the last two. `is_damaged` if the copy is not what the object once was.
    """

    key: str
    size: int
    modified: float
    name: str
    sha256: str
    stored_size: int | None = None
    content: str = ""
    is_damaged: bool = False


class Listing:
    """The objects of one backup, by key."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.execute(_TABLE)
        known = {row[1] for row in self._connection.execute("pragma table_info(objects)")}
        for name, kind in _LATER_COLUMNS.items():
            if name not in known:
                self._connection.execute(f"alter table objects add column {name} {kind}")

    def find(self, key: str) -> BackedUpObject | None:
        """Return the object with a key."""
        sql = f"select {_COLUMNS} from objects where key = ?"  # noqa: S608 - constant
        row = self._connection.execute(sql, (key,)).fetchone()
        return None if row is None else BackedUpObject(*row)

    def list_within(self, key: str) -> list[BackedUpObject]:
        """Return the object with a key, or those of a folder if the key ends in a slash."""
        sql = f"select {_COLUMNS} from objects where key >= ? and key < ?"  # noqa: S608
        return [BackedUpObject(*row) for row in self._connection.execute(sql, _bounds_of(key))]

    def add(self, item: BackedUpObject, *, is_new: bool) -> None:
        """Add an object, which this backup copied if it `is_new`; replace one with the same key."""
        fields = (*structs.astuple(item), is_new)
        marks = ", ".join("?" * len(fields))
        sql = f"insert or replace into objects ({_COLUMNS}, is_new) values ({marks})"  # noqa: S608
        self._connection.execute(sql, fields)

    def replace_within(self, key: str, items: Iterable[BackedUpObject]) -> None:
        """Replace the object with a key, or all of a folder, by others, which are not new."""
        self._connection.execute("delete from objects where key >= ? and key < ?", _bounds_of(key))
        for item in items:
            self.add(item, is_new=False)

    def note_stored(self, copies: Iterable[tuple[str, int]]) -> None:
        """Note names and sizes of copies that are in the repository, for `mark_absent`."""
        self._connection.execute(_STORED)
        self._connection.executemany("insert or replace into stored values (?, ?)", copies)

    def mark_absent(self, *, is_encrypted: bool) -> int:
        """Mark the objects whose copy was not noted, or with another size; return how many."""
        self._connection.execute(_STORED)
        if not is_encrypted:
            self._connection.execute(
                "update objects set content = sha256, stored_size = size where content = ''"
            )
        sql = """
            update objects
               set is_damaged = 1
             where not exists (
                       select 1
                         from stored
                        where stored.name = objects.name
                          and stored.size = coalesce(objects.stored_size, stored.size)
                   )
        """
        return self._connection.execute(sql).rowcount

    def forget_names(self) -> None:
        """Begin anew to mark what rows name."""
        self._connection.execute("update objects set is_named = 0 where is_named")

    def mark_named(self, expected: Iterable[ExpectedObject]) -> list[ExpectedObject]:
        """Mark the objects that rows name; return the needed ones that are not complete."""
        return [item for item in expected if not self._mark(item) and item.is_needed]

    def _mark(self, item: ExpectedObject) -> bool:
        sql = "update objects set is_named = 1 where key >= ? and key < ?"
        self._connection.execute(sql, _bounds_of(item.key))
        return is_complete(self.list_within(item.key), item)

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


def is_complete(found: Sequence[BackedUpObject], expected: ExpectedObject) -> bool:
    """Return whether copies are all that a row names, undamaged."""
    if not found or any(item.is_damaged for item in found):
        return False
    if expected.size_bytes not in {None, sum(item.size for item in found)}:
        return False
    # A row has no hash of a folder. Old listings have none of an object.
    return expected.sha256 is None or found[0].content in {"", expected.sha256}


def _bounds_of(key: str) -> tuple[str, str]:
    """Return the first key of an object or a folder, and that after its last one."""
    return key, f"{key[:-1]}0" if key.endswith("/") else f"{key}\0"


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

"""The objects that should be in the storage according to the database, by domain."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from veza.infra.postgres.database import Conn

PAGE = 500


class ObjectSource(Struct, frozen=True):
    """The objects of a domain below a prefix. `sql` selects the columns of `ExpectedObject`.

    Part number `place` of each key is the id that the object belongs to. `owners` selects the
    columns of `ObjectOwner`.
    """

    prefix: str
    place: int
    sql: str
    owners: str


class ExpectedObject(Struct, frozen=True):
    """An object that a row refers to, or a folder of objects if the key ends in a slash.

    The size of a folder is the total of its objects. Objects without `is_needed` may be missing.
    """

    id: UUID
    key: str
    size_bytes: int | None
    sha256: str | None
    is_needed: bool


class ObjectOwner(Struct, frozen=True):
    """The title and kind of the objects of an id, and the username of their member.

    `title` is empty where there is none, `owner` None where nobody is left.
    """

    id: UUID
    kind: str
    title: str
    owner: str | None


async def list_expected(conn: Conn, source: ObjectSource, after: UUID) -> list[ExpectedObject]:
    """Return the next 500 objects by id, and the other objects of the last id."""
    sql = f"""
        select id, key, size_bytes, sha256, is_needed
          from ({source.sql}) as held
         where id > $1
         order by id
         fetch first {PAGE:d} rows with ties
    """  # noqa: S608 - a constant of a domain
    return await conn.all(ExpectedObject, sql, after)


async def find_expected(
    conn: Conn, source: ObjectSource, ids: Sequence[UUID]
) -> list[ExpectedObject]:
    """Return the objects of some ids."""
    sql = f"""
        select id, key, size_bytes, sha256, is_needed
          from ({source.sql}) as held
         where id = any($1)
    """  # noqa: S608 - a constant of a domain
    return await conn.all(ExpectedObject, sql, ids)


async def find_owners(conn: Conn, source: ObjectSource, ids: Sequence[UUID]) -> list[ObjectOwner]:
    """Return what the objects of some ids are, and whose; an id may have several."""
    sql = f"""
        select id, kind, title, owner
          from ({source.owners}) as owned
         where id = any($1)
         order by owner, kind, title, id
    """  # noqa: S608 - a constant of a domain
    return await conn.all(ObjectOwner, sql, ids)


async def find_pending(conn: Conn, ids: Sequence[UUID]) -> set[UUID]:
    """Return the ids that occur in an unfinished job or an undelivered event."""
    sql = """
        select id
          from unnest($1::uuid[]) as asked (id)
         where exists (
                   select
                     from jobs
                    where status <> 'failed'
                      and position(asked.id::text in convert_from(payload, 'utf8')) > 0
               )
            or exists (
                   select
                     from outbox
                    where due_at < 'infinity' and position(asked.id::text in payload::text) > 0
               )
    """
    return set(await conn.column(UUID, sql, ids))

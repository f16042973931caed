"""What the database says that lies in the storage: each domain tells it of its own objects."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from veza.infra.postgres.database import Conn

PAGE = 500


class ObjectSource(Struct, frozen=True):
    """All that a domain keeps below a prefix, as SQL that gives it: see `ExpectedObject`.

    In their keys the part of the number `place` is the id of whatever they belong to; whoever has
    the id has all that lies below it.
    """

    prefix: str
    place: int
    sql: str


class ExpectedObject(Struct, frozen=True):
    """An object that a row names, or some of them: a key that ends in a slash is that of a folder.

    Size and SHA-256 are given where they are known: a folder's size is that of all its objects.
    One that isn't `is_needed` may be there, and may be missing.
    """

    id: UUID
    key: str
    size_bytes: int | None
    sha256: str | None
    is_needed: bool


async def list_expected(conn: Conn, holding: ObjectSource, after: UUID) -> list[ExpectedObject]:
    """What belongs to the next 500 ids or so, with all that each of them has."""
    sql = f"""
        select id, key, size_bytes, sha256, is_needed
          from ({holding.sql}) as held
         where id > $1
         order by id
         fetch first {PAGE:d} rows with ties
    """  # noqa: S608 - a constant of a domain
    return await conn.all(ExpectedObject, sql, after)


async def find_expected(
    conn: Conn, holding: ObjectSource, ids: Sequence[UUID]
) -> list[ExpectedObject]:
    """What belongs to some ids."""
    sql = f"""
        select id, key, size_bytes, sha256, is_needed
          from ({holding.sql}) as held
         where id = any($1)
    """  # noqa: S608 - a constant of a domain
    return await conn.all(ExpectedObject, sql, ids)


async def find_pending(conn: Conn, ids: Sequence[UUID]) -> set[UUID]:
    """Those of some ids that a job names which is still to be done, or an event on its way."""
    sql = """
        select id
          from unnest($1::uuid[]) as asked (id)
         where exists (
                   select
                     from pgqueuer
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

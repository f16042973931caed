"""Counts references under locks in the order of hashes; orphans are deleted later."""

from datetime import timedelta
from uuid import UUID

from veza.core.ids import BlobId
from veza.domains.cloud.blobs.models import Content
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind


async def insert_blob(tx: Tx, content: Content) -> UUID | None:
    """Add a reference to a content; return the id of its object.

    If the same content is inserted concurrently, the first object is kept.
    """
    sql = """
        insert into blobs as b (sha256, id, size_bytes, refs)
             values (:sha256, :blob_id, :size_bytes, 1)
        on conflict (sha256) do update
                set refs = b.refs + 1, orphaned_at = null
          returning id
    """
    return await tx.value(UUID, *bind(sql, content))


async def lock_contents(tx: Tx, sha256s: list[str]) -> None:
    """Lock contents in the order of their hashes."""
    sql = "select sha256 from blobs where sha256 = any($1) order by sha256 for no key update"
    await tx.column(str, sql, sha256s)


async def add_to_refs(tx: Tx, sha256s: list[str], more: list[int]) -> int:
    """Change the reference counts of locked contents; return how many were changed."""
    sql = """
        update blobs b
           set refs = b.refs + change.more,
               orphaned_at = case when b.refs + change.more = 0 then now() end
          from unnest($1::text[], $2::integer[]) as change (sha256, more)
         where b.sha256 = change.sha256
    """
    return await tx.run(sql, sha256s, more)


async def delete_orphans(tx: Tx, age: timedelta) -> list[BlobId]:
    """Delete up to 500 contents without references for longer; return their objects."""
    sql = """
        delete from blobs
              where sha256 in (
                  select sha256
                    from blobs
                   where orphaned_at < now() - $1::interval
                   order by orphaned_at
                   limit 500
                     for update skip locked
              )
          returning id
    """
    return [BlobId(deleted) for deleted in await tx.column(UUID, sql, age)]


async def delete_unreferenced(tx: Tx, sha256s: list[str]) -> list[BlobId]:
    """Delete those of some locked contents that have no references; return their objects."""
    sql = "delete from blobs where sha256 = any($1) and refs = 0 returning id"
    return [BlobId(deleted) for deleted in await tx.column(UUID, sql, sha256s)]


async def count_blobs(conn: Conn) -> dict[str, int]:
    """Return the number of contents, their size, and how many of them have no references."""
    sql = """
        select count(*) as total, coalesce(sum(size_bytes), 0)::bigint as stored_bytes,
               count(*) filter (where orphaned_at is not null) as orphans
          from blobs
    """
    return await conn.counts(sql)

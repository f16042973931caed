"""Every SQL statement of the domain, one function each."""

from datetime import timedelta
from uuid import UUID

from veza.core.ids import BlobId
from veza.domains.cloud.blobs.models import BlobFigures, Content
from veza.infra.postgres.database import Conn, Tx


async def insert_upload(tx: Tx, blob_id: BlobId) -> None:
    await tx.run("insert into blob_uploads (blob_id) values ($1)", blob_id)


async def delete_upload(tx: Tx, blob_id: BlobId) -> bool:
    """False where it is gone: it was finished, given up or swept."""
    return await tx.run("delete from blob_uploads where blob_id = $1", blob_id) == 1


async def delete_old_uploads(tx: Tx, age: timedelta) -> list[BlobId]:
    """Delete some that began longer ago and never ended; give which."""
    sql = """
        delete from blob_uploads
              where blob_id in (
                  select blob_id
                    from blob_uploads
                   where started_at < now() - $1::interval
                   order by started_at
                   limit 500
                     for update skip locked
              )
          returning blob_id
    """
    return [BlobId(deleted) for deleted in await tx.column(UUID, sql, age)]


async def insert_blob(tx: Tx, content: Content) -> UUID | None:
    """Count one more who has a content; give the id of the object that holds it.

    Of several that bring the same at once, the first one's object is taken.
    """
    sql = """
        insert into blobs as b (sha256, id, size_bytes, refs)
             values ($1, $2, $3, 1)
        on conflict (sha256) do update
                set refs = b.refs + 1, orphaned_at = null
          returning id
    """
    return await tx.value(UUID, sql, content.sha256, content.blob_id, content.size_bytes)


async def is_kept(conn: Conn, blob_id: BlobId) -> bool:
    """Tell whether an object holds a content."""
    sql = "select exists (select from blobs where id = $1)"
    return bool(await conn.value(bool, sql, blob_id))


async def add_to_refs(tx: Tx, sha256s: list[str], more: list[int]) -> int:
    """Count so many more who have each, locked in the order of their hashes; tell how many are."""
    sql = """
        with locked as (
            select b.sha256, tally.more
              from unnest($1::text[], $2::integer[]) as tally (sha256, more)
              join blobs b on b.sha256 = tally.sha256
             order by b.sha256
               for no key update of b
        )
        update blobs b
           set refs = b.refs + locked.more,
               orphaned_at = case when b.refs + locked.more = 0 then now() end
          from locked
         where b.sha256 = locked.sha256
    """
    return await tx.run(sql, sha256s, more)


async def delete_orphans(tx: Tx, age: timedelta) -> list[BlobId]:
    """Delete some that nobody has had for longer; give their objects."""
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


async def delete_unheld(tx: Tx, sha256s: list[str]) -> list[BlobId]:
    """Delete those of some contents that nobody has, and that are locked; give their objects."""
    sql = "delete from blobs where sha256 = any($1) and refs = 0 returning id"
    return [BlobId(deleted) for deleted in await tx.column(UUID, sql, sha256s)]


async def count_blobs(conn: Conn) -> BlobFigures:
    sql = """
        select count(*) as total, coalesce(sum(size_bytes), 0)::bigint as stored_bytes,
               count(*) filter (where orphaned_at is not null) as orphans
          from blobs
    """
    return await conn.one(BlobFigures, sql)

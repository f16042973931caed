"""Statements on open uploads and on what members store, which others call."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import UserId
from veza.domains.platform.uploads.models import MemberUsage, UsageMismatch
from veza.infra.postgres.database import Conn

# Everything that counts against quotas, row by row; each content of a member counts once.
_HELD = """
    contents as (
        select owner_id, sha256, max(size_bytes) as size
          from (
                   select owner_id, sha256, size_bytes
                     from file_versions where owner_id = any($1)
                    union all
                   select owner_id, sha256, size_bytes
                     from file_snapshots where owner_id = any($1)
               ) as had
         group by owner_id, sha256
    ), held as (
        select owner_id, 'tracks' as kind, held_bytes as size, 1 as object
          from track_media where owner_id = any($1)
         union all
        select owner_id, 'tracks', size_bytes, 1
          from stream_recordings where owner_id = any($1)
         union all
        select owner_id, 'images', size_bytes, 1
          from images where owner_id = any($1)
         union all
        select owner_id, 'product_files', size_bytes, 1
          from product_files where owner_id = any($1)
         union all
        select owner_id, 'gear_documents', size_bytes, 1
          from gear_documents where owner_id = any($1)
         union all
        select owner_id, 'files', size, 0 from contents
         union all
        select owner_id, 'files', 0, 1 from files where owner_id = any($1)
    ),
"""


async def count_uploads(conn: Conn, parent_id: UUID) -> int:
    """Count the uploads in progress below a parent, including abandoned uploads."""
    sql = "select count(*) from uploads where parent_id = $1 and not is_abandoned"
    return await conn.value(int, sql, parent_id) or 0


async def list_largest_members(conn: Conn, count: int) -> list[MemberUsage]:
    """Return what the members who store most have of each kind, the largest member first."""
    sql = f"""
        with largest as (
            select user_id, sum(bytes) as total
              from storage_usage
             group by user_id
             order by total desc, user_id
             limit {count:d}
        )
        select s.user_id, u.username, s.kind, s.bytes, s.objects
          from largest l
          join users u on u.id = l.user_id
          join storage_usage s on s.user_id = l.user_id
         order by l.total desc, s.user_id, s.bytes desc
    """
    return await conn.all(MemberUsage, sql)


async def list_members(conn: Conn, after: UUID) -> list[UserId]:
    """Return members in the order of their ids, 500 at a time."""
    sql = "select id from users where id > $1 order by id limit 500"
    return await conn.column(UserId, sql, after)


async def list_mismatches(conn: Conn, user_ids: Sequence[UserId]) -> list[UsageMismatch]:
    """Return the counts of the given members that differ from the sums of their rows.

    A single statement, so that concurrent changes are seen either completely or not at all.
    """
    sql = f"""
        with {_HELD}
        summed as (
            select owner_id as user_id, kind, sum(size)::bigint as bytes,
                   sum(object)::bigint as objects
              from held
             group by owner_id, kind
        ), counted as (
            select user_id, kind, bytes, objects from storage_usage where user_id = any($1)
        )
        select user_id, kind, coalesce(c.bytes, 0)::bigint as counted_bytes,
               coalesce(c.objects, 0)::bigint as counted_objects,
               coalesce(s.bytes, 0)::bigint as bytes, coalesce(s.objects, 0)::bigint as objects
          from counted c
          full join summed s using (user_id, kind)
         where (coalesce(c.bytes, 0), coalesce(c.objects, 0))
               <> (coalesce(s.bytes, 0), coalesce(s.objects, 0))
         order by user_id, kind
    """
    return await conn.all(UsageMismatch, sql, user_ids)

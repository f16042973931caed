"""Statements on the storage use of members, counted at once or summed."""

from veza.core.ids import UserId
from veza.domains.cloud.files.models import CloudUsage, ContentUsage
from veza.infra.postgres.database import Conn


async def find_content_usage(conn: Conn, owner_id: UserId, sha256: str) -> ContentUsage:
    """Return the usage of a member, and whether they have a content; read stored counts only."""
    sql = """
        select coalesce(sum(u.bytes), 0)::bigint as used_bytes,
               coalesce(sum(u.objects), 0)::bigint as files_count,
               (select coalesce(sum(reserved_bytes), 0)::bigint from uploads
                 where owner_id = $1 and kind = 'files' and reserved_until > now()
                   and not is_abandoned) as reserved_bytes,
               (select coalesce(max(size_bytes), 0)::bigint
                  from content_owners where owner_id = $1) as largest_bytes,
               exists (select
                         from content_owners
                        where owner_id = $1 and sha256 = $2) as has_content
          from storage_usage u
         where u.user_id = $1 and u.kind = 'files'
    """
    return await conn.one(ContentUsage, sql, owner_id, sha256)


async def sum_usage(conn: Conn, owner_id: UserId) -> CloudUsage:
    """Return the sizes of all versions of a member, with and without the trash."""
    sql = """
        with had as (
            select v.sha256, v.size_bytes, f.trashed_at is null as is_kept, false as is_sent
              from files f
              join file_versions v on v.file_id = f.id
             where f.owner_id = $1
             union all
            select sha256, size_bytes, true, true from file_snapshots where owner_id = $1
        ), held as (
            select max(size_bytes) as size_bytes, bool_or(is_kept) as is_kept,
                   bool_and(is_sent) as is_sent
              from had
             group by sha256
        )
        select coalesce(sum(size_bytes), 0)::bigint as used_bytes,
               coalesce(sum(size_bytes) filter (where is_kept), 0)::bigint as kept_bytes,
               coalesce(sum(size_bytes) filter (where is_sent), 0)::bigint as sent_bytes
          from held
    """
    return await conn.one(CloudUsage, sql, owner_id)

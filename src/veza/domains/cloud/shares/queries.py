"""A link is valid until revoked, expired or used up; its file may not be in the trash."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from veza.core.ids import FileId, FileShareId, UserId
from veza.core.pages import Cursor
from veza.core.reviews import ReviewedObject
from veza.core.takedowns import ItemCopy
from veza.core.visibility import active
from veza.domains.cloud.shares.models import (
    ExportedShare,
    NamedShareLink,
    NewShare,
    OwnedShare,
    ShareEvidence,
    ShareLink,
    StoredShare,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_IS_VALID = """
    revoked_at is null and expires_at > now()
    and (max_downloads is null or downloads < max_downloads)
"""

_OWNED = """
    select s.id, f.owner_id, f.name
      from file_shares s
      join files f on f.id = s.file_id
"""
_KEPT = "and s.revoked_at is null"


async def lock_file(tx: Tx, file_id: FileId, owner_id: UserId) -> bool:
    """Lock a file of a member outside the trash; return False if there is none."""
    sql = """
        select id
          from files
         where id = $1 and owner_id = $2 and trashed_at is null
           for no key update
    """
    return await tx.value(UUID, sql, file_id, owner_id) is not None


async def count_valid(conn: Conn, file_id: FileId) -> int:
    sql = f"select count(*) from file_shares where file_id = $1 and {_IS_VALID}"
    return await conn.value(int, sql, file_id) or 0


async def insert_share(tx: Tx, share: NewShare, lifetime: timedelta) -> datetime | None:
    """Return when the link expires."""
    sql = """
        insert into file_shares (id, file_id, token_hash, permissions, password_hash,
                                 max_downloads, expires_at)
             values (:id, :file_id, :token_hash, :permissions, :password_hash, :max_downloads,
                     now() + :lifetime::interval)
          returning expires_at
    """
    return await tx.value(datetime, *bind(sql, share, lifetime=lifetime))


async def list_shares(conn: Conn, file_id: FileId, owner_id: UserId, limit: int) -> list[ShareLink]:
    """Return the valid links to a member's file, newest first."""
    sql = f"""
        select s.id, s.file_id, s.permissions, s.password_hash is not null as is_protected,
               s.downloads, s.max_downloads, s.expires_at, s.created_at
          from file_shares s
          join files f on f.id = s.file_id
         where s.file_id = $1 and f.owner_id = $2 and {_IS_VALID}
         order by s.id desc
         limit {limit:d}
    """
    return await conn.all(ShareLink, sql, file_id, owner_id)


async def list_shares_of(
    conn: Conn, owner_id: UserId, limit: int, cursor: Cursor | None
) -> list[NamedShareLink]:
    """Return up to `limit + 1` valid links to files of a member, newest first."""
    where = Where(f"f.owner_id = {{}} and f.trashed_at is null and {_IS_VALID}", owner_id)
    where.add_filter("s.id < {}", cursor and cursor.id)
    sql = f"""
        select s.id, s.file_id, s.permissions, s.password_hash is not null as is_protected,
               s.downloads, s.max_downloads, s.expires_at, s.created_at, f.name as file_name
          from file_shares s
          join files f on f.id = s.file_id
        {where.sql}
         order by s.id desc
         limit {limit + 1:d}
    """
    return await conn.all(NamedShareLink, sql, *where.values)


async def update_revoked(tx: Tx, file_id: FileId, owner_id: UserId, share_id: FileShareId) -> bool:
    """Return False if the member's file has no such link, or it was revoked before."""
    sql = """
        update file_shares s
           set revoked_at = now()
          from files f
         where s.id = $1 and s.file_id = $2 and s.revoked_at is null
           and f.id = s.file_id and f.owner_id = $3
    """
    return await tx.run(sql, share_id, file_id, owner_id) == 1


async def find_owned(conn: Conn, share_id: FileShareId) -> OwnedShare | None:
    """Return a link that is not revoked, with its file."""
    return await conn.maybe(OwnedShare, f"{_OWNED} where s.id = $1 {_KEPT}", share_id)


async def find_by_token(conn: Conn, token_hash: bytes) -> OwnedShare | None:
    """Return a link that is not revoked, with its file, by the hash of its token."""
    return await conn.maybe(OwnedShare, f"{_OWNED} where s.token_hash = $1 {_KEPT}", token_hash)


async def find_evidence(conn: Conn, share_id: FileShareId) -> ShareEvidence | None:
    """Return the file of a valid link, whose owner isn't suspended."""
    sql = f"""
        select f.owner_id as author_id, u.username, f.name as title, v.size_bytes, v.content_type
          from file_shares s
          join files f on f.id = s.file_id and f.trashed_at is null
          join users u on u.id = f.owner_id and {active("u")}
          join file_versions v on v.file_id = f.id and v.version = f.version
         where s.id = $1 and {_IS_VALID}
    """
    return await conn.maybe(ShareEvidence, sql, share_id)


async def list_reviewed(conn: Conn, share_id: UUID) -> list[ReviewedObject]:
    """Return the file of a link, whether or not this is valid, with its key as in `blobs`."""
    sql = """
        select v.id, f.name, 'blobs/' || right(b.id::text, 2) || '/' || b.id || '/content' as key,
               v.size_bytes, v.content_type, v.sha256, v.created_at as stored_at
          from file_shares s
          join files f on f.id = s.file_id
          join file_versions v on v.file_id = f.id and v.version = f.version
          join blobs b on b.sha256 = v.sha256
         where s.id = $1
    """
    return await conn.all(ReviewedObject, sql, share_id)


async def list_same_files(conn: Conn, hashes: Sequence[str], owner_id: UserId) -> list[ItemCopy]:
    """Return a valid link to each file of others with one of these contents."""
    sql = f"""
        select 'cloud_share' as content_type, s.id as content_id, f.name as title,
               u.username as owner_name, true as same_file, 1.0::real as share, null as category
          from file_versions v
          join files f on f.id = v.file_id and f.version = v.version and f.trashed_at is null
          join users u on u.id = f.owner_id
         cross join lateral (
               select id from file_shares
                where file_id = f.id and {_IS_VALID}
                order by id limit 1) as s
         where v.sha256 = any($1) and f.owner_id <> $2
         order by s.id
         limit 10
    """
    return await conn.all(ItemCopy, sql, list(hashes), owner_id)


async def update_taken_down(tx: Tx, share_id: FileShareId) -> bool:
    """Revoke a link; return False if it was revoked before, or is gone."""
    sql = "update file_shares set revoked_at = now() where id = $1 and revoked_at is null"
    return await tx.run(sql, share_id) == 1


async def update_restored(tx: Tx, share_id: FileShareId) -> None:
    await tx.run("update file_shares set revoked_at = null where id = $1", share_id)


async def delete_share(tx: Tx, share_id: FileShareId) -> None:
    await tx.run("delete from file_shares where id = $1", share_id)


async def find_shared(conn: Conn, token_hash: bytes) -> StoredShare | None:
    """Return a valid link to a file outside the trash, whose owner isn't suspended."""
    sql = f"""
        select s.id, s.permissions, s.password_hash, s.max_downloads, s.expires_at, f.name,
               v.size_bytes, v.content_type, v.sha256, b.id as blob_id, v.created_at as stored_at
          from file_shares s
          join files f on f.id = s.file_id and f.trashed_at is null
          join users u on u.id = f.owner_id and {active("u")}
          join file_versions v on v.file_id = f.id and v.version = f.version
          join blobs b on b.sha256 = v.sha256
         where s.token_hash = $1 and {_IS_VALID}
    """
    return await conn.maybe(StoredShare, sql, token_hash)


async def add_to_downloads(tx: Tx, share_id: FileShareId) -> bool:
    """Count a download; return False if the link is no longer valid."""
    sql = f"update file_shares set downloads = downloads + 1 where id = $1 and {_IS_VALID}"
    return await tx.run(sql, share_id) == 1


async def delete_old_shares(tx: Tx, age: timedelta) -> int:
    """Delete up to 500 links that ended longer ago; return how many."""
    sql = """
        delete from file_shares
              where id in (
                  select id
                    from file_shares
                   where expires_at < now() - $1::interval
                   order by expires_at
                   limit 500
                     for update skip locked
              )
    """
    return await tx.run(sql, age)


async def list_own(conn: Conn, owner_id: UserId) -> list[ExportedShare]:
    """Return the links to a member's files in the order of their ids."""
    sql = """
        select s.id, s.file_id, s.permissions, s.downloads, s.max_downloads, s.expires_at,
               s.revoked_at, s.created_at
          from file_shares s
          join files f on f.id = s.file_id
         where f.owner_id = $1
         order by s.id
    """
    return await conn.every(ExportedShare, sql, owner_id)


async def delete_shares_of(tx: Tx, owner_id: UserId) -> None:
    """Delete the links to a member's files."""
    sql = """
        delete from file_shares s
              using files f
              where f.id = s.file_id and f.owner_id = $1
    """
    await tx.run(sql, owner_id)

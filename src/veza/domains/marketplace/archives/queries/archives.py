"""A release has one archive for each format; another try supersedes the one before it."""

from datetime import timedelta

from veza.core.ids import ArchiveId, ReleaseId, UserId
from veza.domains.marketplace.archives.models import (
    MAX_NOTIFIED,
    ArchiveOfOwn,
    NewArchive,
    PersonalArchiveRequest,
    StoredArchive,
)
from veza.domains.marketplace.products.models.files import ArchiveFormat
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_ARCHIVE = """
    id, release_id, format, version, status, tries, attempts, progress, failure_reason, name,
    size_bytes, sha256, created_at, ready_at, used_at
"""
_IS_BUILT = "id = $1 and tries = $2 and status = 'building' and retired_at is null"


async def lock_current(
    tx: Tx, release_id: ReleaseId, wanted: ArchiveFormat
) -> StoredArchive | None:
    """Lock and return the archive of a release in a format that is not retired."""
    sql = f"""
        select {_ARCHIVE}
          from release_archives
         where release_id = $1 and format = $2 and retired_at is null
           for no key update
    """
    return await tx.maybe(StoredArchive, sql, release_id, wanted)


async def list_current(conn: Conn, release_id: ReleaseId) -> list[StoredArchive]:
    """Return the archives of a release that are not retired: one for each format at most."""
    sql = f"""
        select {_ARCHIVE}
          from release_archives
         where release_id = $1 and retired_at is null
         order by format
    """
    return await conn.all(StoredArchive, sql, release_id)


async def find_archive(conn: Conn, archive_id: ArchiveId) -> StoredArchive | None:
    sql = f"select {_ARCHIVE} from release_archives where id = $1"
    return await conn.maybe(StoredArchive, sql, archive_id)


async def find_ready(
    conn: Conn, archive_id: ArchiveId, release_id: ReleaseId
) -> StoredArchive | None:
    """Return an archive of a release that can be downloaded, also if it is retired."""
    sql = f"""
        select {_ARCHIVE}
          from release_archives
         where id = $1 and release_id = $2 and status = 'ready'
    """
    return await conn.maybe(StoredArchive, sql, archive_id, release_id)


async def insert_archive(tx: Tx, new: NewArchive) -> StoredArchive | None:
    """Return None if another transaction has created one for this release and format."""
    sql = f"""
        insert into release_archives (id, release_id, format, version, name)
             values (:id, :release_id, :format, :version, :name)
        on conflict (release_id, format) where retired_at is null do nothing
          returning {_ARCHIVE}
    """
    return await tx.maybe(StoredArchive, *bind(sql, new))


async def update_retired(tx: Tx, archive_id: ArchiveId) -> None:
    sql = "update release_archives set retired_at = now() where id = $1 and retired_at is null"
    await tx.run(sql, archive_id)


async def update_used(tx: Tx, archive_id: ArchiveId, interval: timedelta) -> None:
    """Record a use, unless one was recorded in the last interval."""
    sql = """
        update release_archives
           set used_at = now()
         where id = $1 and used_at < now() - $2::interval
    """
    await tx.run(sql, archive_id, interval)


async def update_started(tx: Tx, archive_id: ArchiveId) -> StoredArchive | None:
    """Start another try; None if the archive is finished, retired or deleted."""
    sql = f"""
        update release_archives
           set tries = tries + 1, attempts = attempts + 1, progress = 0
         where id = $1 and status = 'building' and retired_at is null
        returning {_ARCHIVE}
    """
    return await tx.maybe(StoredArchive, sql, archive_id)


async def uncount_attempt(tx: Tx, archive_id: ArchiveId) -> None:
    sql = "update release_archives set attempts = attempts - 1 where id = $1 and attempts > 0"
    await tx.run(sql, archive_id)


async def update_version(tx: Tx, archive: StoredArchive, version: str, name: str) -> bool:
    """Record what a try builds; False if it was superseded."""
    sql = f"update release_archives set version = $3, name = $4 where {_IS_BUILT}"
    return await tx.run(sql, archive.id, archive.tries, version, name) == 1


async def update_progress(tx: Tx, archive: StoredArchive, progress: float) -> bool:
    """Return False if the try was superseded."""
    sql = f"update release_archives set progress = $3 where {_IS_BUILT}"
    return await tx.run(sql, archive.id, archive.tries, progress) == 1


async def update_ready(tx: Tx, archive: StoredArchive, size_bytes: int, sha256: str) -> bool:
    """Return False if the try was superseded."""
    sql = f"""
        update release_archives
           set status = 'ready', progress = 1, size_bytes = $3, sha256 = $4, ready_at = now(),
               used_at = now()
         where {_IS_BUILT}
    """
    return await tx.run(sql, archive.id, archive.tries, size_bytes, sha256) == 1


async def update_failed(tx: Tx, archive_id: ArchiveId, reason: str) -> None:
    sql = """
        update release_archives
           set status = 'failed', failure_reason = $2, used_at = now()
         where id = $1 and status = 'building'
    """
    await tx.run(sql, archive_id, reason)


async def delete_expired(tx: Tx, kept_for: timedelta, grace: timedelta) -> list[ArchiveId]:
    """Delete archives that were not used for some time, or were replaced; return their ids.

    500 at a time. Those of deleted releases are deleted too. Archives that are being built stay,
    unless they are retired.
    """
    sql = """
        delete from release_archives
              where id in (
                  select id
                    from release_archives
                   where retired_at < now() - $2::interval
                      or status <> 'building' and used_at < now() - $1::interval
                      or release_id is null
                   order by id
                   limit 500
                     for update skip locked
              )
          returning id
    """
    return await tx.column(ArchiveId, sql, kept_for, grace)


async def delete_excess(tx: Tx, max_bytes: int) -> list[ArchiveId]:
    """Delete the archives for which there is no space; return their ids.

    Retired ones first, then those that were not used for the longest time. The one that was used
    last stays.
    """
    sql = """
        delete from release_archives
              where id in (
                  select id
                    from (
                        select id, row_number() over newest as place,
                               sum(size_bytes) over newest as total_bytes
                          from release_archives
                         where status = 'ready'
                        window newest as (
                            order by retired_at is null desc, used_at desc, id desc
                        )
                    ) as held
                   where total_bytes > $1 and place > 1
              )
          returning id
    """
    return await tx.column(ArchiveId, sql, max_bytes)


async def insert_request(tx: Tx, archive_id: ArchiveId, user_id: UserId) -> None:
    """Add a member to those notified when an archive is ready, up to a limit."""
    sql = """
        insert into archive_requests (archive_id, user_id)
             select $1, $2
              where (select count(*) from archive_requests where archive_id = $1) < $3
        on conflict do nothing
    """
    await tx.run(sql, archive_id, user_id, MAX_NOTIFIED)


async def count_waiting(conn: Conn, user_id: UserId, *, without: ArchiveId | None) -> int:
    """Count the archives that a member waits for, but for one."""
    sql = """
        select count(*)
          from archive_requests q
          join release_archives a on a.id = q.archive_id
         where q.user_id = $1 and a.status = 'building' and a.id is distinct from $2
    """
    return await conn.value(int, sql, user_id, without) or 0


async def delete_requests(tx: Tx, archive_id: ArchiveId) -> list[UserId]:
    """Delete the requests for an archive; return who asked for it."""
    sql = "delete from archive_requests where archive_id = $1 returning user_id"
    return await tx.column(UserId, sql, archive_id)


async def delete_requests_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from archive_requests where user_id = $1", user_id)


async def delete_archives_of(tx: Tx, owner_id: UserId) -> list[ArchiveId]:
    """Delete the archives of a member's releases; return their ids."""
    sql = """
        delete from release_archives a
              using releases r
              where r.id = a.release_id and r.owner_id = $1
          returning a.id
    """
    return await tx.column(ArchiveId, sql, owner_id)


async def list_requests_of(conn: Conn, user_id: UserId) -> list[PersonalArchiveRequest]:
    sql = """
        select q.archive_id, a.release_id, a.format, q.requested_at
          from archive_requests q
          join release_archives a on a.id = q.archive_id
         where q.user_id = $1
         order by q.requested_at, q.archive_id
    """
    return await conn.every(PersonalArchiveRequest, sql, user_id)


async def list_archives_of(conn: Conn, owner_id: UserId) -> list[ArchiveOfOwn]:
    """Return the archives of a member's releases."""
    sql = """
        select a.id, a.release_id, a.format, a.name, a.size_bytes, a.created_at
          from releases r
          join release_archives a on a.release_id = r.id
         where r.owner_id = $1
         order by a.id
    """
    return await conn.every(ArchiveOfOwn, sql, owner_id)

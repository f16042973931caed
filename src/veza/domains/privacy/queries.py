"""Only the current attempt stores progress of an export; a due deletion is locked."""

from datetime import datetime
from uuid import UUID

from veza.core.ids import ExportId, UserId
from veza.core.pages import Cursor
from veza.core.visibility import active
from veza.domains.privacy.models import ExportProgress, PendingDeletion, StaffErasure, StoredExport
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_EXPORT = """
    id, user_id, status, failure_reason, tries, files_done, files_total, bytes_done, bytes_total,
    size_bytes, sha256, created_at, ready_at, expires_at
"""
_SELECT_NEWEST = (
    f"select {_EXPORT} from exports where user_id = $1 order by created_at desc, id desc"
)


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Lock a member; return False if they are deleted or suspended."""
    sql = f"select id from users where id = $1 and {active()} for no key update"
    return await tx.value(UUID, sql, user_id) is not None


async def find_newest_unfailed(conn: Conn, user_id: UserId) -> StoredExport | None:
    """Return the newest export that did not fail, or the newest failed export."""
    sql = f"""
        select {_EXPORT}
          from exports
         where user_id = $1
         order by status = 'failed', created_at desc, id desc
         limit 1
    """
    return await conn.maybe(StoredExport, sql, user_id)


async def find_newest(conn: Conn, user_id: UserId) -> StoredExport | None:
    return await conn.maybe(StoredExport, f"{_SELECT_NEWEST} limit 1", user_id)


async def insert_export(tx: Tx, export_id: ExportId, user_id: UserId) -> StoredExport:
    sql = f"insert into exports (id, user_id) values ($1, $2) returning {_EXPORT}"
    return await tx.one(StoredExport, sql, export_id, user_id)


async def find_downloadable(conn: Conn, export_id: ExportId) -> StoredExport | None:
    """Return an export, unless its member is suspended."""
    sql = f"""
        select {_EXPORT}
          from exports
         where id = $1
           and exists (select from users u where u.id = user_id and {active("u")})
    """
    return await conn.maybe(StoredExport, sql, export_id)


async def update_running(tx: Tx, export_id: ExportId) -> StoredExport | None:
    """Start another attempt; None if the export is finished."""
    sql = f"""
        update exports
           set status = 'running', tries = tries + 1
         where id = $1 and status in ('waiting', 'running')
        returning {_EXPORT}
    """
    return await tx.maybe(StoredExport, sql, export_id)


async def update_progress(tx: Tx, export: StoredExport, progress: ExportProgress) -> bool:
    """Store the progress of an attempt; False if it was superseded."""
    sql = """
        update exports
           set files_done = :files_done, files_total = :files_total,
               bytes_done = :bytes_done, bytes_total = :bytes_total
         where id = :id and tries = :tries and status = 'running'
    """
    return await tx.run(*bind(sql, progress, id=export.id, tries=export.tries)) == 1


async def update_ready(
    tx: Tx, export: StoredExport, size_bytes: int, sha256: str, expires_at: datetime
) -> bool:
    """Return False if the attempt was superseded."""
    sql = """
        update exports
           set status = 'ready', files_done = files_total, bytes_done = bytes_total,
               size_bytes = $3, sha256 = $4, ready_at = now(), expires_at = $5
         where id = $1 and tries = $2 and status = 'running'
    """
    return await tx.run(sql, export.id, export.tries, size_bytes, sha256, expires_at) == 1


async def update_failed(tx: Tx, export_id: ExportId, reason: str) -> None:
    sql = """
        update exports
           set status = 'failed', failure_reason = $2
         where id = $1 and status in ('waiting', 'running')
    """
    await tx.run(sql, export_id, reason)


async def update_expired(tx: Tx) -> list[ExportId]:
    """Return the exports that have just expired, 500 at a time."""
    sql = """
        update exports
           set status = 'expired'
         where id in (select id
                        from exports
                       where status = 'ready' and expires_at < now()
                       order by expires_at
                       limit 500)
     returning id
    """
    return await tx.column(ExportId, sql)


async def list_exports(conn: Conn, user_id: UserId) -> list[StoredExport]:
    """Return the last 100 exports of a member."""
    return await conn.all(StoredExport, f"{_SELECT_NEWEST} limit 100", user_id)


async def delete_exports(tx: Tx, user_id: UserId) -> list[ExportId]:
    """Return the ids of the deleted exports."""
    sql = "delete from exports where user_id = $1 returning id"
    return await tx.column(ExportId, sql, user_id)


async def insert_pending_deletion(tx: Tx, user_id: UserId, due_at: datetime) -> PendingDeletion:
    """Insert a pending deletion; an existing deletion keeps its date."""
    sql = """
        insert into pending_deletions as d (user_id, due_at)
             values ($1, $2)
        on conflict (user_id) do update set due_at = d.due_at
          returning d.requested_at, d.due_at
    """
    return await tx.one(PendingDeletion, sql, user_id, due_at)


async def find_pending_deletion(conn: Conn, user_id: UserId) -> PendingDeletion | None:
    sql = "select requested_at, due_at from pending_deletions where user_id = $1"
    return await conn.maybe(PendingDeletion, sql, user_id)


async def delete_pending_deletion(tx: Tx, user_id: UserId) -> bool:
    """Return False if there is none."""
    return await tx.run("delete from pending_deletions where user_id = $1", user_id) == 1


async def list_due_deletions(conn: Conn) -> list[UserId]:
    """Return the members to be erased now, 100 at a time."""
    sql = "select user_id from pending_deletions where due_at <= now() order by due_at limit 100"
    return await conn.column(UserId, sql)


async def lock_due_deletion(tx: Tx, user_id: UserId) -> bool:
    """Return whether a member is to be erased now. A cancellation waits for the lock."""
    sql = "select true from pending_deletions where user_id = $1 and due_at <= now() for update"
    return bool(await tx.value(bool, sql, user_id))


async def postpone_deletion(tx: Tx, user_id: UserId) -> None:
    sql = "update pending_deletions set due_at = now() + interval '1 day' where user_id = $1"
    await tx.run(sql, user_id)


async def insert_erasure(tx: Tx, erasure_id: UUID, reason: str, decided_by: UserId) -> None:
    sql = "insert into staff_erasures (id, reason, decided_by) values ($1, $2, $3)"
    await tx.run(sql, erasure_id, reason, decided_by)


async def list_erasures(conn: Conn, limit: int, cursor: Cursor | None) -> list[StaffErasure]:
    """Return erasures, newest first: up to the limit plus 1."""
    where = Where()
    if cursor is not None:
        where.add("(erased_at, id) < ({}, {})", cursor.created_at, cursor.id)
    sql = f"""
        select id, reason, decided_by, erased_at
          from staff_erasures
        {where.sql}
         order by erased_at desc, id desc
         limit {limit + 1:d}
    """
    return await conn.all(StaffErasure, sql, *where.values)


async def list_erasures_by(conn: Conn, user_id: UserId) -> list[StaffErasure]:
    """Return the last 100 erasures that an admin decided."""
    sql = """
        select id, reason, decided_by, erased_at
          from staff_erasures
         where decided_by = $1
         order by erased_at desc, id desc
         limit 100
    """
    return await conn.all(StaffErasure, sql, user_id)


async def anonymize_erasures(tx: Tx, user_id: UserId) -> None:
    await tx.run("update staff_erasures set decided_by = null where decided_by = $1", user_id)

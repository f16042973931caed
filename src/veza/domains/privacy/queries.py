"""Every SQL statement of the domain, one function each."""

from datetime import datetime
from uuid import UUID

from msgspec import structs

from veza.core.ids import ExportId, UserId
from veza.core.pages import Cursor
from veza.domains.privacy.models import Progress, SaidFarewell, StaffErasure, StoredExport
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_EXPORT = """
    id, user_id, status, failure_reason, tries, files_done, files_total, bytes_done, bytes_total,
    size_bytes, sha256, created_at, ready_at, expires_at
"""


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Tell whether a member is there and not suspended; whoever asks too waits."""
    sql = "select id from users where id = $1 and suspended_at is null for no key update"
    return await tx.value(UUID, sql, user_id) is not None


async def find_latest(conn: Conn, user_id: UserId) -> StoredExport | None:
    """The one that a member asked for last and that didn't fail; else one that did."""
    sql = f"""
        select {_EXPORT}
          from exports
         where user_id = $1
         order by status = 'failed', created_at desc, id desc
         limit 1
    """
    return await conn.maybe(StoredExport, sql, user_id)


async def find_last_asked(conn: Conn, user_id: UserId) -> StoredExport | None:
    """The one that a member asked for last, whatever came of it."""
    sql = f"""
        select {_EXPORT}
          from exports
         where user_id = $1
         order by created_at desc, id desc
         limit 1
    """
    return await conn.maybe(StoredExport, sql, user_id)


async def insert_export(tx: Tx, export_id: ExportId, user_id: UserId) -> StoredExport:
    sql = f"insert into exports (id, user_id) values ($1, $2) returning {_EXPORT}"
    return await tx.one(StoredExport, sql, export_id, user_id)


async def find_downloadable(conn: Conn, export_id: ExportId) -> StoredExport | None:
    """One whose member isn't suspended."""
    sql = f"""
        select {_EXPORT}
          from exports
         where id = $1
           and exists (select from users u where u.id = user_id and u.suspended_at is null)
    """
    return await conn.maybe(StoredExport, sql, export_id)


async def update_begun(tx: Tx, export_id: ExportId) -> StoredExport | None:
    """Begin another try, which is the one that counts; None where there is nothing to be done."""
    sql = f"""
        update exports
           set status = 'running', tries = tries + 1
         where id = $1 and status in ('waiting', 'running')
        returning {_EXPORT}
    """
    return await tx.maybe(StoredExport, sql, export_id)


async def update_progress(tx: Tx, export: StoredExport, progress: Progress) -> bool:
    """Tell how far a try is, its facts in their order; False where it counts no more."""
    sql = """
        update exports
           set files_done = $3, files_total = $4, bytes_done = $5, bytes_total = $6
         where id = $1 and tries = $2 and status = 'running'
    """
    return await tx.run(sql, export.id, export.tries, *structs.astuple(progress)) == 1


async def update_ready(
    tx: Tx, export: StoredExport, size_bytes: int, sha256: str, expires_at: datetime
) -> bool:
    """False where this try counts no more."""
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
    """Give those that are over, some hundreds at a time."""
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
    return [ExportId(expired) for expired in await tx.column(UUID, sql)]


async def list_exports_of(conn: Conn, user_id: UserId) -> list[StoredExport]:
    """What a member asked for: the last hundred times."""
    sql = f"""
        select {_EXPORT}
          from exports
         where user_id = $1
         order by created_at desc, id desc
         limit 100
    """
    return await conn.all(StoredExport, sql, user_id)


async def delete_exports_of(tx: Tx, user_id: UserId) -> list[ExportId]:
    """Give which there were."""
    sql = "delete from exports where user_id = $1 returning id"
    return [ExportId(deleted) for deleted in await tx.column(UUID, sql, user_id)]


async def insert_farewell(tx: Tx, user_id: UserId, due_at: datetime) -> SaidFarewell:
    """Who said it before goes by what they said first."""
    sql = """
        insert into farewells as f (user_id, due_at)
             values ($1, $2)
        on conflict (user_id) do update set due_at = f.due_at
          returning f.said_at, f.due_at
    """
    return await tx.one(SaidFarewell, sql, user_id, due_at)


async def find_farewell(conn: Conn, user_id: UserId) -> SaidFarewell | None:
    sql = "select said_at, due_at from farewells where user_id = $1"
    return await conn.maybe(SaidFarewell, sql, user_id)


async def delete_farewell(tx: Tx, user_id: UserId) -> bool:
    """False where a member isn't leaving."""
    return await tx.run("delete from farewells where user_id = $1", user_id) == 1


async def list_due(conn: Conn) -> list[UserId]:
    """Who is to be erased by now, a hundred at a time."""
    sql = "select user_id from farewells where due_at <= now() order by due_at limit 100"
    return [UserId(due) for due in await conn.column(UUID, sql)]


async def lock_due(tx: Tx, user_id: UserId) -> bool:
    """Tell whether a member is to be erased by now; whoever takes it back waits."""
    sql = "select true from farewells where user_id = $1 and due_at <= now() for update"
    return bool(await tx.value(bool, sql, user_id))


async def update_put_off(tx: Tx, user_id: UserId) -> None:
    sql = "update farewells set due_at = now() + interval '1 day' where user_id = $1"
    await tx.run(sql, user_id)


async def insert_erasure(tx: Tx, erasure_id: UUID, reason: str, decided_by: UserId) -> None:
    sql = "insert into staff_erasures (id, reason, decided_by) values ($1, $2, $3)"
    await tx.run(sql, erasure_id, reason, decided_by)


async def list_erasures(conn: Conn, limit: int, cursor: Cursor | None) -> list[StaffErasure]:
    """Newest first; one more than asked for, where there is more."""
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
    """What an admin decided: the last hundred times."""
    sql = """
        select id, reason, decided_by, erased_at
          from staff_erasures
         where decided_by = $1
         order by erased_at desc, id desc
         limit 100
    """
    return await conn.all(StaffErasure, sql, user_id)


async def update_erasures_of_nobody(tx: Tx, user_id: UserId) -> None:
    await tx.run("update staff_erasures set decided_by = null where decided_by = $1", user_id)

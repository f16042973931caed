"""Reserves storage under a lock of the member; abandoned uploads are swept."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.ids import UserId
from veza.core.visibility import active
from veza.domains.platform.uploads.models import (
    AbandonedUpload,
    CurrentUsage,
    NewUpload,
    StorageKind,
    StorageUsage,
)
from veza.domains.platform.uploads.rules import IDLE, RESERVED_S
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Lock a member against other uploads; return False if they are deleted or suspended."""
    sql = f"select id from users where id = $1 and {active()} for no key update"
    return await tx.value(UUID, sql, user_id) is not None


async def find_current_usage(
    conn: Conn, user_id: UserId, kind: StorageKind, own_id: UUID
) -> CurrentUsage:
    """Return the storage that a member uses and has reserved, without the upload `own_id`."""
    sql = """
        select coalesce(min(u.bytes), 0)::bigint as bytes,
               coalesce(min(u.objects), 0)::bigint as objects,
               coalesce(sum(r.reserved_bytes) filter (where r.kind = $2), 0)::bigint
               as reserved_bytes,
               count(r.id) filter (where r.kind = $2) as reserved_objects,
               count(r.id) filter (where not r.is_resumable) as uploads,
               count(r.id) filter (where r.is_resumable) as resumable_uploads
          from (select $1::uuid as user_id) as m
          left join storage_usage u on u.user_id = m.user_id and u.kind = $2
          left join uploads r
                 on r.owner_id = m.user_id and r.id <> $3
                and r.reserved_until > clock_timestamp() and not r.is_abandoned
    """
    return await conn.one(CurrentUsage, sql, user_id, kind, own_id)


async def insert_upload(tx: Tx, owner_id: UserId, new: NewUpload, reserved_bytes: int) -> None:
    sql = """
        insert into uploads (id, owner_id, kind, folder, parent_id, reserved_bytes, reserved_until)
             values (:id, :owner_id, :kind, :folder, :parent_id, :reserved_bytes,
                     clock_timestamp() + make_interval(secs => :seconds))
    """
    reserved = {"reserved_bytes": reserved_bytes, "seconds": RESERVED_S}
    await tx.run(*bind(sql, new, reserved, owner_id=owner_id))


async def insert_reservation(tx: Tx, owner_id: UserId, new: NewUpload) -> None:
    """Insert the reservation of a resumable upload."""
    sql = """
        insert into uploads (id, owner_id, kind, folder, parent_id, reserved_bytes, reserved_until,
                             is_resumable)
             values (:id, :owner_id, :kind, :folder, :parent_id, :body_bytes,
                     clock_timestamp() + :idle::interval, true)
    """
    await tx.run(*bind(sql, new, owner_id=owner_id, idle=IDLE))


async def update_kind(tx: Tx, upload_ids: Sequence[UUID], kind: StorageKind) -> None:
    """Move reservations to another kind of storage."""
    await tx.run("update uploads set kind = $2 where id = any($1)", upload_ids, kind)


async def update_reservation(tx: Tx, upload_id: UUID, reserved_bytes: int) -> None:
    """Change how much a resumable upload reserves."""
    await tx.run("update uploads set reserved_bytes = $2 where id = $1", upload_id, reserved_bytes)


async def update_reserved(tx: Tx, upload_id: UUID, reserved_bytes: int | None = None) -> bool:
    """Renew a reservation, optionally with a new size; return False if the upload is gone."""
    sql = """
        update uploads
           set reserved_until = clock_timestamp() + make_interval(secs => $2),
               reserved_bytes = coalesce($3, reserved_bytes)
         where id = $1 and not is_abandoned
    """
    return await tx.run(sql, upload_id, RESERVED_S, reserved_bytes) == 1


async def update_abandoned(tx: Tx, upload_id: UUID) -> bool:
    """Mark an upload as abandoned; return False if it was finished or deleted."""
    return await tx.run("update uploads set is_abandoned = true where id = $1", upload_id) == 1


async def update_old_abandoned(tx: Tx, age: timedelta) -> list[AbandonedUpload]:
    """Mark up to 500 uploads that began longer ago; return them with those marked before."""
    sql = """
        update uploads
           set is_abandoned = true
         where id in (
                   select id
                     from uploads
                    where is_abandoned
                       or (started_at < now() - $1::interval and not is_resumable)
                    order by started_at
                    limit 500
                      for update skip locked
               )
     returning id, folder
    """
    return await tx.all(AbandonedUpload, sql, age)


async def update_ownerless(tx: Tx, user_id: UserId) -> None:
    await tx.run("update uploads set owner_id = null where owner_id = $1", user_id)


async def delete_open_upload(tx: Tx, upload_id: UUID) -> bool:
    """Delete an upload; return False if it is gone or abandoned."""
    sql = "delete from uploads where id = $1 and not is_abandoned"
    return await tx.run(sql, upload_id) == 1


async def delete_upload(tx: Tx, upload_id: UUID) -> None:
    await tx.run("delete from uploads where id = $1", upload_id)


async def delete_reservations(tx: Tx, upload_ids: Sequence[UUID]) -> None:
    """Delete the reservations of resumable uploads."""
    await tx.run("delete from uploads where id = any($1) and is_resumable", upload_ids)


async def list_usage(conn: Conn, user_id: UserId) -> list[StorageUsage]:
    sql = "select kind, bytes, objects from storage_usage where user_id = $1 order by kind"
    return await conn.all(StorageUsage, sql, user_id)


async def delete_usage(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from storage_usage where user_id = $1", user_id)

"""Every SQL statement of the domain, one function each."""

from msgspec import UNSET, UnsetType

from veza.core.ids import AnnouncementId
from veza.domains.platform.site_controls.models import (
    Announcement,
    AnnouncementForm,
    Flag,
    FlagChange,
    StoredMaintenance,
)
from veza.infra.postgres.database import Conn, Tx

_ANNOUNCEMENT = "id, title, content, type, audience, starts_at, ends_at, created_at"
_FLAG = "name, enabled, description, share_percent, roles, created_at, updated_at"


async def insert_announcement(
    tx: Tx, announcement_id: AnnouncementId, form: AnnouncementForm, *, most: int
) -> Announcement | None:
    """None where as many as `most` haven't ended yet."""
    sql = f"""
        insert into announcements (id, title, content, type, audience, starts_at, ends_at)
             select $1, $2, $3, $4, $5, $6, $7
              where (select count(*) from announcements
                      where ends_at is null or ends_at > now()) < $8
          returning {_ANNOUNCEMENT}
    """
    said = (form.title, form.content, form.type, form.audience, form.starts_at, form.ends_at)
    return await tx.maybe(Announcement, sql, announcement_id, *said, most)


async def delete_announcement(tx: Tx, announcement_id: AnnouncementId) -> bool:
    return await tx.run("delete from announcements where id = $1", announcement_id) == 1


async def count_announcements(conn: Conn) -> int:
    return await conn.value(int, "select count(*) from announcements") or 0


async def list_announcements(conn: Conn, *, limit: int, offset: int) -> list[Announcement]:
    """Newest first."""
    sql = f"""
        select {_ANNOUNCEMENT}
          from announcements
         order by id desc
         limit {limit:d} offset {offset:d}
    """
    return await conn.all(Announcement, sql)


async def list_current_announcements(conn: Conn) -> list[Announcement]:
    """Those that haven't ended, the latest start first. `insert_announcement` bounds them."""
    sql = f"""
        select {_ANNOUNCEMENT}
          from announcements
         where ends_at is null or ends_at > now()
         order by starts_at desc, id desc
         limit 2000
    """
    return await conn.all(Announcement, sql)


async def upsert_flag(tx: Tx, name: str, change: FlagChange, *, most: int) -> Flag | None:
    """Make a flag, or change what isn't left out. None where it would be one more than `most`."""
    sql = f"""
        insert into feature_flags as f (name, enabled, description, share_percent, roles)
             select $1, $2, coalesce($3, ''), coalesce($4, 100), coalesce($5, '{{}}'::text[])
              where exists (select from feature_flags where name = $1)
                 or (select count(*) from feature_flags) < $6
                 on conflict (name) do update
                set enabled = $2,
                    description = coalesce($3, f.description),
                    share_percent = coalesce($4, f.share_percent),
                    roles = coalesce($5, f.roles),
                    updated_at = now()
          returning {_FLAG}
    """
    roles = None if change.roles is UNSET else sorted(change.roles)
    values = [_or_none(change.description), _or_none(change.share_percent), roles]
    return await tx.maybe(Flag, sql, name, change.enabled, *values, most)


async def delete_flag(tx: Tx, name: str) -> bool:
    return await tx.run("delete from feature_flags where name = $1", name) == 1


async def list_flags(conn: Conn) -> list[Flag]:
    """All, by name. `upsert_flag` bounds them."""
    return await conn.all(Flag, f"select {_FLAG} from feature_flags order by name limit 1000")


async def get_maintenance(conn: Conn) -> StoredMaintenance:
    sql = "select started_at, ends_at, message from maintenance"
    return await conn.one(StoredMaintenance, sql)


async def lock_maintenance(tx: Tx) -> StoredMaintenance:
    """Of two changes at once, the second waits here."""
    sql = "select started_at, ends_at, message from maintenance for update"
    return await tx.one(StoredMaintenance, sql)


async def update_maintenance(tx: Tx, to: StoredMaintenance) -> None:
    sql = "update maintenance set started_at = $1, ends_at = $2, message = $3"
    await tx.run(sql, to.started_at, to.ends_at, to.message)


def _or_none[T](value: T | UnsetType) -> T | None:
    return None if isinstance(value, UnsetType) else value

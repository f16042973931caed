"""Announcements and flags are inserted only below a bound: all are kept in memory."""

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
from veza.infra.postgres.parameters import bind

_ANNOUNCEMENT = "id, title, content, type, audience, starts_at, ends_at, created_at"
_FLAG = "name, enabled, description, share_percent, roles, created_at, updated_at"


async def insert_announcement(
    tx: Tx, announcement_id: AnnouncementId, form: AnnouncementForm, *, most: int
) -> Announcement | None:
    """Insert an announcement; None if `most` others have not ended yet."""
    sql = f"""
        insert into announcements (id, title, content, type, audience, starts_at, ends_at)
             select :id, :title, :content, :type, :audience, :starts_at, :ends_at
              where (select count(*) from announcements
                      where ends_at is null or ends_at > now()) < :most
          returning {_ANNOUNCEMENT}
    """
    return await tx.maybe(Announcement, *bind(sql, form, id=announcement_id, most=most))


async def delete_announcement(tx: Tx, announcement_id: AnnouncementId) -> bool:
    return await tx.run("delete from announcements where id = $1", announcement_id) == 1


async def count_announcements(conn: Conn) -> int:
    return await conn.value(int, "select count(*) from announcements") or 0


async def list_announcements(conn: Conn, *, limit: int, offset: int) -> list[Announcement]:
    """Return the newest first."""
    sql = f"""
        select {_ANNOUNCEMENT}
          from announcements
         order by id desc
         limit {limit:d} offset {offset:d}
    """
    return await conn.all(Announcement, sql)


async def list_current_announcements(conn: Conn) -> list[Announcement]:
    """Return those that have not ended, latest start first. `insert_announcement` limits them."""
    sql = f"""
        select {_ANNOUNCEMENT}
          from announcements
         where ends_at is null or ends_at > now()
         order by starts_at desc, id desc
         limit 2000
    """
    return await conn.all(Announcement, sql)


async def upsert_flag(tx: Tx, name: str, change: FlagChange, *, most: int) -> Flag | None:
    """Create a flag, or change the given fields; None if there are `most` already."""
    sql = f"""
        insert into feature_flags as f (name, enabled, description, share_percent, roles)
             select :name, :enabled, coalesce(:description, ''), coalesce(:share_percent, 100),
                    coalesce(:roles, '{{}}'::text[])
              where exists (select from feature_flags where name = :name)
                 or (select count(*) from feature_flags) < :most
                 on conflict (name) do update
                set enabled = :enabled,
                    description = coalesce(:description, f.description),
                    share_percent = coalesce(:share_percent, f.share_percent),
                    roles = coalesce(:roles, f.roles),
                    updated_at = now()
          returning {_FLAG}
    """
    return await tx.maybe(
        Flag,
        *bind(
            sql,
            name=name,
            enabled=change.enabled,
            description=_or_none(change.description),
            share_percent=_or_none(change.share_percent),
            roles=None if change.roles is UNSET else sorted(change.roles),
            most=most,
        ),
    )


async def delete_flag(tx: Tx, name: str) -> bool:
    return await tx.run("delete from feature_flags where name = $1", name) == 1


async def list_flags(conn: Conn) -> list[Flag]:
    """Return all flags by name. `upsert_flag` limits them."""
    return await conn.all(Flag, f"select {_FLAG} from feature_flags order by name limit 1000")


async def get_maintenance(conn: Conn) -> StoredMaintenance:
    sql = "select started_at, ends_at, message from maintenance"
    return await conn.one(StoredMaintenance, sql)


async def lock_maintenance(tx: Tx) -> StoredMaintenance:
    """Return and lock the maintenance mode: a concurrent change waits."""
    sql = "select started_at, ends_at, message from maintenance for update"
    return await tx.one(StoredMaintenance, sql)


async def update_maintenance(tx: Tx, to: StoredMaintenance) -> None:
    sql = "update maintenance set started_at = $1, ends_at = $2, message = $3"
    await tx.run(sql, to.started_at, to.ends_at, to.message)


def _or_none[T](value: T | UnsetType) -> T | None:
    return None if isinstance(value, UnsetType) else value

"""A notification is shown only while its member may see its subject and actors."""

from collections.abc import Collection, Sequence
from functools import cache

from veza.core.ids import NotificationId, UserId
from veza.core.pages import Cursor
from veza.domains.notifications.inbox.models import (
    NotificationBatch,
    StoredNotification,
    SubjectGroup,
)
from veza.domains.notifications.inbox.queries.subjects import list_groups, list_keys, select_seen
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

_KEYS = list_keys()
_GROUPS = list_groups()
_ALL_SEEN = select_seen(SubjectGroup)


async def list_all_notifications(conn: Conn, user_id: UserId) -> list[StoredNotification]:
    """Return all notifications of a member, latest `told_at` first."""
    sql = f"""
        {_ALL_SEEN}
         where n.user_id = $1 and seen.is_shown
         order by n.told_at desc, n.id desc
    """
    return await conn.every(StoredNotification, sql, user_id)


async def find_batch(
    conn: Conn, user_id: UserId, size: int, cursor: Cursor | None
) -> NotificationBatch:
    """Return which notifications are next, latest `told_at` first, shown or not."""
    where = Where("user_id = {}", user_id)
    where.add_cursor("told_at, id", cursor)
    sql = _select_batch(f"{where.sql} order by told_at desc, id desc limit {size:d}")
    return await conn.one(NotificationBatch, sql, *where.values)


async def find_unread(conn: Conn, user_id: UserId, *, most: int) -> NotificationBatch:
    """Return at most `most` notifications that are stored as unread, shown or not."""
    sql = _select_batch(f"where user_id = $1 and read_at is null limit {most:d}")
    return await conn.one(NotificationBatch, sql, user_id)


def _select_batch(chosen: str) -> str:
    return f"""
        select coalesce(array_agg(id order by told_at desc, id desc), '{{}}') as ids,
               min(told_at) as last_told_at,
               {_GROUPS} as groups,
               count(*) filter (where read_at is null) as unread_count,
               (select count(*) from notifications
                 where user_id = $1 and read_at is null) as member_unread_count
          from (select id, told_at, read_at, {_KEYS} from notifications {chosen}) batch
    """


async def list_shown(
    conn: Conn,
    ids: Sequence[NotificationId],
    groups: Collection[SubjectGroup] = frozenset(SubjectGroup),
) -> list[StoredNotification]:
    """Return the notifications with these ids that are shown, latest `told_at` first.

    `groups` are those of all their subjects.
    """
    sql = _select_shown(frozenset(groups))
    return await conn.all(StoredNotification, sql, ids) if ids else []


async def count_unread(
    conn: Conn, ids: Sequence[NotificationId], groups: Collection[SubjectGroup]
) -> int:
    """Return how many of the notifications with these ids are shown and unread."""
    sql = f"select count(*) from ({_select_shown(frozenset(groups))}) shown where not is_read"
    return await conn.value(int, sql, ids) or 0 if ids else 0


@cache
def _select_shown(groups: frozenset[SubjectGroup]) -> str:
    # `unnest` in a query of its own: PostgreSQL would plan the statement anew for each array.
    return f"""
        {select_seen(groups)}
         where n.id = any(array(select unnest($1::uuid[]))) and seen.is_shown
         order by n.told_at desc, n.id desc
    """

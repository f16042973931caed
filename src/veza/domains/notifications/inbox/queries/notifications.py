"""Marks as read, hides actors, and deletes by age and beyond a number for each member."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from veza.core.ids import LOWEST_ID, NotificationId, UserId, lowest_id
from veza.infra.postgres.database import Conn, Tx


async def update_read(tx: Tx, user_id: UserId, notification_id: NotificationId) -> bool:
    """Mark a notification as read; return False if the member has no such notification."""
    sql = """
        update notifications
           set read_at = coalesce(read_at, now())
         where id = $2 and user_id = $1
    """
    return await tx.run(sql, user_id, notification_id) == 1


async def update_all_read(tx: Tx, user_id: UserId, up_to: datetime | None) -> None:
    sql = """
        update notifications
           set read_at = now()
         where user_id = $1 and read_at is null and told_at <= coalesce($2::timestamptz, 'infinity')
    """
    await tx.run(sql, user_id, up_to)


async def update_mailed(tx: Tx, ids: Sequence[NotificationId]) -> None:
    sql = "update notifications set mailed_at = now() where id = any($1)"
    await tx.run(sql, list(ids))


async def delete_notification(tx: Tx, user_id: UserId, notification_id: NotificationId) -> bool:
    """Delete a notification; return False if the member has no such notification."""
    sql = "delete from notifications where id = $2 and user_id = $1"
    return await tx.run(sql, user_id, notification_id) == 1


async def list_acted(
    conn: Conn, actor_id: UserId, after: NotificationId | None
) -> list[NotificationId]:
    """Return the next 500 notifications with a member as an actor, ordered by id."""
    sql = """
        select notification_id from notification_actors
         where actor_id = $1 and notification_id > $2
         order by notification_id limit 500
    """
    found = await conn.column(UUID, sql, actor_id, after or LOWEST_ID)
    return [NotificationId(notification_id) for notification_id in found]


async def lock_notifications(tx: Tx, ids: Sequence[NotificationId]) -> None:
    """Lock notifications in the order of their ids."""
    sql = "select id from notifications where id = any($1) order by id for update"
    await tx.column(UUID, sql, ids)


async def update_hidden(
    tx: Tx, actor_id: UserId, ids: Sequence[NotificationId], *, hide: bool
) -> None:
    """Hide or show a member as an actor of locked notifications; update the counts of actors."""
    sql = """
        with changed as (
               update notification_actors a
                  set is_hidden = $3
                where a.notification_id = any($2) and a.actor_id = $1 and a.is_hidden <> $3
            returning a.notification_id
        )
        update notifications n
           set actors_count = n.actors_count + case when $3 then -1 else 1 end
          from changed
         where n.id = changed.notification_id
    """
    await tx.run(sql, actor_id, ids, hide)


async def delete_old(tx: Tx, told_before: datetime, *, at_once: int) -> int:
    """Delete a batch of notifications by age; ids sort by creation time, so they serve as index."""
    sql = f"""
        delete from notifications
              where id in (select id
                             from notifications
                            where id < $1 and told_at < $2
                            order by id
                            limit {at_once:d})
    """
    return await tx.run(sql, lowest_id(told_before), told_before)


async def delete_beyond(tx: Tx, after: UserId, *, keep: int) -> UserId | None:
    """Delete all but the newest `keep` notifications of the next 500 recently notified members.

    Return the last of these members, or None if there were none.
    """
    sql = f"""
        with swept as (
            select user_id
              from notification_preferences
             where user_id > $1 and last_notified_at > now() - interval '2 days'
             order by user_id
             limit 500
        ), kept as (
            select swept.user_id, n.told_at, n.id
              from swept
             cross join lateral (
                       select told_at, id
                         from notifications
                        where user_id = swept.user_id
                        order by told_at desc, id desc
                       offset {keep - 1:d} limit 1
                   ) n
        ), deleted as (
            delete from notifications n
                  using kept
                  where n.user_id = kept.user_id and (n.told_at, n.id) < (kept.told_at, kept.id)
        )
        select user_id from swept order by user_id desc limit 1
    """
    last = await tx.value(UUID, sql, after)
    return None if last is None else UserId(last)


async def delete_of_member(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from notifications where user_id = $1", user_id)


async def delete_actor(tx: Tx, actor_id: UserId) -> None:
    """Delete a hidden actor, and the notifications that have no other actor."""
    sql = """
        with gone as (
            delete from notification_actors where actor_id = $1 returning notification_id
        )
        delete from notifications n
              using gone
              where n.id = gone.notification_id
                and not exists (select from notification_actors a
                                 where a.notification_id = n.id and a.actor_id <> $1)
    """
    await tx.run(sql, actor_id)

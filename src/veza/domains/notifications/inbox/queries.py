"""SQL statements of notifications."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from veza.core.ids import (
    LOWEST_ID,
    CommentId,
    ConversationId,
    NotificationId,
    UserId,
    lowest_id,
    new_id,
)
from veza.core.pages import Cursor
from veza.domains.notifications.inbox.models import (
    Deduplication,
    NewNotification,
    StoredNotification,
    StoredNotificationRef,
)
from veza.domains.notifications.preferences.models import Recipient
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

type SubjectTable = Literal[
    "exports", "gear", "orders", "post_comments", "posts", "sanctions", "streams", "tracks"
]

# A notification `n` as its member sees it: with its latest three actors, and what it is about.
#
# An actor is named unless they are suspended, muted, or there is a block in either direction. A
# notification is shown while it has an actor to name, if it has any, and while the member may see
# what it is about. It is read once the member has read its conversation up to its message.
#
# `offset 0` evaluates it for one notification at a time: the planner can't estimate how many are
# shown, and would otherwise read all of the member's notifications, or all members.
_SEEN = """
      cross join lateral (
               select named.actors,
                      case when t.id is not null then jsonb_build_object(
                          'id', t.id, 'title', t.title) end as track,
                      case when p.id is not null then jsonb_build_object(
                          'id', p.id, 'excerpt', left(p.content, 200)) end as post,
                      case when coalesce(tc.content, pc.content) is not null
                           then jsonb_build_object(
                          'id', coalesce(tc.id, pc.id),
                          'excerpt', left(coalesce(tc.content, pc.content), 200)) end as comment,
                      case when v.id is not null then jsonb_build_object(
                          'id', v.id, 'type', v.type, 'name', v.name) end as conversation,
                      case when m.deleted_at is null and m.content is not null
                           then jsonb_build_object(
                          'id', m.id, 'excerpt', left(m.content, 200)) end as message,
                      case when r.action is not null then jsonb_build_object(
                          'content_type', r.content_type, 'content_id', r.content_id,
                          'outcome', r.action) end as report,
                      case when part.title is not null and n.kind not like 'refund%'
                           then jsonb_build_object(
                          'id', n.order_id, 'title', part.title) end as sale,
                      case when rf.id is not null and part.title is not null
                           then jsonb_build_object(
                          'id', rf.id, 'order_id', rf.order_id, 'title', part.title,
                          'amount_cents', part.cents, 'currency', rf.currency) end as refund,
                      case when tf.id is not null then jsonb_build_object(
                          'id', tf.id, 'order_id', tf.order_id, 'currency', tf.currency,
                          'amount_cents', coalesce(tf.amount_cents, tf.due_cents),
                          'reversed_cents', tf.reversed_cents) end as transfer,
                      case when st.id is not null then jsonb_build_object(
                          'id', st.id, 'title', st.title) end as stream,
                      case when g.id is not null then jsonb_build_object(
                          'id', g.id, 'name', g.name,
                          'warranty_until', g.warranty_until) end as gear,
                      e.expires_at as export_expires_at,
                      coalesce(s.reason, t.failure_reason, rf.failure,
                               case when n.kind = 'transfer_failed' then tf.reason end) as reason,
                      n.read_at is not null
                      or coalesce(cm.read_number >= n.message_number, false) as is_read,
                      (n.actors_count is null or cardinality(named.actors) > 0)
                      and (owner.id is null or owner.id = n.user_id
                           or owner.suspended_at is null
                              and (t.id is null or t.status = 'ready' and t.visibility <> 'private')
                              and not exists (select from blocks b
                                               where b.blocker_id in (n.user_id, owner.id)
                                                 and b.blocked_id in (n.user_id, owner.id)))
                      and (pc.id is null or pc.deleted_at is null)
                      and (m.id is null or cm.user_id is not null
                           and (n.kind = 'message' or m.deleted_at is null)) as is_shown
                 from (select array(
                           select jsonb_build_object('id', u.id, 'username', u.username)
                             from notification_actors a
                             join users u on u.id = a.actor_id
                            where a.notification_id = n.id
                              and u.suspended_at is null
                              and (select true from mutes
                                    where muter_id = n.user_id and muted_id = u.id) is null
                              and not exists (select from blocks b
                                               where b.blocker_id in (n.user_id, u.id)
                                                 and b.blocked_id in (n.user_id, u.id))
                            order by a.acted_at desc
                            limit 3
                      ) as actors offset 0) named
                 left join track_comments tc on tc.id = n.track_comment_id
                 left join tracks t on t.id = n.track_id
                 left join post_comments pc on pc.id = n.post_comment_id
                 left join posts p on p.id = n.post_id
                 left join streams st on st.id = n.stream_id
                 left join users owner on owner.id = coalesce(t.owner_id, p.author_id, st.owner_id)
                 left join messages m on m.id = n.message_id
                 left join conversations v on v.id = m.conversation_id
                 left join conversation_members cm
                        on cm.conversation_id = m.conversation_id and cm.user_id = n.user_id
                 left join sanctions s on s.id = n.sanction_id
                 left join reports r on r.id = coalesce(n.report_id, s.report_id)
                 left join gear g on g.id = n.gear_id
                 left join exports e on e.id = n.export_id
                 left join refunds rf on rf.id = n.refund_id
                 left join transfers tf on tf.id = n.transfer_id
                 -- For sellers their items of an order or refund; for buyers all items.
                 left join lateral (
                           select min(i.title) as title, sum(i.price_cents)::bigint as cents
                             from order_items i
                             left join refund_items b
                                    on b.refund_id = n.refund_id and b.item_id = i.id
                            where i.order_id = n.order_id
                              and (i.seller_id = n.user_id or n.kind like 'refund%')
                              and (n.refund_id is null or b.item_id is not null)
                      ) part on n.order_id is not null
               offset 0
           ) seen
"""

_SELECT = f"""
    select n.id, n.user_id, n.kind, seen.is_read, seen.actors,
           coalesce(n.actors_count, 0) as actors_count, seen.track, seen.post, seen.comment,
           seen.conversation, seen.message, seen.report, seen.sale, seen.refund, seen.transfer,
           seen.stream, seen.gear, seen.reason, n.export_id, seen.export_expires_at,
           n.created_at, n.told_at
      from notifications n
    {_SEEN}
"""


async def list_notifications(
    conn: Conn, user_id: UserId, limit: int, cursor: Cursor | None
) -> list[StoredNotification]:
    """Return the page, latest `told_at` first, and the first row of the next one."""
    where = Where()
    where.add("n.user_id = {}", user_id)
    if cursor is not None:
        where.add("(n.told_at, n.id) < ({}, {})", cursor.created_at, cursor.id)
    where.add("seen.is_shown")
    sql = f"""
        {_SELECT}
        {where.sql}
         order by n.told_at desc, n.id desc
         limit {limit + 1:d}
    """
    return await conn.all(StoredNotification, sql, *where.values)


async def list_by_id(conn: Conn, ids: Sequence[NotificationId]) -> list[StoredNotification]:
    """Return the notifications with these ids that are shown, oldest first."""
    sql = f"""
        {_SELECT}
         where n.id = any($1) and seen.is_shown
         order by n.told_at, n.id
         limit {len(ids):d}
    """
    return await conn.all(StoredNotification, sql, list(ids))


async def count_unread(conn: Conn, user_id: UserId, *, most: int) -> int:
    """Return how many of at most `most` unread notifications are shown."""
    unread = f"select id from notifications where user_id = $1 and read_at is null limit {most:d}"
    sql = f"""
        select count(*)
          from ({unread}) unread
          join notifications n on n.id = unread.id
        {_SEEN}
         where not seen.is_read and seen.is_shown
    """
    return await conn.value(int, sql, user_id) or 0


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


async def delete_notification(tx: Tx, user_id: UserId, notification_id: NotificationId) -> bool:
    """Delete a notification; return False if the member has no such notification."""
    sql = "delete from notifications where id = $2 and user_id = $1"
    return await tx.run(sql, user_id, notification_id) == 1


_COLUMNS = NewNotification.__struct_fields__[1:]
_HAS_ACTOR = """
    exists (select from notification_actors a
             where a.notification_id = h.id and a.actor_id = any(:actor_ids))
"""
# Whether an earlier notification `h` of the member prevents another one.
_PREVENTS = {
    Deduplication.PER_KIND: "h.subject_id = :subject_id and h.kind = :kind",
    Deduplication.PER_SUBJECT: "h.subject_id = :subject_id",
    Deduplication.PER_ACTOR: f"h.subject_id = :subject_id and h.kind = :kind and {_HAS_ACTOR}",
    Deduplication.PER_CONVERSATION: f"""
        (h.message_id = :message_id
         or h.subject_id = :subject_id and h.kind = :kind and h.message_number > :message_number
            and (h.read_at is not null or {_HAS_ACTOR}))
    """,
}


async def insert_notifications(
    tx: Tx,
    recipients: Sequence[Recipient],
    notification: NewNotification,
    deduplication: Deduplication,
) -> list[StoredNotificationRef]:
    """Notify the recipients; merge with an unread notification of the same kind and subject."""
    sql = f"""
        with told as (
            insert into notifications as n (
                        id, user_id, told_at, created_at, actors_count, {", ".join(_COLUMNS)})
                 select r.id, r.user_id, r.told_at, r.told_at, :actors_count,
                        {", ".join(f":{column}" for column in _COLUMNS)}
                   from unnest(:ids::uuid[], :user_ids::uuid[], :times::timestamptz[])
                        as r (id, user_id, told_at)
                  where not exists (select from notifications h
                                     where h.user_id = r.user_id and {_PREVENTS[deduplication]})
            on conflict (user_id, kind, subject_id) where read_at is null do update
                    set told_at = excluded.told_at,
                        actors_count = n.actors_count + 1 -
                            (select count(*) from notification_actors a
                              where a.notification_id = n.id and a.actor_id = any(:actor_ids)),
                        message_id = case when n.message_number > excluded.message_number
                                          then n.message_id else excluded.message_id end,
                        message_number = greatest(n.message_number, excluded.message_number)
              returning id, user_id, told_at
        ), acted as (
            insert into notification_actors (notification_id, actor_id, acted_at)
                 select told.id, a.id, told.told_at
                   from told, unnest(:actor_ids::uuid[]) as a (id)
            on conflict (notification_id, actor_id) do update set acted_at = excluded.acted_at
        )
        select id, user_id, told_at from told
    """
    actor_ids = [] if notification.actor_id is None else [notification.actor_id]
    values = {
        "ids": [new_id() for _ in recipients],
        "user_ids": [recipient.user_id for recipient in recipients],
        "times": [recipient.notified_at for recipient in recipients],
        "actors_count": len(actor_ids) or None,
        "actor_ids": actor_ids,
    }
    return await tx.all(StoredNotificationRef, *bind(sql, notification, values))


async def lock_track_comment(tx: Tx, comment_id: CommentId) -> bool | None:
    """Lock a comment and its track; return whether others than its owner may see the track."""
    sql = """
        select t.visibility <> 'private'
          from track_comments c
          join tracks t on t.id = c.track_id
         where c.id = $1
           for key share of t, c
    """
    return await tx.value(bool, sql, comment_id)


async def lock_subject(tx: Tx, table: SubjectTable, subject_id: UUID) -> bool:
    """Prevent the deletion of a notification's subject; return False if it is deleted."""
    sql = f"select true from {table} where id = $1 for key share"
    return bool(await tx.value(bool, sql, subject_id))


async def mark_read_conversations(
    tx: Tx, user_ids: Sequence[UserId], conversation_id: ConversationId
) -> None:
    """Mark notifications as read whose messages were read, so that the next one is not merged."""
    sql = """
        update notifications n
           set read_at = now()
          from conversation_members cm
         where n.user_id = any($1)
           and n.kind = 'message'
           and n.subject_id = $2
           and n.read_at is null
           and cm.conversation_id = $2
           and cm.user_id = n.user_id
           and cm.read_number >= n.message_number
    """
    await tx.run(sql, list(user_ids), conversation_id)


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


async def update_hidden(
    tx: Tx, actor_id: UserId, ids: Sequence[NotificationId], *, hide: bool
) -> None:
    """Hide or show a member as an actor of notifications; update the counts of actors."""
    sql = """
        with locked as (
            select id from notifications where id = any($2) order by id for update
        ), changed as (
               update notification_actors a
                  set is_hidden = $3
                 from locked
                where a.notification_id = locked.id and a.actor_id = $1 and a.is_hidden <> $3
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

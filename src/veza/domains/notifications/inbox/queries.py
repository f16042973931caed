"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import structs

from veza.core.ids import (
    CommentId,
    ConversationId,
    NotificationId,
    UserId,
    lowest_id,
    new_id,
)
from veza.core.pages import Cursor
from veza.domains.notifications.inbox.models import Cause, StoredNotification, Telling, Told
from veza.domains.notifications.preferences.models import OpenInbox
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

type Thing = Literal[
    "exports", "gear", "orders", "post_comments", "posts", "moderation_actions", "streams", "tracks"
]

# A notification as its member sees it: with the last three of its actors, and what it is about.
# It is looked up for each by itself, behind `offset 0`, for the planner can't guess how many are
# shown, and would go through all that the member was told, or all members.
#
# An actor is named unless they are suspended, muted, or blocked by one of the two. It is shown
# while there is somebody to name, where anybody is to be named, and while the member may know of
# what it is about. Whoever read a conversation has read what they were told of it.
_SEEN = """
      cross join lateral (
               select named.actors,
                      t.id as track_id, t.title as track_title,
                      p.id as post_id, left(p.content, 200) as post_text,
                      coalesce(tc.id, pc.id) as comment_id,
                      left(coalesce(tc.content, pc.content), 200) as comment_text,
                      v.id as conversation_id, v.type as conversation_type,
                      v.name as conversation_name, g.name as gear_name, g.warranty_until,
                      e.expires_at as export_expires_at,
                      case when m.deleted_at is null then m.id end as message_id,
                      left(m.content, 200) as message_text,
                      r.content_type, r.content_id, r.action as outcome,
                      part.title as sale_title,
                      case when part.title is not null then jsonb_build_object(
                          'id', rf.id, 'order_id', rf.order_id, 'title', part.title,
                          'amount_cents', part.cents, 'currency', rf.currency) end as refund,
                      jsonb_build_object(
                          'id', tf.id, 'order_id', tf.order_id, 'currency', tf.currency,
                          'amount_cents', coalesce(tf.amount_cents, tf.due_cents),
                          'reversed_cents', tf.reversed_cents) as transfer,
                      st.id as stream_id, st.title as stream_title,
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
                 left join moderation_actions s on s.id = n.moderation_action_id
                 left join reports r on r.id = coalesce(n.report_id, s.report_id)
                 left join gear g on g.id = n.gear_id
                 left join exports e on e.id = n.export_id
                 left join refunds rf on rf.id = n.refund_id
                 left join transfers tf on tf.id = n.transfer_id
                 -- To sellers, what is theirs of an order or of a refund; to buyers, all of it.
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
           coalesce(n.actors_count, 0) as actors_count, seen.track_id, seen.track_title,
           seen.post_id, seen.post_text, seen.comment_id, seen.comment_text,
           seen.conversation_id, seen.conversation_type, seen.conversation_name, seen.message_id,
           seen.message_text, seen.content_type, seen.content_id, seen.outcome, seen.reason,
           n.order_id, seen.sale_title,
           case when n.refund_id is not null then seen.refund end as refund,
           case when n.transfer_id is not null then seen.transfer end as transfer,
           seen.stream_id, seen.stream_title, n.gear_id, seen.gear_name, seen.warranty_until,
           n.export_id, seen.export_expires_at, n.created_at, n.told_at
      from notifications n
    {_SEEN}
"""


async def list_notifications(
    conn: Conn, user_id: UserId, limit: int, cursor: Cursor | None
) -> list[StoredNotification]:
    """Those first that were told last; one more than asked for, where there is more."""
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
    """Those of some ids that are shown."""
    sql = f"""
        {_SELECT}
         where n.id = any($1) and seen.is_shown
         order by n.told_at, n.id
         limit {len(ids):d}
    """
    return await conn.all(StoredNotification, sql, list(ids))


async def count_unread(conn: Conn, user_id: UserId, *, most: int) -> int:
    """Of so many that are marked as unread; more are there only until the next sweep."""
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
    """False where the member has no such notification."""
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
    """False where the member has no such notification."""
    sql = "delete from notifications where id = $2 and user_id = $1"
    return await tx.run(sql, user_id, notification_id) == 1


# What a cause is about: its fields are columns, and are given after the actor, $5.
_ABOUT = Cause.__struct_fields__[1:]
_GIVEN = ", ".join(f"${number}" for number, _ in enumerate(_ABOUT, start=6))
_BY_ACTOR = """
    exists (select from notification_actors a
             where a.notification_id = h.id and a.actor_id = any($5))
"""
# Who isn't told: those who have heard of it already, of this kind or as whatever it was told them.
_HEARD = {
    Telling.PLAIN: "h.subject_id = $7 and h.kind = $6",
    Telling.ONCE: "h.subject_id = $7",
    Telling.JOINED: f"h.subject_id = $7 and h.kind = $6 and {_BY_ACTOR}",
    # Nor those who have heard of a later message, unless that was another's and is unread.
    Telling.MESSAGE: f"""
        (h.message_id = $12
         or h.subject_id = $7 and h.kind = $6 and h.message_number > $13
            and (h.read_at is not null or {_BY_ACTOR}))
    """,
}


async def insert_notifications(
    tx: Tx, inboxes: Sequence[OpenInbox], cause: Cause, telling: Telling
) -> list[Told]:
    """What is unread of the same kind and subject is joined."""
    sql = f"""
        with told as (
            insert into notifications as n (
                        id, user_id, told_at, created_at, actors_count, {", ".join(_ABOUT)})
                 select i.id, i.user_id, i.told_at, i.told_at, $4, {_GIVEN}
                   from unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
                        as i (id, user_id, told_at)
                  where not exists (select from notifications h
                                     where h.user_id = i.user_id and {_HEARD[telling]})
            on conflict (user_id, kind, subject_id) where read_at is null do update
                    set told_at = excluded.told_at,
                        actors_count = n.actors_count + 1 -
                            (select count(*) from notification_actors a
                              where a.notification_id = n.id and a.actor_id = any($5)),
                        message_id = case when n.message_number > excluded.message_number
                                          then n.message_id else excluded.message_id end,
                        message_number = greatest(n.message_number, excluded.message_number)
              returning id, user_id, told_at
        ), acted as (
            insert into notification_actors (notification_id, actor_id, acted_at)
                 select told.id, a.id, told.told_at from told, unnest($5::uuid[]) as a (id)
            on conflict (notification_id, actor_id) do update set acted_at = excluded.acted_at
        )
        select id, user_id, told_at from told
    """
    actor_id, *about = structs.astuple(cause)
    actor_ids = [] if actor_id is None else [actor_id]
    columns = zip(*((new_id(), *structs.astuple(one)) for one in inboxes), strict=True)
    given = (*map(list, columns), len(actor_ids) or None, actor_ids, *about)
    return await tx.all(Told, sql, *given)


async def lock_track_comment(tx: Tx, comment_id: CommentId) -> bool | None:
    """Tell whether others than the artist may know of a comment's track, and keep both."""
    sql = """
        select t.visibility <> 'private'
          from track_comments c
          join tracks t on t.id = c.track_id
         where c.id = $1
           for key share of t, c
    """
    return await tx.value(bool, sql, comment_id)


async def lock_thing(tx: Tx, table: Thing, thing_id: UUID) -> bool:
    """Keep a thing from being deleted before it is told of. False where it is gone."""
    sql = f"select true from {table} where id = $1 for key share"
    return bool(await tx.value(bool, sql, thing_id))


async def update_read_where_followed(
    tx: Tx, user_ids: Sequence[UserId], conversation_id: ConversationId
) -> None:
    """Read what was told of a conversation to those who read it there, so that another opens."""
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
    """The notifications that name a member, in the order of their ids, 500 at a time."""
    where = Where()
    where.add("actor_id = {}", actor_id)
    if after is not None:
        where.add("notification_id > {}", after)
    acted = f"select notification_id from notification_actors {where.sql}"
    ids = await conn.column(UUID, f"{acted} order by notification_id limit 500", *where.values)
    return [NotificationId(found) for found in ids]


async def update_hidden(
    tx: Tx, actor_id: UserId, ids: Sequence[NotificationId], *, hide: bool
) -> None:
    """Leave a member out of the counts of some notifications, or count them again."""
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
    """Ids sort by the time at which they were made, so that theirs is the index of the age."""
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
    """Delete what is older than the newest so many, of 500 who were told something of late.

    Give the last of these members, after whom to go on; None where there was nobody.
    """
    sql = f"""
        with swept as (
            select user_id
              from inboxes
             where user_id > $1 and told_at > now() - interval '2 days'
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
    """Name a member no more, who isn't counted any longer; where nobody else is left, it goes."""
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

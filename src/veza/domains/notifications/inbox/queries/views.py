"""SQL statements that read notifications as their members see them."""

from collections.abc import Sequence

from veza.core.ids import (
    NotificationId,
    UserId,
)
from veza.core.pages import Cursor
from veza.domains.notifications.inbox.models import (
    StoredNotification,
)
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# A notification `n` as its member sees it: with its latest three actors, and its subject.
#
# An actor is named unless they are suspended, muted, or there is a block in either direction. A
# notification is shown while it has an actor to name, if it has any, and while the member may see
# its subject. It is read once the member has read its conversation up to its message.
#
# `offset 0` evaluates it for one notification at a time: the planner can't estimate how many are
# shown, and would otherwise read all of the member's notifications, or all members.
_SEEN = """
      cross join lateral (
               select named.actors,
                      case when t.id is not null then jsonb_build_object(
                          'id', t.id, 'title', t.title) end as track,
                      case when pl.id is not null then jsonb_build_object(
                          'id', pl.id, 'title', pl.title) end as playlist,
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
                      case when rl.id is not null then jsonb_build_object(
                          'id', rl.id, 'title', rl.title) end as release,
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
                              -- A buyer has the archive of a private release too.
                              and (rl.id is null or rl.visibility <> 'private'
                                   or n.kind = 'archive_ready')
                              and not exists (select from blocks b
                                               where b.blocker_id in (n.user_id, owner.id)
                                                 and b.blocked_id in (n.user_id, owner.id)))
                      and (pl.id is null or pl.owner_id = n.user_id or pe.user_id is not null)
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
                 left join releases rl on rl.id = n.release_id
                 left join playlists pl on pl.id = n.playlist_id
                 left join playlist_editors pe
                        on pe.playlist_id = pl.id and pe.user_id = n.user_id
                 left join users owner
                        on owner.id = coalesce(
                               t.owner_id, p.author_id, st.owner_id, rl.owner_id, pl.owner_id)
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
                 -- For sellers their items of an order or refund; for buyers all items.
                 left join lateral (
                           select min(i.title) as title, sum(i.price_cents)::bigint as cents
                             from order_items i
                             left join refund_items b
                                    on b.refund_id = n.refund_id and b.item_id = i.id
                            where i.order_id = n.order_id
                              and (i.seller_id = n.user_id or n.kind like 'refund%'
                                   or n.kind = 'preorder_delivered'
                                      and i.delivered_at is not null)
                              and (n.refund_id is null or b.item_id is not null)
                      ) part on n.order_id is not null
               offset 0
           ) seen
"""

_SELECT = f"""
    select n.id, n.user_id, n.kind, seen.is_read, seen.actors,
           coalesce(n.actors_count, 0) as actors_count, seen.track, seen.playlist,
           seen.post, seen.comment, seen.conversation, seen.message, seen.report, seen.sale,
           seen.refund, seen.transfer, seen.stream, seen.release, seen.gear, seen.reason,
           n.export_id, seen.export_expires_at, n.created_at, n.told_at
      from notifications n
    {_SEEN}
"""


async def list_all_notifications(conn: Conn, user_id: UserId) -> list[StoredNotification]:
    """Return all notifications of a member, latest `told_at` first."""
    sql = f"""
        {_SELECT}
         where n.user_id = $1 and seen.is_shown
         order by n.told_at desc, n.id desc
    """
    return await conn.every(StoredNotification, sql, user_id)


async def list_notifications(
    conn: Conn, user_id: UserId, limit: int, cursor: Cursor | None
) -> list[StoredNotification]:
    """Return a page, latest `told_at` first, and the first row of the next page."""
    where = Where("n.user_id = {}", user_id)
    where.add_cursor("n.told_at, n.id", cursor)
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


async def count_unread(
    conn: Conn, user_id: UserId, *, most: int, before: Cursor | None = None
) -> int:
    """Return how many of at most `most` unread notifications, before a position, are shown."""
    where = Where()
    where.add("user_id = {} and read_at is null", user_id)
    if before is not None:
        where.add("(told_at, id) < ({}, {})", before.created_at, before.id)
    sql = f"""
        select count(*)
          from (select id from notifications {where.sql} limit {most:d}) unread
          join notifications n on n.id = unread.id
        {_SEEN}
         where not seen.is_read and seen.is_shown
    """
    return await conn.value(int, sql, *where.values) or 0

"""A new notification merges with an unread one of the same kind and subject."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from veza.core.ids import CommentId, ConversationId, PostId, TrackId, UserId, new_id
from veza.core.stream_audiences import listed_stream
from veza.core.visibility import (
    active,
    listed_release,
    published_track,
    seen_post,
    shared,
    wanted_track,
)
from veza.domains.music.credits.models import CreditedKind
from veza.domains.notifications.inbox.models import (
    AnnouncedRelease,
    Deduplication,
    NewNotification,
    StoredNotificationRef,
)
from veza.domains.notifications.preferences.models import Recipient
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

type SubjectTable = Literal[
    "commissions",
    "exports",
    "gear",
    "moderation_actions",
    "orders",
    "playlists",
    "post_comments",
    "posts",
    "profile_invitations",
    "profiles",
    "releases",
    "roster_entries",
    "splits",
    "stream_recordings",
    "streams",
    "tracks",
]

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
    Deduplication.WHILE_UNREAD: "false",
}


async def insert_notifications(
    tx: Tx,
    recipients: Sequence[Recipient],
    notification: NewNotification,
    deduplication: Deduplication,
) -> list[StoredNotificationRef]:
    """Notify the recipients; merge with an unread notification of the same kind and subject."""
    sql = _insert_sql(deduplication)
    actor_ids = [] if notification.actor_id is None else [notification.actor_id]
    values = {
        "ids": [new_id() for _ in recipients],
        "user_ids": [recipient.user_id for recipient in recipients],
        "times": [recipient.notified_at for recipient in recipients],
        "actors_count": len(actor_ids) or None,
        "actor_ids": actor_ids,
    }
    return await tx.all(StoredNotificationRef, *bind(sql, notification, values))


def _insert_sql(deduplication: Deduplication) -> str:
    return f"""
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
        select id, user_id, told_at,
               exists (select from push_subscriptions s
                        where s.user_id = told.user_id) as has_push
          from told
    """


async def lock_track_comment(tx: Tx, comment_id: CommentId) -> bool | None:
    """Lock a comment and its track; return whether others than its owner may see the track."""
    sql = f"""
        select {shared("t")}
          from track_comments c
          join tracks t on t.id = c.track_id
         where c.id = $1
           for key share of t, c
    """
    return await tx.value(bool, sql, comment_id)


async def list_post_viewers(
    conn: Conn, post_id: PostId, user_ids: Sequence[UserId]
) -> list[UserId]:
    """Return those of some members whom a post is for, in the same order."""
    sql = f"""
        select v.id
          from unnest($2::uuid[]) with ordinality as v (id, place)
          join posts p on p.id = $1
         where {seen_post("p", "v.id")}
         order by v.place
    """
    return await conn.column(UserId, sql, post_id, list(user_ids))


async def lock_subject(tx: Tx, table: SubjectTable, subject_id: UUID) -> bool:
    """Prevent the deletion of a notification's subject; return False if it is deleted."""
    sql = f"select true from {table} where id = $1 for key share"
    return bool(await tx.value(bool, sql, subject_id))


async def list_announced(
    conn: Conn, item: CreditedKind, item_id: UUID, since: datetime, *, limit: int
) -> list[AnnouncedRelease]:
    """Return a release, or those with a track, that were published since then and are public."""
    match item:
        case CreditedKind.RELEASE:
            named = "r.id = $1"
        case CreditedKind.TRACK:
            named = "r.id in (select release_id from release_tracks where track_id = $1)"
    sql = f"""
        select r.id, r.owner_id
          from releases r
         where {named} and r.published_at > $2 and {listed_release("r")}
         order by r.published_at desc
         limit $3
    """
    return await conn.all(AnnouncedRelease, sql, item_id, since, limit)


async def find_announced_owner(conn: Conn, track_id: TrackId, since: datetime) -> UserId | None:
    """Return the owner of a track of which followers were told since then, if it is public."""
    sql = f"""
        select t.owner_id
          from track_announcements a
          join tracks t on t.id = a.track_id
         where a.track_id = $1 and a.is_announced and a.decided_at > $2 and {published_track("t")}
    """
    return await conn.value(UserId, sql, track_id, since)


async def list_track_listeners(
    conn: Conn, track_id: UUID, user_ids: Sequence[UserId]
) -> list[UserId]:
    """Return those of these members in whose lists a track is that is still on no release."""
    sql = f"""
        select v.id
          from unnest($2::uuid[]) with ordinality as v (id, place)
          join tracks t on t.id = $1 and {published_track("t")}
          join users o on o.id = t.owner_id and {active("o")}
         where {wanted_track("t", "v.id")}
           and not exists (select from release_tracks e where e.track_id = t.id)
         order by v.place
    """
    return await conn.column(UserId, sql, track_id, list(user_ids))


async def list_stream_viewers(
    conn: Conn, stream_id: UUID, user_ids: Sequence[UserId]
) -> list[UserId]:
    """Return those of these members in whose lists a stream is: none, if it has but an address."""
    sql = f"""
        select v.id
          from unnest($2::uuid[]) with ordinality as v (id, place)
          join streams s on s.id = $1
         where not s.is_taken_down and {listed_stream("s", "v.id")}
         order by v.place
    """
    return await conn.column(UserId, sql, stream_id, list(user_ids))


async def list_named_viewers(conn: Conn, stream_id: UUID) -> list[UserId]:
    """Return who is named as the audience of a stream: up to 100."""
    sql = """
        select g.user_id
          from stream_guests g
          join streams s on s.id = g.stream_id and s.audience = 'named'
         where g.stream_id = $1 and g.is_named
         order by g.user_id
    """
    return await conn.column(UserId, sql, stream_id)


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

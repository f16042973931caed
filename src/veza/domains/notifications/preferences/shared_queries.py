"""Recipients of a kind are locked while they are chosen."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from veza.core.ids import MessageId, UserId
from veza.core.visibility import active
from veza.domains.chat.conversations.shared_queries import still_admits
from veza.domains.notifications.preferences import rules
from veza.domains.notifications.preferences.models import (
    DueDigest,
    MessageRecipient,
    NotificationKind,
    Recipient,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_LOCK_RECIPIENTS = f"""
    with actor as (
        select id from users
         where id = any(:actor_ids::uuid[]) and {active()} for share
    ), wanted as (
        select m.id
          from users m
         where m.id = any(:user_ids::uuid[])
           and m.id <> all(:actor_ids::uuid[])
           and (select count(*) from actor) = cardinality(:actor_ids::uuid[])
           and not exists (select from notification_preferences p
                            where p.user_id = m.id and :kind = any(p.switched_off))
           and not exists (select from mutes u
                            where u.muter_id = m.id and u.muted_id = any(:actor_ids::uuid[]))
           and not exists (select from blocks b
                            where b.blocker_id = m.id
                              and b.blocked_id = any(:blocked_ids::uuid[])
                               or b.blocked_id = m.id
                              and b.blocker_id = any(:blocked_ids::uuid[]))
         order by m.id
           for key share of m
    )
    insert into notification_preferences as p (user_id, last_notified_at)
         select id, clock_timestamp() from wanted
    on conflict (user_id) do update
            set last_notified_at = greatest(clock_timestamp(),
                                            p.last_notified_at + interval '1 microsecond')
      returning user_id, last_notified_at as notified_at,
                :kind = any(p.mailed)
                or :is_mailed_by_default::boolean and :kind <> all(p.not_mailed) as is_mailed
"""

# How far back a summary looks that is late.
_MAX_DIGEST = "interval '14 days'"
# Whether a notification `n` of a member with preferences `p` is told in a summary.
IN_DIGEST = f"""
    n.user_id = p.user_id
    and n.read_at is null
    and n.mailed_at is null
    and n.kind = any(:told_kinds::text[])
    and n.told_at > greatest(p.digested_at, now() - {_MAX_DIGEST})
"""


async def lock_recipients(
    tx: Tx,
    kind: NotificationKind,
    user_ids: Sequence[UserId],
    *,
    actor_id: UserId | None = None,
    not_blocked_with: Sequence[UserId] = (),
) -> list[Recipient]:
    """Lock and return the members who enabled this kind of notification and may receive it.

    Excluded are the actor, members who mute the actor, and members with a block in either direction
    with the actor or with a member in `not_blocked_with`. The recipients' preferences stay locked
    until the transaction ends, so that each gets notifications in the order of their times.

    Returns no members if the actor is suspended: a concurrent suspension waits for this
    transaction, and then also hides the notification. Waits for concurrent deletions of members,
    and excludes these.
    """
    actor_ids = [] if actor_id is None else [actor_id]
    parameters = bind(
        _LOCK_RECIPIENTS,
        kind=kind,
        user_ids=list(user_ids),
        is_mailed_by_default=kind in rules.MAILED_BY_DEFAULT,
        actor_ids=actor_ids,
        blocked_ids=[*actor_ids, *not_blocked_with],
    )
    return await tx.all(Recipient, *parameters)


async def list_by_name(conn: Conn, names: Sequence[str]) -> list[UserId]:
    """Return the members with these usernames, in lower case as `find_mentions` returns them."""
    if not names:
        return []
    sql = f"select id from users where username_key = any($1) limit {len(names):d}"
    return [UserId(found) for found in await conn.column(UUID, sql, list(names))]


async def list_message_recipients(
    conn: Conn, message_id: MessageId, names: Sequence[str]
) -> list[MessageRecipient]:
    """Return the members of the conversation who may read the message and have not done so yet.

    In a room, which may have thousands of members, only those whom the message mentions.
    """
    sql = f"""
        select cm.user_id, m.number, u.username_key = any($2) as is_mentioned,
               c.type <> 'room' as gets_every_message
          from messages m
          join conversations c on c.id = m.conversation_id
          join conversation_members cm on cm.conversation_id = m.conversation_id
          join users u on u.id = cm.user_id
         where m.id = $1
           and m.deleted_at is null
           and cm.read_number < m.number
           and cm.joined_seq < m.seq
           and {still_admits("cm")}
           and (c.type <> 'room' or u.username_key = any($2))
         order by cm.user_id
         limit 1000
    """
    return await conn.all(MessageRecipient, sql, message_id, list(names))


async def lock_due_digests(tx: Tx, *, at_once: int) -> list[DueDigest]:
    """Lock the next members whose summary is due; return which of them have something to read.

    Suspended members, those without a verified address, and the pages of artists have nothing.
    Members whom another transaction holds at the moment are left for later.
    """
    sql = f"""
        select user_id
          from notification_preferences
         where digest <> 'never' and digest_due_at <= now()
         order by digest_due_at
         limit {at_once:d}
    """
    chosen = await tx.column(UUID, sql)
    sql = """
        select user_id
          from notification_preferences
         where user_id = any($1) and digest <> 'never' and digest_due_at <= now()
         order by user_id
           for no key update skip locked
    """
    locked = await tx.column(UUID, sql, chosen)
    sql = f"""
        select p.user_id,
               u.email_verified_at is not null and u.page_kind is null and {active("u")}
               and exists (select from notifications n where {IN_DIGEST}) as has_news
          from notification_preferences p
          join users u on u.id = p.user_id
         where p.user_id = any(:locked::uuid[])
         order by p.user_id
    """
    values = {"locked": locked, "told_kinds": list(rules.KINDS_IN_DIGESTS)}
    return await tx.all(DueDigest, *bind(sql, values))


async def update_digests_due(tx: Tx, user_ids: Sequence[UserId]) -> None:
    """Move the next summary of locked members on by their period."""
    sql = """
        update notification_preferences
           set digest_due_at = now() + case digest when 'daily' then interval '1 day'
                                                   else interval '7 days' end
         where user_id = any($1)
    """
    await tx.run(sql, list(user_ids))


async def update_digested(tx: Tx, user_id: UserId, until: datetime) -> None:
    """Store until when a member was told."""
    sql = """
        update notification_preferences
           set digested_at = greatest(digested_at, $2)
         where user_id = $1
    """
    await tx.run(sql, user_id, until)

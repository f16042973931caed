"""Recipients of a kind are locked while they are chosen."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import MessageId, UserId
from veza.core.visibility import active
from veza.domains.notifications.preferences.models import (
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
      returning user_id, last_notified_at as notified_at
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
    """Return the members of the conversation who have not read the message yet.

    In a room, which may have thousands of members, only those whom the message mentions.
    """
    sql = """
        select cm.user_id, m.number, u.username_key = any($2) as is_mentioned,
               v.type <> 'room' as gets_every_message
          from messages m
          join conversations v on v.id = m.conversation_id
          join conversation_members cm on cm.conversation_id = m.conversation_id
          join users u on u.id = cm.user_id
         where m.id = $1
           and m.deleted_at is null
           and cm.read_number < m.number
           and cm.joined_seq < m.seq
           and (v.type <> 'room' or u.username_key = any($2))
         order by cm.user_id
         limit 1000
    """
    return await conn.all(MessageRecipient, sql, message_id, list(names))

"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import MessageId, UserId
from veza.domains.notifications.preferences.models import (
    Letter,
    MessageRecipient,
    NotificationKind,
    Recipient,
)
from veza.infra.postgres.database import Conn, Tx


async def find_switched_off(conn: Conn, user_id: UserId) -> list[NotificationKind]:
    """The kinds that a member doesn't want: none where they never said so."""
    sql = "select unnest(switched_off) from inboxes where user_id = $1"
    return await conn.column(NotificationKind, sql, user_id)


async def update_switched_off(
    tx: Tx, user_id: UserId, off: Sequence[NotificationKind], on: Sequence[NotificationKind]
) -> list[NotificationKind] | None:
    """Give the kinds that are off afterwards; None where the account is gone."""
    sql = """
        insert into inboxes as i (user_id, switched_off)
             select id, $2::text[] from users where id = $1 for key share
        on conflict (user_id) do update
                set switched_off = array(
                        select unnest(i.switched_off) except select unnest($3::text[])
                         union select unnest($2::text[])
                    )
          returning switched_off
    """
    return await tx.value(list[NotificationKind], sql, user_id, list(off), list(on))


async def lock_inboxes(tx: Tx, letter: Letter) -> list[Recipient]:
    """The inboxes of those who want to hear of it, each with a moment after all before.

    With an actor: not their own, none of those who muted them, and none at all where the actor is
    suspended; whoever suspends them waits for this to end, and so finds what is told here. And none
    that a block keeps apart from the actor, or from those near. Who is being erased is waited for,
    and then not there.
    """
    sql = """
        with actor as (
            select id from users where id = any($3::uuid[]) and suspended_at is null for share
        ), wanted as (
            select m.id
              from users m
             where m.id = any($2::uuid[])
               and m.id <> all($3::uuid[])
               and (select count(*) from actor) = cardinality($3::uuid[])
               and not exists (select from inboxes i
                                where i.user_id = m.id and $1 = any(i.switched_off))
               and not exists (select from mutes u
                                where u.muter_id = m.id and u.muted_id = any($3::uuid[]))
               and not exists (select from blocks b
                                where b.blocker_id = m.id and b.blocked_id = any($4::uuid[])
                                   or b.blocked_id = m.id and b.blocker_id = any($4::uuid[]))
             order by m.id
               for key share of m
        )
        insert into inboxes as i (user_id, told_at)
             select id, clock_timestamp() from wanted
        on conflict (user_id) do update
                set told_at = greatest(clock_timestamp(), i.told_at + interval '1 microsecond')
          returning user_id, told_at
    """
    actor = [] if letter.actor_id is None else [letter.actor_id]
    kept_apart = [*actor, *letter.near]
    values = (letter.kind, list(letter.user_ids), actor, kept_apart)
    return await tx.all(Recipient, sql, *values)


async def list_by_name(conn: Conn, names: Sequence[str]) -> list[UserId]:
    """The members whom a text calls; names as `find_mentions` normalises them."""
    if not names:
        return []
    sql = f"select id from users where username_key = any($1) limit {len(names):d}"
    return [UserId(found) for found in await conn.column(UUID, sql, list(names))]


async def list_addressees(
    conn: Conn, message_id: MessageId, names: Sequence[str]
) -> list[MessageRecipient]:
    """Who is there, hasn't read a message yet and is to be told of it.

    In a room, which may have thousands of members, that is whom the message calls.
    """
    sql = """
        select cm.user_id, m.number, u.username_key = any($2) as is_called,
               v.type <> 'room' as hears_all
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


async def delete_inbox(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from inboxes where user_id = $1", user_id)

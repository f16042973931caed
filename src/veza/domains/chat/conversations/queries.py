"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import structs

from veza.core.ids import ConversationId, UserId
from veza.domains.chat.conversations import rules
from veza.domains.chat.conversations.models import (
    ConversationFigures,
    ConversationQuery,
    Floor,
    Gone,
    Head,
    MemberQuery,
    MemberRole,
    Membership,
    MovedMark,
    NewConversation,
    OwnMembership,
    Standing,
    StoredConversation,
    StoredMember,
    StoredRoom,
)
from veza.infra.postgres.anonymize import anonymized
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where, escape_like

_CONVERSATION = """
    c.id, c.type, c.name, c.is_private, c.members_count, c.last_seq, c.last_number,
    c.members_version, c.slow_mode_seconds, c.active_at, c.created_at
"""

_IS_OPEN = "c.type = 'room' and not c.is_private and c.ended_at is null"

_IS_BLOCKED = """exists (
    select from blocks b
     where b.blocker_id = $1 and b.blocked_id = u.id or b.blocker_id = u.id and b.blocked_id = $1)
"""

# The first value is the id of the viewer.
_SELECT_MEMBERS = f"""
        select m.user_id, u.username, m.role, m.joined_at, m.read_number,
               {_IS_BLOCKED} as is_blocked
          from conversation_members m join users u on u.id = m.user_id
"""

# Whoever left and came again is remembered by what they said.
_SPOKE_AT = """case when c.slow_mode_seconds > 0 then coalesce(m.spoke_at, (select max(created_at)
    from messages where sender_id = m.user_id and conversation_id = m.conversation_id)) end"""

_OTHER = "case when c.one_id = m.user_id then c.other_id else c.one_id end"


async def find_membership(
    conn: Conn, member_id: UserId, conversation_id: ConversationId
) -> Membership | None:
    sql = f"""
        select {_CONVERSATION}, m.user_id, m.role, m.joined_at, m.joined_seq, m.read_number,
               o.id as other_id, o.username as other_username
          from conversation_members m join conversations c on c.id = m.conversation_id
          left join users o on o.id = {_OTHER} and o.suspended_at is null
         where m.conversation_id = $1 and m.user_id = $2 and c.ended_at is null
    """
    return await conn.maybe(Membership, sql, conversation_id, member_id)


async def lock_floor(tx: Tx, member_id: UserId, conversation_id: ConversationId) -> Floor | None:
    """Lock a conversation for one of its members, and see both as they are once it is locked.

    In this order: whoever erases a member locks them first, and then where they are.
    """
    sql = f"""
        select c.id, c.type, c.name, c.is_private, c.members_count, c.last_seq, c.last_number,
               c.slow_mode_seconds, u.username, m.role, {_SPOKE_AT} as spoke_at, m.joined_seq,
               {_OTHER} as other_id
          from users u join conversation_members m on m.user_id = u.id
          join conversations c on c.id = m.conversation_id
         where u.id = $2 and c.id = $1 and c.ended_at is null
           for key share of u
           for no key update of c
           for no key update of m
    """
    return await tx.maybe(Floor, sql, conversation_id, member_id)


async def update_counters(tx: Tx, floor: Floor, sender_id: UserId, *, active_at: datetime) -> None:
    """Count one more message, up to which its sender has read."""
    sql = """
        with counted as (
            update conversations set last_seq = $3, last_number = $4, active_at = $5 where id = $1
        )
        update conversation_members
           set read_number = $4, spoke_at = $5
         where conversation_id = $1 and user_id = $2
    """
    seq, number = floor.last_seq + 1, floor.last_number + 1
    await tx.run(sql, floor.id, sender_id, seq, number, active_at)


async def update_seq(tx: Tx, conversation_id: ConversationId) -> int | None:
    sql = "update conversations set last_seq = last_seq + 1 where id = $1 returning last_seq"
    return await tx.value(int, sql, conversation_id)


async def update_read(
    tx: Tx, member_id: UserId, conversation_id: ConversationId, *, number: int
) -> MovedMark | None:
    """Move a read mark on, never back nor beyond the last message; None where there is none."""
    sql = """
        with moved as (
               update conversation_members m
                  set read_number = least($3, c.last_number)
                 from conversations c
                where c.id = $1 and c.ended_at is null and m.conversation_id = $1
                  and m.user_id = $2 and m.read_number < least($3, c.last_number)
            returning m.read_number
        )
        select coalesce(moved.read_number, m.read_number) as read_number, c.last_number,
               moved.read_number is not null as has_moved
          from conversation_members m
          join conversations c on c.id = m.conversation_id and c.ended_at is null
          left join moved on true
         where m.conversation_id = $1 and m.user_id = $2
    """
    return await tx.maybe(MovedMark, sql, conversation_id, member_id, number)


async def list_heads(conn: Conn, conversation_ids: Sequence[ConversationId]) -> list[Head]:
    sql = """
        select c.id as conversation_id, c.last_seq as seq, c.members_version
          from conversations c
         where c.id = any($1) and c.ended_at is null
    """
    return await conn.all(Head, sql, conversation_ids)


async def find_open(conn: Conn, conversation_id: ConversationId) -> StoredConversation | None:
    """A room that anybody may join."""
    sql = f"select {_CONVERSATION} from conversations c where c.id = $1 and {_IS_OPEN}"
    return await conn.maybe(StoredConversation, sql, conversation_id)


async def list_rooms(conn: Conn, viewer_id: UserId, wish: ConversationQuery) -> list[StoredRoom]:
    """Those with the most members first; one more than asked for, where there is more."""
    where = Where()
    where.add(_IS_OPEN)
    for word in rules.search_words(wish.words or ""):
        where.add("c.folded_name like {}", f"%{escape_like(word)}%")
    if wish.cursor is not None:
        where.add("(c.members_count, c.id) < ({}, {})", wish.cursor.value, wish.cursor.id)
    sql = f"""
        select {_CONVERSATION}, m.role, m.read_number
          from conversations c
          left join conversation_members m on m.conversation_id = c.id
                                          and m.user_id = {where.bind(viewer_id)}
        {where.sql}
         order by c.members_count desc, c.id desc
         limit {wish.limit + 1:d}
    """
    return await conn.all(StoredRoom, sql, *where.values)


async def find_pair(conn: Conn, one_id: UserId, other_id: UserId) -> ConversationId | None:
    """The conversation of two, the smaller id first."""
    sql = "select id from conversations where one_id = $1 and other_id = $2"
    found = await conn.value(UUID, sql, one_id, other_id)
    return None if found is None else ConversationId(found)


async def lock_conversation(
    tx: Tx, member_id: UserId, conversation_id: ConversationId
) -> StoredConversation | None:
    """Lock a conversation for somebody who may not be in it, and them before."""
    sql = f"""
        select {_CONVERSATION}
          from users u join conversations c on c.id = $1
         where u.id = $2 and c.ended_at is null
           for key share of u
           for no key update of c
    """
    return await tx.maybe(StoredConversation, sql, conversation_id, member_id)


async def is_reachable(conn: Conn, member_id: UserId, other_id: UserId) -> bool:
    sql = f"select not {_IS_BLOCKED} from users u where u.id = $2 and u.suspended_at is null"
    return bool(await conn.value(bool, sql, member_id, other_id))


async def lock_standings(tx: Tx, member_id: UserId, user_ids: Sequence[UserId]) -> list[Standing]:
    """See how these stand to a member, and have them stay; who is gone or suspended is left out."""
    sql = f"""
        select u.id, {_IS_BLOCKED} as is_blocked
          from users u
         where u.id = any($2) and u.suspended_at is null
         order by u.id
           for key share of u
    """
    return await tx.all(Standing, sql, member_id, user_ids)


async def list_members(
    conn: Conn, viewer_id: UserId, conversation_id: ConversationId, wish: MemberQuery
) -> list[StoredMember]:
    """In the order in which they joined; one more than asked for, where there is more."""
    where = Where()
    where.bind(viewer_id)
    where.add("m.conversation_id = {} and u.suspended_at is null", conversation_id)
    if wish.cursor is not None:
        where.add("(m.joined_at, m.user_id) > ({}, {})", wish.cursor.created_at, wish.cursor.id)
    sql = f"""
        {_SELECT_MEMBERS}
        {where.sql}
         order by m.joined_at, m.user_id
         limit {wish.limit + 1:d}
    """
    return await conn.all(StoredMember, sql, *where.values)


async def find_member(
    conn: Conn, viewer_id: UserId, conversation_id: ConversationId, user_id: UserId
) -> StoredMember | None:
    sql = f"{_SELECT_MEMBERS} where m.conversation_id = $2 and m.user_id = $3"
    return await conn.maybe(StoredMember, sql, viewer_id, conversation_id, user_id)


async def count_conversations(conn: Conn) -> ConversationFigures:
    sql = """
        select count(*) as total, count(*) filter (where type = 'room') as rooms,
               coalesce(sum(last_number), 0)::bigint as messages
          from conversations
         where ended_at is null
    """
    return await conn.one(ConversationFigures, sql)


async def insert_conversation(tx: Tx, conversation: NewConversation) -> bool:
    """False where these two have one already, or just now."""
    sql = """
        insert into conversations (id, type, name, is_private, one_id, other_id, folded_name)
             values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (one_id, other_id) do nothing
    """
    folded = rules.fold_name(conversation.name)
    return await tx.run(sql, *structs.astuple(conversation), folded) == 1


async def insert_members(
    tx: Tx, conversation_id: ConversationId, user_ids: Sequence[UserId], *, sees_all: bool
) -> None:
    """Let members into a conversation that is locked; who is in it already, stays as they are."""
    sql = """
        with joined as (
            insert into conversation_members (conversation_id, user_id, joined_seq, read_number)
                 select c.id, u.id, case when $3 then c.opened_seq else c.last_seq end,
                        c.last_number
                   from conversations c, users u
                  where c.id = $1 and u.id = any($2)
                  order by u.id
            on conflict do nothing
              returning conversation_id
        )
        update conversations
           set members_count = members_count + (select count(*) from joined),
               members_version = members_version + 1
         where id = (select distinct conversation_id from joined)
    """
    await tx.run(sql, conversation_id, user_ids, sees_all)


async def update_role(
    tx: Tx, conversation_id: ConversationId, user_id: UserId, role: MemberRole
) -> None:
    sql = """
        with given as (
               update conversation_members
                  set role = $3
                where conversation_id = $1 and user_id = $2 and role <> $3
            returning conversation_id
        )
        update conversations
           set members_version = members_version + 1
          from given
         where id = given.conversation_id
    """
    await tx.run(sql, conversation_id, user_id, role)


async def update_conversation(tx: Tx, floor: Floor) -> None:
    """Its members are to notice: that is what the version is for."""
    sql = """
        update conversations
           set name = $2, folded_name = $4, is_private = $3, slow_mode_seconds = $5,
               members_version = members_version + 1,
               opened_seq = case when is_private and not $3 then last_seq else opened_seq end
         where id = $1
    """
    folded, slow_mode = rules.fold_name(floor.name), floor.slow_mode_seconds
    await tx.run(sql, floor.id, floor.name, floor.is_private, folded, slow_mode)


async def update_nameless(tx: Tx, user_id: UserId) -> None:
    """Leave out of what a member's own conversations are called who that is."""
    sql = f"""
        update conversations c
           set name = {anonymized("c.name")}, folded_name = {anonymized("c.folded_name")}
          from conversation_members m join users u on u.id = m.user_id
         where u.id = $1 and m.role = 'owner' and c.id = m.conversation_id
    """
    await tx.run(sql, user_id)


async def list_ended(conn: Conn) -> list[ConversationId]:
    """Conversations that have ended, and are to be deleted with all that was said; at most 100."""
    sql = "select id from conversations where ended_at is not null order by ended_at limit 100"
    return [ConversationId(found) for found in await conn.column(UUID, sql)]


async def delete_ended(tx: Tx, conversation_id: ConversationId) -> None:
    sql = "delete from conversations where id = $1 and ended_at is not null"
    await tx.run(sql, conversation_id)


async def update_ended(tx: Tx, conversation_id: ConversationId) -> None:
    """End a conversation, and let everybody go."""
    sql = """
        with gone as (delete from conversation_members where conversation_id = $1)
        update conversations
           set members_count = 0, members_version = members_version + 1, ended_at = now()
         where id = $1
    """
    await tx.run(sql, conversation_id)


async def delete_member(
    tx: Tx, user_id: UserId, conversation_ids: Sequence[ConversationId]
) -> list[Gone]:
    """Let a member go from conversations that are locked; the last one to go ends them."""
    sql = """
        with gone as (
            delete from conversation_members
                  where user_id = $1 and conversation_id = any($2)
              returning conversation_id, role
        ), counted as (
            update conversations
               set members_count = members_count - 1,
                   members_version = members_version + 1,
                   ended_at = case when members_count = 1 then now() end
              from gone
             where id = gone.conversation_id
        )
        select conversation_id, role from gone
    """
    return await tx.all(Gone, sql, user_id, conversation_ids)


async def update_heirs(tx: Tx, conversation_ids: Sequence[ConversationId]) -> None:
    """Have the oldest admin, or else the oldest member, own what has no owner any more."""
    sql = """
        with heirs as (
            select distinct on (m.conversation_id) m.conversation_id, m.user_id
              from conversation_members m join users u on u.id = m.user_id
             where m.conversation_id = any($1)
             order by m.conversation_id, u.suspended_at is not null, m.role <> 'admin',
                      m.joined_at, m.user_id
        )
        update conversation_members m
           set role = 'owner'
          from heirs
         where m.conversation_id = heirs.conversation_id and m.user_id = heirs.user_id
    """
    await tx.run(sql, conversation_ids)


async def lock_conversations_of(
    tx: Tx, user_id: UserId, more: Sequence[ConversationId]
) -> list[ConversationId]:
    """Lock the conversations that a member is in, and more, in the order of their ids."""
    sql = """
        select id from conversations
         where id in (select conversation_id from conversation_members where user_id = $1
                      union select unnest($2::uuid[]))
         order by id
           for no key update
    """
    return [ConversationId(found) for found in await tx.column(UUID, sql, user_id, more)]


async def list_memberships_of(conn: Conn, user_id: UserId, after: UUID) -> list[OwnMembership]:
    """The conversations that a member is in, in the order of their ids, 500 at a time."""
    sql = """
        select m.conversation_id, c.type, c.name, m.role, m.joined_at, m.read_number
          from conversation_members m join conversations c on c.id = m.conversation_id
         where m.user_id = $1 and m.conversation_id > $2
         order by m.conversation_id limit 500
    """
    return await conn.all(OwnMembership, sql, user_id, after)

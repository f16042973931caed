"""Locks a user before a conversation; two members have one direct conversation."""

from collections.abc import Sequence
from datetime import datetime

from veza.core.ids import ConversationId, UserId
from veza.domains.chat.conversations import rules
from veza.domains.chat.conversations.models import (
    ConversationQuery,
    FormerRoomMember,
    LockedMembership,
    NewConversation,
    StoredConversation,
    StoredRoom,
)
from veza.domains.chat.conversations.shared_queries import (
    admits,
    still_admits,
)
from veza.infra.postgres.anonymize import anonymized
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where, escape_like

CONVERSATION = """
    c.id, c.type, c.name, c.is_private, c.is_of_stream, c.tier_id, c.members_count,
    c.last_seq, c.last_number, c.members_version, c.slow_mode_seconds, c.active_at, c.created_at
"""

_IS_PUBLIC_ROOM = "c.type = 'room' and not c.is_private and c.ended_at is null"


async def find_open_room(
    conn: Conn, viewer_id: UserId, conversation_id: ConversationId
) -> StoredConversation | None:
    """Return a room that a viewer may join: a public one, or one of a tier or stream of theirs.

    One that has both needs both, as it does to stay.
    """
    is_of_some = "c.tier_id is not null or c.is_of_stream"
    is_open = f"not c.is_private or ({is_of_some}) and {admits('$2')}"
    sql = f"""
        select {CONVERSATION}
          from conversations c
         where c.id = $1 and c.type = 'room' and c.ended_at is null and ({is_open})
    """
    return await conn.maybe(StoredConversation, sql, conversation_id, viewer_id)


async def list_former_members(conn: Conn) -> list[FormerRoomMember]:
    """Return up to 1,000 members of rooms whose tier or stream is not theirs any more."""
    sql = f"""
        select m.conversation_id, m.user_id
          from conversations c
          join conversation_members m on m.conversation_id = c.id
         where (c.tier_id is not null or c.is_of_stream) and c.ended_at is null
           and not {still_admits("m")}
         order by m.conversation_id, m.user_id
         limit 1000
    """
    return await conn.all(FormerRoomMember, sql)


async def list_rooms(conn: Conn, viewer_id: UserId, query: ConversationQuery) -> list[StoredRoom]:
    """Return public rooms, most members first: up to the limit plus 1."""
    where = Where()
    where.add(_IS_PUBLIC_ROOM)
    for word in rules.search_words(query.search or ""):
        where.add("c.folded_name like {}", f"%{escape_like(word)}%")
    if query.cursor is not None:
        where.add("(c.members_count, c.id) < ({}, {})", query.cursor.value, query.cursor.id)
    sql = f"""
        select {CONVERSATION}, m.role, m.read_number
          from conversations c
          left join conversation_members m on m.conversation_id = c.id
                                          and m.user_id = {where.bind(viewer_id)}
        {where.sql}
         order by c.members_count desc, c.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredRoom, sql, *where.values)


async def find_direct(
    conn: Conn, first_user_id: UserId, second_user_id: UserId
) -> ConversationId | None:
    """Return the direct conversation of two users, the smaller id first."""
    sql = "select id from conversations where first_user_id = $1 and second_user_id = $2"
    return await conn.value(ConversationId, sql, first_user_id, second_user_id)


async def lock_conversation(
    tx: Tx, user_id: UserId, conversation_id: ConversationId
) -> StoredConversation | None:
    """Lock a user, who need not be a member, and then a conversation."""
    sql = f"""
        select {CONVERSATION}
          from users u join conversations c on c.id = $1
         where u.id = $2 and c.ended_at is null
           for key share of u
           for no key update of c
    """
    return await tx.maybe(StoredConversation, sql, conversation_id, user_id)


async def lock_conversations_of(
    tx: Tx, user_id: UserId, more: Sequence[ConversationId]
) -> list[ConversationId]:
    """Lock the conversations of a member, and some more, in the order of their ids."""
    sql = """
        select id from conversations
         where id in (select conversation_id from conversation_members where user_id = $1
                      union select unnest($2::uuid[]))
         order by id
           for no key update
    """
    return await tx.column(ConversationId, sql, user_id, more)


async def count_conversations(conn: Conn) -> dict[str, int]:
    """Count conversations, rooms among them, and messages."""
    sql = """
        select count(*) as total, count(*) filter (where type = 'room') as rooms,
               coalesce(sum(last_number), 0)::bigint as messages
          from conversations
         where ended_at is null
    """
    return await conn.counts(sql)


async def insert_conversation(tx: Tx, conversation: NewConversation) -> bool:
    """Insert a conversation; return False if its two users have a direct conversation already."""
    sql = """
        insert into conversations (id, type, name, is_private, tier_id, first_user_id,
                                   second_user_id, folded_name)
             values (:id, :type, :name, :is_private, :tier_id, :first_user_id,
                     :second_user_id, :folded_name)
        on conflict (first_user_id, second_user_id) do nothing
    """
    folded_name = rules.fold_name(conversation.name)
    return await tx.run(*bind(sql, conversation, folded_name=folded_name)) == 1


async def update_conversation(tx: Tx, conversation: StoredConversation) -> None:
    """Update a conversation, and the version of its members, so that they are notified.

    New members read the messages since the room became public, or since its tier last changed.
    """
    sql = """
        update conversations
           set name = :name, folded_name = :folded_name, is_private = :is_private,
               tier_id = :tier_id,
               slow_mode_seconds = :slow_mode_seconds, members_version = members_version + 1,
               public_seq = case when is_private and not :is_private
                                      or tier_id is distinct from :tier_id::uuid
                                 then last_seq else public_seq end
         where id = :id
    """
    await tx.run(*bind(sql, conversation, folded_name=rules.fold_name(conversation.name)))


async def update_counters(
    tx: Tx, locked: LockedMembership, sender_id: UserId, *, sent_at: datetime
) -> None:
    """Count a new message, which its sender has read."""
    sql = """
        with counted as (
            update conversations
               set last_seq = :seq, last_number = :number, active_at = :sent_at
             where id = :id
        )
        update conversation_members
           set read_number = :number, last_sent_at = :sent_at
         where conversation_id = :id and user_id = :sender_id
    """
    seq = locked.last_seq + 1
    number = locked.last_number + 1
    values = {"id": locked.id, "sender_id": sender_id, "sent_at": sent_at}
    await tx.run(*bind(sql, values, seq=seq, number=number))


async def update_seq(tx: Tx, conversation_id: ConversationId) -> int | None:
    sql = "update conversations set last_seq = last_seq + 1 where id = $1 returning last_seq"
    return await tx.value(int, sql, conversation_id)


async def update_ended(tx: Tx, conversation_id: ConversationId) -> None:
    """End a conversation, and remove all members."""
    sql = """
        with removed as (delete from conversation_members where conversation_id = $1)
        update conversations
           set members_count = 0, members_version = members_version + 1, ended_at = now()
         where id = $1
    """
    await tx.run(sql, conversation_id)


async def update_names_without_owner(tx: Tx, user_id: UserId) -> None:
    """Remove the name and address of a member from the names of conversations they own."""
    sql = f"""
        update conversations c
           set name = {anonymized("c.name")}, folded_name = {anonymized("c.folded_name")}
          from conversation_members m join users u on u.id = m.user_id
         where u.id = $1 and m.role = 'owner' and c.id = m.conversation_id
    """
    await tx.run(sql, user_id)


async def lock_conversations_of_both(tx: Tx, user_id: UserId, other_id: UserId) -> None:
    """Lock the conversations of two members, in the order of their ids."""
    sql = """
        select id from conversations
         where id in (select conversation_id from conversation_members where user_id in ($1, $2))
         order by id
           for no key update
    """
    await tx.column(ConversationId, sql, user_id, other_id)

"""Statements on heads and ended conversations, and parts of those that send a message.

The parts (see `infra.postgres.single_statement`) do what `lock_membership`, `is_reachable` and
`update_counters` do in a transaction, if the sender may send right now. Conversations in slow mode
take the transaction.
"""

from collections.abc import Sequence

from veza.core.ids import ConversationId, UserId
from veza.core.people import appearance
from veza.core.stream_audiences import in_audience, open_stream
from veza.core.visibility import active, admitted, blocked
from veza.domains.chat.conversations.models import ConversationHead
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.single_statement import RECORDER, Part, undo_part

# The profile whose members a room is for.
ROOM_PROFILE = "(select rt.profile_id from tiers rt where rt.id = c.tier_id)"


def still_admits(member: str) -> str:
    """Return the condition that a conversation `c` keeps a member: of a tier, or of a stream.

    `member` is the row of the membership. Whoever manages a room needs neither.
    """
    return f"({member}.role <> 'member' or {admits(f'{member}.user_id')})"


def admits(viewer: str) -> str:
    """Return the condition that a viewer has the tier of a room `c`, and watches its stream.

    A room that has neither a tier nor a stream asks for nothing.
    """
    return f"""(
        (c.tier_id is null or {admitted(viewer, ROOM_PROFILE, "c.tier_id")})
        and (not c.is_of_stream or {of_audience(viewer)}))
    """


def of_audience(viewer: str) -> str:
    """Return the condition that a viewer belongs to the audience of the stream of a room `c`."""
    return f"""exists (
        select from streams cs
         where cs.conversation_id = c.id and not cs.is_taken_down and {in_audience("cs", viewer)})
    """


# A room `c` of no tier, and of no stream, not even a public one.
IS_ROOM_OF_ITS_OWN = """(
    c.type = 'room' and c.tier_id is null and not c.is_of_stream
    and not exists (select from streams cs where cs.conversation_id = c.id))
"""


def still_keeps(viewer: str) -> str:
    """Return the condition that a conversation `c` of a viewer keeps them, if it has a tier."""
    theirs = f"x.conversation_id = c.id and x.user_id = {viewer} and {still_admits('x')}"
    return f"""(
        c.tier_id is null and not c.is_of_stream
        or exists (select from conversation_members x where {theirs}))
    """


# The part with the conversation, after the message was counted: `id`, `type`, `last_seq`,
# `last_number`, and the sender's `username` and `appearance`.
COUNTED = "counted"

# Locks the user, the conversation and the membership, as erasing an account does.
_SENDER = Part(
    "sender",
    f"""
    select u.id, u.username, {appearance("u")} as appearance
      from {RECORDER}, users u
     where u.id = :sender_id
       for key share of u
    """,
)
_COUNTED = Part(
    COUNTED,
    f"""
       update conversations c
          set last_seq = c.last_seq + 1, last_number = c.last_number + 1, active_at = :created_at
         from sender u
         join conversation_members m on m.user_id = u.id
        where c.id = :conversation_id and m.conversation_id = c.id and c.ended_at is null
          and c.slow_mode_seconds = 0 and {still_admits("m")}
          and (c.type <> 'direct'
               or exists (
                   select from users o
                    where o.id in (c.first_user_id, c.second_user_id) and o.id <> u.id
                      and {active("o")}
                      and not {blocked("u.id", "o.id")}))
    returning c.id, c.type, c.last_seq, c.last_number, u.username, u.appearance
    """,
)
_MARKED = Part(
    "marked",
    f"""
       update conversation_members m
          set read_number = c.last_number, last_sent_at = :created_at
         from {COUNTED} c
        where m.conversation_id = c.id and m.user_id = :sender_id
    returning m.user_id
    """,
)
# A member who was removed while the statement waited for the conversation.
_UNDONE = undo_part(COUNTED, unless="marked")

COUNT_MESSAGE = (_SENDER, _COUNTED, _MARKED, _UNDONE)


async def update_stream_room(tx: Tx, conversation_id: ConversationId, *, is_public: bool) -> None:
    """Make the room of a stream public, or one for the audience of the stream alone.

    New members read messages from now on, not earlier ones.
    """
    sql = """
        update conversations
           set is_private = not $2, is_of_stream = not $2,
               tier_id = case when $2 then null else tier_id end,
               members_version = members_version + 1,
               public_seq = last_seq
         where id = $1 and ended_at is null
    """
    await tx.run(sql, conversation_id, is_public)


async def delete_former(tx: Tx, conversation_ids: Sequence[ConversationId]) -> None:
    """Remove members whom the tier or the stream of a locked room no longer admits.

    Rooms without members end.
    """
    sql = f"""
        with removed as (
            delete from conversation_members m
                  using conversations c
                  where m.conversation_id = any($1) and c.id = m.conversation_id
                    and not {still_admits("m")}
              returning m.conversation_id
        ), counted as (
            select conversation_id, count(*) as number from removed group by conversation_id
        )
        update conversations c
           set members_count = c.members_count - counted.number,
               members_version = c.members_version + 1,
               ended_at = case when c.members_count = counted.number then now() end
          from counted
         where c.id = counted.conversation_id
    """
    await tx.run(sql, list(conversation_ids))


async def is_managed_by(conn: Conn, conversation_id: ConversationId, user_id: UserId) -> bool:
    """Return whether a member manages a room that has not ended."""
    sql = """
        select exists (
            select from conversation_members m
              join conversations c on c.id = m.conversation_id and c.ended_at is null
             where m.conversation_id = $1 and m.user_id = $2 and m.role <> 'member')
    """
    return bool(await conn.value(bool, sql, conversation_id, user_id))


async def is_room_of_its_own(conn: Conn, conversation_id: ConversationId) -> bool:
    """Return whether a conversation is a room of neither a tier nor a stream."""
    sql = f"select {IS_ROOM_OF_ITS_OWN} from conversations c where c.id = $1"
    return bool(await conn.value(bool, sql, conversation_id))


async def list_heads(
    conn: Conn, conversation_ids: Sequence[ConversationId]
) -> list[ConversationHead]:
    """Return the heads of conversations that have not ended.

    The room of a stream whose address is enough keeps everybody, as long as that is so.
    """
    sql = f"""
        select c.id as conversation_id, c.last_seq as seq, c.members_version,
               c.tier_id is not null or c.is_of_stream and not exists (
                   select from streams cs
                    where cs.conversation_id = c.id and not cs.is_taken_down and {open_stream("cs")}
               ) as has_tier
          from conversations c
         where c.id = any($1) and c.ended_at is null
    """
    return await conn.all(ConversationHead, sql, conversation_ids)


async def list_ended(conn: Conn) -> list[ConversationId]:
    """Return up to 100 conversations that have ended and are to be deleted."""
    sql = "select id from conversations where ended_at is not null order by ended_at limit 100"
    return await conn.column(ConversationId, sql)


async def delete_ended(tx: Tx, conversation_id: ConversationId) -> None:
    """Delete an ended conversation whose messages are deleted."""
    sql = "delete from conversations where id = $1 and ended_at is not null"
    await tx.run(sql, conversation_id)

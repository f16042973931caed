"""A room is changed under the lock of its conversation. Its times are those of the database."""

from datetime import timedelta

from veza.core.ids import ConversationId, UserId
from veza.domains.chat.conversations.models import ConversationRef
from veza.domains.chat.conversations.shared_queries import IS_ROOM_OF_ITS_OWN
from veza.domains.listening.models import StoredListening
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# How many empty rooms are read at once.
BATCH = 100

_ROOM = """
    l.conversation_id, l.version, l.queue_version, l.entry_ids, l.track_ids, l.durations_ms,
    l.next_entry_id, l.entry_id, l.position_ms, l.is_playing, l.changed_at, l.ends_conversation,
    clock_timestamp() as read_at
"""

# Nobody listened in a room `l` for some time, and nobody wrote in its conversation `c`.
_IS_EMPTY = """(
    l.heard_at < now() - {0}::interval and c.active_at < now() - {0}::interval)
"""


async def find_room(conn: Conn, conversation_id: ConversationId) -> StoredListening | None:
    """Return what a conversation listens to; None if it does not."""
    sql = f"select {_ROOM} from listening_rooms l where l.conversation_id = $1"
    return await conn.maybe(StoredListening, sql, conversation_id)


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Lock a member, so that concurrent requests keep to their limits; False if deleted."""
    sql = "select true from users where id = $1 for no key update"
    return await tx.value(bool, sql, user_id) or False


async def lock_conversation(tx: Tx, conversation_id: ConversationId) -> None:
    """Lock a conversation that nobody has to be in."""
    await tx.run("select from conversations where id = $1 for no key update", conversation_id)


async def count_begun(conn: Conn, user_id: UserId) -> int:
    """Return how many rooms a member began that have not ended, where they still are.

    Who left a conversation can't end its room any more.
    """
    sql = """
        select count(*)
          from listening_rooms l
          join conversation_members m on m.conversation_id = l.conversation_id
                                     and m.user_id = l.begun_by
         where l.begun_by = $1
    """
    return await conn.value(int, sql, user_id) or 0


async def list_begun(conn: Conn, user_id: UserId) -> list[ConversationRef]:
    """Return the conversations in which a member began rooms that have not ended."""
    sql = "select conversation_id as id from listening_rooms where begun_by = $1 order by id"
    return await conn.all(ConversationRef, sql, user_id)


async def update_begun(tx: Tx, user_id: UserId) -> None:
    """Remove a member from the rooms that they began, whose conversations it locks first."""
    sql = """
        select id from conversations
         where id in (select conversation_id from listening_rooms where begun_by = $1)
         order by id
           for no key update
    """
    await tx.column(ConversationId, sql, user_id)
    await tx.run("update listening_rooms set begun_by = null where begun_by = $1", user_id)


async def count_rooms(conn: Conn) -> dict[str, int]:
    """Return the number of conversations that listen together."""
    return await conn.counts("select count(*) as total from listening_rooms")


async def insert_room(
    tx: Tx, conversation_id: ConversationId, begun_by: UserId, *, ends_conversation: bool
) -> StoredListening | None:
    """Begin to listen with an empty queue; None if the conversation does already."""
    sql = f"""
        insert into listening_rooms as l (conversation_id, version, queue_version, entry_ids,
                                          track_ids, durations_ms, next_entry_id, position_ms,
                                          is_playing, changed_at, heard_at, ends_conversation,
                                          begun_by)
             select $1, t.version, t.version, '{{}}', '{{}}', '{{}}', 1, 0, true, t.moment,
                    t.moment, $2, $3
               from (select clock_timestamp() as moment,
                            (extract(epoch from clock_timestamp()) * 1000)::bigint as version) t
        on conflict do nothing
          returning {_ROOM}
    """
    return await tx.maybe(StoredListening, sql, conversation_id, ends_conversation, begun_by)


async def update_room(tx: Tx, room: StoredListening) -> None:
    """Store a room after a change."""
    sql = """
        update listening_rooms
           set version = :version, queue_version = :queue_version, entry_ids = :entry_ids,
               track_ids = :track_ids, durations_ms = :durations_ms,
               next_entry_id = :next_entry_id, entry_id = :entry_id, position_ms = :position_ms,
               is_playing = :is_playing, changed_at = :changed_at, heard_at = :changed_at
         where conversation_id = :conversation_id
    """
    await tx.run(*bind(sql, room))


async def update_playback(tx: Tx, room: StoredListening) -> None:
    """Store what a room plays after a change that left its queue as it was."""
    sql = """
        update listening_rooms
           set version = :version, entry_id = :entry_id, position_ms = :position_ms,
               is_playing = :is_playing, changed_at = :changed_at, heard_at = :changed_at
         where conversation_id = :conversation_id
    """
    await tx.run(*bind(sql, room))


async def delete_room(tx: Tx, conversation_id: ConversationId) -> None:
    """End the listening of a conversation."""
    await tx.run("delete from listening_rooms where conversation_id = $1", conversation_id)


async def list_empty(conn: Conn, empty_for: timedelta) -> list[ConversationId]:
    """Return some conversations in whose rooms nobody was for that long, nor wrote."""
    sql = f"""
        select l.conversation_id
          from listening_rooms l join conversations c on c.id = l.conversation_id
         where {_IS_EMPTY.format("$1")}
         order by l.heard_at
         limit {BATCH}
    """
    return await conn.column(ConversationId, sql, empty_for)


async def delete_empty(
    tx: Tx, conversation_id: ConversationId, empty_for: timedelta
) -> bool | None:
    """End a room in which nobody was for that long. Return whether its conversation ends too.

    None if somebody came or wrote meanwhile. A room that got a tier or a stream since then stays.
    """
    sql = f"""
        delete from listening_rooms l
              using conversations c
              where l.conversation_id = $1 and c.id = l.conversation_id
                and {_IS_EMPTY.format("$2")}
          returning l.ends_conversation and {IS_ROOM_OF_ITS_OWN}
    """
    return await tx.value(bool, sql, conversation_id, empty_for)

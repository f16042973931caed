"""Statements for the processes to which the members of rooms are connected."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from veza.core.ids import ConversationId
from veza.domains.listening.models import SharedState
from veza.infra.postgres.database import Conn, Tx


async def list_states(
    conn: Conn, conversation_ids: Sequence[ConversationId], noted_every: timedelta
) -> list[SharedState]:
    """Return what is played in those of these conversations that listen together."""
    sql = """
        select conversation_id, version, queue_version, entry_id, position_ms, is_playing,
               changed_at, heard_at < now() - $2::interval as is_due
          from listening_rooms
         where conversation_id = any($1)
    """
    return await conn.all(SharedState, sql, list(conversation_ids), noted_every)


async def read_clock(conn: Conn) -> datetime:
    """Return the time of the database, which is that of all rooms."""
    moment = await conn.value(datetime, "select clock_timestamp()")
    assert moment is not None
    return moment


async def update_heard(tx: Tx, conversation_ids: Sequence[ConversationId]) -> None:
    """Note that somebody is in these rooms; those that are being changed are left out."""
    sql = """
        update listening_rooms l
           set heard_at = now()
          from (select conversation_id from listening_rooms
                 where conversation_id = any($1)
                 order by conversation_id
                   for no key update skip locked) due
         where l.conversation_id = due.conversation_id
    """
    await tx.run(sql, list(conversation_ids))

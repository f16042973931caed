"""Finds messages by their words, in conversations where the member may read them."""

from collections.abc import Sequence

from veza.core.ids import ConversationId, UserId
from veza.core.visibility import active
from veza.domains.chat.conversations.shared_queries import still_admits
from veza.domains.chat.messages.models.lists import MessageSearch, UnindexedMessage
from veza.domains.chat.messages.models.messages import StoredMessage
from veza.domains.chat.messages.queries.columns import JOINS, MESSAGE, of_viewer
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def search_messages(
    conn: Conn, viewer_id: UserId, words: str, search: MessageSearch
) -> list[StoredMessage]:
    """Return messages that match a tsquery, the newest first: up to the limit plus 1.

    None from before the member joined, and none of suspended senders. The words are looked up
    first, by their index: among few messages the planner would rather read all of a conversation.
    """
    where = Where("w.words @@ {}::tsquery and w.deleted_at is null", words)
    where.add_cursor("w.created_at, w.id", search.cursor)
    conversation = where.bind_optional(search.conversation_id)
    is_there = f"m.conversation_id = {conversation}" if conversation else "true"
    viewer = where.bind(viewer_id)
    sql = f"""
        with hits as materialized (
            select w.id, w.conversation_id, w.seq, w.sender_id, w.created_at
              from messages w
            {where.sql}
        ), found as (
            select m.id
              from hits m
              join conversation_members me on me.conversation_id = m.conversation_id
                                          and me.user_id = {viewer} and me.joined_seq < m.seq
              join conversations c on c.id = m.conversation_id and c.ended_at is null
                                  and {still_admits("me")}
              join users s on s.id = m.sender_id and {active("s")}
             where {is_there}
             order by m.created_at desc, m.id desc
             limit {search.limit + 1:d}
        )
        select {MESSAGE}, {of_viewer(where, viewer_id)}
          from found join messages m on m.id = found.id
        {JOINS}
         order by m.created_at desc, m.id desc
    """
    return await conn.all(StoredMessage, sql, *where.values)


async def lock_unindexed(tx: Tx) -> list[UnindexedMessage]:
    """Lock up to 500 messages that have no words yet, but for those that are being changed."""
    sql = """
        select conversation_id, id as message_id, content
          from messages
         where words is null and deleted_at is null
         order by id
         limit 500
           for no key update skip locked
    """
    return await tx.all(UnindexedMessage, sql)


async def update_words(tx: Tx, messages: Sequence[UnindexedMessage], words: Sequence[str]) -> None:
    """Store the words of locked messages."""
    sql = """
        update messages m
           set words = strip(g.words::tsvector)
          from unnest($1::uuid[], $2::text[]) as g (id, words)
         where m.id = g.id
    """
    await tx.run(sql, [each.message_id for each in messages], words)


async def list_latest_conversations(
    conn: Conn, viewer_id: UserId, *, limit: int
) -> list[ConversationId]:
    """Return the conversations that a member may read and that were active last."""
    sql = f"""
        select c.id
          from conversation_members me
          join conversations c on c.id = me.conversation_id
         where me.user_id = $1 and c.ended_at is null and {still_admits("me")}
         order by c.active_at desc, c.id desc
         limit {limit:d}
    """
    return await conn.column(ConversationId, sql, viewer_id)

"""A message that is taken down is deleted, but for its reactions and what is attached to it."""

from datetime import datetime
from uuid import UUID

from veza.core.ids import MessageId
from veza.core.reviews import ReviewedObject
from veza.domains.chat.messages.models.messages import (
    KeptMessage,
    OwnedMessage,
    StoredReaction,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind


async def find_owned(conn: Conn, message_id: MessageId) -> OwnedMessage | None:
    """Return the place of a message that is there, or is taken down."""
    sql = """
        select m.id as message_id, m.conversation_id, m.sender_id, m.content
          from messages m
          join conversations c on c.id = m.conversation_id and c.ended_at is null
         where m.id = $1 and m.sender_id is not null
           and (m.deleted_at is null
                or exists (select from takedowns d
                            where d.content_type = 'message' and d.content_id = m.id
                              and d.undone_at is null and d.kept <> '{}'))
    """
    return await conn.maybe(OwnedMessage, sql, message_id)


async def update_taken_down(tx: Tx, message_id: MessageId, *, deleted_at: datetime) -> None:
    sql = """
        update messages
           set content = '', words = null, track_id = null, reply_to_id = null,
               reactions = '[]', deleted_at = $2
         where id = $1
    """
    await tx.run(sql, message_id, deleted_at)


async def update_restored(tx: Tx, message_id: MessageId, kept: KeptMessage, *, words: str) -> None:
    """Restore a message; a track, or a message that it answers, may be gone by now."""
    sql = """
        update messages
           set content = :content, words = strip(:words::tsvector),
               track_id = (select t.id from tracks t where t.id = :track_id for key share),
               reply_to_id = (select q.id from messages q where q.id = :reply_to_id),
               reactions = :reactions, deleted_at = null
         where id = :id
    """
    await tx.run(*bind(sql, kept, id=message_id, words=words))


async def list_reviewed(conn: Conn, message_id: UUID) -> list[ReviewedObject]:
    """Return the file of a message, with its key as in `blobs`."""
    sql = """
        select p.id, p.name, 'blobs/' || right(b.id::text, 2) || '/' || b.id || '/content' as key,
               p.size_bytes, p.content_type, p.sha256, p.created_at as stored_at
          from message_files f
          join file_snapshots p on p.id = f.snapshot_id
          join blobs b on b.sha256 = p.sha256
         where f.message_id = $1
    """
    return await conn.all(ReviewedObject, sql, message_id)


async def list_reactions(conn: Conn, message_id: MessageId) -> list[StoredReaction]:
    """Return the emoji that members reacted with to a message, in any order."""
    sql = "select emoji, count(*) from message_reactions where message_id = $1 group by emoji"
    return await conn.all(StoredReaction, sql, message_id)

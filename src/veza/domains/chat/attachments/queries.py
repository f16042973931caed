"""Finds the file of a message only for members who may read the message."""

from collections.abc import Sequence

from veza.core.ids import ConversationId, FileSnapshotId, ImageId, MessageId, UserId
from veza.core.visibility import active
from veza.domains.chat.attachments.models import (
    ExportedMessageFile,
    ExportedMessageImage,
    OrphanedContent,
)
from veza.domains.chat.conversations.shared_queries import still_admits
from veza.domains.cloud.files.models import ServedVersion
from veza.infra.postgres.database import Conn, Tx


async def insert_images(tx: Tx, message_id: MessageId, image_ids: Sequence[ImageId]) -> None:
    sql = """
        insert into message_images (message_id, position, image_id)
             select $1, place - 1, id
               from unnest($2::uuid[]) with ordinality as shown (id, place)
    """
    await tx.run(sql, message_id, image_ids)


async def insert_file(tx: Tx, message_id: MessageId, snapshot_id: FileSnapshotId) -> None:
    sql = "insert into message_files (message_id, snapshot_id) values ($1, $2)"
    await tx.run(sql, message_id, snapshot_id)


async def find_file(
    conn: Conn, conversation_id: ConversationId, message_id: MessageId, reader_id: UserId
) -> ServedVersion | None:
    """Return the file of a message, if the reader may read the message."""
    sql = f"""
        select p.name, b.id as blob_id, p.sha256, p.size_bytes, p.content_type,
               p.created_at as stored_at
          from messages m
          join conversation_members me on me.conversation_id = m.conversation_id
                                      and me.user_id = $3 and me.joined_seq < m.seq
          join conversations c on c.id = m.conversation_id and c.ended_at is null
                              and {still_admits("me")}
          join users u on u.id = m.sender_id and {active("u")}
          join message_files f on f.message_id = m.id
          join file_snapshots p on p.id = f.snapshot_id
          join blobs b on b.sha256 = p.sha256
         where m.id = $2 and m.conversation_id = $1 and m.deleted_at is null
    """
    return await conn.maybe(ServedVersion, sql, conversation_id, message_id, reader_id)


async def list_images_in(conn: Conn, conversation_id: ConversationId) -> list[ImageId]:
    """Return up to 500 images of a conversation's messages."""
    sql = """
        select i.image_id
          from messages m
          join message_images i on i.message_id = m.id
         where m.conversation_id = $1
         limit 500
    """
    return await conn.column(ImageId, sql, conversation_id)


async def list_snapshots_in(conn: Conn, conversation_id: ConversationId) -> list[FileSnapshotId]:
    """Files of a conversation's messages, 500 at most."""
    sql = """
        select f.snapshot_id
          from messages m
          join message_files f on f.message_id = m.id
         where m.conversation_id = $1
         limit 500
    """
    return await conn.column(FileSnapshotId, sql, conversation_id)


async def list_own_images(conn: Conn, owner_id: UserId) -> list[ExportedMessageImage]:
    sql = """
        select i.id, m.message_id
          from images i
          join message_images m on m.image_id = i.id
         where i.owner_id = $1
         order by i.id
    """
    return await conn.every(ExportedMessageImage, sql, owner_id)


async def list_own_files(conn: Conn, owner_id: UserId) -> list[ExportedMessageFile]:
    sql = """
        select p.id, m.message_id, p.name, p.size_bytes, p.content_type, p.sha256, p.created_at
          from file_snapshots p
          join message_files m on m.snapshot_id = p.id
         where p.owner_id = $1
         order by p.id
    """
    return await conn.every(ExportedMessageFile, sql, owner_id)


async def list_orphaned_contents(conn: Conn, owner_id: UserId) -> list[OrphanedContent]:
    """Return contents that a member sent and has in no file any more."""
    sql = """
        select p.id, p.name, b.id as blob_id, p.size_bytes
          from file_snapshots p
          join blobs b on b.sha256 = p.sha256
         where p.owner_id = $1
           and not exists (
               select from file_snapshots e
                where e.owner_id = $1 and e.sha256 = p.sha256 and e.id < p.id)
           and not exists (
               select from file_versions v
                 join files f on f.id = v.file_id
                where v.sha256 = p.sha256 and f.owner_id = $1)
         order by p.id
    """
    return await conn.every(OrphanedContent, sql, owner_id)

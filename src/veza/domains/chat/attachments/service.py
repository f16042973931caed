"""What one can do with what hangs on messages: hang it there, take it off, show it, get the file.

Who hangs something on a message, or takes it off, has locked the conversation.
"""

from veza.core.access import Member
from veza.core.ids import ConversationId, MessageId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.attachments import queries, rules
from veza.domains.chat.attachments.errors import AttachmentNotFound
from veza.domains.chat.attachments.models import Enclosed, Shown, Stored
from veza.domains.cloud.files import service as files
from veza.domains.cloud.files.models import OpenedFile
from veza.domains.images import service as images
from veza.infra.postgres.database import Conn, Tx


async def attach(tx: Tx, sender: Member, message_id: MessageId, things: Enclosed) -> None:
    """Hang things of one's own on a message: images that nobody saw yet, a file as it is now.

    Raises ImageNotFound, ImageInUse and FileNotFound.
    """
    if things.image_ids:
        await images.show_images(tx, sender.id, things.image_ids, is_public=False)
        await queries.insert_images(tx, message_id, things.image_ids)
    if things.file_id is not None:
        snapshot_id = await files.create_file_snapshot(tx, things.file_id, sender)
        await queries.insert_file(tx, message_id, snapshot_id)


async def detach(tx: Tx, things: Stored) -> None:
    """Take from a message all that hangs on it; nobody gets it any more."""
    if things.images:
        await images.delete_images(tx, [image.id for image in things.images])
    if things.file is not None:
        await files.delete_file_snapshots(tx, [things.file.id])


async def detach_some(tx: Tx, conversation_id: ConversationId) -> bool:
    """Take some hundreds of things from the messages of a conversation; False where none hang."""
    if image_ids := await queries.list_images_in(tx, conversation_id):
        await images.delete_images(tx, image_ids)
        return True
    if snapshot_ids := await queries.list_snapshots_in(tx, conversation_id):
        await files.delete_file_snapshots(tx, snapshot_ids)
        return True
    return False


async def open_file(
    conn: Conn, conversation_id: ConversationId, message_id: MessageId, *, reader_id: UserId
) -> OpenedFile:
    """Give what is needed to serve the file of a message, to those who may read that."""
    opened = await queries.find_file(conn, conversation_id, message_id, reader_id)
    if opened is None:
        raise AttachmentNotFound
    return opened


def show(
    things: Stored, urls: UrlBuilder, *, conversation_id: ConversationId, message_id: MessageId
) -> Shown:
    """Show what hangs on a message, with URLs for those who may read it."""
    file = None
    if things.file is not None:
        file = rules.show_file(
            things.file, urls, conversation_id=conversation_id, message_id=message_id
        )
    shown = [images.link_image(image, urls, is_public=False) for image in things.images]
    return Shown(shown, file)

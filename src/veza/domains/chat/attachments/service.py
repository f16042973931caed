"""What one can do with what hangs on messages: hang it there, take it off, show it, get the file.

Who hangs something on a message, or takes it off, has locked the conversation.
"""

from veza.core.access import Member
from veza.core.ids import ConversationId, MessageId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.attachments import queries, rules
from veza.domains.chat.attachments.errors import AttachmentNotFound
from veza.domains.chat.attachments.models import Attachments, NewAttachments, StoredAttachments
from veza.domains.cloud.files import service as files
from veza.domains.cloud.files.models import OpenedFile
from veza.domains.images import service as images
from veza.infra.postgres.database import Conn, Tx


async def attach(tx: Tx, sender: Member, message_id: MessageId, things: NewAttachments) -> None:
    """Hang things of one's own on a message: images that nobody saw yet, a file as it is now.

    Raises ImageNotFound, ImageInUse and FileNotFound.
    """
    if things.image_ids:
        await images.show(tx, sender.id, things.image_ids, is_public=False)
        await queries.insert_images(tx, message_id, things.image_ids)
    if things.file_id is not None:
        parcel_id = await files.send_off(tx, things.file_id, sender)
        await queries.insert_file(tx, message_id, parcel_id)


async def detach(tx: Tx, things: StoredAttachments) -> None:
    """Take from a message all that hangs on it; nobody gets it any more."""
    if things.images:
        await images.retire(tx, [image.id for image in things.images])
    if things.file is not None:
        await files.take_back(tx, [things.file.id])


async def detach_batch(tx: Tx, conversation_id: ConversationId) -> bool:
    """Take some hundreds of things from the messages of a conversation; False where none hang."""
    if image_ids := await queries.list_images_in(tx, conversation_id):
        await images.retire(tx, image_ids)
        return True
    if parcel_ids := await queries.list_parcels_in(tx, conversation_id):
        await files.take_back(tx, parcel_ids)
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
    things: StoredAttachments,
    urls: UrlBuilder,
    *,
    conversation_id: ConversationId,
    message_id: MessageId,
) -> Attachments:
    """Show what hangs on a message, with URLs for those who may read it."""
    file = None
    if things.file is not None:
        file = rules.show_file(
            things.file, urls, conversation_id=conversation_id, message_id=message_id
        )
    shown = [images.link_image(image, urls, is_public=False) for image in things.images]
    return Attachments(shown, file)

"""Only own, unused images and a copy of an own file are attached, under the caller's lock."""

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import ConversationId, MessageId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.domains.chat.attachments import queries, rules
from veza.domains.chat.attachments.errors import AttachmentNotFound
from veza.domains.chat.attachments.models import (
    Attachments,
    MessageFile,
    NewAttachments,
    StoredAttachments,
)
from veza.domains.cloud.files import service as files
from veza.domains.cloud.files.models import ServedVersion
from veza.domains.images import rules as image_rules
from veza.domains.images.service import images
from veza.infra.postgres.database import Conn, Tx


async def attach(tx: Tx, sender: Member, message_id: MessageId, attached: NewAttachments) -> None:
    """Attach the sender's own images, not used elsewhere, and a file as it is now.

    Raises ImageNotFound, ImageInUse and FileNotFound.
    """
    if attached.image_ids:
        await images.show_images(tx, sender.id, attached.image_ids, is_public=False)
        await queries.insert_images(tx, message_id, attached.image_ids)
    if attached.file_id is not None:
        snapshot_id = await files.create_file_snapshot(tx, attached.file_id, sender)
        await queries.insert_file(tx, message_id, snapshot_id)


async def detach(tx: Tx, attached: StoredAttachments) -> None:
    """Remove all attachments of a message."""
    if attached.images:
        await images.delete_images(tx, [image.id for image in attached.images])
    if attached.file is not None:
        await files.delete_file_snapshots(tx, [attached.file.id])


async def detach_batch(tx: Tx, conversation_id: ConversationId) -> bool:
    """Remove some hundred attachments of a conversation; return False if there are none."""
    if image_ids := await queries.list_images_in(tx, conversation_id):
        await images.delete_images(tx, image_ids)
        return True
    if snapshot_ids := await queries.list_snapshots_in(tx, conversation_id):
        await files.delete_file_snapshots(tx, snapshot_ids)
        return True
    return False


async def open_file(
    conn: Conn, conversation_id: ConversationId, message_id: MessageId, *, reader_id: UserId
) -> ServedVersion:
    """Return the data for streaming the file of a message. Raises AttachmentNotFound."""
    return required(
        await queries.find_file(conn, conversation_id, message_id, reader_id), AttachmentNotFound
    )


async def open_audio(
    conn: Conn, conversation_id: ConversationId, message_id: MessageId, *, reader_id: UserId
) -> ServedVersion:
    """Return the data for playing the file of a message. Raises AttachmentNotFound."""
    file = await open_file(conn, conversation_id, message_id, reader_id=reader_id)
    if not rules.is_played(file.content_type, file.size_bytes):
        raise AttachmentNotFound
    return file


def show(
    attached: StoredAttachments,
    urls: UrlBuilder,
    *,
    conversation_id: ConversationId,
    message_id: MessageId,
) -> Attachments:
    """Show the attachments of a message, with URLs for its readers."""
    file = None
    if attached.file is not None:
        # Not signed: the file is for clients that send their token.
        place = f"{urls.base}/conversations/{conversation_id}/messages/{message_id}"
        audio = rules.is_played(attached.file.content_type, attached.file.size_bytes)
        audio_url = f"{place}/audio" if audio else None
        file = copy_fields(MessageFile, attached.file, url=f"{place}/file", audio_url=audio_url)
    shown = [image_rules.show_image(image, urls, is_public=False) for image in attached.images]
    return Attachments(shown, file)

"""Decisions without I/O: everything here can be tested with plain values."""

from veza.core.ids import ConversationId, MessageId
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.attachments.models import MessageFile, StoredMessageFile


def show_file(
    parcel: StoredMessageFile,
    urls: UrlBuilder,
    *,
    conversation_id: ConversationId,
    message_id: MessageId,
) -> MessageFile:
    """Show a file that was sent. Its URL is for those alone who are let in by their token."""
    return MessageFile(
        name=parcel.name,
        size_bytes=parcel.size_bytes,
        content_type=parcel.content_type,
        url=f"{urls.base}/conversations/{conversation_id}/messages/{message_id}/file",
    )

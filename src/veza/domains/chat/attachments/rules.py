"""Decisions without I/O: everything here can be tested with plain values."""

from veza.core.ids import ConversationId, MessageId
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.attachments.models import SentFile, StoredFileSnapshot


def show_file(
    snapshot: StoredFileSnapshot,
    urls: UrlBuilder,
    *,
    conversation_id: ConversationId,
    message_id: MessageId,
) -> SentFile:
    """Show a file that was sent. Its URL is for those alone who are let in by their token."""
    return SentFile(
        name=snapshot.name,
        size_bytes=snapshot.size_bytes,
        content_type=snapshot.content_type,
        url=f"{urls.base}/conversations/{conversation_id}/messages/{message_id}/file",
    )

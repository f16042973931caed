"""Decisions without I/O: everything here can be tested with plain values."""

from veza.core.ids import ConversationId, MessageId
from veza.domains.attachments.models import SentFile, StoredParcel
from veza.domains.tracks.models import Links


def show_file(
    parcel: StoredParcel, links: Links, *, conversation_id: ConversationId, message_id: MessageId
) -> SentFile:
    """Show a file that was sent. Its URL is for those alone who are let in by their token."""
    return SentFile(
        name=parcel.name,
        size_bytes=parcel.size_bytes,
        content_type=parcel.content_type,
        url=f"{links.base}/conversations/{conversation_id}/messages/{message_id}/file",
    )

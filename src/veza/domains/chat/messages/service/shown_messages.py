"""Messages and events as they are shown, with links to what is attached."""

from veza.core.errors import required
from veza.core.ids import ConversationId, MessageId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.core.takedowns import show_taken_down
from veza.domains.chat.attachments import service as attachments
from veza.domains.chat.attachments.models import Attachments, StoredAttachments
from veza.domains.chat.messages import rules
from veza.domains.chat.messages.errors import MessageNotFound
from veza.domains.chat.messages.models.events import ConversationEvent, StoredConversationEvent
from veza.domains.chat.messages.models.messages import Message, StoredMessage
from veza.domains.chat.messages.queries import messages as queries
from veza.infra.postgres.database import Conn


def show_message(message: StoredMessage, urls: UrlBuilder, *, joined_seq: int) -> Message:
    """Return a message with links to what is attached, for a reader of what is after a seq."""
    seen = rules.as_seen(message)
    takedown = message.taken_down and message.taken_down.item
    return rules.show_message(
        seen,
        _link(seen, urls),
        joined_seq=joined_seq,
        taken_down=show_taken_down(takedown, urls.base),
    )


def show_event(
    event: StoredConversationEvent, urls: UrlBuilder, *, joined_seq: int
) -> ConversationEvent:
    """Return an event with links to what is attached to its message."""
    return rules.show_event(event, show_message(event, urls, joined_seq=joined_seq))


def _link(message: StoredMessage, urls: UrlBuilder) -> Attachments:
    return attachments.show(
        attached_to(message),
        urls,
        conversation_id=message.conversation_id,
        message_id=message.id,
    )


def attached_to(message: StoredMessage) -> StoredAttachments:
    """Return what is attached to a message."""
    return StoredAttachments(message.images, message.file)


async def find_message(
    conn: Conn,
    conversation_id: ConversationId,
    message_id: MessageId,
    viewer_id: UserId | None = None,
) -> StoredMessage:
    """Return a message of a conversation. Raises MessageNotFound."""
    found = await queries.find_message(conn, conversation_id, message_id, viewer_id)
    return required(found, MessageNotFound)

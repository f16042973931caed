"""Staff takes a message down: others see it as deleted, its sender as it was, with the reason."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import MessageId
from veza.core.reviews import ReviewedFile, review_image
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.attachments import service as attachments
from veza.domains.chat.conversations.errors import ConversationNotFound
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages import rules
from veza.domains.chat.messages.models.events import ConversationEventType, EventDetails
from veza.domains.chat.messages.models.messages import KeptMessage, StoredMessage
from veza.domains.chat.messages.queries import messages, takedowns
from veza.domains.chat.messages.service import shown_messages
from veza.domains.chat.messages.service.changed_messages import record_event
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images.service import images
from veza.infra.postgres.database import Conn, Tx


async def _find(conn: Conn, content_id: UUID) -> OwnedItem | None:
    found = await takedowns.find_owned(conn, MessageId(content_id))
    return found and OwnedItem(found.sender_id, found.content)


async def _hide(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    message = await _lock(tx, content_id)
    if message is None or message.deleted_at is not None:
        return None
    await takedowns.update_taken_down(tx, message.id, deleted_at=now())
    await _set_pictures(tx, message, is_taken_down=True)
    await record_event(tx, message, EventDetails(ConversationEventType.DELETED))
    return structs.asdict(rules.keep_message(message))


async def _restore(tx: Tx, content_id: UUID, kept: Mapping[str, Any]) -> None:
    """Restore a message, unless its sender has deleted it meanwhile."""
    message = await _lock(tx, content_id)
    if message is None or not kept:
        return
    before = msgspec.convert(kept, KeptMessage)
    left = await takedowns.list_reactions(tx, message.id)
    reactions = rules.restore_reactions(before.reactions, left)
    restored = structs.replace(before, reactions=reactions)
    words = rules.index_message(message.conversation_id, restored.content)
    await takedowns.update_restored(tx, message.id, restored, words=words)
    await _set_pictures(tx, message, is_taken_down=False)
    await record_event(tx, message, EventDetails(ConversationEventType.RESTORED))


async def _delete(tx: Tx, content_id: UUID, _sender: Member) -> None:
    message = await _lock(tx, content_id)
    if message is not None:
        await messages.update_deleted(tx, message.id, deleted_at=message.deleted_at or now())
        await attachments.detach(tx, shown_messages.attached_to(message))


async def _lock(tx: Tx, content_id: UUID) -> StoredMessage | None:
    """Lock the conversation of a message, and return this as it is from then on."""
    found = await takedowns.find_owned(tx, MessageId(content_id))
    if found is None:
        return None
    try:
        await conversations.lock_conversation(tx, found.sender_id, found.conversation_id)
    except ConversationNotFound:
        # It ended a moment ago.
        return None
    return await messages.find_message(tx, found.conversation_id, found.message_id)


async def _set_pictures(tx: Tx, message: StoredMessage, *, is_taken_down: bool) -> None:
    image_ids = [image.id for image in message.images]
    await images.update_taken_down(tx, image_ids, is_taken_down=is_taken_down)


async def list_reviewed(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return the pictures of a message."""
    found = await takedowns.find_owned(conn, MessageId(content_id))
    if found is None:
        return []
    message = await messages.find_message(conn, found.conversation_id, found.message_id)
    return [review_image(image.id, "", urls) for image in (message.images if message else ())]


TAKEDOWN = TakedownKind(_find, _hide, _restore, _delete)

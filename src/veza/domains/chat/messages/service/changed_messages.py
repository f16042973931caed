"""Messages are edited and deleted, and reacted to, under the lock of their conversation."""

from collections.abc import Generator
from contextlib import contextmanager

from veza.core.access import Member
from veza.core.clock import now
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.attachments import service as attachments
from veza.domains.chat.conversations.errors import ConversationNotFound
from veza.domains.chat.conversations.models import LockedMembership
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages import rules
from veza.domains.chat.messages.errors import MessageNotFound, NotYourMessage
from veza.domains.chat.messages.models.events import (
    ConversationEvent,
    ConversationEventType,
    EventDetails,
    StoredConversationEvent,
)
from veza.domains.chat.messages.models.messages import MessageRef, StoredMessage
from veza.domains.chat.messages.queries import messages as queries
from veza.domains.chat.messages.service import shown_messages
from veza.domains.moderation.takedowns.shared_queries import forget_kept
from veza.infra.postgres.database import Tx


async def edit(
    tx: Tx, member: Member, ref: MessageRef, content: str, *, urls: UrlBuilder
) -> ConversationEvent:
    """Replace the text of the caller's own message."""
    message, locked = await _lock_readable(tx, member, ref)
    if message.sender_id != member.id:
        raise NotYourMessage
    await conversations.ensure_can_message(tx, member.id, locked)
    has_attachments = bool(message.track_id or message.images or message.file)
    text = rules.clean_content(content, has_attachments=has_attachments)
    words = rules.index_message(locked.id, text)
    await queries.update_content(tx, message.id, text, words=words, at=now())
    event = await record_event(tx, message, EventDetails(ConversationEventType.EDITED))
    return shown_messages.show_event(event, urls, joined_seq=locked.joined_seq)


async def delete(tx: Tx, member: Member, ref: MessageRef, *, urls: UrlBuilder) -> ConversationEvent:
    """Delete a message, as its sender, as an admin of the conversation, or as staff.

    Its number and seq are kept, and its content is deleted.
    """
    if rules.is_staff(member):
        message = await _lock_as_staff(tx, member, ref)
    else:
        message, locked = await _lock(tx, member, ref)
        if not rules.can_remove(message, locked.joined_seq):
            raise MessageNotFound
        if not rules.can_delete(message, locked, member):
            raise NotYourMessage
    await queries.update_deleted(tx, message.id, deleted_at=now())
    if message.taken_down is not None:
        await forget_kept(tx, message.taken_down.item)
    await attachments.detach(tx, shown_messages.attached_to(message))
    event = await record_event(tx, message, EventDetails(ConversationEventType.DELETED))
    # A deleted message quotes nothing.
    return shown_messages.show_event(event, urls, joined_seq=0)


async def react(
    tx: Tx, member: Member, ref: MessageRef, emoji: str, *, urls: UrlBuilder
) -> ConversationEvent:
    """Add a reaction, or remove it if it is there."""
    rules.ensure_emoji(emoji)
    message, locked = await _lock_readable(tx, member, ref)
    await conversations.ensure_can_message(tx, member.id, locked)
    is_added = not await queries.delete_reaction(tx, message.id, member.id, emoji)
    left = rules.toggle_reaction(message.reactions, emoji, is_added=is_added)
    if is_added:
        await queries.insert_reaction(tx, message.id, member.id, emoji)
    await queries.update_reactions(tx, message.id, left)
    details = EventDetails(ConversationEventType.REACTION, member.id, emoji, is_added)
    event = await record_event(tx, message, details)
    return shown_messages.show_event(event, urls, joined_seq=locked.joined_seq)


async def record_event(
    tx: Tx, message: StoredMessage, details: EventDetails
) -> StoredConversationEvent:
    """Store an event of a message of a locked conversation, and return it."""
    seq = await conversations.take_next_seq(tx, message.conversation_id)
    await queries.insert_event(tx, message, details, seq=seq, created_at=now())
    (event,) = await queries.list_events(tx, message.conversation_id, seq - 1, limit=1)
    return event


async def _lock_readable(
    tx: Tx, member: Member, ref: MessageRef
) -> tuple[StoredMessage, LockedMembership]:
    """Lock the conversation of a message, which is as it is shown from then on."""
    message, locked = await _lock(tx, member, ref)
    if not rules.is_readable(message, locked.joined_seq):
        raise MessageNotFound
    return message, locked


async def _lock(tx: Tx, member: Member, ref: MessageRef) -> tuple[StoredMessage, LockedMembership]:
    with _hiding_conversation():
        locked = await conversations.lock_membership(tx, member.id, ref.conversation_id)
    return await shown_messages.find_message(tx, locked.id, ref.message_id, member.id), locked


async def _lock_as_staff(tx: Tx, staff: Member, ref: MessageRef) -> StoredMessage:
    with _hiding_conversation():
        await conversations.lock_conversation(tx, staff.id, ref.conversation_id)
    message = await shown_messages.find_message(tx, ref.conversation_id, ref.message_id)
    if message.deleted_at is not None:
        raise MessageNotFound
    return message


@contextmanager
def _hiding_conversation() -> Generator[None]:
    """Answer as if there were no such message, where its conversation can't be known of."""
    try:
        yield
    except ConversationNotFound as error:
        raise MessageNotFound from error

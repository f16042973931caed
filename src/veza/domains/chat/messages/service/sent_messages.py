"""A message is sent once for its `client_id`; in public rooms text filters may refuse it."""

from contextlib import suppress

from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import ConversationId, MessageId, new_id
from veza.core.mentions import find_mentions
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.attachments import service as attachments
from veza.domains.chat.attachments.models import NewAttachments
from veza.domains.chat.conversations import shared_queries as conversation_queries
from veza.domains.chat.conversations.errors import ConversationNotFound
from veza.domains.chat.conversations.models import ConversationType, LockedMembership
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages import rules
from veza.domains.chat.messages.errors import MessageNotFound
from veza.domains.chat.messages.events import MessageSent
from veza.domains.chat.messages.models.messages import MessageForm, NewMessage, SentMessage
from veza.domains.chat.messages.queries import messages as queries
from veza.domains.chat.messages.queries import single_statements
from veza.domains.chat.messages.service import shown_messages
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import ConstraintViolation, Database, Tx


async def send_at_once(
    database: Database,
    sender: Member,
    conversation_id: ConversationId,
    form: MessageForm,
    *,
    urls: UrlBuilder,
) -> SentMessage:
    """Send a message in a single statement, or in a transaction if it needs more than that."""
    if not (form.track_id or form.image_ids or form.file_id or form.reply_to):
        sent = await _send_text(database, sender, conversation_id, form, urls)
        if sent is not None:
            return sent
    return await database.transact(lambda tx: send(tx, sender, conversation_id, form, urls=urls))


async def ensure_accepted(
    database: Database,
    filters: TextFilters,
    member: Member,
    conversation_id: ConversationId,
    *,
    form: Struct,
) -> None:
    """Raise TextRefused if a filter refuses a message in a public room.

    What is written in private is not filtered, and nothing that is said in a room is reported by a
    filter. Only a text with a match needs a query.
    """
    try:
        filters.ensure_accepted(form, "content")
    except TextRefused:
        async with database.read() as conn:
            # Callers who are not members are refused like with any other text.
            with suppress(ConversationNotFound):
                place = await conversations.get_membership(conn, member.id, conversation_id)
                if place.type is ConversationType.ROOM and not place.is_private:
                    raise


async def send(
    tx: Tx, sender: Member, conversation_id: ConversationId, form: MessageForm, *, urls: UrlBuilder
) -> SentMessage:
    """Send a message. Repeated calls with the same `client_id` return the first message."""
    has_attachments = bool(form.track_id or form.image_ids or form.file_id)
    content = rules.clean_content(form.content, has_attachments=has_attachments)
    locked = await conversations.lock_membership(tx, sender.id, conversation_id)
    await conversations.ensure_can_message(tx, sender.id, locked)
    if form.track_id is not None:
        await visible_tracks.get_visible(tx, form.track_id, sender.id)
    new = NewMessage(
        id=MessageId(new_id()),
        conversation_id=conversation_id,
        seq=locked.last_seq + 1,
        number=locked.last_number + 1,
        sender_id=sender.id,
        content=content,
        client_id=form.client_id,
        track_id=form.track_id,
        reply_to_id=form.reply_to,
        words=rules.index_message(conversation_id, content),
        created_at=now(),
    )
    earlier = await queries.insert_message(tx, new)
    if earlier is not None:
        stored = await shown_messages.find_message(tx, locked.id, earlier)
        shown = shown_messages.show_message(stored, urls, joined_seq=locked.joined_seq)
        return SentMessage(shown, is_new=False)
    if form.reply_to is not None:
        await _ensure_answerable(tx, locked, form.reply_to)
    attached = NewAttachments(form.image_ids, form.file_id)
    await attachments.attach(tx, sender, new.id, attached)
    await conversations.record_message(tx, locked, sender.id)
    await _announce(tx, locked, new)
    if has_attachments or form.reply_to is not None:
        stored = await shown_messages.find_message(tx, locked.id, new.id)
    else:
        stored = rules.stored_from_new(new, locked.username, locked.appearance)
    shown = shown_messages.show_message(stored, urls, joined_seq=locked.joined_seq)
    return SentMessage(shown, is_new=True)


async def _ensure_answerable(tx: Tx, locked: LockedMembership, message_id: MessageId) -> None:
    """Raise MessageNotFound unless the sender can read a message of the conversation."""
    answered = await shown_messages.find_message(tx, locked.id, message_id)
    if not rules.is_readable(answered, locked.joined_seq):
        raise MessageNotFound


async def _send_text(
    database: Database,
    sender: Member,
    conversation_id: ConversationId,
    form: MessageForm,
    urls: UrlBuilder,
) -> SentMessage | None:
    content = rules.clean_content(form.content, has_attachments=False)
    new = NewMessage(
        id=MessageId(new_id()),
        conversation_id=conversation_id,
        seq=0,
        number=0,
        sender_id=sender.id,
        content=content,
        client_id=form.client_id,
        track_id=None,
        reply_to_id=None,
        words=rules.index_message(conversation_id, content),
        created_at=now(),
    )
    try:
        numbered = await single_statements.insert_message(
            database,
            new,
            count_message=conversation_queries.COUNT_MESSAGE,
            counted=conversation_queries.COUNTED,
            mentions=find_mentions(content),
        )
    except ConstraintViolation as violation:
        if violation.constraint == "messages_client_id_key":
            # It was sent before.
            return None
        raise
    if numbered is None:
        return None
    placed = structs.replace(new, seq=numbered.seq, number=numbered.number)
    stored = rules.stored_from_new(placed, numbered.username, numbered.appearance)
    # A message without attachments that answers none.
    return SentMessage(shown_messages.show_message(stored, urls, joined_seq=0), is_new=True)


async def _announce(tx: Tx, locked: LockedMembership, message: NewMessage) -> None:
    mentions = find_mentions(message.content)
    if mentions or locked.type is not ConversationType.ROOM:
        await emit(tx, MessageSent(locked.id, message.id, message.sender_id, mentions))

"""A message is sent once for its `client_id`; in public rooms text filters may refuse it."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from uuid import UUID

from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import ConversationId, MessageId, new_id
from veza.core.mentions import find_mentions
from veza.core.pages import BadCursor, Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.attachments import service as attachments
from veza.domains.chat.attachments.models import Attachments, NewAttachments, StoredAttachments
from veza.domains.chat.conversations import service as conversations
from veza.domains.chat.conversations.errors import ConversationNotFound
from veza.domains.chat.conversations.models import (
    ConversationQuery,
    ConversationType,
    LockedMembership,
    ReadState,
)
from veza.domains.chat.messages import rules
from veza.domains.chat.messages.errors import MessageNotFound, NotYourMessage
from veza.domains.chat.messages.events import MessageSent
from veza.domains.chat.messages.models import (
    MAX_SEQ,
    ConversationEvent,
    ConversationEventPage,
    ConversationEventType,
    ConversationItem,
    ConversationPage,
    EventDetails,
    HistoryCursor,
    HistoryDirection,
    Message,
    MessageEvidence,
    MessageForm,
    MessageHistory,
    MessageReader,
    MessageRef,
    NewMessage,
    SentMessage,
    SeqRange,
    StoredConversationEvent,
    StoredConversationItem,
    StoredMessage,
)
from veza.domains.chat.messages.queries import messages as queries
from veza.domains.chat.messages.queries import single_statements
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx


async def send_at_once(
    database: Database,
    sender: Member,
    conversation_id: ConversationId,
    form: MessageForm,
    *,
    urls: UrlBuilder,
) -> SentMessage:
    """Send a message in a single statement, or in a transaction if it needs more than that."""
    if not (form.track_id or form.image_ids or form.file_id):
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
            # Whoever is not a member is refused like with any other text.
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
        created_at=now(),
    )
    earlier = await queries.insert_message(tx, new)
    if earlier is not None:
        return SentMessage(_show(await _find(tx, locked.id, earlier), urls), is_new=False)
    attached = NewAttachments(form.image_ids, form.file_id)
    await attachments.attach(tx, sender, new.id, attached)
    await conversations.record_message(tx, locked, sender.id)
    await _announce(tx, locked, new)
    if has_attachments:
        stored = await _find(tx, locked.id, new.id)
    else:
        stored = rules.stored_from_new(new, locked.username)
    return SentMessage(_show(stored, urls), is_new=True)


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
    await queries.update_content(tx, message.id, text, at=now())
    return await _record_event(tx, message, EventDetails(ConversationEventType.EDITED), urls)


async def delete(tx: Tx, member: Member, ref: MessageRef, *, urls: UrlBuilder) -> ConversationEvent:
    """Delete a message, as its sender, as an admin of the conversation, or as staff.

    Its number and seq are kept, and its content is deleted.
    """
    if rules.is_staff(member):
        message = await _lock_as_staff(tx, member, ref)
    else:
        message, locked = await _lock_readable(tx, member, ref)
        if not rules.can_delete(message, locked, member):
            raise NotYourMessage
    await queries.update_deleted(tx, message.id, deleted_at=now())
    await attachments.detach(tx, _attached_to(message))
    return await _record_event(tx, message, EventDetails(ConversationEventType.DELETED), urls)


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
    return await _record_event(tx, message, details, urls)


async def list_member_events(
    conn: Conn,
    reader: MessageReader,
    conversation_id: ConversationId,
    seqs: SeqRange,
    *,
    limit: int,
) -> ConversationEventPage:
    """Return the events of a range that a member may read."""
    membership = await conversations.get_membership(conn, reader.id, conversation_id)
    start = max(seqs.since, membership.joined_seq)
    found = await queries.list_events(
        conn, conversation_id, start, limit=limit + 1, membership=membership
    )
    within = [each for each in found if each.event_seq <= seqs.until]
    events = [_show_event(each, reader.urls) for each in within[:limit]]
    has_more = len(within) > limit
    # Events that were added after the head was read are here too, and move it.
    head = max(membership.last_seq, found[-1].event_seq if found else 0)
    return ConversationEventPage(
        conversation_id=conversation_id,
        events=events,
        since=events[-1].seq if has_more else min(head, seqs.until),
        head=head,
        has_more=has_more,
        read_number=membership.read_number,
        read_marks=[] if has_more else await conversations.list_read_marks(conn, membership),
    )


async def list_unfiltered_events(
    conn: Conn, conversation_id: ConversationId, since: int, *, limit: int, urls: UrlBuilder
) -> list[ConversationEvent]:
    """Return all events after a seq, including those from before a member joined."""
    found = await queries.list_events(conn, conversation_id, since, limit=limit)
    return [_show_event(each, urls) for each in found]


def parse_since(since: int | str) -> int:
    """Return the seq that a client names, as such or by the cursor of a message."""
    if isinstance(since, int):
        return since
    is_seq = since.isascii() and since.isdecimal() and len(since) < len(str(MAX_SEQ))
    return int(since) if is_seq else rules.decode_history_cursor(since).seq


async def list_conversations(
    conn: Conn, viewer: Member, query: ConversationQuery, urls: UrlBuilder
) -> ConversationPage:
    """List the caller's conversations by last activity, or search public rooms."""
    if query.search is not None:
        found = await conversations.find_rooms(conn, viewer, query)
        rooms = [ConversationItem(**structs.asdict(r), last_message=None) for r in found.rooms]
        return ConversationPage(rooms, found.next_cursor, found.has_more)
    if query.cursor is not None and query.cursor.sort is not None:
        raise BadCursor
    listed = await queries.list_conversations(conn, viewer.id, query)
    shown, next_cursor = cut(listed, query.limit, lambda each: Cursor(each.active_at, each.id))
    items = [_show_item(each, urls) for each in shown]
    return ConversationPage(items, next_cursor, next_cursor is not None)


async def list_history(
    conn: Conn,
    reader: MessageReader,
    conversation_id: ConversationId,
    *,
    cursor: HistoryCursor | None,
    limit: int,
) -> MessageHistory:
    """Return a page of messages from a cursor on, the newest first."""
    membership = await conversations.get_membership(conn, reader.id, conversation_id)
    found = await queries.list_messages(conn, membership, cursor=cursor, limit=limit)
    shown = found[:limit]
    has_more = len(found) > limit
    if cursor is not None and cursor.to is HistoryDirection.NEWER:
        shown.reverse()
    older, newer = rules.page_cursors(shown, cursor, has_more=has_more)
    return MessageHistory([_show(each, reader.urls) for each in shown], older, newer, has_more)


async def find_evidence(conn: Conn, message_id: UUID, viewer: Member) -> MessageEvidence | None:
    """Return the content to keep with a report; None if the viewer may not read the message."""
    return await queries.find_evidence(conn, MessageId(message_id), viewer.id)


async def mark_read(
    tx: Tx, member: Member, conversation_id: ConversationId, message_id: MessageId | None
) -> ReadState:
    """Move the caller's read mark to a message, by default to the last one."""
    if message_id is None:
        return await conversations.mark_read(tx, member.id, conversation_id, MAX_SEQ)
    number = await queries.find_number(tx, conversation_id, message_id)
    if number is None:
        await conversations.get_membership(tx, member.id, conversation_id)
        raise MessageNotFound
    return await conversations.mark_read(tx, member.id, conversation_id, number)


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
        created_at=now(),
    )
    try:
        numbered = await single_statements.insert_message(
            database,
            new,
            count_message=conversations.COUNT_MESSAGE,
            counted=conversations.COUNTED,
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
    stored = rules.stored_from_new(placed, numbered.username)
    return SentMessage(_show(stored, urls), is_new=True)


def _show(message: StoredMessage, urls: UrlBuilder) -> Message:
    return rules.show_message(message, _link(message, urls))


def _show_event(event: StoredConversationEvent, urls: UrlBuilder) -> ConversationEvent:
    return rules.show_event(event, _link(event, urls))


def _show_item(item: StoredConversationItem, urls: UrlBuilder) -> ConversationItem:
    last = None if item.last_message is None else _show(item.last_message, urls)
    shown = conversations.show_membership(item)
    return ConversationItem(**structs.asdict(shown), last_message=last)


def _link(message: StoredMessage, urls: UrlBuilder) -> Attachments:
    return attachments.show(
        _attached_to(message),
        urls,
        conversation_id=message.conversation_id,
        message_id=message.id,
    )


def _attached_to(message: StoredMessage) -> StoredAttachments:
    return StoredAttachments(message.images, message.file)


async def _announce(tx: Tx, locked: LockedMembership, message: NewMessage) -> None:
    mentions = find_mentions(message.content)
    if mentions or locked.type is not ConversationType.ROOM:
        await emit(tx, MessageSent(locked.id, message.id, message.sender_id, mentions))


async def _record_event(
    tx: Tx, message: StoredMessage, details: EventDetails, urls: UrlBuilder
) -> ConversationEvent:
    seq = await conversations.take_next_seq(tx, message.conversation_id)
    await queries.insert_event(tx, message, details, seq=seq, created_at=now())
    (event,) = await queries.list_events(tx, message.conversation_id, seq - 1, limit=1)
    return _show_event(event, urls)


async def _lock_readable(
    tx: Tx, member: Member, ref: MessageRef
) -> tuple[StoredMessage, LockedMembership]:
    """Lock the conversation of a message, which is as it is shown from then on."""
    with _hiding_conversation():
        locked = await conversations.lock_membership(tx, member.id, ref.conversation_id)
    message = await _find(tx, locked.id, ref.message_id)
    if not rules.is_readable(message, locked.joined_seq):
        raise MessageNotFound
    return message, locked


async def _lock_as_staff(tx: Tx, staff: Member, ref: MessageRef) -> StoredMessage:
    with _hiding_conversation():
        await conversations.lock_conversation(tx, staff.id, ref.conversation_id)
    message = await _find(tx, ref.conversation_id, ref.message_id)
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


async def _find(
    conn: Conn, conversation_id: ConversationId, message_id: MessageId
) -> StoredMessage:
    return required(await queries.find_message(conn, conversation_id, message_id), MessageNotFound)

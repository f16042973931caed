"""What one can do with messages: say, change and delete them, react, and read what was said."""

from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
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
from veza.domains.chat.messages import queries, rules
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
    NewConversationEvent,
    NewMessage,
    SentMessage,
    SeqRange,
    StoredConversationEvent,
    StoredConversationItem,
    StoredMessage,
)
from veza.domains.music.tracks import service as tracks
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def send(
    tx: Tx, sender: Member, conversation_id: ConversationId, form: MessageForm, *, urls: UrlBuilder
) -> SentMessage:
    """Say something in a conversation. Sent again with the same `client_id`, it is said once.

    Whatever the second one says: the first counts, and is what is given back.
    """
    enclosed = NewAttachments(form.image_ids, form.file_id)
    has_attachments = form.track_id is not None or enclosed != NewAttachments([], None)
    content = rules.clean_content(form.content, has_attachments=has_attachments)
    floor = await conversations.lock_membership(tx, sender.id, conversation_id)
    await conversations.ensure_can_message(tx, sender.id, floor)
    if form.track_id is not None:
        await tracks.get_visible(tx, form.track_id, sender.id)
    new = NewMessage(
        id=MessageId(new_id()),
        conversation_id=conversation_id,
        seq=floor.last_seq + 1,
        number=floor.last_number + 1,
        sender_id=sender.id,
        content=content,
        client_id=form.client_id,
        track_id=form.track_id,
        created_at=now(),
    )
    earlier = await queries.insert_message(tx, new)
    if earlier is not None:
        return SentMessage(_show(await _find(tx, floor.id, earlier), urls), is_new=False)
    await attachments.attach(tx, sender, new.id, enclosed)
    await conversations.record_message(tx, floor, sender.id)
    await _tell_of(tx, floor, new)
    # Only what hangs on a message is worth another look at it.
    written = (
        await _find(tx, floor.id, new.id) if has_attachments else rules.stored_from_new(new, floor)
    )
    return SentMessage(_show(written, urls), is_new=True)


async def edit(
    tx: Tx, member: Member, place: MessageRef, content: str, *, urls: UrlBuilder
) -> ConversationEvent:
    """Say something else in place of what one said, at any time."""
    message, floor = await _take_readable(tx, member, place)
    if message.sender_id != member.id:
        raise NotYourMessage
    await conversations.ensure_can_message(tx, member.id, floor)
    has_attachments = message.track_id is not None or _attached_to(message) != StoredAttachments(
        [], None
    )
    text = rules.clean_content(content, has_attachments=has_attachments)
    await queries.update_content(tx, message.id, text, at=now())
    return await _happen(tx, message, EventDetails(ConversationEventType.EDITED), urls)


async def delete(
    tx: Tx, member: Member, place: MessageRef, *, urls: UrlBuilder
) -> ConversationEvent:
    """Delete a message: one's own, any as the admin of the group or room, or any as staff.

    It keeps its number and its place, and loses all else.
    """
    if rules.is_staff(member):
        message = await _take_any(tx, member, place)
    else:
        message, floor = await _take_readable(tx, member, place)
        if not rules.can_delete(message, floor, member):
            raise NotYourMessage
    await queries.update_deleted(tx, message.id, deleted_at=now())
    await attachments.detach(tx, _attached_to(message))
    return await _happen(tx, message, EventDetails(ConversationEventType.DELETED), urls)


async def react(
    tx: Tx, member: Member, place: MessageRef, emoji: str, *, urls: UrlBuilder
) -> ConversationEvent:
    """React to a message, or take the same reaction back."""
    rules.ensure_emoji(emoji)
    message, floor = await _take_readable(tx, member, place)
    await conversations.ensure_can_message(tx, member.id, floor)
    is_added = not await queries.delete_reaction(tx, message.id, member.id, emoji)
    left = rules.toggle_reaction(message.reactions, emoji, is_added=is_added)
    if is_added:
        await queries.insert_reaction(tx, message.id, member.id, emoji)
    await queries.update_reactions(tx, message.id, left)
    what = EventDetails(ConversationEventType.REACTION, member.id, emoji, is_added)
    return await _happen(tx, message, what, urls)


async def list_member_events(
    conn: Conn,
    reader: MessageReader,
    conversation_id: ConversationId,
    span: SeqRange,
    *,
    limit: int,
) -> ConversationEventPage:
    """Tell one member what happened in a span, as far as it is for them."""
    membership = await conversations.get_membership(conn, reader.id, conversation_id)
    start = max(span.since, membership.joined_seq)
    found = await queries.list_events(
        conn, conversation_id, start, limit=limit + 1, membership=membership
    )
    meant = [each for each in found if each.event_seq <= span.until]
    events, has_more = [_show_event(each, reader.urls) for each in meant[:limit]], False
    # What happened since the head was read is here too, and the head with it.
    head = max(membership.last_seq, found[-1].event_seq if found else 0)
    reached = min(head, span.until)
    if len(meant) > limit:
        reached, has_more = events[-1].seq, True
    return ConversationEventPage(
        conversation_id=conversation_id,
        events=events,
        since=reached,
        head=head,
        has_more=has_more,
        read_number=membership.read_number,
        read_marks=[] if has_more else await conversations.list_read_marks(conn, membership),
    )


async def list_unfiltered_events(
    conn: Conn, conversation_id: ConversationId, since: int, *, limit: int, urls: UrlBuilder
) -> list[ConversationEvent]:
    """Tell what happened after a seq, whoever it is for: who joins late misses what was before."""
    found = await queries.list_events(conn, conversation_id, since, limit=limit)
    return [_show_event(each, urls) for each in found]


def parse_since(since: int | str) -> int:
    """Read since when somebody wants to know: a seq, or the cursor of a message."""
    return rules.parse_since(since)


def read_history_cursor(cursor: str, direction: HistoryDirection) -> HistoryCursor:
    """Read a place in a history; where it doesn't say which way to go, in a direction."""
    return rules.read_history_cursor(cursor, direction)


async def list_conversations(
    conn: Conn, viewer: Member, wish: ConversationQuery, urls: UrlBuilder
) -> ConversationPage:
    """List one's own conversations, the last active first; or find rooms, by words."""
    if wish.words is not None:
        found = await conversations.find_rooms(conn, viewer, wish)
        rooms = [ConversationItem(**structs.asdict(r), last_message=None) for r in found.rooms]
        return ConversationPage(rooms, found.next_cursor, found.has_more)
    if wish.cursor is not None and wish.cursor.sort is not None:
        raise BadCursor
    listed = await queries.list_conversations(conn, viewer.id, wish)
    shown, following = cut(listed, wish.limit, lambda each: Cursor(each.active_at, each.id))
    entries = [_show_entry(each, urls) for each in shown]
    return ConversationPage(entries, following, following is not None)


async def list_history(
    conn: Conn,
    reader: MessageReader,
    conversation_id: ConversationId,
    *,
    place: HistoryCursor | None,
    limit: int,
) -> MessageHistory:
    """Give a page of what was said, the newest first, from a place on and whichever way it says."""
    membership = await conversations.get_membership(conn, reader.id, conversation_id)
    found = await queries.list_messages(conn, membership, place=place, limit=limit)
    shown, has_more = found[:limit], len(found) > limit
    if place is not None and place.to is HistoryDirection.NEWER:
        shown.reverse()
    older, newer = rules.page_cursors(shown, place, has_more=has_more)
    return MessageHistory([_show(each, reader.urls) for each in shown], older, newer, has_more)


async def find_evidence(conn: Conn, message_id: UUID, viewer: Member) -> MessageEvidence | None:
    """Give what a report of a message has to keep; None where the viewer may not read it."""
    return await queries.find_evidence(conn, MessageId(message_id), viewer.id)


async def mark_read(
    tx: Tx, member: Member, conversation_id: ConversationId, message_id: MessageId | None
) -> ReadState:
    """Enter up to which message one has read; all that there are where none is named."""
    if message_id is None:
        return await conversations.mark_read(tx, member.id, conversation_id, MAX_SEQ)
    number = await queries.find_number(tx, conversation_id, message_id)
    if number is None:
        await conversations.get_membership(tx, member.id, conversation_id)
        raise MessageNotFound
    return await conversations.mark_read(tx, member.id, conversation_id, number)


def _show(message: StoredMessage, urls: UrlBuilder) -> Message:
    return rules.show_message(message, _link(message, urls))


def _show_event(event: StoredConversationEvent, urls: UrlBuilder) -> ConversationEvent:
    return rules.show_event(event, _link(event, urls))


def _show_entry(entry: StoredConversationItem, urls: UrlBuilder) -> ConversationItem:
    last = None if entry.last_message is None else _show(entry.last_message, urls)
    shown = conversations.show_membership(entry)
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


async def _tell_of(tx: Tx, floor: LockedMembership, message: NewMessage) -> None:
    mentions = find_mentions(message.content)
    if mentions or floor.type is not ConversationType.ROOM:
        await emit(tx, MessageSent(floor.id, message.id, message.sender_id, mentions))


async def _happen(
    tx: Tx, message: StoredMessage, what: EventDetails, urls: UrlBuilder
) -> ConversationEvent:
    seq = await conversations.take_next_seq(tx, message.conversation_id)
    await queries.insert_event(
        tx,
        NewConversationEvent(
            conversation_id=message.conversation_id,
            seq=seq,
            type=what.type,
            message_id=message.id,
            actor_id=what.actor_id,
            emoji=what.emoji,
            is_added=what.is_added,
            created_at=now(),
        ),
    )
    (event,) = await queries.list_events(tx, message.conversation_id, seq - 1, limit=1)
    return _show_event(event, urls)


async def _take_readable(
    tx: Tx, member: Member, place: MessageRef
) -> tuple[StoredMessage, LockedMembership]:
    """Lock the conversation of a message, which is as it is shown from then on."""
    with _as_missing():
        floor = await conversations.lock_membership(tx, member.id, place.conversation_id)
    message = await _find(tx, floor.id, place.message_id)
    if not rules.is_readable(message, floor.joined_seq):
        raise MessageNotFound
    return message, floor


async def _take_any(tx: Tx, staff: Member, place: MessageRef) -> StoredMessage:
    with _as_missing():
        await conversations.lock_conversation(tx, staff.id, place.conversation_id)
    message = await _find(tx, place.conversation_id, place.message_id)
    if message.deleted_at is not None:
        raise MessageNotFound
    return message


@contextmanager
def _as_missing() -> Generator[None]:
    """Answer as if there were no such message, where its conversation can't be known of."""
    try:
        yield
    except ConversationNotFound as error:
        raise MessageNotFound from error


async def _find(
    conn: Conn, conversation_id: ConversationId, message_id: MessageId
) -> StoredMessage:
    message = await queries.find_message(conn, conversation_id, message_id)
    if message is None:
        raise MessageNotFound
    return message

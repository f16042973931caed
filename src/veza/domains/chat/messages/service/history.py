"""Reads conversations, messages and events for members, from when they joined on."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import ConversationId, MessageId
from veza.core.pages import BadCursor, Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.chat.conversations.models import ConversationQuery, ReadState
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages import rules
from veza.domains.chat.messages.errors import MessageNotFound
from veza.domains.chat.messages.models.events import (
    ConversationEvent,
    ConversationEventPage,
    SeqRange,
)
from veza.domains.chat.messages.models.lists import (
    ConversationItem,
    ConversationPage,
    HistoryCursor,
    HistoryDirection,
    MessageHistory,
    StoredConversationItem,
)
from veza.domains.chat.messages.models.messages import (
    MAX_SEQ,
    Message,
    MessageReader,
    StoredMessage,
)
from veza.domains.chat.messages.models.personal_data import MessageEvidence
from veza.domains.chat.messages.queries import messages as queries
from veza.domains.chat.messages.service import shown_messages
from veza.infra.postgres.database import Conn, Tx


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
    joined_seq = membership.joined_seq
    events = [
        shown_messages.show_event(each, reader.urls, joined_seq=joined_seq)
        for each in within[:limit]
    ]
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
    """Return all events after a seq, including those from before a member joined.

    Quotes are there too: the caller leaves out what is not for a member.
    """
    found = await queries.list_events(conn, conversation_id, since, limit=limit)
    return [shown_messages.show_event(each, urls, joined_seq=0) for each in found]


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
    messages = _show_messages(shown, reader, membership.joined_seq)
    return MessageHistory(messages, older, newer, has_more)


async def list_history_around(
    conn: Conn,
    reader: MessageReader,
    conversation_id: ConversationId,
    *,
    message_id: MessageId,
    limit: int,
) -> MessageHistory:
    """Return a page with a message in its middle, the newest first. Raises MessageNotFound."""
    membership = await conversations.get_membership(conn, reader.id, conversation_id)
    seq = required(await queries.find_seq(conn, conversation_id, message_id), MessageNotFound)
    if seq <= membership.joined_seq:
        raise MessageNotFound
    until = limit // 2 + 1
    upto = HistoryCursor(seq + 1, HistoryDirection.OLDER)
    older = await queries.list_messages(conn, membership, cursor=upto, limit=until)
    after = HistoryCursor(seq, HistoryDirection.NEWER)
    newer = await queries.list_messages(conn, membership, cursor=after, limit=limit - until)
    shown = [*reversed(newer[: limit - until]), *older[:until]]
    has_more = len(older) > until
    cursors = rules.page_cursors(shown, None, has_more=has_more)
    messages = _show_messages(shown, reader, membership.joined_seq)
    return MessageHistory(messages, *cursors, has_more)


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


def _show_messages(
    found: Sequence[StoredMessage], reader: MessageReader, joined_seq: int
) -> list[Message]:
    return [shown_messages.show_message(each, reader.urls, joined_seq=joined_seq) for each in found]


def _show_item(item: StoredConversationItem, urls: UrlBuilder) -> ConversationItem:
    last = None
    if item.last_message is not None:
        joined_seq = item.joined_seq
        last = shown_messages.show_message(item.last_message, urls, joined_seq=joined_seq)
    shown = conversations.show_membership(item)
    return ConversationItem(**structs.asdict(shown), last_message=last)

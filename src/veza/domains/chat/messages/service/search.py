"""Finds messages for members, in one of their conversations or in the latest of them."""

from veza.core.ids import ConversationId, UserId
from veza.core.pages import BadCursor, Cursor, cut
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages import rules
from veza.domains.chat.messages.models.lists import FoundMessagePage, MessageSearch
from veza.domains.chat.messages.models.messages import MessageReader
from veza.domains.chat.messages.queries import search as queries
from veza.domains.chat.messages.service import shown_messages
from veza.infra.postgres.database import Conn

# A search in all conversations is one in those that were active last.
MAX_CONVERSATIONS = 500


async def search_messages(
    conn: Conn, reader: MessageReader, search: MessageSearch
) -> FoundMessagePage:
    """Return a page of messages with all words of a text, the newest first.

    Raises ConversationNotFound where the member is not in the conversation, and BadCursor.
    """
    if search.cursor is not None and search.cursor.sort is not None:
        raise BadCursor
    words = rules.search_messages(search.text, await _list_places(conn, reader.id, search))
    if words is None:
        return FoundMessagePage([], [], None, has_more=False)
    found = await queries.search_messages(conn, reader.id, words, search)
    page, next_cursor = cut(found, search.limit, lambda each: Cursor(each.created_at, each.id))
    places = {each.conversation_id for each in page}
    memberships = await conversations.list_memberships(conn, reader.id, sorted(places))
    joined = {each.id: each.joined_seq for each in memberships}
    shown = [
        shown_messages.show_message(each, reader.urls, joined_seq=joined[each.conversation_id])
        for each in page
        # The caller may have left the conversation since the search began.
        if each.conversation_id in joined
    ]
    listed = [conversations.show_membership(each) for each in memberships]
    return FoundMessagePage(shown, listed, next_cursor, next_cursor is not None)


async def _list_places(
    conn: Conn, reader_id: UserId, search: MessageSearch
) -> list[ConversationId]:
    if search.conversation_id is None:
        limit = MAX_CONVERSATIONS
        return await queries.list_latest_conversations(conn, reader_id, limit=limit)
    membership = await conversations.get_membership(conn, reader_id, search.conversation_id)
    return [membership.id]

"""Messages are listed, sent, edited, deleted, reacted to and marked as read here."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.errors import FieldError, Invalid
from veza.core.ids import ConversationId, MessageId
from veza.core.profiles import Right
from veza.domains.chat.conversations.errors import (
    CannotReachMember,
    ConversationNotFound,
    SlowModeOn,
)
from veza.domains.chat.conversations.models import ConversationQuery, ConversationType, ReadState
from veza.domains.chat.messages import errors, rules
from veza.domains.chat.messages.models.events import (
    ConversationEvent,
    ConversationEventPage,
    SeqRange,
)
from veza.domains.chat.messages.models.lists import (
    ConversationPage,
    FoundMessagePage,
    HistoryDirection,
    MessageHistory,
    MessageSearch,
)
from veza.domains.chat.messages.models.messages import (
    Message,
    MessageChange,
    MessageForm,
    MessageReader,
    MessageRef,
    ReactionForm,
    ReadForm,
)
from veza.domains.chat.messages.service import changed_messages, history, sent_messages
from veza.domains.chat.messages.service import search as message_search
from veza.domains.cloud.files.errors import FileNotFound
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.expensive import SEARCH
from veza.http.fast.shared_routes import Reader
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Envelope
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of

_Search = Annotated[
    str | None,
    QueryParameter(max_length=100, description="With `type=room`: words in the names of rooms."),
]
_Around = Annotated[
    UUID | None,
    QueryParameter(description="A message that the page has in its middle; without `cursor`."),
]
_Words = Annotated[
    str,
    QueryParameter(
        min_length=1,
        max_length=100,
        description="Words that all occur; the last may be the beginning of one.",
    ),
]
_Within = Annotated[
    UUID | None, QueryParameter(description="Only in this conversation; by default in all.")
]
_Since = Annotated[
    str,
    QueryParameter(max_length=200, description="A `seq`, or the `cursor` of a message."),
]


@get(
    "/conversations",
    access=Access.USER,
    scope=Scope.READ,
    expensive=SEARCH.only_with("q"),
    shared=True,
    errors=[pages.BadCursor],
)
async def list_conversations(
    reader: Reader,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    type: FromQuery[ConversationType | None] = None,  # noqa: A002 - the name in the query
    q: _Search = None,
) -> ConversationPage:
    """List the caller's conversations by last activity, or search public rooms.

    Each has its last message and the number of unread messages. With `type=room` and `q`, public
    rooms are returned, most members first; an empty `q` returns all of them.
    """
    if q is not None and type is not ConversationType.ROOM:
        raise Invalid(details=[FieldError("type", "Only rooms can be searched: use `type=room`.")])
    query = ConversationQuery(
        limit=limit,
        cursor=read_cursor(cursor),
        type=type,
        search=q,
    )
    return await history.list_conversations(reader.conn, reader.member, query, reader.urls)


@get(
    "/conversations/search",
    access=Access.USER,
    scope=Scope.READ,
    expensive=SEARCH,
    errors=[ConversationNotFound, pages.BadCursor],
)
async def search_messages(
    request: AnyRequest,
    conn: Conn,
    q: _Words,
    conversation_id: _Within = None,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> FoundMessagePage:
    """Find messages with all words of a text, the newest first.

    Searches one conversation of the caller, or the 500 that were active last. Messages from before
    the caller joined, deleted ones and those of suspended members are not found.
    """
    place = None if conversation_id is None else ConversationId(conversation_id)
    search = MessageSearch(q, place, limit, read_cursor(cursor))
    return await message_search.search_messages(conn, _reader(request), search)


@get(
    "/conversations/{conversation_id:uuid}/history",
    access=Access.USER,
    scope=Scope.READ,
    errors=[ConversationNotFound, errors.MessageNotFound, pages.BadCursor],
)
async def show_history(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    direction: FromQuery[HistoryDirection] = HistoryDirection.OLDER,
    around: _Around = None,
) -> MessageHistory:
    """List the messages of a conversation, the newest first.

    `next_cursor` leads to older messages, `prev_cursor` to newer messages, including future ones.
    The `cursor` of a message leads to the messages before it, and with `direction=newer` to the
    messages after it; `around` to the messages on both sides of one. Members of a group or a
    private room see messages from when they joined.
    """
    if around is not None:
        if cursor is not None:
            raise Invalid(details=[FieldError("around", "Use either `around` or `cursor`.")])
        return await history.list_history_around(
            conn,
            _reader(request),
            ConversationId(conversation_id),
            message_id=MessageId(around),
            limit=limit,
        )
    place = None if cursor is None else rules.read_history_cursor(cursor, direction)
    return await history.list_history(
        conn, _reader(request), ConversationId(conversation_id), cursor=place, limit=limit
    )


@get(
    "/conversations/{conversation_id:uuid}/events",
    access=Access.USER,
    scope=Scope.READ,
    errors=[ConversationNotFound, pages.BadCursor],
)
async def list_events(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    since: _Since = "0",
) -> ConversationEventPage:
    """List the events of a conversation since a `seq`, in order: `sync` without a socket.

    Messages are returned as they are now. If `has_more`, continue with the `since` of the answer.
    """
    return await history.list_member_events(
        conn,
        _reader(request),
        ConversationId(conversation_id),
        SeqRange(history.parse_since(since)),
        limit=limit,
    )


@post(
    "/conversations/{conversation_id:uuid}/messages",
    access=Access.USER,
    activity=Activity.MESSAGE,
    scope=Scope.WRITE,
    may_exist=True,
    errors=[
        ConversationNotFound,
        CannotReachMember,
        SlowModeOn,
        errors.MessageNotFound,
        TrackNotFound,
        ImageNotFound,
        ImageInUse,
        FileNotFound,
        TextRefused,
    ],
)
async def send_message(
    request: AnyRequest, conversation_id: FromPath[UUID], data: JSONBody[MessageForm]
) -> Envelope[Message]:
    """Send a message: text, a track, up to four images, or a file of the sender.

    The file is sent as it is now: later versions or its deletion don't affect the message. With
    `reply_to` it answers another message of the conversation, whose beginning it shows. A message
    with a `client_id` can be sent again: the first one is returned, with status 200.
    """
    place, database, sender = (
        ConversationId(conversation_id),
        database_of(request),
        viewer_of(request),
    )
    filters = service_of(request, TextFilters)
    await sent_messages.ensure_accepted(database, filters, sender, place, form=data)
    sent = await sent_messages.send_at_once(database, sender, place, data, urls=urls_of(request))
    return Envelope(sent.message, status_code=201 if sent.is_new else 200)


@put(
    "/conversations/{conversation_id:uuid}/messages/{message_id:uuid}",
    access=Access.USER,
    activity=Activity.MESSAGE,
    scope=Scope.WRITE,
    errors=[
        errors.MessageNotFound,
        errors.NotYourMessage,
        CannotReachMember,
        TextRefused,
    ],
)
async def edit_message(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    data: JSONBody[MessageChange],
) -> Message:
    """Edit the text of a message. Only its sender may."""
    ref = MessageRef(ConversationId(conversation_id), MessageId(message_id))
    database = database_of(request)
    member = viewer_of(request)
    urls = urls_of(request)
    filters = service_of(request, TextFilters)
    await sent_messages.ensure_accepted(database, filters, member, ref.conversation_id, form=data)
    event = await database.transact(
        lambda tx: changed_messages.edit(tx, member, ref, data.content, urls=urls)
    )
    return event.message


@delete(
    "/conversations/{conversation_id:uuid}/messages/{message_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.MessageNotFound, errors.NotYourMessage],
)
async def delete_message(
    request: AnyRequest, conversation_id: FromPath[UUID], message_id: FromPath[UUID], tx: Tx
) -> Message:
    """Delete a message, as its sender, or as the owner or an admin of a group or room.

    Its number and position are kept, and its content is deleted.
    """
    ref = MessageRef(ConversationId(conversation_id), MessageId(message_id))
    event = await changed_messages.delete(tx, viewer_of(request), ref, urls=urls_of(request))
    return event.message


@post(
    "/conversations/{conversation_id:uuid}/messages/{message_id:uuid}/reactions",
    access=Access.USER,
    activity=Activity.REACTION,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.MessageNotFound, errors.TooManyReactions, CannotReachMember],
)
async def react_to_message(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    data: JSONBody[ReactionForm],
    tx: Tx,
) -> ConversationEvent:
    """React to a message with an emoji; the same emoji again removes the reaction."""
    ref = MessageRef(ConversationId(conversation_id), MessageId(message_id))
    urls = urls_of(request)
    return await changed_messages.react(tx, viewer_of(request), ref, data.emoji, urls=urls)


@post(
    "/conversations/{conversation_id:uuid}/read",
    needs_space=False,
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[ConversationNotFound, errors.MessageNotFound],
)
async def mark_read(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    tx: Tx,
    data: JSONBody[ReadForm | None] = None,
) -> ReadState:
    """Mark messages as read up to `message_id`, or all of them.

    A read mark never moves back.
    """
    message_id = data and data.message_id
    return await history.mark_read(
        tx, viewer_of(request), ConversationId(conversation_id), message_id
    )


def _reader(request: AnyRequest) -> MessageReader:
    return MessageReader(viewer_of(request).id, urls_of(request))


router = Router(
    "/",
    route_handlers=[
        list_conversations,
        search_messages,
        show_history,
        list_events,
        send_message,
        edit_message,
        delete_message,
        react_to_message,
        mark_read,
    ],
    tags=["conversations"],
    opt={"right": Right.SPEAK},
)

"""HTTP for messages: read the request, call the use case, return its result."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.errors import Fault, Invalid
from veza.core.ids import ConversationId, MessageId
from veza.domains.chat.conversations.errors import (
    CannotReachMember,
    ConversationNotFound,
    SlowModeOn,
)
from veza.domains.chat.conversations.models import ConversationQuery, ConversationType, ReadState
from veza.domains.chat.messages import errors, service
from veza.domains.chat.messages.models import (
    ConversationEvent,
    ConversationEventPage,
    ConversationPage,
    HistoryDirection,
    Message,
    MessageChange,
    MessageForm,
    MessageHistory,
    MessageReader,
    MessageRef,
    ReactionForm,
    ReadForm,
    SeqRange,
)
from veza.domains.cloud.files.errors import FileNotFound
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.music.tracks.errors import TrackNotFound
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.envelope import Envelope
from veza.http.expensive import SEARCH
from veza.http.query_parameters import CursorText, PageLimit
from veza.http.signed_urls import urls_of

_Words = Annotated[
    str | None,
    QueryParameter(max_length=100, description="With `type=room`: words of the names of rooms."),
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
    errors=[pages.BadCursor],
)
async def list_conversations(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    type: FromQuery[ConversationType | None] = None,  # noqa: A002 - the name in the query
    q: _Words = None,
) -> ConversationPage:
    """List one's own conversations, the last active first, or find rooms that one may join.

    Each has the last message, and how many one hasn't read. With `type=room` and `q` it finds
    rooms, the ones with the most members first; an empty `q` finds all.
    """
    if q is not None and type is not ConversationType.ROOM:
        raise Invalid(details=[Fault("type", "Only rooms are found: give `type=room`.")])
    wish = ConversationQuery(
        limit=limit,
        cursor=None if cursor is None else pages.decode_cursor(cursor),
        type=type,
        words=q,
    )
    return await service.list_conversations(conn, viewer_of(request), wish, urls_of(request))


@get(
    "/conversations/{conversation_id:uuid}/history",
    access=Access.USER,
    scope=Scope.READ,
    errors=[ConversationNotFound, pages.BadCursor],
)
async def show_history(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    direction: FromQuery[HistoryDirection] = HistoryDirection.OLDER,
) -> MessageHistory:
    """Read what was said, the newest first.

    `next_cursor` goes on with what is older, `prev_cursor` with what is newer, also with what is
    only said later. The `cursor` of a message leads to what came before it, and with
    `direction=newer` to what came after. Who joined a group or a private room reads from there on.
    """
    place = None if cursor is None else service.read_history_cursor(cursor, direction)
    return await service.list_history(
        conn, _reader(request), ConversationId(conversation_id), place=place, limit=limit
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
    """Hear what happened since one last heard, in order: the road of `sync` without a socket.

    Messages come as they are now. Where `has_more`, go on with the `since` of the answer.
    """
    return await service.list_member_events(
        conn,
        _reader(request),
        ConversationId(conversation_id),
        SeqRange(service.parse_since(since)),
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
        TrackNotFound,
        ImageNotFound,
        ImageInUse,
        FileNotFound,
    ],
)
async def send_message(
    request: AnyRequest, conversation_id: FromPath[UUID], data: JSONBody[MessageForm], tx: Tx
) -> Envelope[Message]:
    """Say something in a conversation: words, a track, up to four images, a file of one's own.

    The file goes as it is now: later versions of it, or its end, change nothing of the message.

    With a `client_id` it may be sent again without harm: the first one counts, whatever the others
    say, and is given back with status 200.
    """
    sent = await service.send(
        tx, viewer_of(request), ConversationId(conversation_id), data, urls=urls_of(request)
    )
    return Envelope(sent.message, status_code=201 if sent.is_new else 200)


@put(
    "/conversations/{conversation_id:uuid}/messages/{message_id:uuid}",
    access=Access.USER,
    activity=Activity.MESSAGE,
    scope=Scope.WRITE,
    errors=[errors.MessageNotFound, errors.NotYourMessage, CannotReachMember],
)
async def edit_message(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    message_id: FromPath[UUID],
    data: JSONBody[MessageChange],
    tx: Tx,
) -> Message:
    """Change what one said, at any time."""
    place = MessageRef(ConversationId(conversation_id), MessageId(message_id))
    urls = urls_of(request)
    event = await service.edit(tx, viewer_of(request), place, data.content, urls=urls)
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
    """Delete a message: one's own, or any as the owner or admin of a group or room.

    It keeps its place and its number, and loses all that was in it.
    """
    place = MessageRef(ConversationId(conversation_id), MessageId(message_id))
    event = await service.delete(tx, viewer_of(request), place, urls=urls_of(request))
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
    """React to a message with an emoji; the second time takes it back."""
    place = MessageRef(ConversationId(conversation_id), MessageId(message_id))
    urls = urls_of(request)
    return await service.react(tx, viewer_of(request), place, data.emoji, urls=urls)


@post(
    "/conversations/{conversation_id:uuid}/read",
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
    """Say up to which message one has read; without `message_id`, all of them.

    A read mark never goes back.
    """
    place = ConversationId(conversation_id)
    return await service.mark_read(tx, viewer_of(request), place, data and data.message_id)


def _reader(request: AnyRequest) -> MessageReader:
    return MessageReader(viewer_of(request).id, urls_of(request))


router = Router(
    "/",
    route_handlers=[
        list_conversations,
        show_history,
        list_events,
        send_message,
        edit_message,
        delete_message,
        react_to_message,
        mark_read,
    ],
    tags=["conversations"],
)

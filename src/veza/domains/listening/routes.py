"""Listening together in a conversation: what plays, its queue, and who changes it."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ConversationId
from veza.core.profiles import Right
from veza.domains.chat.conversations.errors import (
    CannotReachMember,
    ConversationNotFound,
    NotYourConversation,
)
from veza.domains.chat.conversations.models import ConversationRef
from veza.domains.listening import errors, service
from veza.domains.listening.models import (
    KnownEntry,
    ListeningChange,
    ListeningForm,
    ListeningRoom,
    ListeningState,
)
from veza.domains.music.tracks.errors import TrackNotFound
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.responses.envelope import Envelope
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.valkey.client import WindowCounters

_PATH = "/conversations/{conversation_id:uuid}/listening"
_ERRORS = [ConversationNotFound, errors.NotListening]
_CONTROL_ERRORS = [*_ERRORS, errors.NotYourPlayback, CannotReachMember]


@get(_PATH, access=Access.USER, scope=Scope.READ, errors=_ERRORS)
async def show_listening(
    request: AnyRequest,
    conversation_id: FromPath[UUID],
    conn: Conn,
    after: FromQuery[KnownEntry] = 0,
) -> ListeningRoom:
    """Get what a conversation listens to. Changes come as `listening` frames of the WebSocket.

    Entries up to the id `after` have no tracks: who read them before needs those of new ones alone.
    """
    viewer, read = viewer_of(request), ConversationId(conversation_id)
    return await service.get_room(conn, viewer, read, urls_of(request), after=after)


@post(
    _PATH,
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=Scope.WRITE,
    may_exist=True,
    errors=[
        ConversationNotFound,
        errors.NotYourPlayback,
        CannotReachMember,
        errors.ChatStays,
        errors.TooManyListeningRooms,
        errors.TooManyCommands,
        TrackNotFound,
    ],
)
async def begin_listening(
    request: AnyRequest, conversation_id: FromPath[UUID], data: JSONBody[ListeningForm], tx: Tx
) -> Envelope[ListeningRoom]:
    """Begin to listen together in a conversation. Its owner and admins may, in direct ones both.

    Status 200 returns the room of a conversation that does already, as it is.
    """
    await service.count_command(service_of(request, WindowCounters), viewer_of(request))
    begun = ConversationId(conversation_id)
    room, is_new = await service.begin(tx, viewer_of(request), begun, data, urls_of(request))
    return Envelope(room, status_code=201 if is_new else 200)


@put(
    _PATH,
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[
        *_CONTROL_ERRORS,
        errors.ListeningChanged,
        errors.ListeningQueueFull,
        errors.TooManyCommands,
        TrackNotFound,
    ],
)
async def change_listening(
    request: AnyRequest, conversation_id: FromPath[UUID], data: JSONBody[ListeningChange]
) -> ListeningState:
    """Play, pause, seek, skip, or change the queue. Its owner and admins may."""
    counters = service_of(request, WindowCounters)
    changed = ConversationId(conversation_id)
    return await service.change(database_of(request), counters, viewer_of(request), changed, data)


@delete(
    _PATH,
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[*_CONTROL_ERRORS, errors.TooManyCommands, NotYourConversation],
)
async def end_listening(
    request: AnyRequest, conversation_id: FromPath[UUID], tx: Tx
) -> ConversationRef:
    """End listening together. A conversation that was begun for it ends too: its owner may."""
    await service.count_command(service_of(request, WindowCounters), viewer_of(request))
    ended = ConversationId(conversation_id)
    await service.end(tx, viewer_of(request), ended)
    return ConversationRef(ended)


router = Router(
    "/",
    route_handlers=[show_listening, begin_listening, change_listening, end_listening],
    tags=["conversations"],
    opt={"right": Right.SPEAK},
)

"""Viewers list and play streams; streamers announce and end theirs, and replace keys."""

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import structs

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import StreamId
from veza.core.normalize import fold, fold_tag
from veza.core.profiles import Right
from veza.domains.chat.conversations.errors import ConversationNotFound, NotYourConversation
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.live import errors
from veza.domains.live.models.audiences import StreamUnlockForm
from veza.domains.live.models.forms import StreamChange, StreamForm
from veza.domains.live.models.stored_streams import StreamQuery
from veza.domains.live.models.stream_keys import StreamAccess
from veza.domains.live.models.streams import (
    OwnStream,
    OwnStreamPage,
    Stream,
    StreamPage,
    UnlockedStream,
)
from veza.domains.live.models.viewers import ViewerHeartbeat
from veza.domains.live.routes.addresses import live_context
from veza.domains.live.rules import media
from veza.domains.live.service import access, streams, viewing
from veza.domains.live.service.context import LiveContext
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    database_of,
    listener_of,
    viewer_of,
    visitor_of,
)
from veza.http.expensive import SEARCH
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.caching import PUBLIC_FILE
from veza.http.responses.public_documents import respond_with_document
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_PLAYLIST = "application/vnd.apple.mpegurl"


_SEGMENT = "video/mp2t"


_SOUND = "audio/aac"


_Category = Annotated[
    str | None,
    QueryParameter(max_length=50, description="Only of this category: `DJ set`."),
]


_Tag = Annotated[str | None, QueryParameter(max_length=40, description="Only with this tag.")]


_Ticket = Annotated[
    str | None,
    QueryParameter(max_length=120, description="The ticket that the password of a stream gave."),
]


@get(
    "/live/streams",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    expensive=SEARCH.only_with("category", "tag"),
    errors=[pages.BadCursor],
)
async def list_streams(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    is_live: FromQuery[bool | None] = None,
    category: _Category = None,
    tag: _Tag = None,
) -> StreamPage:
    """List live, ended and announced streams, newest first.

    Categories and tags match regardless of case and accents.
    """
    viewer = visitor_of(request)
    query = StreamQuery(
        viewer_id=viewer and viewer.id,
        limit=limit,
        cursor=read_cursor(cursor),
        is_live=is_live,
        category_key=None if category is None else fold(category),
        tag_key=None if tag is None else fold_tag(tag),
    )
    return await streams.list_streams(conn, live_context(request), query)


@get(
    "/live/streams/{stream_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.StreamNotFound, errors.StreamLocked],
)
async def show_stream(
    request: AnyRequest, stream_id: FromPath[UUID], conn: Conn, ticket: _Ticket = None
) -> Stream:
    """Get a live stream, if it is for the caller.

    One with a password is unlocked first.
    """
    return await streams.get_stream(
        conn, live_context(request), StreamId(stream_id), visitor_of(request), ticket=ticket
    )


@post(
    "/live/streams",
    access=Access.USER,
    activity=Activity.UPLOAD,
    scope=None,
    errors=[errors.MayNotStream, errors.TooManyDrafts, ImageNotFound, ImageInUse],
)
async def create_stream(request: AnyRequest, data: JSONBody[StreamForm]) -> OwnStream:
    """Announce a live stream, with a room in which its viewers chat.

    It goes live when an encoder connects with the owner's stream key. That starts the next planned
    stream, from an hour before its date, or else the latest one without a date.
    """
    context, owner = live_context(request), viewer_of(request)
    hashed = await access.hash_password(context, data)
    return await database_of(request).transact(
        lambda tx: streams.create_stream(tx, context, owner, hashed)
    )


@get("/live/streams/me", access=Access.USER, right=Right.READ, scope=None, errors=[pages.BadCursor])
async def list_own_streams(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> OwnStreamPage:
    """List the caller's live streams, the latest first, with the stream key."""
    return await streams.list_own(
        conn, live_context(request), viewer_of(request), limit=limit, cursor=read_cursor(cursor)
    )


@get(
    "/live/streams/me/key",
    access=Access.USER,
    right=Right.MANAGE,
    scope=None,
    errors=[errors.MayNotStream],
)
async def show_stream_key(request: AnyRequest) -> StreamAccess:
    """Get the caller's stream key and the address for their encoder.

    Members without a stream get a draft, which others can see once it has a title or is live.
    """
    async with database_of(request).transaction() as tx:
        return await streams.get_stream_access(tx, live_context(request), viewer_of(request))


@post(
    "/live/streams/me/key/regenerate",
    needs_space=False,
    access=Access.USER,
    right=Right.MANAGE,
    scope=None,
    status_code=200,
    errors=[errors.MayNotStream],
)
async def regenerate_stream_key(request: AnyRequest, tx: Tx) -> StreamAccess:
    """Replace the caller's stream key. An encoder that uses the old one is disconnected.

    It can continue the same stream with the new key within a minute.
    """
    return await streams.regenerate_key(tx, live_context(request), viewer_of(request))


@put(
    "/live/streams/{stream_id:uuid}",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=None,
    errors=[
        errors.StreamNotFound,
        errors.NotYourStream,
        ConversationNotFound,
        NotYourConversation,
        errors.StreamNotToCome,
        ImageNotFound,
        ImageInUse,
    ],
)
async def update_stream(
    request: AnyRequest, stream_id: FromPath[UUID], data: JSONBody[StreamChange]
) -> OwnStream:
    """Change a live stream of the caller, its date, or the slow mode of its room.

    Omitted fields keep their values. Reminders move with the date.
    """
    context, owner, place = live_context(request), viewer_of(request), StreamId(stream_id)
    hashed = await access.hash_password(context, data)
    return await database_of(request).transact(
        lambda tx: streams.update_stream(tx, context, place, owner, hashed=hashed)
    )


@post(
    "/live/streams/{stream_id:uuid}/end",
    needs_space=False,
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[errors.StreamNotFound, errors.NotYourStream, errors.StreamNotLive],
)
async def end_stream(request: AnyRequest, stream_id: FromPath[UUID], tx: Tx) -> OwnStream:
    """End a live stream of the caller for good. Its encoder is disconnected.

    Streams also end by themselves, a minute after the encoder stopped.
    """
    return await streams.end_stream(
        tx, live_context(request), StreamId(stream_id), viewer_of(request)
    )


@post(
    "/live/streams/{stream_id:uuid}/unlock",
    access=Access.OPTIONAL,
    right=Right.READ,
    scope=Scope.WRITE,
    status_code=200,
    errors=[
        errors.StreamNotFound,
        errors.WrongStreamPassword,
        errors.TooManyStreamGuesses,
    ],
)
async def unlock_stream(
    request: AnyRequest, stream_id: FromPath[UUID], data: JSONBody[StreamUnlockForm]
) -> UnlockedStream:
    """Open a stream by its password, for twelve hours or until the password changes.

    Members watch it and join its room by their account from then on; visitors send the `ticket`.
    After ten wrong passwords of an account or a network it is locked for them for some time.
    """
    visitor = visitor_of(request)
    # A profile is admitted as itself; the guesses are the account's.
    viewer = structs.replace(listener_of(request), user_id=visitor and visitor.id)
    return await access.unlock(
        database_of(request),
        live_context(request),
        StreamId(stream_id),
        viewer,
        form=data,
    )


@post(
    "/live/streams/{stream_id:uuid}/heartbeat",
    needs_space=False,
    access=Access.OPTIONAL,
    right=Right.READ,
    scope=Scope.WRITE,
    audited=False,
    status_code=200,
    errors=[errors.StreamNotFound, errors.StreamLocked, errors.StreamNotLive],
)
async def send_heartbeat(
    request: AnyRequest, stream_id: FromPath[UUID], ticket: _Ticket = None
) -> ViewerHeartbeat:
    """Send a heartbeat of a viewer. Repeat it every ten seconds while watching.

    All signed-out viewers at the same address (a /64 of IPv6) count once, as for plays of tracks;
    at most 20 members per address are counted.
    """
    return await viewing.count_viewer(
        database_of(request),
        live_context(request),
        StreamId(stream_id),
        listener_of(request),
        ticket=ticket,
    )


@get(
    "/live/streams/{stream_id:uuid}/hls/{file_name:str}",
    scope=Scope.READ,
    importance=Importance.VITAL,
    produces=f"{_PLAYLIST} {_SEGMENT} {_SOUND}",
    conditional=True,
    errors=[errors.StreamNotFound],
)
async def show_stream_media(
    request: AnyRequest,
    stream_id: FromPath[UUID],
    file_name: FromPath[str],
    ticket: _Ticket = None,
) -> Response[bytes]:
    """Get the HLS playlist `master.m3u8` of a live stream, or a file that it names.

    It has what is sent (`index.m3u8`), its sound alone, and the same at a low bit rate.
    `rewind-master.m3u8` is the one of its last minutes.
    They are available while the stream is live, and for a minute after that. Streams with an
    audience are played by the address in `playback_url`, which is for the caller alone.
    """
    context = service_of(request, LiveContext)
    found = await viewing.read_media(
        database_of(request), context, StreamId(stream_id), file_name, ticket=ticket
    )
    is_playlist = media.is_playlist(file_name)
    media_type = _PLAYLIST if is_playlist else _SEGMENT if media.is_segment(file_name) else _SOUND
    if found.is_private or is_playlist:
        # The playlist changes every second.
        headers = {"cache-control": "private, no-store" if found.is_private else "no-cache"}
        return Response(found.content, headers=headers, media_type=media_type)
    # Names of segments are never reused.
    return respond_with_document(
        request,
        found.content,
        media_type=media_type,
        cache_control=f"{PUBLIC_FILE}, immutable",
        version=file_name.encode(),
    )


router = Router(
    "/",
    route_handlers=[
        list_streams,
        show_stream,
        create_stream,
        list_own_streams,
        show_stream_key,
        regenerate_stream_key,
        update_stream,
        end_stream,
        unlock_stream,
        send_heartbeat,
        show_stream_media,
    ],
    tags=["live"],
    opt={"right": Right.PUBLISH},
)

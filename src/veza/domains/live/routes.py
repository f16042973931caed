"""HTTP for broadcasts: for those who send and who listen; and the hooks of the ingest."""

import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from litestar import Response, Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct, structs

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.addresses import parse_address
from veza.core.errors import Unavailable
from veza.core.ids import StreamId
from veza.core.normalize import fold_tag
from veza.domains.chat.conversations.errors import ConversationNotFound, NotYourConversation
from veza.domains.live import errors, rules, service
from veza.domains.live.models import (
    Heartbeat,
    OwnStream,
    OwnStreamPage,
    Stream,
    StreamAccess,
    StreamChange,
    StreamForm,
    StreamPage,
    StreamQuery,
)
from veza.http.client import Network
from veza.http.context import context_of
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    client_of,
    database_of,
    listener_of,
    viewer_of,
    visitor_of,
)
from veza.http.envelope import Done
from veza.http.expensive import SEARCH
from veza.http.query_parameters import CursorText, PageLimit
from veza.http.services import service_of

_PLAYLIST = "application/vnd.apple.mpegurl"
_SEGMENT = "video/mp2t"
# Nothing that the ingest says is longer.
_MAX_FORM_BYTES = 16 * 1024
_MAX_FORM_FIELDS = 100

_Category = Annotated[
    str | None, QueryParameter(max_length=50, description="Of what category, such as `DJ set`.")
]
_Tag = Annotated[str | None, QueryParameter(max_length=40, description="With which tag.")]
_Secret = Annotated[str, QueryParameter(max_length=200, description="What only the ingest knows.")]
_IngestName = Annotated[
    str,
    QueryParameter(max_length=24, description="Which of all ingests asks: another after a start."),
]


class StreamAddresses(Struct, frozen=True):
    """Where players and encoders reach the server, as far as the settings say."""

    prefix: str
    rtmp_url: str | None
    rtmp_port: int

    def rtmp_url_at(self, base: str) -> str:
        """Return the URL for encoders: the configured one, or the port at the host of `base`."""
        host = urlsplit(base).hostname or "localhost"
        host = f"[{host}]" if ":" in host else host
        return self.rtmp_url or f"rtmp://{host}:{self.rtmp_port}/live"


class HookGuard(Struct, frozen=True):
    """By what the ingest is known: a secret, and where it calls from."""

    secret: str
    networks: Sequence[Network]
    # Where the ingest is to pass on what comes in, under the public name of the broadcast.
    find_inner_url: Callable[[str], str]


@get(
    "/live/streams",
    access=Access.OPTIONAL,
    scope=Scope.READ,
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
    """List live streams, the latest first: those that are live, are over, or were announced.

    Categories and tags know no difference between letters with and without accents, nor of case.
    """
    wish = StreamQuery(
        limit=limit,
        cursor=None if cursor is None else pages.decode_cursor(cursor),
        is_live=is_live,
        category_key=None if category is None else rules.key_of_category(category),
        tag_key=None if tag is None else fold_tag(tag),
    )
    return await service.list_streams(conn, _station(request), wish)


@get(
    "/live/streams/{stream_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.StreamNotFound],
)
async def show_stream(request: AnyRequest, stream_id: FromPath[UUID], conn: Conn) -> Stream:
    """Get a live stream: what is said of it, where it is played, and how many watch."""
    return await service.get_stream(
        conn, _station(request), StreamId(stream_id), visitor_of(request)
    )


@post(
    "/live/streams",
    access=Access.USER,
    activity=Activity.UPLOAD,
    scope=None,
    errors=[errors.MayNotStream, errors.TooManyDrafts],
)
async def create_stream(request: AnyRequest, data: JSONBody[StreamForm], tx: Tx) -> OwnStream:
    """Announce a live stream, with a room in which its viewers talk.

    It goes live when one's encoder connects with one's stream key: the latest one does that isn't
    over.
    """
    return await service.create_stream(tx, _station(request), viewer_of(request), data)


@get("/live/streams/me", access=Access.USER, scope=None, errors=[pages.BadCursor])
async def list_own_streams(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> OwnStreamPage:
    """List one's own live streams, the latest first, with the stream key."""
    place = None if cursor is None else pages.decode_cursor(cursor)
    return await service.list_own(
        conn, _station(request), viewer_of(request), limit=limit, cursor=place
    )


@get(
    "/live/streams/me/key",
    access=Access.USER,
    scope=None,
    errors=[errors.MayNotStream],
)
async def show_stream_key(request: AnyRequest) -> StreamAccess:
    """Get one's stream key and the address for one's encoder.

    Whoever has no stream yet gets a draft, which others find once it has a title or is live.
    """
    async with database_of(request).transaction() as tx:
        return await service.get_access(tx, _station(request), viewer_of(request))


@post(
    "/live/streams/me/key/regenerate",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[errors.MayNotStream],
)
async def regenerate_stream_key(request: AnyRequest, tx: Tx) -> StreamAccess:
    """Get another stream key. An encoder that publishes with the old one is cut off.

    With the new one it may go on with the same stream, within a minute.
    """
    return await service.regenerate_key(tx, _station(request), viewer_of(request))


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
    ],
)
async def update_stream(
    request: AnyRequest, stream_id: FromPath[UUID], data: JSONBody[StreamChange], tx: Tx
) -> OwnStream:
    """Change what is said of one's own live stream, or the slow mode of its room.

    What is left out stays as it is.
    """
    return await service.update_stream(
        tx, _station(request), StreamId(stream_id), viewer_of(request), change=data
    )


@post(
    "/live/streams/{stream_id:uuid}/end",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[errors.StreamNotFound, errors.NotYourStream, errors.StreamNotLive],
)
async def end_stream(request: AnyRequest, stream_id: FromPath[UUID], tx: Tx) -> OwnStream:
    """End one's own live stream for good. An encoder that still sends is cut off.

    It ends by itself a minute after the encoder stopped.
    """
    return await service.end_stream(tx, _station(request), StreamId(stream_id), viewer_of(request))


@post(
    "/live/streams/{stream_id:uuid}/heartbeat",
    access=Access.OPTIONAL,
    scope=Scope.WRITE,
    audited=False,
    status_code=200,
    errors=[errors.StreamNotFound, errors.StreamNotLive],
)
async def send_heartbeat(request: AnyRequest, stream_id: FromPath[UUID]) -> Heartbeat:
    """Say that one watches: again every ten seconds, for as long as one does.

    All who aren't signed in at one address (a /64 of IPv6) count as one viewer, as for the plays
    of a track; at most 20 members of one address count.
    """
    return await service.watch(
        database_of(request), _station(request), StreamId(stream_id), listener_of(request)
    )


@get(
    "/live/streams/{stream_id:uuid}/hls/{file_name:str}",
    scope=Scope.READ,
    produces=f"{_PLAYLIST} {_SEGMENT}",
    errors=[errors.StreamNotFound],
)
async def show_stream_media(
    request: AnyRequest, stream_id: FromPath[UUID], file_name: FromPath[str]
) -> Response[bytes]:
    """Play a live stream by HLS: `index.m3u8`, and what it names.

    There is something to be played while it is live, and for a minute after that.
    """
    content = await service.read_media(
        database_of(request), _station(request), StreamId(stream_id), file_name
    )
    is_playlist = file_name == rules.PLAYLIST
    # No segment is ever named like an earlier one; the playlist is another every second.
    caching = "no-cache" if is_playlist else "public, max-age=3600, immutable"
    media_type = _PLAYLIST if is_playlist else _SEGMENT
    return Response(content, headers={"cache-control": caching}, media_type=media_type)


@post(
    "/live/hooks/publish",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    audited=False,
    redirects=True,
    errors=[errors.HookRefused, errors.PublishRefused],
)
async def admit_encoder(
    request: AnyRequest, secret: _Secret = "", ingest: _IngestName = ""
) -> Response[bytes]:
    """Hear from the ingest that an encoder knocks, in the form that nginx's RTMP module sends.

    It is to be passed on to where no name is a key: to the address in `Location`.
    """
    guard = _guard(request, secret)
    publisher = rules.read_publisher(await _read_form(request), ingest)
    async with database_of(request).transaction() as tx:
        stream_id = await service.publish(tx, _station(request), publisher)
    location = guard.find_inner_url(str(stream_id))
    return Response(b"", status_code=302, headers={"location": location}, media_type="text/plain")


@post(
    "/live/hooks/update",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    audited=False,
    errors=[errors.HookRefused, errors.PublishRefused],
)
async def hear_encoder(request: AnyRequest, secret: _Secret = "", ingest: _IngestName = "") -> Done:
    """Hear from the ingest, each two seconds, that an encoder is there: 403 cuts it off."""
    _guard(request, secret)
    form = await _read_form(request)
    # The ingest speaks of those who play, too: of what it passes on to itself.
    if form.get("call") != "update_play":
        publisher = rules.read_publisher(form, ingest)
        # While the database is gone nobody is cut off: what was let in may go on.
        with suppress(Unavailable):
            async with database_of(request).transaction() as tx:
                await service.keep_on(tx, _station(request), publisher)
    return Done("Heard.")


@post(
    "/live/hooks/done",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    audited=False,
    errors=[errors.HookRefused, errors.PublishRefused],
)
async def see_encoder_off(
    request: AnyRequest, secret: _Secret = "", ingest: _IngestName = ""
) -> Done:
    """Hear from the ingest that an encoder is gone, or was never let in."""
    _guard(request, secret)
    publisher = rules.read_publisher(await _read_form(request), ingest)
    database = database_of(request)
    async with database.transaction() as tx:
        stream_id = await service.hang_up(tx, publisher)
    if stream_id is not None:
        await service.note_viewers(database, _station(request), [stream_id])
    return Done("Heard.")


def _guard(request: AnyRequest, secret: str) -> HookGuard:
    guard = service_of(request, HookGuard)
    is_known = hmac.compare_digest(secret.encode(), guard.secret.encode())
    if not is_known or not _is_within(client_of(request).address, guard.networks):
        raise errors.HookRefused
    return guard


def _is_within(address: str, networks: Sequence[Network]) -> bool:
    parsed = parse_address(address)
    return parsed is not None and any(parsed in network for network in networks)


async def _read_form(request: AnyRequest) -> dict[str, str]:
    body = await request.body()
    try:
        if len(body) > _MAX_FORM_BYTES:
            raise errors.PublishRefused
        said = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FORM_FIELDS)
    except ValueError as error:
        raise errors.PublishRefused from error
    # Behind what it says itself, the ingest puts what the encoder wrote behind its key.
    return dict(reversed(said))


def _station(request: AnyRequest) -> service.Station:
    base = context_of(request).base_url_of(request)
    addresses = service_of(request, StreamAddresses)
    return structs.replace(
        service_of(request, service.Station),
        base=base + addresses.prefix,
        rtmp_url=addresses.rtmp_url_at(base),
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
        send_heartbeat,
        show_stream_media,
        admit_encoder,
        hear_encoder,
        see_encoder_off,
    ],
    tags=["live"],
)

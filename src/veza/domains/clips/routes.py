"""Viewers make clips of streams, and the audience of a stream watches them."""

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import structs

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import StreamClipId, StreamId
from veza.core.profiles import Right
from veza.domains.clips import errors
from veza.domains.clips.models import ClipForm, ClipFormat, ClipQuery, StreamClip, StreamClipPage
from veza.domains.clips.service import clips
from veza.domains.clips.service.context import ClipContext
from veza.domains.clips.service.making import make_clip
from veza.domains.live.errors import StreamLocked, StreamNotFound
from veza.domains.live.service.context import LiveContext
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.platform.uploads.service import Uploads
from veza.domains.replays.errors import RecordingNotFound, ReplayNotFound
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    database_of,
    viewer_of,
    visitor_of,
)
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_PLAYLIST = "application/vnd.apple.mpegurl"
_TYPES = {ClipFormat.TS: "video/mp2t", ClipFormat.AAC: "audio/aac"}
_CLIP = "/live/clips/{clip_id:uuid}"
_CLIPS = "/live/streams/{stream_id:uuid}/clips"

_Ticket = Annotated[
    str | None,
    QueryParameter(max_length=120, description="The ticket that the password of a stream gave."),
]


@post(
    _CLIPS,
    access=Access.USER,
    right=Right.PUBLISH,
    activity=Activity.UPLOAD,
    scope=None,
    errors=[
        StreamNotFound,
        StreamLocked,
        TrackNotFound,
        ReplayNotFound,
        RecordingNotFound,
        errors.NothingToClip,
        errors.ReplayNotPublic,
        errors.ClipTooLarge,
        errors.TooManyClips,
        TextRefused,
    ],
)
async def make_stream_clip(
    request: AnyRequest, stream_id: FromPath[UUID], data: JSONBody[ClipForm]
) -> StreamClip:
    """Keep up to 90 seconds of a stream that runs, or of its replay, for its audience."""
    member = viewer_of(request)
    screening = service_of(request, TextFilters).screen(member, data, "title")
    return await make_clip(_services(request), member, StreamId(stream_id), data, screening)


@get(
    _CLIPS,
    access=Access.OPTIONAL,
    right=Right.READ,
    scope=Scope.READ,
    errors=[StreamNotFound, StreamLocked, pages.BadCursor],
)
async def list_stream_clips(
    request: AnyRequest,
    stream_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    ticket: _Ticket = None,
) -> StreamClipPage:
    """List the clips of a stream, newest first."""
    viewer = visitor_of(request)
    query = ClipQuery(viewer and viewer.id, limit, read_cursor(cursor))
    return await clips.list_clips(conn, _context(request), StreamId(stream_id), query, ticket)


@get(
    _CLIP,
    access=Access.OPTIONAL,
    right=Right.READ,
    scope=Scope.READ,
    errors=[errors.ClipNotFound, StreamLocked],
)
async def show_clip(
    request: AnyRequest, clip_id: FromPath[UUID], conn: Conn, ticket: _Ticket = None
) -> StreamClip:
    """Get a clip."""
    return await clips.get_clip(
        conn, _context(request), StreamClipId(clip_id), visitor_of(request), ticket
    )


@delete(
    _CLIP,
    access=Access.USER,
    right=Right.PUBLISH,
    needs_space=False,
    scope=None,
    status_code=200,
    errors=[errors.ClipNotFound, errors.NotYourClip],
)
async def delete_clip(request: AnyRequest, clip_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete a clip that you made, or of a stream of yours."""
    await clips.delete_clip(tx, StreamClipId(clip_id), viewer_of(request))
    return Deleted(clip_id)


@get(
    f"{_CLIP}/hls/{{file_name:str}}",
    scope=Scope.READ,
    importance=Importance.VITAL,
    produces=f"{_PLAYLIST} {' '.join(_TYPES.values())}",
    errors=[errors.ClipNotFound],
)
async def show_clip_media(
    request: AnyRequest,
    clip_id: FromPath[UUID],
    file_name: FromPath[str],
    ticket: _Ticket = None,
) -> Response[bytes]:
    """Get the HLS playlist `index.m3u8` of a clip, or a part of it."""
    found = await clips.read_media(
        _services(request), StreamClipId(clip_id), file_name, ticket=ticket
    )
    # A clip may be deleted, or be for others tomorrow.
    caching = "private, no-store" if found.is_private else "private, max-age=3600"
    if found.format is None:
        return Response(found.content, headers={"cache-control": "no-cache"}, media_type=_PLAYLIST)
    media_type = _TYPES[found.format]
    return Response(found.content, headers={"cache-control": caching}, media_type=media_type)


def _services(request: AnyRequest) -> ClipContext:
    return ClipContext(database_of(request), service_of(request, Uploads), _context(request))


def _context(request: AnyRequest) -> LiveContext:
    return structs.replace(service_of(request, LiveContext), base=urls_of(request).base)


router = Router(
    "/",
    route_handlers=[
        make_stream_clip,
        list_stream_clips,
        show_clip,
        delete_clip,
        show_clip_media,
    ],
    tags=["live"],
)

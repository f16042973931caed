"""oEmbed and players: credentials are ignored, as both are the same for everybody."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Protocol
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath, QueryParameter

from veza.core.errors import FieldError, Invalid, NotFound, Unavailable, VezaError
from veza.core.ids import PlaylistId, ReleaseId, TrackId
from veza.core.signed_urls import UrlBuilder
from veza.domains.live.service.context import LiveContext
from veza.domains.music.playlists.service import playlists
from veza.domains.public_pages.embeds import rules, service
from veza.domains.public_pages.embeds.models import EmbedFormat, MaximumSize, PlayerContent
from veza.http.asgi_scope import note_error
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, reading
from veza.http.expensive import SEARCH, Expensive
from veza.http.responses.caching import PUBLIC_FILE
from veza.http.responses.errors import status_of
from veza.http.responses.public_documents import respond_with_document
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.http.web_app.embed_page import render_player
from veza.infra.concurrency.overload import Importance
from veza.infra.postgres.database import Conn

_OPEN: dict[str, Any] = {"include_in_schema": False, "credentials": "ignored"}
# During maintenance the page is shown too, and says that nothing can be played.
_PAGE: dict[str, Any] = _OPEN | {"goes_on": True}
_TYPES = {EmbedFormat.JSON: "application/json", EmbedFormat.XML: "text/xml"}


class _Read(Protocol):
    """Read the content of a player."""

    async def __call__(self, conn: Conn, *, urls: UrlBuilder) -> PlayerContent:
        """Return it. Raises NotFound errors."""
        ...


_Pixels = Annotated[int | None, QueryParameter(ge=1, le=100_000)]


@get("/oembed", **_OPEN, importance=Importance.EXPLORATION)
async def show_oembed(
    request: AnyRequest,
    url: Annotated[str, QueryParameter(max_length=2000)] = "",
    maxwidth: _Pixels = None,
    maxheight: _Pixels = None,
    format: Annotated[str, QueryParameter(max_length=100)] = "json",  # noqa: A002
) -> Response[bytes]:
    """Return the player of an address of this server (oembed.com)."""
    if not url:
        raise Invalid(details=[FieldError("url", "Send the address of a page of this server.")])
    if format not in set(EmbedFormat):
        message = b"Only the formats json and xml are implemented.\n"
        return Response(message, status_code=HTTPStatus.NOT_IMPLEMENTED, media_type="text/plain")
    base_url = context_of(request).base_url_of(request)
    target = rules.read_target(url, base_url)
    context = service_of(request, LiveContext)
    async with reading(request) as conn:
        head = await service.describe(conn, context, target, urls_of(request))
    response = rules.make_oembed(
        head,
        base_url,
        MaximumSize(maxwidth, maxheight),
        site=context_of(request).identify_site().name,
    )
    wanted = EmbedFormat(format)
    is_xml = wanted is EmbedFormat.XML
    body = rules.encode_xml(response) if is_xml else msgspec.json.encode(response)
    return respond_with_document(
        request, body, media_type=_TYPES[wanted], cache_control=PUBLIC_FILE
    )


@get("/embed/tracks/{track_id:uuid}", **_PAGE)
async def show_track_player(request: AnyRequest, track_id: FromPath[UUID]) -> Response[bytes]:
    """Show the player of a track."""
    return await _show(request, partial(service.read_track_player, track_id=TrackId(track_id)))


@get("/embed/releases/{release_id:uuid}", **_PAGE)
async def show_release_player(request: AnyRequest, release_id: FromPath[UUID]) -> Response[bytes]:
    """Show the player of a release."""
    read = partial(service.read_release_player, release_id=ReleaseId(release_id))
    return await _show(request, read)


@get("/embed/playlists/{playlist_id:uuid}", **_PAGE)
async def show_playlist_player(request: AnyRequest, playlist_id: FromPath[UUID]) -> Response[bytes]:
    """Show the player of a playlist; a smart one is an expensive read."""
    try:
        async with reading(request) as conn:
            playlist = await playlists.find_visible(conn, PlaylistId(playlist_id), None)
    except NotFound as error:
        return _refuse(request, error)
    read = partial(service.read_playlist_player, playlist=playlist)
    return await _show(request, read, None if playlist.rules is None else SEARCH)


@get("/embed/artists/{username:str}", **_PAGE)
async def show_artist_player(request: AnyRequest, username: FromPath[str]) -> Response[bytes]:
    """Show the player of an artist's newest tracks."""
    return await _show(request, partial(service.read_artist_player, username=username))


async def _show(
    request: AnyRequest, read: _Read, expensive: Expensive | None = None
) -> Response[bytes]:
    """Return the page of a player; if nothing can be read, a page that says so."""
    try:
        context_of(request).ensure_open()
        async with reading(request, expensive) as conn:
            content = await read(conn, urls=urls_of(request))
    except (NotFound, Unavailable) as error:
        return _refuse(request, error)
    return _render(request, content)


def _refuse(request: AnyRequest, error: VezaError) -> Response[bytes]:
    note_error(request.scope, error.code)
    status = HTTPStatus(status_of(type(error)))
    data = rules.encode_content(None)
    return render_player(request, "", data, page="/", status=status)


def _render(request: AnyRequest, content: PlayerContent) -> Response[bytes]:
    choice = context_of(request).identify_site().explicit
    data = rules.encode_content(rules.as_chosen(content, choice))
    title = f"{content.title}, by {content.artist}"
    return render_player(request, title, data, page=content.page)


router = Router(
    "/",
    route_handlers=[
        show_oembed,
        show_track_player,
        show_release_player,
        show_playlist_player,
        show_artist_player,
    ],
)

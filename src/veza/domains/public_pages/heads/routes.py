"""The pages. Credentials are ignored: a page is the same for everybody."""

from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from veza.core.errors import NotFound, VezaError
from veza.core.ids import (
    BundleId,
    PlaylistId,
    PostId,
    ProductId,
    ReleaseId,
    ShowId,
    StreamClipId,
    StreamId,
    TrackId,
)
from veza.core.profiles import HandleMoved
from veza.core.signed_urls import UrlBuilder
from veza.core.text_mining import MiningPolicy
from veza.domains.live.service.context import LiveContext
from veza.domains.music.playlists.service import shares
from veza.domains.public_pages.heads.models import FirstLists, PageHead
from veza.domains.public_pages.heads.rules import (
    CHECKOUT,
    PUBLIC_SECTIONS,
    UNSUBSCRIBE,
    render_body,
    render_head,
    render_section_head,
)
from veza.domains.public_pages.heads.service import content, streams
from veza.domains.public_pages.heads.service.content import Describe
from veza.domains.shows.models.episodes import EpisodeRef
from veza.http.asgi_scope import note_error
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, reading
from veza.http.layers.head_requests import is_head
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.http.web_app.hints import HOME, hint_cover, page_of
from veza.http.web_app.pages import render_app, render_checkout, render_first_page
from veza.http.web_app.paths import SECTIONS, is_page
from veza.infra.postgres.database import Conn

# Everybody gets the page, also during maintenance: the application says what is possible.
_PAGE: dict[str, Any] = {"include_in_schema": False, "credentials": "ignored", "goes_on": True}
# Pages that people share, without one thing that they are about.
_LISTS = ("explore", "live")
_SHELLS = [
    *(f"/{name}" for name in SECTIONS if name not in _LISTS),
    *(
        f"/{name}/{{rest:path}}"
        for name in SECTIONS
        if name not in {CHECKOUT, UNSUBSCRIBE, *PUBLIC_SECTIONS}
    ),
    *(f"/{name}/{{thing:str}}/{{rest:path}}" for name in PUBLIC_SECTIONS),
]


@get("/", **_PAGE)
async def show_home_page(request: AnyRequest) -> Response[bytes]:
    """Show the first page, with what it shows first if that can be read at the moment."""
    head = _describe_section(request, "")
    try:
        lists = await _list_first(request)
    except VezaError:
        # The application says why.
        return render_app(request, head, page=HOME)
    return render_first_page(request, head, lists)


async def _list_first(request: AnyRequest) -> FirstLists:
    context_of(request).ensure_open()
    async with reading(request) as conn:
        live_context = service_of(request, LiveContext)
        return await content.list_first(conn, live_context, urls_of(request))


@get([f"/{name}" for name in _LISTS], sync_to_thread=False, **_PAGE)
def show_list_page(request: AnyRequest) -> Response[bytes]:
    """Show a page that lists public things."""
    return render_app(request, _describe_section(request, request.url.path.strip("/")))


@get(_SHELLS, sync_to_thread=False, **_PAGE)
def show_app(request: AnyRequest) -> Response[bytes]:
    """Show a page that only the application knows; what it has no page for is unknown."""
    if not is_page(request.url.path):
        # As where there is no route, which answers programs in their way.
        raise NotFoundException
    return render_app(request)


@get(f"/{CHECKOUT}/{{rest:path}}", sync_to_thread=False, **_PAGE)
def show_checkout_page(request: AnyRequest) -> Response[bytes]:
    """Show the page in which a payment is confirmed, with the payment form if there is one."""
    return render_checkout(request)


@get("/tracks/{track_id:uuid}", **_PAGE)
async def show_track_page(request: AnyRequest, track_id: FromPath[UUID]) -> Response[bytes]:
    """Show the page of a track."""
    return await _render(request, content.describe_track, TrackId(track_id))


@get("/releases/{release_id:uuid}", **_PAGE)
async def show_release_page(request: AnyRequest, release_id: FromPath[UUID]) -> Response[bytes]:
    """Show the page of a release."""
    return await _render(request, content.describe_release, ReleaseId(release_id))


@get("/playlists/{playlist_id:uuid}", **_PAGE)
async def show_playlist_page(request: AnyRequest, playlist_id: FromPath[UUID]) -> Response[bytes]:
    """Show the page of a playlist, and count it if somebody shared it by a link."""
    opened: list[PlaylistId] = []

    async def describe(conn: Conn, key: PlaylistId, urls: UrlBuilder) -> PageHead:
        head = await content.describe_playlist(conn, key, urls)
        if not head.is_indexed and not is_head(request.scope):
            opened.append(key)
        return head

    shown = await _render(request, describe, PlaylistId(playlist_id))
    for each in opened:
        # Better a page that is not counted than none.
        with suppress(VezaError):
            await shares.count_visit(context_of(request).database, each)
    return shown


@get("/shows/{show_id:uuid}", **_PAGE)
async def show_show_page(request: AnyRequest, show_id: FromPath[UUID]) -> Response[bytes]:
    """Show the page of a show."""
    return await _render(request, content.describe_show, ShowId(show_id))


@get("/shows/{show_id:uuid}/episodes/{track_id:uuid}", **_PAGE)
async def show_episode_page(
    request: AnyRequest, show_id: FromPath[UUID], track_id: FromPath[UUID]
) -> Response[bytes]:
    """Show the page of an episode."""
    ref = EpisodeRef(ShowId(show_id), TrackId(track_id))
    return await _render(request, content.describe_episode, ref)


@get("/artists/{username:str}", **_PAGE)
async def show_artist_page(request: AnyRequest, username: FromPath[str]) -> Response[bytes]:
    """Show the page of a member."""
    return await _render(request, content.describe_artist, username)


@get("/products/{product_id:uuid}", **_PAGE)
async def show_product_page(request: AnyRequest, product_id: FromPath[UUID]) -> Response[bytes]:
    """Show the page of a product."""
    return await _render(request, content.describe_product, ProductId(product_id))


@get("/bundles/{bundle_id:uuid}", **_PAGE)
async def show_bundle_page(request: AnyRequest, bundle_id: FromPath[UUID]) -> Response[bytes]:
    """Show the page of a bundle."""
    return await _render(request, content.describe_bundle, BundleId(bundle_id))


@get("/posts/{post_id:uuid}", **_PAGE)
async def show_post_page(request: AnyRequest, post_id: FromPath[UUID]) -> Response[bytes]:
    """Show the page of a post."""
    return await _render(request, content.describe_post, PostId(post_id))


@get("/live/{stream_id:uuid}", **_PAGE)
async def show_stream_page(request: AnyRequest, stream_id: FromPath[UUID]) -> Response[bytes]:
    """Show the page of a live stream."""
    describe = partial(streams.describe_stream, service_of(request, LiveContext))
    return await _render(request, describe, StreamId(stream_id))


@get("/clips/{clip_id:uuid}", **_PAGE)
async def show_clip_page(request: AnyRequest, clip_id: FromPath[UUID]) -> Response[bytes]:
    """Show the page of a clip of a stream."""
    describe = partial(streams.describe_clip, service_of(request, LiveContext))
    return await _render(request, describe, StreamClipId(clip_id))


def _describe_section(request: AnyRequest, section: str) -> str:
    context = context_of(request)
    return render_section_head(section, context.identify_site(), context.base_url_of(request))


async def _render[K](request: AnyRequest, describe: Describe[K], key: K) -> Response[bytes]:
    """Return a page with its head; without one if nothing can be read at the moment."""
    context = context_of(request)
    try:
        context.ensure_open()
        async with reading(request) as conn:
            head = await describe(conn, key, urls_of(request))
            is_reserved = await content.is_mining_reserved(conn, head.owner_id)
    except HandleMoved:
        raise
    except NotFound as error:
        note_error(request.scope, error.code)
        return render_app(request, status=404)
    except VezaError:
        return render_app(request)
    base_url = context.base_url_of(request)
    site = context.identify_site().name
    shown = render_head(head, base_url, site, is_reserved=is_reserved)
    shown += hint_cover(head.path, head.image_url)
    response = render_app(request, shown, render_body(head), page=page_of(head.path))
    policy = service_of(request, MiningPolicy)
    response.headers.update(policy.headers_of(is_reserved=is_reserved))
    return response


router = Router(
    "/",
    route_handlers=[
        show_home_page,
        show_list_page,
        show_app,
        show_checkout_page,
        show_track_page,
        show_release_page,
        show_playlist_page,
        show_show_page,
        show_episode_page,
        show_artist_page,
        show_product_page,
        show_bundle_page,
        show_post_page,
        show_stream_page,
        show_clip_page,
    ],
)

"""Playlists are created, listed and changed here; they are private by default."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import PlaylistId
from veza.core.profiles import Right
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.music.playlists import errors
from veza.domains.music.playlists.models.playlists import (
    DeletedPlaylist,
    Playlist,
    PlaylistChange,
    PlaylistForm,
    PlaylistPage,
    PlaylistQuery,
)
from veza.domains.music.playlists.service import playlists
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.security.signed_urls import urls_of
from veza.infra.concurrency.overload import Importance


@post(
    "/playlists",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[errors.TooManyPlaylists, ImageNotFound, ImageInUse],
)
async def create_playlist(request: AnyRequest, data: JSONBody[PlaylistForm], tx: Tx) -> Playlist:
    """Create an empty playlist, or with rules a smart one. It is private unless you say otherwise.

    A smart playlist has the tracks that meet its rules when it is read: public ones, and your own.
    If you publish it, what it lists may show what you like, rate and play.
    """
    return await playlists.create_playlist(tx, viewer_of(request), data, urls_of(request))


@get(
    "/playlists",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[pages.BadCursor],
)
async def list_playlists(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> PlaylistPage:
    """List public playlists, newest first."""
    query = PlaylistQuery(limit, read_cursor(cursor))
    return await playlists.list_playlists(conn, query, visitor_of(request), urls_of(request))


@get(
    "/users/me/playlists",
    access=Access.USER,
    right=Right.READ,
    scope=Scope.READ,
    errors=[pages.BadCursor],
)
async def list_own_playlists(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> PlaylistPage:
    """List your playlists, and those of others that you edit or are invited to, newest first."""
    viewer = viewer_of(request)
    query = PlaylistQuery(limit, read_cursor(cursor), viewer.id, with_shared=True)
    return await playlists.list_playlists(conn, query, viewer, urls_of(request))


@get(
    "/users/{username:str}/playlists",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[UserNotFound, pages.BadCursor],
)
async def list_playlists_of_user(
    request: AnyRequest,
    username: FromPath[str],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> PlaylistPage:
    """List the public playlists of a member, newest first."""
    query = PlaylistQuery(limit, read_cursor(cursor))
    return await playlists.list_playlists_of(
        conn, username, query, viewer=visitor_of(request), urls=urls_of(request)
    )


@get(
    "/playlists/{playlist_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.PlaylistNotFound],
)
async def show_playlist(request: AnyRequest, playlist_id: FromPath[UUID], conn: Conn) -> Playlist:
    """Get a playlist, without its entries."""
    return await playlists.get_playlist(
        conn, PlaylistId(playlist_id), visitor_of(request), urls_of(request)
    )


@put(
    "/playlists/{playlist_id:uuid}",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[
        errors.PlaylistNotFound,
        errors.NotYourPlaylist,
        errors.NotSmart,
        errors.SmartPlaylist,
        ImageNotFound,
        ImageInUse,
    ],
)
async def update_playlist(
    request: AnyRequest, playlist_id: FromPath[UUID], data: JSONBody[PlaylistChange], tx: Tx
) -> Playlist:
    """Update title, description, visibility, cover or rules of your playlist."""
    return await playlists.update_playlist(
        tx,
        PlaylistId(playlist_id),
        viewer_of(request),
        change=data,
        urls=urls_of(request),
    )


@delete(
    "/playlists/{playlist_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.PlaylistNotFound, errors.NotYourPlaylist],
)
async def delete_playlist(
    request: AnyRequest, playlist_id: FromPath[UUID], tx: Tx
) -> DeletedPlaylist:
    """Delete your playlist. Its tracks are not deleted."""
    await playlists.delete_playlist(tx, PlaylistId(playlist_id), viewer_of(request))
    return DeletedPlaylist(PlaylistId(playlist_id))


router = Router(
    "/",
    route_handlers=[
        create_playlist,
        list_playlists,
        list_own_playlists,
        list_playlists_of_user,
        show_playlist,
        update_playlist,
        delete_playlist,
    ],
    tags=["playlists"],
    opt={"right": Right.PUBLISH},
)

"""HTTP routes of playlists."""

import asyncio
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.filenames import attachment
from veza.core.ids import PlaylistId, UserId
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.music.playlists import errors, formats
from veza.domains.music.playlists.models import (
    AddedTracks,
    ChangedEntries,
    DeletedPlaylist,
    EntryQuery,
    ImportedPlaylist,
    MovedEntries,
    Playlist,
    PlaylistChange,
    PlaylistEditors,
    PlaylistEntryPage,
    PlaylistForm,
    PlaylistFormat,
    PlaylistPage,
    PlaylistQuery,
    RemovedEditor,
    RemovedEntries,
)
from veza.domains.music.playlists.service import editors, entries, files, playlists
from veza.domains.music.tracks.errors import TrackNotFound
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    database_of,
    expensive_work,
    reading,
    viewer_of,
    visitor_of,
)
from veza.http.expensive import SEARCH
from veza.http.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.signed_urls import urls_of
from veza.infra.concurrency.fair_limiter import ServerBusy
from veza.infra.concurrency.overload import Importance
from veza.infra.postgres.availability import StatementTimedOut

_Format = Annotated[PlaylistFormat, QueryParameter(name="format", description="The file format.")]


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


@get("/users/me/playlists", access=Access.USER, scope=Scope.READ, errors=[pages.BadCursor])
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


@get(
    "/playlists/{playlist_id:uuid}/entries",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.PlaylistNotFound, pages.BadCursor, ServerBusy, StatementTimedOut],
)
async def list_playlist_entries(
    request: AnyRequest,
    playlist_id: FromPath[UUID],
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> PlaylistEntryPage:
    """List the entries of a playlist in their order.

    If the playlist is reordered between two pages, an entry may appear twice or be missed. The
    tracks of a smart playlist are found now, by its owner's likes, ratings and plays; you get those
    that you may see.
    """
    viewer, query = visitor_of(request), EntryQuery(limit, read_cursor(cursor))
    async with reading(request) as conn:
        playlist = await playlists.find_visible(conn, PlaylistId(playlist_id), viewer)
    async with reading(request, None if playlist.rules is None else SEARCH) as conn:
        return await entries.list_entries(
            conn, playlist, viewer, query=query, urls=urls_of(request)
        )


@post(
    "/playlists/{playlist_id:uuid}/entries",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[
        errors.PlaylistNotFound,
        errors.NotAnEditor,
        errors.SmartPlaylist,
        errors.EntryNotFound,
        errors.PlaylistFull,
        TrackNotFound,
    ],
)
async def add_playlist_tracks(
    request: AnyRequest, playlist_id: FromPath[UUID], data: JSONBody[AddedTracks], tx: Tx
) -> ChangedEntries:
    """Add tracks to a playlist, at the end or before an entry. Duplicates are allowed."""
    return await entries.add_tracks(tx, PlaylistId(playlist_id), viewer_of(request), data)


@post(
    "/playlists/{playlist_id:uuid}/entries/move",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    status_code=200,
    errors=[
        errors.PlaylistNotFound,
        errors.NotAnEditor,
        errors.SmartPlaylist,
        errors.EntryNotFound,
    ],
)
async def move_playlist_entries(
    request: AnyRequest, playlist_id: FromPath[UUID], data: JSONBody[MovedEntries], tx: Tx
) -> ChangedEntries:
    """Move entries before another entry or to the end, in the order given."""
    return await entries.move_entries(tx, PlaylistId(playlist_id), viewer_of(request), data)


@post(
    "/playlists/{playlist_id:uuid}/entries/remove",
    needs_space=False,
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.PlaylistNotFound, errors.NotAnEditor, errors.SmartPlaylist],
)
async def remove_playlist_entries(
    request: AnyRequest, playlist_id: FromPath[UUID], data: JSONBody[RemovedEntries], tx: Tx
) -> ChangedEntries:
    """Remove entries from a playlist. Entries that are gone already are ignored."""
    return await entries.remove_entries(tx, PlaylistId(playlist_id), viewer_of(request), data)


@get(
    "/playlists/{playlist_id:uuid}/editors",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.PlaylistNotFound, errors.NotAnEditor],
)
async def list_playlist_editors(
    request: AnyRequest, playlist_id: FromPath[UUID], conn: Conn
) -> PlaylistEditors:
    """List the editors of a playlist and the invited members, if you are one of them."""
    return await editors.list_editors(conn, PlaylistId(playlist_id), viewer_of(request))


@put(
    "/playlists/{playlist_id:uuid}/editors/{user_id:uuid}",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=Scope.WRITE,
    errors=[
        errors.PlaylistNotFound,
        errors.NotYourPlaylist,
        errors.CannotInvite,
        errors.SmartPlaylist,
        errors.TooManyEditors,
        UserNotFound,
    ],
)
async def invite_playlist_editor(
    request: AnyRequest, playlist_id: FromPath[UUID], user_id: FromPath[UUID], tx: Tx
) -> PlaylistEditors:
    """Invite a member to edit your playlist. They can see it at once, and edit it once accepted."""
    return await editors.invite(tx, PlaylistId(playlist_id), viewer_of(request), UserId(user_id))


@post(
    "/playlists/{playlist_id:uuid}/editors/accept",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.PlaylistNotFound, errors.EditorNotFound],
)
async def accept_playlist_invitation(
    request: AnyRequest, playlist_id: FromPath[UUID], tx: Tx
) -> Playlist:
    """Accept an invitation to edit a playlist. To decline it, remove yourself as an editor."""
    return await editors.accept(tx, PlaylistId(playlist_id), viewer_of(request), urls_of(request))


@delete(
    "/playlists/{playlist_id:uuid}/editors/{user_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.PlaylistNotFound, errors.NotYourPlaylist, errors.EditorNotFound],
)
async def remove_playlist_editor(
    request: AnyRequest, playlist_id: FromPath[UUID], user_id: FromPath[UUID], tx: Tx
) -> RemovedEditor:
    """Remove an editor or an invitation from your playlist, or leave a playlist yourself."""
    removed = UserId(user_id)
    await editors.remove_editor(tx, PlaylistId(playlist_id), viewer_of(request), removed)
    return RemovedEditor(removed)


@get(
    "/playlists/{playlist_id:uuid}/export",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    produces=" ".join(formats.MEDIA_TYPES.values()),
    expensive=SEARCH,
    errors=[errors.PlaylistNotFound],
)
async def export_playlist(
    request: AnyRequest,
    playlist_id: FromPath[UUID],
    file_format: _Format = PlaylistFormat.M3U8,
) -> Response[bytes]:
    """Download a playlist as M3U8, XSPF or JSPF, with the tracks that you may see."""
    async with expensive_work(request, SEARCH), reading(request) as conn:
        viewer = visitor_of(request)
        playlist = await playlists.find_visible(conn, PlaylistId(playlist_id), viewer)
        content = await files.export_playlist(
            conn, playlist, viewer, form=file_format, urls=urls_of(request)
        )
    return Response(
        content,
        media_type=formats.MEDIA_TYPES[file_format],
        headers={"content-disposition": attachment(f"{playlist.title}.{file_format}")},
    )


@post(
    "/playlists/import",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    raw="The playlist file.",
    raw_types=" ".join(formats.MEDIA_TYPES.values()),
    request_max_body_size=5 * 1024 * 1024,
    errors=[
        errors.TooManyPlaylists,
        errors.UnreadablePlaylist,
        errors.WrongPlaylistFormat,
        errors.PlaylistFileTooLarge,
    ],
)
async def import_playlist(request: AnyRequest) -> ImportedPlaylist:
    """Create a private playlist from an M3U, XSPF or JSPF file, which is the body of the request.

    `Content-Type` names the format. Tracks are found by their address on this server, else by
    artist and title. The response lists the tracks that were not found.
    """
    form = formats.find_format(request.headers.get("content-type", ""))
    if form is None:
        raise errors.WrongPlaylistFormat
    file, wanted = await asyncio.to_thread(files.read_file, await request.body(), form)
    async with database_of(request).transaction() as tx:
        return await files.import_playlist(
            tx, viewer_of(request), file, wanted=wanted, urls=urls_of(request)
        )


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
        list_playlist_entries,
        add_playlist_tracks,
        move_playlist_entries,
        remove_playlist_entries,
        list_playlist_editors,
        invite_playlist_editor,
        accept_playlist_invitation,
        remove_playlist_editor,
        export_playlist,
        import_playlist,
    ],
    tags=["playlists"],
)

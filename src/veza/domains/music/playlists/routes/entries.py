"""`/playlists/{id}/entries`: tracks are added, moved and removed by their entries' ids."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import PlaylistId
from veza.core.profiles import Right
from veza.domains.music.playlists import errors
from veza.domains.music.playlists.models.entries import (
    AddedTracks,
    ChangedEntries,
    EntryQuery,
    MovedEntries,
    PlaylistEntryPage,
    RemovedEntries,
)
from veza.domains.music.playlists.service import entries, playlists
from veza.domains.music.tracks.errors import TrackNotFound
from veza.http.dependencies import AnyRequest, Tx, reading, viewer_of, visitor_of
from veza.http.expensive import SEARCH
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.security.signed_urls import urls_of
from veza.infra.concurrency.fair_limiter import ServerBusy
from veza.infra.postgres.availability import StatementTimedOut


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
    viewer = visitor_of(request)
    query = EntryQuery(limit, read_cursor(cursor))
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


router = Router(
    "/",
    route_handlers=[
        list_playlist_entries,
        add_playlist_tracks,
        move_playlist_entries,
        remove_playlist_entries,
    ],
    tags=["playlists"],
    opt={"right": Right.PUBLISH},
)

"""History, bookmarks and queue of the caller, seen by nobody else."""

from uuid import UUID

from litestar import Router, delete, get, put
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.ids import TrackId
from veza.core.profiles import Right
from veza.domains.music.library import errors
from veza.domains.music.library.models import (
    Bookmark,
    BookmarkForm,
    BookmarkList,
    HistoryPage,
    LibraryQuery,
    LibrarySettings,
    NowPlaying,
    PlaybackReport,
    PlayQueue,
    QueueForm,
    QueuePosition,
    QueueState,
    TrackState,
)
from veza.domains.music.library.service import bookmarks, history, now_playing, queues, states
from veza.domains.music.library.service.now_playing import NowPlayingStore
from veza.domains.music.tracks.errors import TrackNotFound, TrackNotReady
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted, Done
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of


@get("/users/me/library/history", access=Access.USER, scope=Scope.READ, errors=[pages.BadCursor])
async def list_history(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> HistoryPage:
    """List the tracks that you played, the latest first, each with the number of counted plays.

    Tracks that you may no longer see are left out. A track that is played while you read pages
    moves to the front.
    """
    query = LibraryQuery(limit, read_cursor(cursor))
    return await history.list_history(conn, viewer_of(request), query, urls_of(request))


@delete("/users/me/library/history", access=Access.USER, scope=Scope.WRITE, status_code=200)
async def clear_history(request: AnyRequest, tx: Tx) -> Done:
    """Delete your whole history. The play counts of the tracks stay as they are."""
    await history.clear_history(tx, viewer_of(request))
    return Done("Your history is deleted.")


@delete(
    "/users/me/library/history/{track_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[TrackNotFound],
)
async def remove_from_history(request: AnyRequest, track_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete a track from your history. If it isn't there, nothing changes."""
    await history.remove_from_history(tx, TrackId(track_id), viewer_of(request))
    return Deleted(track_id)


@get("/users/me/library/settings", access=Access.USER, scope=Scope.READ)
async def show_library_settings(request: AnyRequest, conn: Conn) -> LibrarySettings:
    """Get whether your plays are kept in your history."""
    return await history.get_settings(conn, viewer_of(request))


@put("/users/me/library/settings", access=Access.USER, scope=Scope.WRITE)
async def change_library_settings(
    request: AnyRequest, data: JSONBody[LibrarySettings], tx: Tx
) -> LibrarySettings:
    """Choose whether your plays are kept in your history from now on.

    Your plays still count for the tracks. To delete the history as well, use
    `DELETE /users/me/library/history`.
    """
    return await history.change_settings(tx, viewer_of(request), data)


@get(
    "/users/me/library/tracks/{track_id:uuid}",
    access=Access.USER,
    scope=Scope.READ,
    errors=[TrackNotFound],
)
async def show_track_state(request: AnyRequest, track_id: FromPath[UUID], conn: Conn) -> TrackState:
    """Get your rating, like, plays and bookmark of a track."""
    return await states.get_state(conn, TrackId(track_id), viewer_of(request))


@put(
    "/tracks/{track_id:uuid}/bookmark",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[TrackNotFound, errors.TooManyBookmarks],
)
async def set_bookmark(
    request: AnyRequest, track_id: FromPath[UUID], data: JSONBody[BookmarkForm], tx: Tx
) -> Bookmark:
    """Bookmark a position in a track. There is one bookmark for each track: an earlier one moves.

    You can have 1,000 bookmarks.
    """
    return await bookmarks.set_bookmark(
        tx, TrackId(track_id), viewer_of(request), data, urls_of(request)
    )


@delete(
    "/tracks/{track_id:uuid}/bookmark",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[TrackNotFound],
)
async def delete_bookmark(request: AnyRequest, track_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete your bookmark of a track. Without a bookmark, nothing changes."""
    await bookmarks.delete_bookmark(tx, TrackId(track_id), viewer_of(request))
    return Deleted(track_id)


@get("/users/me/library/bookmarks", access=Access.USER, scope=Scope.READ)
async def list_bookmarks(request: AnyRequest, conn: Conn) -> BookmarkList:
    """List all your bookmarks, the latest change first.

    Bookmarks in tracks that you may no longer see are left out.
    """
    return await bookmarks.list_bookmarks(conn, viewer_of(request), urls_of(request))


@get("/users/me/library/queue", access=Access.USER, scope=Scope.READ)
async def show_queue(request: AnyRequest, conn: Conn) -> PlayQueue:
    """Get the play queue that your devices share; an empty one of version 0 if none was saved."""
    return await queues.get_queue(conn, viewer_of(request), urls_of(request))


@put(
    "/users/me/library/queue",
    needs_space=False,
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[errors.QueueChanged],
)
async def save_queue(request: AnyRequest, data: JSONBody[QueueForm], tx: Tx) -> QueueState:
    """Replace the play queue: up to 1,000 tracks, the current one and the position in it.

    Send the `version` that you read, so that two devices don't overwrite each other's changes: if
    it has changed, this is refused with 409. Each change increments the version. A track may be in
    the queue several times. Ids are stored as they are: a track that was deleted, or that you may
    not see, keeps its place.
    """
    return await queues.save_queue(tx, viewer_of(request), data)


@put(
    "/users/me/library/queue/position",
    needs_space=False,
    access=Access.USER,
    scope=Scope.WRITE,
    audited=False,
    errors=[errors.QueueChanged],
)
async def save_queue_position(
    request: AnyRequest, data: JSONBody[QueuePosition], tx: Tx
) -> QueueState:
    """Change the current track of the queue and the position in it, without sending the tracks.

    It increments the version, as every change does.
    """
    return await queues.save_position(tx, viewer_of(request), data)


@get("/users/me/library/now-playing", access=Access.USER, scope=Scope.READ)
async def show_now_playing(request: AnyRequest) -> NowPlaying:
    """List your devices that play or are paused, each with its track and position."""
    return await now_playing.list_devices(
        database_of(request),
        service_of(request, NowPlayingStore),
        viewer_of(request),
        urls_of(request),
    )


@put(
    "/users/me/library/now-playing",
    needs_space=False,
    access=Access.USER,
    scope=Scope.WRITE,
    audited=False,
    errors=[TrackNotFound, TrackNotReady],
)
async def report_now_playing(request: AnyRequest, data: JSONBody[PlaybackReport]) -> Done:
    """Report what a device is playing, for your other devices.

    Report each change of track, state or position. A device is shown until its track ends and a
    minute longer, or for half an hour while it is paused; `stopped` removes it at once. The last 10
    devices are kept. This counts no play: use `POST /tracks/{id}/plays` for that.
    """
    store = service_of(request, NowPlayingStore)
    await now_playing.report_playback(database_of(request), store, viewer_of(request), data)
    return Done("Noted.")


router = Router(
    "/",
    route_handlers=[
        list_history,
        clear_history,
        remove_from_history,
        show_library_settings,
        change_library_settings,
        show_track_state,
        set_bookmark,
        delete_bookmark,
        list_bookmarks,
        show_queue,
        save_queue,
        save_queue_position,
        show_now_playing,
        report_now_playing,
    ],
    tags=["library"],
    opt={"right": Right.READ},
)

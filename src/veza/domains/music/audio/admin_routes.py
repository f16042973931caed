"""Admins list tracks that could not be processed, and have one processed again."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import TrackId
from veza.domains.music.audio import errors, failed_tracks
from veza.domains.music.audio.models import FailedTrackPage
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.http.dependencies import AnyRequest, Conn, database_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Done
from veza.http.services import service_of


@get("/admin/failed-tracks", access=Access.ADMIN, scope=None, errors=[pages.BadCursor])
async def list_failed_tracks(
    conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> FailedTrackPage:
    """List the tracks that could not be processed, the latest first, and why.

    The uploaded file of each is kept for a week, in which it can be processed again.
    """
    return await failed_tracks.list_failed(conn, limit=limit, cursor=read_cursor(cursor))


@post(
    "/admin/failed-tracks/{track_id:uuid}/retry",
    access=Access.ADMIN,
    scope=None,
    status_code=202,
    errors=[errors.FailedTrackNotFound, errors.OriginalGone, errors.TrackStillProcessed],
)
async def retry_failed_track(request: AnyRequest, track_id: FromPath[UUID]) -> Done:
    """Have a track that failed processed again, from the uploaded file.

    Its owner is notified of the result, as after an upload.
    """
    await failed_tracks.retry(
        database_of(request), service_of(request, AudioStorage), TrackId(track_id)
    )
    return Done("The track is processed again: it is listed again if it fails.")


router = Router("/", route_handlers=[list_failed_tracks, retry_failed_track], tags=["admin"])

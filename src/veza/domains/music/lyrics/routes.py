"""The owner of a track sets and deletes its lyrics; those who see the track read them."""

from uuid import UUID

from litestar import Router, delete, get, put
from litestar.params import FromPath, JSONBody

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import TrackId
from veza.core.profiles import Right
from veza.domains.music.lyrics import service
from veza.domains.music.lyrics.errors import LyricsNotFound
from veza.domains.music.lyrics.models import Lyrics, LyricsForm
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.responses.envelope import Deleted


@get(
    "/tracks/{track_id:uuid}/lyrics",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[TrackNotFound, LyricsNotFound],
)
async def show_lyrics(request: AnyRequest, track_id: FromPath[UUID], conn: Conn) -> Lyrics:
    """Get the lyrics of a track."""
    return await service.get_lyrics(conn, TrackId(track_id), visitor_of(request))


@put(
    "/tracks/{track_id:uuid}/lyrics",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[TrackNotFound, NotYourTrack],
)
async def replace_lyrics(
    request: AnyRequest, track_id: FromPath[UUID], data: JSONBody[LyricsForm], tx: Tx
) -> Lyrics:
    """Set the lyrics of a track of yours, in place of those that it has.

    Lyrics in the tags of the file are stored when it is processed, unless you set some before.
    Lines of LRC need a time, such as `[01:23.45]`, or several.
    """
    return await service.replace_lyrics(tx, TrackId(track_id), viewer_of(request), data)


@delete(
    "/tracks/{track_id:uuid}/lyrics",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[TrackNotFound, NotYourTrack, LyricsNotFound],
)
async def delete_lyrics(request: AnyRequest, track_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete the lyrics of a track of yours."""
    await service.delete_lyrics(tx, TrackId(track_id), viewer_of(request))
    return Deleted(track_id)


router = Router(
    "/",
    route_handlers=[show_lyrics, replace_lyrics, delete_lyrics],
    tags=["tracks"],
    opt={"right": Right.PUBLISH},
)

"""Comments on a track, at a position if one is given."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import CommentId, TrackId
from veza.core.profiles import Right
from veza.domains.music.track_comments import errors, service
from veza.domains.music.track_comments.models import Comment, CommentForm, CommentPage
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted
from veza.http.services import service_of


@get(
    "/tracks/{track_id:uuid}/comments",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[TrackNotFound, pages.BadCursor],
)
async def list_comments(
    request: AnyRequest,
    track_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> CommentPage:
    """List the comments on a track, newest first."""
    return await service.list_comments(
        conn, TrackId(track_id), visitor_of(request), limit=limit, cursor=read_cursor(cursor)
    )


@post(
    "/tracks/{track_id:uuid}/comments",
    access=Access.USER,
    activity=Activity.COMMENT,
    scope=Scope.WRITE,
    errors=[TrackNotFound, errors.CannotComment, TextRefused],
)
async def add_comment(
    request: AnyRequest, track_id: FromPath[UUID], data: JSONBody[CommentForm], tx: Tx
) -> Comment:
    """Comment on a track, at `position_seconds` if it is given."""
    author = viewer_of(request)
    screening = service_of(request, TextFilters).screen(author, data, "content")
    comment = await service.comment(tx, TrackId(track_id), author, data)
    await screening.report(tx, "comment", comment.id)
    return comment


@delete(
    "/tracks/{track_id:uuid}/comments/{comment_id:uuid}",
    access=Access.USER,
    right=Right.MODERATE,
    scope=Scope.WRITE,
    status_code=200,
    errors=[TrackNotFound, errors.CommentNotFound, errors.NotYourComment],
)
async def delete_comment(
    request: AnyRequest, track_id: FromPath[UUID], comment_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Delete your own comment, or any comment on your track. Moderators may delete all comments."""
    await service.delete_comment(tx, TrackId(track_id), CommentId(comment_id), viewer_of(request))
    return Deleted(comment_id)


router = Router(
    "/",
    route_handlers=[list_comments, add_comment, delete_comment],
    tags=["tracks"],
    opt={"right": Right.SPEAK},
)

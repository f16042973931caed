"""Comments on a track, at a position if one is given, with replies, likes and edits."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import CommentId, TrackId
from veza.core.profiles import Right
from veza.domains.music.track_comments import errors, service
from veza.domains.music.track_comments.models import (
    Comment,
    CommentChange,
    CommentForm,
    CommentPage,
    CommentQuery,
)
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.models.tracks import LikeState
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted
from veza.http.services import service_of

_ParentId = Annotated[UUID | None, QueryParameter(description="List the replies to this comment.")]


@get(
    "/tracks/{track_id:uuid}/comments",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[TrackNotFound, errors.CommentNotFound, pages.BadCursor],
)
async def list_comments(
    request: AnyRequest,
    track_id: FromPath[UUID],
    conn: Conn,
    parent_id: _ParentId = None,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> CommentPage:
    """List the comments on a track, newest first, or the replies to one of them, oldest first.

    Each comment has its first three replies.
    """
    query = CommentQuery(
        TrackId(track_id), parent_id and CommentId(parent_id), limit, read_cursor(cursor)
    )
    return await service.list_comments(conn, query, visitor_of(request))


@post(
    "/tracks/{track_id:uuid}/comments",
    access=Access.USER,
    activity=Activity.COMMENT,
    scope=Scope.WRITE,
    errors=[TrackNotFound, errors.CommentNotFound, errors.CannotComment, TextRefused],
)
async def add_comment(
    request: AnyRequest, track_id: FromPath[UUID], data: JSONBody[CommentForm], tx: Tx
) -> Comment:
    """Comment on a track, at `position_seconds` if it is given, or reply to `parent_id`.

    A reply to a reply belongs to the same thread.
    """
    author = viewer_of(request)
    screening = service_of(request, TextFilters).screen(author, data, "content")
    comment = await service.comment(tx, TrackId(track_id), author, data)
    await screening.report(tx, "comment", comment.id)
    return comment


@put(
    "/tracks/{track_id:uuid}/comments/{comment_id:uuid}",
    access=Access.USER,
    activity=Activity.COMMENT,
    scope=Scope.WRITE,
    errors=[
        TrackNotFound,
        errors.CommentNotFound,
        errors.CannotComment,
        errors.NotTheAuthor,
        TextRefused,
    ],
)
async def edit_comment(
    request: AnyRequest,
    track_id: FromPath[UUID],
    comment_id: FromPath[UUID],
    data: JSONBody[CommentChange],
    tx: Tx,
) -> Comment:
    """Change the text of a comment of yours, which then has `edited_at`."""
    author = viewer_of(request)
    screening = service_of(request, TextFilters).screen(author, data, "content")
    comment = await service.edit_comment(
        tx, TrackId(track_id), CommentId(comment_id), author=author, change=data
    )
    await screening.report(tx, "comment", comment.id)
    return comment


@post(
    "/tracks/{track_id:uuid}/comments/{comment_id:uuid}/like",
    access=Access.USER,
    activity=Activity.REACTION,
    scope=Scope.WRITE,
    status_code=200,
    errors=[TrackNotFound, errors.CommentNotFound],
)
async def like_comment(
    request: AnyRequest, track_id: FromPath[UUID], comment_id: FromPath[UUID], tx: Tx
) -> LikeState:
    """Like a comment. Liking it again changes nothing."""
    return await service.like(tx, TrackId(track_id), CommentId(comment_id), viewer_of(request))


@delete(
    "/tracks/{track_id:uuid}/comments/{comment_id:uuid}/like",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[TrackNotFound, errors.CommentNotFound],
)
async def unlike_comment(
    request: AnyRequest, track_id: FromPath[UUID], comment_id: FromPath[UUID], tx: Tx
) -> LikeState:
    """Remove your like of a comment. Without a like, nothing changes."""
    return await service.unlike(tx, TrackId(track_id), CommentId(comment_id), viewer_of(request))


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
    """Delete your own comment, or any comment on your track; replies to it are kept.

    Moderators may delete all comments.
    """
    await service.delete_comment(tx, TrackId(track_id), CommentId(comment_id), viewer_of(request))
    return Deleted(comment_id)


router = Router(
    "/",
    route_handlers=[
        list_comments,
        add_comment,
        edit_comment,
        like_comment,
        unlike_comment,
        delete_comment,
    ],
    tags=["tracks"],
    opt={"right": Right.SPEAK},
)

"""Comments on posts, newest first, and replies to them, oldest first."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import PostCommentId, PostId
from veza.core.profiles import Right
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.social.post_comments import errors, service
from veza.domains.social.post_comments.models import (
    PostComment,
    PostCommentForm,
    PostCommentPage,
    PostCommentQuery,
)
from veza.domains.social.posts.errors import PostNotFound
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted
from veza.http.services import service_of

_ParentId = Annotated[UUID | None, QueryParameter(description="List the replies to this comment.")]


@post(
    "/social/comments",
    access=Access.USER,
    activity=Activity.COMMENT,
    scope=Scope.WRITE,
    errors=[PostNotFound, errors.PostCommentNotFound, TextRefused],
)
async def comment_on_post(
    request: AnyRequest, data: JSONBody[PostCommentForm], tx: Tx
) -> PostComment:
    """Comment on a post, or reply to the comment `parent_id`.

    A reply to a reply belongs to the same thread.
    """
    author = viewer_of(request)
    screening = service_of(request, TextFilters).screen(author, data, "content")
    comment = await service.comment(tx, author, data)
    await screening.report(tx, "post_comment", comment.id)
    return comment


@get(
    "/social/posts/{post_id:uuid}/comments",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[PostNotFound, errors.PostCommentNotFound, pages.BadCursor],
)
async def list_post_comments(
    request: AnyRequest,
    post_id: FromPath[UUID],
    conn: Conn,
    parent_id: _ParentId = None,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> PostCommentPage:
    """List the comments on a post, newest first, or the replies to a comment, oldest first."""
    query = PostCommentQuery(
        PostId(post_id), parent_id and PostCommentId(parent_id), limit, read_cursor(cursor)
    )
    return await service.list_comments(conn, query, visitor_of(request))


@delete(
    "/social/comments/{post_comment_id:uuid}",
    access=Access.USER,
    right=Right.MODERATE,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.PostCommentNotFound, errors.NotYourPostComment],
)
async def delete_post_comment(
    request: AnyRequest, post_comment_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Delete your own comment, or any comment on your post; replies to it are kept.

    Moderators may delete all comments.
    """
    await service.delete_comment(tx, PostCommentId(post_comment_id), viewer_of(request))
    return Deleted(post_comment_id)


router = Router(
    "/",
    route_handlers=[comment_on_post, list_post_comments, delete_post_comment],
    tags=["social"],
    opt={"right": Right.SPEAK},
)

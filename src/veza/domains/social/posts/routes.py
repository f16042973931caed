"""HTTP for posts: read the request, call the use case, return its result."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import PostId
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.marketplace.products.errors import ProductNotFound, ProductNotPublished
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.models import LikeState
from veza.domains.relationships import service as relations
from veza.domains.social.posts import errors, rules, service
from veza.domains.social.posts.models import (
    DeletedPost,
    FeedPage,
    LikeForm,
    Post,
    PostForm,
    PostOrder,
    PostPage,
    PostQuery,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.query_parameters import CursorText, PageLimit
from veza.http.signed_urls import urls_of


@get("/social/feed", access=Access.OPTIONAL, scope=Scope.READ, errors=[pages.BadCursor])
async def show_feed(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> FeedPage:
    """Show the feed, newest first: the posts of those whom one follows, and one's own.

    Everybody's, where one isn't signed in or follows nobody. Without those of members whom one
    blocks or mutes, or who block oneself.
    """
    wish = _read_wish(limit, cursor)
    return await service.list_feed(conn, visitor_of(request), wish, urls_of(request))


@get("/social/explore", access=Access.OPTIONAL, scope=Scope.READ, errors=[pages.BadCursor])
async def explore_posts(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> PostPage:
    """Explore what one doesn't follow yet, newest first.

    A page may be short, or even empty, while `has_more` is true: go on with `next_cursor`.
    """
    wish = _read_wish(limit, cursor)
    return await service.explore(conn, visitor_of(request), wish, urls_of(request))


@get("/social/trending", access=Access.OPTIONAL, scope=Scope.READ, errors=[pages.BadCursor])
async def list_trending_posts(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> PostPage:
    """List posts that are much liked and talked of for their age, the best first."""
    wish = _read_wish(limit, cursor, PostOrder.BEST)
    return await service.list_trending(conn, visitor_of(request), wish, urls_of(request))


@post(
    "/social/posts",
    access=Access.USER,
    activity=Activity.POST,
    scope=Scope.WRITE,
    errors=[
        TrackNotFound,
        errors.TrackNotPublic,
        ProductNotFound,
        ProductNotPublished,
        ImageNotFound,
        ImageInUse,
    ],
)
async def publish_post(request: AnyRequest, data: JSONBody[PostForm], tx: Tx) -> Post:
    """Create a post, with a public track or product and up to four images where they are named."""
    return await service.publish(tx, viewer_of(request), data, urls_of(request))


@get(
    "/social/posts/{post_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.PostNotFound],
)
async def show_post(request: AnyRequest, post_id: FromPath[UUID], conn: Conn) -> Post:
    """Get a single post by ID."""
    return await service.get_post(conn, PostId(post_id), visitor_of(request), urls_of(request))


@delete(
    "/social/posts/{post_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.PostNotFound, errors.NotYourPost],
)
async def delete_post(request: AnyRequest, post_id: FromPath[UUID], tx: Tx) -> DeletedPost:
    """Delete one's own post, with its likes and comments. Moderators may delete any."""
    await service.delete_post(tx, PostId(post_id), viewer_of(request))
    return DeletedPost(PostId(post_id))


@post(
    "/social/like",
    access=Access.USER,
    activity=Activity.REACTION,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.PostNotFound],
)
async def like_post(request: AnyRequest, data: JSONBody[LikeForm], tx: Tx) -> LikeState:
    """Like a post, or take one's like back: each call changes it."""
    return await service.toggle_like(tx, data.post_id, viewer_of(request))


@get(
    "/users/{username:str}/posts",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[UserNotFound, pages.BadCursor],
)
async def list_posts_of_user(
    request: AnyRequest,
    username: FromPath[str],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> PostPage:
    """List the posts of a member, newest first."""
    wish = _read_wish(limit, cursor)
    viewer = visitor_of(request)
    author_id = await relations.find_visible_id(conn, username, viewer)
    return await service.list_posts_of(conn, author_id, wish, viewer=viewer, urls=urls_of(request))


def _read_wish(limit: int, cursor: str | None, order: PostOrder = PostOrder.NEWEST) -> PostQuery:
    after = None if cursor is None else rules.decode_position(cursor, order)
    return PostQuery(limit, after, order=order)


router = Router(
    "/",
    route_handlers=[
        show_feed,
        explore_posts,
        list_trending_posts,
        publish_post,
        show_post,
        delete_post,
        like_post,
        list_posts_of_user,
    ],
    tags=["social"],
)

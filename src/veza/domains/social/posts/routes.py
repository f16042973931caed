"""The feed, all posts and trending ones; a second like of a post takes the first back."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import structs

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import PostId
from veza.core.profiles import Right
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.marketplace.products.errors import ProductNotFound, ProductNotPublished
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.models.tracks import LikeState
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.relationships import service as relations
from veza.domains.social.posts import errors, rules, service
from veza.domains.social.posts.models import (
    FeedPage,
    LikeForm,
    Post,
    PostForm,
    PostOrder,
    PostPage,
    PostQuery,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of, visitor_of
from veza.http.fast.shared_routes import Reader
from veza.http.requests.query_parameters import CursorText, PageLimit
from veza.http.responses.envelope import Deleted
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance


@get(
    "/social/feed",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    shared=True,
    errors=[pages.BadCursor],
)
async def show_feed(reader: Reader, limit: PageLimit = 20, cursor: CursorText = None) -> FeedPage:
    """Get your feed, newest first: your posts and those of the members you follow.

    If you aren't signed in or don't follow anyone, it has all posts. Members whom you block or
    mute, and members who block you, are excluded.
    """
    query = _page_query(limit, cursor)
    return await service.list_feed(reader.conn, reader.viewer, query, reader.urls)


@get(
    "/social/explore",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    shared=True,
    errors=[pages.BadCursor],
)
async def explore_posts(
    reader: Reader, limit: PageLimit = 20, cursor: CursorText = None
) -> PostPage:
    """List posts of members you don't follow yet, newest first.

    A page may be short or even empty although `has_more` is true: continue with `next_cursor`.
    """
    query = structs.replace(_page_query(limit, cursor), exclude_followed=True)
    return await service.list_posts(reader.conn, query, reader.viewer, reader.urls)


@get(
    "/social/trending",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    shared=True,
    errors=[pages.BadCursor],
)
async def list_trending_posts(
    reader: Reader, limit: PageLimit = 20, cursor: CursorText = None
) -> PostPage:
    """List the posts with the most likes and comments for their age first."""
    query = _page_query(limit, cursor, PostOrder.SCORE)
    return await service.list_posts(reader.conn, query, reader.viewer, reader.urls)


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
        TextRefused,
    ],
)
async def publish_post(request: AnyRequest, data: JSONBody[PostForm]) -> Post:
    """Create a post, optionally with a public track or product, and up to four images."""
    database = database_of(request)
    author = viewer_of(request)
    urls = urls_of(request)
    screening = service_of(request, TextFilters).screen(author, data, "content")
    if not screening.is_flagged:
        return await service.publish_at_once(database, author, data, urls)

    async def publish(tx: Tx) -> Post:
        post = await service.publish(tx, author, data, urls)
        await screening.report(tx, "post", post.id)
        return post

    return await database.transact(publish)


@get(
    "/social/posts/{post_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    shared=True,
    errors=[errors.PostNotFound],
)
async def show_post(reader: Reader, post_id: FromPath[UUID]) -> Post:
    """Get a post by ID."""
    return await service.get_post(reader.conn, PostId(post_id), reader.viewer, reader.urls)


@delete(
    "/social/posts/{post_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.PostNotFound, errors.NotYourPost],
)
async def delete_post(request: AnyRequest, post_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete a post of yours, with its likes and comments. Moderators may delete all posts."""
    await service.delete_post(tx, PostId(post_id), viewer_of(request))
    return Deleted(post_id)


@post(
    "/social/like",
    access=Access.USER,
    activity=Activity.REACTION,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.PostNotFound],
)
async def like_post(request: AnyRequest, data: JSONBody[LikeForm], tx: Tx) -> LikeState:
    """Like a post, or unlike it if you like it already: each call toggles the like."""
    return await service.toggle_like(tx, data.post_id, viewer_of(request))


@get(
    "/users/{username:str}/posts",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
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
    query = _page_query(limit, cursor)
    viewer = visitor_of(request)
    author_id = await relations.find_visible_id(conn, username, viewer)
    return await service.list_posts_of(conn, author_id, query, viewer=viewer, urls=urls_of(request))


def _page_query(limit: int, cursor: str | None, order: PostOrder = PostOrder.NEWEST) -> PostQuery:
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
    opt={"right": Right.SPEAK},
)

"""HTTP for relations: read the request, call the use case, return its result."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import UserId
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.relationships import errors, service
from veza.domains.relationships.models import (
    BlockState,
    Circle,
    FollowState,
    MemberPage,
    MemberProfile,
    MuteState,
    RelatedQuery,
    Relation,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.query_parameters import CursorText, PageLimit


@get(
    "/users/{username:str}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[UserNotFound],
)
async def show_profile(request: AnyRequest, username: FromPath[str], conn: Conn) -> MemberProfile:
    """Show a member as everybody sees them.

    Who blocks a member, or is blocked by them, doesn't find them.
    """
    return await service.get_profile(conn, username, visitor_of(request))


@get(
    "/users/{username:str}/followers",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[UserNotFound, pages.BadCursor],
)
async def list_followers(
    request: AnyRequest,
    username: FromPath[str],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> MemberPage:
    """List who follows a member, the latest first."""
    wish = _wish(Circle.FOLLOWERS, limit, cursor)
    return await service.list_around(conn, username, wish, visitor_of(request))


@get(
    "/users/{username:str}/following",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[UserNotFound, pages.BadCursor],
)
async def list_following(
    request: AnyRequest,
    username: FromPath[str],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> MemberPage:
    """List whom a member follows, the latest first."""
    wish = _wish(Circle.FOLLOWING, limit, cursor)
    return await service.list_around(conn, username, wish, visitor_of(request))


@get("/users/me/blocks", access=Access.USER, scope=Scope.READ, errors=[pages.BadCursor])
async def list_blocked(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> MemberPage:
    """List whom one blocks, the latest first."""
    wish = _wish(Circle.BLOCKED, limit, cursor)
    return await service.list_own(conn, viewer_of(request), wish)


@get("/users/me/mutes", access=Access.USER, scope=Scope.READ, errors=[pages.BadCursor])
async def list_muted(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> MemberPage:
    """List whom one mutes, the latest first."""
    wish = _wish(Circle.MUTED, limit, cursor)
    return await service.list_own(conn, viewer_of(request), wish)


@get(
    "/users/{user_id:uuid}/relation",
    access=Access.USER,
    scope=Scope.READ,
    errors=[UserNotFound],
)
async def show_relation(request: AnyRequest, user_id: FromPath[UUID], conn: Conn) -> Relation:
    """Tell whether one follows, blocks or mutes a member, and whether they follow back.

    Who blocks the caller isn't there.
    """
    return await service.get_relation(conn, viewer_of(request), UserId(user_id))


@post(
    "/users/{user_id:uuid}/follow",
    access=Access.USER,
    activity=Activity.FOLLOW,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.NotWithOneself, errors.MemberBlocked, errors.TooManyFollowed],
)
async def follow_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> FollowState:
    """Follow a member. Following twice is the same as following once."""
    return await service.follow(tx, viewer_of(request), UserId(user_id))


@delete(
    "/users/{user_id:uuid}/follow",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.NotWithOneself],
)
async def unfollow_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> FollowState:
    """Follow a member no more."""
    return await service.unfollow(tx, viewer_of(request), UserId(user_id))


@post(
    "/users/{user_id:uuid}/block",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.NotWithOneself, errors.TooManyBlocked],
)
async def block_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> BlockState:
    """Block a member: neither sees the other any more, nor follows them."""
    return await service.block(tx, viewer_of(request), UserId(user_id))


@delete(
    "/users/{user_id:uuid}/block",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.NotWithOneself],
)
async def unblock_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> BlockState:
    """Block a member no more. Who followed whom before stays over."""
    return await service.unblock(tx, viewer_of(request), UserId(user_id))


@post(
    "/users/{user_id:uuid}/mute",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.NotWithOneself, errors.TooManyMuted],
)
async def mute_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> MuteState:
    """Hear no more of a member, who doesn't notice."""
    return await service.mute(tx, viewer_of(request), UserId(user_id))


@delete(
    "/users/{user_id:uuid}/mute",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.NotWithOneself],
)
async def unmute_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> MuteState:
    """Hear of a member again."""
    return await service.unmute(tx, viewer_of(request), UserId(user_id))


def _wish(circle: Circle, limit: int, cursor: str | None) -> RelatedQuery:
    return RelatedQuery(circle, limit, None if cursor is None else pages.decode_cursor(cursor))


router = Router(
    "/",
    route_handlers=[
        show_profile,
        list_followers,
        list_following,
        list_blocked,
        list_muted,
        show_relation,
        follow_member,
        unfollow_member,
        block_member,
        unblock_member,
        mute_member,
        unmute_member,
    ],
    tags=["users"],
)

"""Profiles, followers, and following, blocking and muting members."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import UserId
from veza.core.profiles import Right
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.relationships import errors, service
from veza.domains.relationships.models import (
    BlockState,
    FollowState,
    MemberProfile,
    MuteState,
    RelatedMemberPage,
    RelatedQuery,
    Relation,
    RelationKind,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.infra.concurrency.overload import Importance


@get(
    "/users/{username:str}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[UserNotFound],
)
async def show_profile(request: AnyRequest, username: FromPath[str], conn: Conn) -> MemberProfile:
    """Show a member's public profile.

    A member who blocks the caller, or is blocked by them, is not found.
    """
    return await service.get_profile(conn, username, visitor_of(request))


@get(
    "/users/{username:str}/followers",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[UserNotFound, pages.BadCursor],
)
async def list_followers(
    request: AnyRequest,
    username: FromPath[str],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> RelatedMemberPage:
    """List a member's followers, newest first."""
    query = RelatedQuery(RelationKind.FOLLOWERS, limit, read_cursor(cursor))
    return await service.list_followers_or_following(conn, username, query, visitor_of(request))


@get(
    "/users/{username:str}/following",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[UserNotFound, pages.BadCursor],
)
async def list_following(
    request: AnyRequest,
    username: FromPath[str],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> RelatedMemberPage:
    """List the members whom a member follows, newest first."""
    query = RelatedQuery(RelationKind.FOLLOWING, limit, read_cursor(cursor))
    return await service.list_followers_or_following(conn, username, query, visitor_of(request))


@get("/users/me/blocks", access=Access.USER, scope=Scope.READ, errors=[pages.BadCursor])
async def list_blocked(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> RelatedMemberPage:
    """List the members whom you block, newest first."""
    query = RelatedQuery(RelationKind.BLOCKED, limit, read_cursor(cursor))
    return await service.list_own(conn, viewer_of(request), query)


@get("/users/me/mutes", access=Access.USER, scope=Scope.READ, errors=[pages.BadCursor])
async def list_muted(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> RelatedMemberPage:
    """List the members whom you mute, newest first."""
    query = RelatedQuery(RelationKind.MUTED, limit, read_cursor(cursor))
    return await service.list_own(conn, viewer_of(request), query)


@get(
    "/users/{user_id:uuid}/relation",
    access=Access.USER,
    right=Right.READ,
    scope=Scope.READ,
    errors=[UserNotFound],
)
async def show_relation(request: AnyRequest, user_id: FromPath[UUID], conn: Conn) -> Relation:
    """Show whether you follow, block or mute a member, and whether they follow you.

    A member who blocks the caller is not found.
    """
    return await service.get_relation(conn, viewer_of(request), UserId(user_id))


@post(
    "/users/{user_id:uuid}/follow",
    access=Access.USER,
    right=Right.SPEAK,
    activity=Activity.FOLLOW,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.RelationWithSelf, errors.MemberBlocked, errors.TooManyFollowed],
)
async def follow_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> FollowState:
    """Follow a member. Following twice is the same as following once."""
    return await service.follow(tx, viewer_of(request), UserId(user_id))


@delete(
    "/users/{user_id:uuid}/follow",
    access=Access.USER,
    right=Right.SPEAK,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.RelationWithSelf],
)
async def unfollow_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> FollowState:
    """Unfollow a member."""
    return await service.unfollow(tx, viewer_of(request), UserId(user_id))


@post(
    "/users/{user_id:uuid}/block",
    needs_space=False,
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.RelationWithSelf, errors.TooManyBlocked],
)
async def block_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> BlockState:
    """Block a member: neither sees or follows the other any more."""
    return await service.block(tx, viewer_of(request), UserId(user_id))


@delete(
    "/users/{user_id:uuid}/block",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.RelationWithSelf],
)
async def unblock_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> BlockState:
    """Unblock a member. Earlier follows are not restored."""
    return await service.unblock(tx, viewer_of(request), UserId(user_id))


@post(
    "/users/{user_id:uuid}/mute",
    needs_space=False,
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.RelationWithSelf, errors.TooManyMuted],
)
async def mute_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> MuteState:
    """Mute a member, who is not notified."""
    return await service.mute(tx, viewer_of(request), UserId(user_id))


@delete(
    "/users/{user_id:uuid}/mute",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[UserNotFound, errors.RelationWithSelf],
)
async def unmute_member(request: AnyRequest, user_id: FromPath[UUID], tx: Tx) -> MuteState:
    """Unmute a member."""
    return await service.unmute(tx, viewer_of(request), UserId(user_id))


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
    opt={"right": Right.MODERATE},
)

"""Staff find members, and change roles; the last admin can't be lost."""

from uuid import UUID

from veza.core.access import Member, Role, is_lower
from veza.core.errors import required
from veza.core.ids import UserId
from veza.core.pages import Cursor, cut
from veza.domains.auth.accounts import queries
from veza.domains.auth.accounts.errors import LastAdmin, PageHasNoRole, UserNotFound
from veza.domains.auth.accounts.models import (
    AdminUser,
    StoredUser,
    UserEvidence,
    UserPage,
    UserQuery,
    UserStatus,
)
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions.errors import InvalidToken
from veza.infra.postgres.database import Conn, Tx


async def has_admin(conn: Conn) -> bool:
    """Return whether there is any admin."""
    return await queries.count_admins(conn) > 0


async def list_admins(conn: Conn) -> list[UserId]:
    """Return all admins who are not suspended."""
    return await queries.list_admins(conn)


async def find_any_user_id(conn: Conn, username: str) -> UserId:
    """Return the id of a member, suspended or not. Raises UserNotFound."""
    return required(await queries.find_any_user_id(conn, username), UserNotFound)


async def set_role(tx: Tx, user_id: UserId, role: Role) -> None:
    """Change a member's role, which also answers their request to become a creator.

    A lower role ends their sessions. Raises LastAdmin, UserNotFound and PageHasNoRole.
    """
    standing = await lock_account_status(tx, user_id, keeps_admin=role is Role.ADMIN)
    if await queries.is_page(tx, user_id):
        raise PageHasNoRole
    await queries.update_role(tx, user_id, role)
    if is_lower(role, standing.role):
        await sessions.end_sessions(tx, user_id)


async def list_users(conn: Conn, query: UserQuery) -> UserPage:
    """Return a page of members for admins, newest first."""
    found = await queries.list_users(conn, query)
    shown, following = cut(found, query.limit, lambda user: Cursor(user.created_at, user.id))
    return UserPage(shown, following, following is not None)


async def get_admin_user(conn: Conn, user_id: UserId) -> AdminUser:
    """Return a member as admins see them. Raises UserNotFound."""
    return required(await queries.find_admin_user(conn, user_id), UserNotFound)


async def find_evidence(conn: Conn, user_id: UUID, _: Member) -> UserEvidence | None:
    """Return what a report of a member stores; None if they aren't visible."""
    return await queries.find_evidence(conn, UserId(user_id))


async def lock_account_status(tx: Tx, user_id: UserId, *, keeps_admin: bool) -> UserStatus:
    """Lock a member and all admins, and return the member's status. Raises LastAdmin."""
    locked = {standing.id: standing for standing in await queries.lock_with_admins(tx, user_id)}
    standing = required(locked.pop(user_id, None), UserNotFound)
    if standing.role is Role.ADMIN and not (standing.is_suspended or keeps_admin or locked):
        raise LastAdmin
    return standing


async def lock_account(tx: Tx, user_id: UserId) -> None:
    """Keep the caller's account from being erased meanwhile. Raises InvalidToken."""
    if not await queries.lock_user(tx, user_id):
        raise InvalidToken


async def get_user(conn: Conn, user_id: UserId) -> StoredUser:
    """Return an account with its password hash, for its owner. Raises InvalidToken."""
    return required(await queries.find_user(conn, user_id), InvalidToken)

"""Admins search members and change roles here; a lower role ends sessions."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Role
from veza.core.ids import UserId
from veza.core.step_up import StepUp
from veza.domains.auth.accounts import errors
from veza.domains.auth.accounts.models import AdminUser, RoleChange, UserPage, UserQuery
from veza.domains.auth.accounts.service import member_accounts
from veza.http.dependencies import Conn, Tx
from veza.http.expensive import REPORT
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor

_SearchText = Annotated[
    str | None,
    QueryParameter(
        min_length=1, max_length=254, description="Part of the username or the e-mail address."
    ),
]
_Suspended = Annotated[
    bool | None, QueryParameter(description="Only suspended members, or only others.")
]
_CreatorRequested = Annotated[
    bool | None,
    QueryParameter(description="Only members who wait for approval as a creator, or only others."),
]


@get(
    "/admin/users",
    access=Access.ADMIN,
    scope=None,
    expensive=REPORT,
    errors=[pages.BadCursor],
)
async def list_users(
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    q: _SearchText = None,
    role: FromQuery[Role | None] = None,
    suspended: _Suspended = None,
    creator_requested: _CreatorRequested = None,
) -> UserPage:
    """List members, newest first, optionally filtered.

    Artists, bands, labels and podcasts are among them, to which nobody signs in: `kind` says which.
    """
    query = UserQuery(
        limit=limit,
        cursor=read_cursor(cursor),
        text=q,
        role=role,
        suspended=suspended,
        creator_requested=creator_requested,
    )
    return await member_accounts.list_users(conn, query)


@get("/admin/users/{user_id:uuid}", access=Access.ADMIN, scope=None, errors=[errors.UserNotFound])
async def show_user(user_id: FromPath[UUID], conn: Conn) -> AdminUser:
    """Show a member with the fields that admins see."""
    return await member_accounts.get_admin_user(conn, UserId(user_id))


@put(
    "/admin/users/{user_id:uuid}/role",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    errors=[errors.UserNotFound, errors.LastAdmin, errors.PageHasNoRole],
)
async def set_role(user_id: FromPath[UUID], data: JSONBody[RoleChange], tx: Tx) -> AdminUser:
    """Change the role of a member. A lower role ends their sessions.

    A pending request to become a creator counts as answered, whatever the role.
    """
    await member_accounts.set_role(tx, UserId(user_id), data.role)
    return await member_accounts.get_admin_user(tx, UserId(user_id))


router = Router("/", route_handlers=[list_users, show_user, set_role], tags=["admin"])

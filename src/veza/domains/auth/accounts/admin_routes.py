"""HTTP for admins: members, listed and searched, and their roles."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Role
from veza.core.ids import UserId
from veza.domains.auth.accounts import errors, service
from veza.domains.auth.accounts.models import RoleChange, UserForStaff, UserPage, UserQuery
from veza.http.dependencies import Conn, Tx
from veza.http.expensive import REPORT
from veza.http.query_parameters import CursorText, PageLimit

_Part = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=254, description="A part of the name or address."),
]
_Suspended = Annotated[
    bool | None, QueryParameter(description="Only those who are suspended, or who aren't.")
]
_Waiting = Annotated[
    bool | None,
    QueryParameter(description="Only those who wait for approval as a creator, or who don't."),
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
    q: _Part = None,
    role: FromQuery[Role | None] = None,
    suspended: _Suspended = None,
    creator_requested: _Waiting = None,
) -> UserPage:
    """List members, newest first, or those who fit."""
    wish = UserQuery(
        limit=limit,
        cursor=None if cursor is None else pages.decode_cursor(cursor),
        text=q,
        role=role,
        suspended=suspended,
        creator_requested=creator_requested,
    )
    return await service.list_users(conn, wish)


@get("/admin/users/{user_id:uuid}", access=Access.ADMIN, scope=None, errors=[errors.UserNotFound])
async def show_user(user_id: FromPath[UUID], conn: Conn) -> UserForStaff:
    """Show a member, as admins see them."""
    return await service.get_for_staff(conn, UserId(user_id))


@put(
    "/admin/users/{user_id:uuid}/role",
    access=Access.ADMIN,
    scope=None,
    errors=[errors.UserNotFound, errors.LastAdmin],
)
async def set_role(user_id: FromPath[UUID], data: JSONBody[RoleChange], tx: Tx) -> UserForStaff:
    """Give a member a role. One that takes something away ends their sessions.

    Whoever waits for approval as a creator has an answer by it, whatever the role.
    """
    await service.set_role(tx, UserId(user_id), data.role)
    return await service.get_for_staff(tx, UserId(user_id))


router = Router("/", route_handlers=[list_users, show_user, set_role], tags=["admin"])

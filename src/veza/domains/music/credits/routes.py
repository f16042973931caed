"""Profiles confirm or decline the credits that name them."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.ids import CreditId
from veza.core.profiles import Right
from veza.core.visibility import CreditState
from veza.domains.music.credits import errors, service
from veza.domains.music.credits.models import CreditQuery, CreditRequest, CreditRequestPage
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor

_State = Annotated[
    CreditState,
    QueryParameter(name="state", description="Only credits with this answer, or without one."),
]


@get("/users/me/credits", access=Access.USER, scope=Scope.READ, errors=[pages.BadCursor])
async def list_own_credits(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    wanted: _State = CreditState.PENDING,
) -> CreditRequestPage:
    """List the credits of tracks and releases that name a profile of yours, newest first.

    Those that wait for your answer, unless you ask for another state.
    """
    query = CreditQuery(wanted, limit, read_cursor(cursor))
    return await service.list_own(conn, query, viewer_of(request))


@post(
    "/credits/{credit_id:uuid}/confirm",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.CreditNotFound],
)
async def confirm_credit(request: AnyRequest, credit_id: FromPath[UUID], tx: Tx) -> CreditRequest:
    """Confirm a credit that names a profile of yours.

    The profile is linked from now on, and its page lists the track or release.
    """
    return await service.answer(tx, CreditId(credit_id), viewer_of(request), CreditState.CONFIRMED)


@post(
    "/credits/{credit_id:uuid}/decline",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.CreditNotFound],
)
async def decline_credit(request: AnyRequest, credit_id: FromPath[UUID], tx: Tx) -> CreditRequest:
    """Decline a credit that names a profile of yours, also one that you confirmed.

    The name stays on the track or release, without a link.
    """
    return await service.answer(tx, CreditId(credit_id), viewer_of(request), CreditState.DECLINED)


router = Router(
    "/",
    route_handlers=[list_own_credits, confirm_credit, decline_credit],
    tags=["credits"],
    opt={"right": Right.PUBLISH},
)

"""Admins list commissions that were disputed, and decide them."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import OrderItemId
from veza.core.step_up import StepUp
from veza.domains.marketplace.commissions import errors
from veza.domains.marketplace.commissions.models import (
    Commission,
    CommissionPage,
    CommissionQuery,
    CommissionStatus,
    DecisionForm,
    Party,
)
from veza.domains.marketplace.commissions.service import steps, views
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.expensive import REPORT
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.security.signed_urls import urls_of


@get(
    "/admin/commissions",
    access=Access.ADMIN,
    scope=None,
    expensive=REPORT,
    errors=[pages.BadCursor],
)
async def list_disputed_commissions(
    conn: Conn,
    status: FromQuery[CommissionStatus | None] = None,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> CommissionPage:
    """List the commissions that were disputed, newest first; `disputed` ones wait for a decision.

    `GET /commissions/{commission_id}` shows what happened in them.
    """
    after = read_cursor(cursor)
    before = after and OrderItemId(after.id)
    return await views.list_disputed(conn, CommissionQuery(Party.STAFF, status, limit, before))


@post(
    "/admin/commissions/{commission_id:uuid}/decision",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    status_code=200,
    errors=[
        errors.CommissionNotFound,
        errors.StepNotAllowed,
        errors.CommissionPaused,
        errors.OwnCommission,
    ],
)
async def decide_commission(
    request: AnyRequest, commission_id: FromPath[UUID], data: JSONBody[DecisionForm], tx: Tx
) -> Commission:
    """Decide a disputed commission: its seller is paid, or its buyer gets all money back.

    Both are told, and see the reason. Admins don't decide about what they, or a page of theirs,
    ordered or earn by.
    """
    admin, line_id = viewer_of(request), OrderItemId(commission_id)
    await steps.decide(tx, line_id, admin, data)
    return await views.get_commission(tx, line_id, admin, urls_of(request))


router = Router("/", route_handlers=[list_disputed_commissions, decide_commission], tags=["admin"])

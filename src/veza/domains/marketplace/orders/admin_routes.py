"""Admins list all orders with their disputes, and clear flags."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import OrderId
from veza.domains.marketplace.orders.errors import OrderNotFlagged, OrderNotFound
from veza.domains.marketplace.orders.models.sales import (
    AdminOrder,
    AdminOrderPage,
    ClearFlagForm,
    OrdersQuery,
)
from veza.domains.marketplace.orders.models.state import OrderStatus
from veza.domains.marketplace.orders.service import sales
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.expensive import REPORT
from veza.http.requests.query_parameters import PageLimit, RowOffset

_Status = Annotated[OrderStatus | None, QueryParameter(description="Only orders of this status.")]
_Flagged = Annotated[bool | None, QueryParameter(description="Only flagged orders (or not).")]


@get(
    "/admin/orders",
    access=Access.ADMIN,
    scope=None,
    expensive=REPORT,
    errors=[pages.PageTooFar],
)
async def list_all_orders(
    conn: Conn,
    status: _Status = None,
    is_flagged: _Flagged = None,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
) -> AdminOrderPage:
    """List all orders, newest first, with their disputes.

    A flagged order needs attention: the payment had another amount, the buyer opened a dispute, or
    a late payment could not be refunded.
    """
    return await sales.list_all_orders(conn, OrdersQuery(limit, offset, status, is_flagged))


@post(
    "/admin/orders/{order_id:uuid}/unflag",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[OrderNotFound, OrderNotFlagged],
)
async def unflag_order(
    request: AnyRequest, order_id: FromPath[UUID], data: JSONBody[ClearFlagForm], tx: Tx
) -> AdminOrder:
    """Clear the flag of an order that needs no more attention.

    The reason is recorded, and shown in the list of orders. Later events may flag the order again.
    """
    return await sales.clear_flag(tx, OrderId(order_id), viewer_of(request), data.reason)


router = Router("/", route_handlers=[list_all_orders, unflag_order], tags=["admin"])

"""HTTP for admins: all orders, and the flags of those that want to be looked at."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import OrderId
from veza.domains.marketplace.orders.errors import OrderNotFlagged, OrderNotFound
from veza.domains.marketplace.orders.models import OrderStatus
from veza.domains.marketplace.sales import service
from veza.domains.marketplace.sales.models import (
    AdminOrder,
    AdminOrderPage,
    ClearFlagForm,
    OrdersQuery,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.expensive import REPORT
from veza.http.query_parameters import PageLimit, RowOffset

_Status = Annotated[OrderStatus | None, QueryParameter(description="How they stand.")]
_Flagged = Annotated[bool | None, QueryParameter(description="Whether they want to be looked at.")]


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
    """List all orders, the latest first, with the disputes about them.

    A flagged one wants to be looked at: another amount came than the order's, the buyer has a
    dispute with the bank, or money that bought nothing could not go back.
    """
    return await service.list_orders(conn, OrdersQuery(limit, offset, status, is_flagged))


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
    """Clear an order's flag, once nothing is left to do about it.

    The reason is kept with the order, and is shown in the list of orders. What happens to the order
    later may flag it again.
    """
    return await service.unflag_order(tx, OrderId(order_id), viewer_of(request), data.reason)


router = Router("/", route_handlers=[list_all_orders, unflag_order], tags=["admin"])

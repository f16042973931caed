"""HTTP for admins: all orders."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.domains.orders.models import OrderStatus
from veza.domains.sales import service
from veza.domains.sales.models import OrderEntryPage, OrdersQuery
from veza.http.dependencies import Conn
from veza.http.expensive import REPORT
from veza.http.parameters import PageLimit, RowOffset

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
) -> OrderEntryPage:
    """List all orders, the latest first, with the disputes about them.

    A flagged one wants to be looked at: another amount came than the order's, the buyer has a
    dispute with the bank, or money that bought nothing could not go back.
    """
    return await service.list_orders(conn, OrdersQuery(limit, offset, status, is_flagged))


router = Router("/", route_handlers=[list_all_orders], tags=["admin"])

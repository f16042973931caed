"""Buyers get the receipts of their orders again."""

from uuid import UUID

from litestar import Router, post
from litestar.params import FromPath

from veza.core.access import Access
from veza.core.ids import OrderId
from veza.core.profiles import Right
from veza.domains.marketplace.orders.errors import OrderNotFound, OrderNotPaid
from veza.domains.marketplace.receipts import service
from veza.domains.marketplace.receipts.models import ReceiptRequested
from veza.domains.platform.mail.errors import TooManyMails
from veza.domains.platform.mail.service import SiteMailer
from veza.http.dependencies import AnyRequest, database_of, viewer_of
from veza.http.services import service_of


@post(
    "/marketplace/orders/{order_id:uuid}/receipt",
    status_code=202,
    access=Access.USER,
    scope=None,
    errors=[OrderNotFound, OrderNotPaid, TooManyMails],
)
async def request_receipt(request: AnyRequest, order_id: FromPath[UUID]) -> ReceiptRequested:
    """Get the receipt of your order by mail again, with its invoice; ten in an hour at most."""
    return await service.request_receipt(
        database_of(request),
        service_of(request, SiteMailer).counters,
        OrderId(order_id),
        viewer_of(request),
    )


router = Router(
    "/",
    route_handlers=[request_receipt],
    tags=["marketplace"],
    opt={"right": Right.MONEY},
)

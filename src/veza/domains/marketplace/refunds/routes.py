"""HTTP for refunds: read the request, call the use case, return its result."""

from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.ids import OrderId, RefundId
from veza.domains.marketplace.orders.errors import OrderNotFound, OrderNotPaid
from veza.domains.marketplace.refunds import errors, service
from veza.domains.marketplace.refunds.models import (
    InitiatedRefund,
    RefundForm,
    RefundList,
    RefundSettings,
    RefundWished,
)
from veza.domains.platform.idempotency.errors import KeyReused
from veza.http.dependencies import AnyRequest, Conn, database_of, viewer_of
from veza.http.idempotency import answer_once
from veza.http.services import service_of


@post(
    "/marketplace/orders/{order_id:uuid}/refund",
    access=Access.USER,
    scope=None,
    status_code=200,
    idempotent=True,
    errors=[
        OrderNotFound,
        errors.OrderItemNotFound,
        OrderNotPaid,
        errors.OrderIsDisputed,
        errors.RefundWindowOver,
        errors.AlreadyRefunded,
        errors.NothingToRefund,
        KeyReused,
    ],
)
async def refund_order(
    request: AnyRequest, order_id: FromPath[UUID], data: JSONBody[RefundForm]
) -> Response[InitiatedRefund]:
    """Have the buyer of an order given the money back, of all or of the items named.

    Its buyer may, and sellers of what is in it (of their own items only), for some weeks; admins
    always. What is refunded, the buyer doesn't have any more.
    """
    database, member = database_of(request), viewer_of(request)
    wish = RefundWished(data, service_of(request, RefundSettings).window)

    async def make(made_id: UUID) -> InitiatedRefund:
        async with database.transaction() as tx:
            return await service.initiate(
                tx, OrderId(order_id), member, refund_id=RefundId(made_id), wish=wish
            )

    return await answer_once(request, make)


@get(
    "/marketplace/orders/{order_id:uuid}/refunds",
    access=Access.USER,
    scope=None,
    errors=[OrderNotFound],
)
async def list_refunds(request: AnyRequest, order_id: FromPath[UUID], conn: Conn) -> RefundList:
    """List the refunds of an order, and how they stand: to sellers, those of their own items."""
    return await service.list_refunds(conn, OrderId(order_id), viewer_of(request))


router = Router("/", route_handlers=[refund_order, list_refunds], tags=["marketplace"])

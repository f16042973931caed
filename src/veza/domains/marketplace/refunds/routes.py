"""Buyers and sellers refund orders or items; sellers cancel pre-orders."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.activities import Activity
from veza.core.ids import OrderId, ProductId
from veza.core.profiles import Right
from veza.domains.marketplace.orders.errors import (
    MailedLinkNeeded,
    OrderNotFound,
    OrderNotPaid,
)
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk, open_link
from veza.domains.marketplace.products.errors import NotYourProduct, ProductNotFound
from veza.domains.marketplace.products.models.products import ProductDetails
from veza.domains.marketplace.refunds import errors
from veza.domains.marketplace.refunds.models import (
    InitiatedRefund,
    RefundClaim,
    RefundForm,
    RefundList,
    RefundSettings,
)
from veza.domains.marketplace.refunds.service import requested_refunds
from veza.domains.platform.idempotency.errors import KeyReused
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.requests.idempotency import read_key
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance


@post(
    "/marketplace/orders/{order_id:uuid}/refund",
    needs_space=False,
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    status_code=200,
    idempotent=True,
    errors=[
        OrderNotFound,
        errors.OrderItemNotFound,
        OrderNotPaid,
        errors.OrderIsDisputed,
        errors.RefundWindowOver,
        errors.ServiceIsCommissioned,
        errors.AlreadyRefunded,
        errors.NothingToRefund,
        KeyReused,
    ],
)
async def refund_order(
    request: AnyRequest, order_id: FromPath[UUID], data: JSONBody[RefundForm]
) -> Response[InitiatedRefund]:
    """Refund an order, or the given items of it, to its buyer.

    Its buyer and its sellers (of their own items only) may do so for some weeks, admins always. The
    buyer loses access to refunded items. The time for a pre-order starts when it is delivered.
    Buyers cancel a service in its commission instead.
    """
    claim = RefundClaim(data, service_of(request, RefundSettings).window)
    sent = await read_key(request)
    answer = await requested_refunds.request_refund_once(
        database_of(request), OrderId(order_id), viewer_of(request), claim=claim, sent=sent
    )
    return Response[Any](answer)


@post(
    "/marketplace/guest-orders/{token:str}/refund",
    needs_space=False,
    credentials="ignored",
    importance=Importance.VITAL,
    status_code=200,
    errors=[
        OrderNotFound,
        MailedLinkNeeded,
        errors.OrderItemNotFound,
        OrderNotPaid,
        errors.OrderIsDisputed,
        errors.RefundWindowOver,
        errors.ServiceIsCommissioned,
        errors.AlreadyRefunded,
        errors.NothingToRefund,
    ],
)
async def refund_guest_order(
    request: AnyRequest, token: FromPath[str], data: JSONBody[RefundForm]
) -> Response[InitiatedRefund]:
    """Refund the order that a link opens, or the given items of it, as its buyer's account may."""
    claim = RefundClaim(data, service_of(request, RefundSettings).window)
    database = database_of(request)
    async with database.read() as conn:
        opened = await open_link(conn, service_of(request, GuestDesk).key, token)
    answer = await requested_refunds.request_refund_once(
        database, opened.order.id, opened.link, claim=claim, sent=None
    )
    return Response[Any](answer)


@get(
    "/marketplace/orders/{order_id:uuid}/refunds",
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    errors=[OrderNotFound],
)
async def list_refunds(request: AnyRequest, order_id: FromPath[UUID], conn: Conn) -> RefundList:
    """List the refunds of an order. Sellers see those of their own items."""
    return await requested_refunds.list_refunds(conn, OrderId(order_id), viewer_of(request))


@post(
    "/marketplace/products/{product_id:uuid}/cancel-preorders",
    needs_space=False,
    access=Access.CREATOR,
    activity=Activity.EDIT,
    scope=None,
    status_code=200,
    errors=[ProductNotFound, NotYourProduct],
)
async def cancel_preorders(
    request: AnyRequest, product_id: FromPath[UUID], tx: Tx
) -> ProductDetails:
    """Withdraw your own product, and refund all pre-orders, and services, not delivered yet.

    The refunds are made one after the other, shortly. Then the release can be deleted.
    """
    return await requested_refunds.cancel_preorders(
        tx, ProductId(product_id), viewer_of(request), urls_of(request)
    )


router = Router(
    "/",
    route_handlers=[refund_order, refund_guest_order, list_refunds, cancel_preorders],
    tags=["marketplace"],
    opt={"right": Right.MONEY},
)

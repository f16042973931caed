"""Buyers and sellers download the contracts of licences as PDF, each their own."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from veza.core.access import Access
from veza.core.ids import OrderId, OrderItemId
from veza.core.profiles import Right
from veza.domains.marketplace.contracts import service
from veza.domains.marketplace.contracts.errors import ContractNotFound
from veza.domains.marketplace.contracts.models import LicenceSale
from veza.domains.marketplace.invoices.service import InvoiceDocuments
from veza.domains.marketplace.orders.errors import MailedLinkNeeded, OrderNotFound
from veza.domains.marketplace.orders.models.guests import Opener
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk, open_link
from veza.http.dependencies import AnyRequest, database_of, viewer_of
from veza.http.responses.documents import serve_pdf
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance


@get(
    "/marketplace/orders/{order_id:uuid}/items/{item_id:uuid}/contract",
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    produces="application/pdf",
    partial=True,
    errors=[OrderNotFound, ContractNotFound],
)
async def show_contract(
    request: AnyRequest, order_id: FromPath[UUID], item_id: FromPath[UUID]
) -> Response[Any]:
    """Download the contract of a licence that you bought, as a PDF in your language.

    It was made from a template when the order was paid, and never changes. It is no legal advice.
    """
    opener = Opener(viewer_of(request).id)
    async with database_of(request).read() as conn:
        place = OrderId(order_id), OrderItemId(item_id)
        sale = await service.find_bought(conn, *place, opener)
    return await _serve(request, sale)


@get(
    "/marketplace/guest-orders/{token:str}/items/{item_id:uuid}/contract",
    credentials="ignored",
    importance=Importance.VITAL,
    produces="application/pdf",
    partial=True,
    errors=[OrderNotFound, MailedLinkNeeded, ContractNotFound],
)
async def show_guest_contract(
    request: AnyRequest, token: FromPath[str], item_id: FromPath[UUID]
) -> Response[Any]:
    """Download the contract of a licence in the order that a link opens."""
    async with database_of(request).read() as conn:
        opened = await open_link(conn, service_of(request, GuestDesk).key, token)
        place = opened.order.id, OrderItemId(item_id)
        sale = await service.find_bought(conn, *place, opened.opener)
    return await _serve(request, sale)


@get(
    "/sell/contracts/{item_id:uuid}/pdf",
    access=Access.USER,
    scope=None,
    produces="application/pdf",
    partial=True,
    errors=[ContractNotFound],
)
async def show_sold_contract(request: AnyRequest, item_id: FromPath[UUID]) -> Response[Any]:
    """Download the contract of a licence that you sold, by its item, as a PDF.

    It names the buyer as long as they have an account.
    """
    async with database_of(request).read() as conn:
        sale = await service.find_sold(conn, OrderItemId(item_id), viewer_of(request).id)
    return await _serve(request, sale)


async def _serve(request: AnyRequest, sale: LicenceSale) -> Response[Any]:
    documents = service_of(request, InvoiceDocuments)
    pdf = await service.open_contract(database_of(request), documents, sale)
    name = f"contract-{sale.item_id}"
    return await serve_pdf(request, pdf, modified=sale.paid_at, name=name)


router = Router(
    "/",
    route_handlers=[show_contract, show_guest_contract, show_sold_contract],
    tags=["marketplace"],
    opt={"right": Right.MONEY},
)

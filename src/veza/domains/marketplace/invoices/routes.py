"""Buyers and sellers download invoices and credit notes as PDF, each their own."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath, QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import InvoiceId, OrderId, RefundId, UserId
from veza.core.profiles import Right
from veza.domains.marketplace.invoices import errors, rules, service
from veza.domains.marketplace.invoices.models import InvoicedOrder, SellerInvoicePage
from veza.domains.marketplace.orders.errors import (
    MailedLinkNeeded,
    OrderNotFound,
    OrderNotPaid,
)
from veza.domains.marketplace.orders.models.guests import Opener
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk, open_link
from veza.http.dependencies import AnyRequest, Conn, database_of, viewer_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.documents import serve_pdf
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_SellerId = Annotated[
    UUID | None,
    QueryParameter(
        description="Only the document of this seller: one of a business has the XML attached."
    ),
]


@get(
    "/marketplace/orders/{order_id:uuid}/invoice",
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    produces="application/pdf",
    partial=True,
    errors=[OrderNotFound, OrderNotPaid, errors.InvoiceNotFound],
)
async def show_invoice(
    request: AnyRequest, order_id: FromPath[UUID], seller_id: _SellerId = None
) -> Response[Any]:
    """Download the invoices of your order: a PDF with an invoice of each seller.

    The PDF never changes. Later refunds have credit notes. If you gave a VAT id and there is one
    seller, or you name one, it is Factur-X: PDF/A-3 with the invoice as XML (EN 16931) attached.
    """
    order = await _get_own_order(request, OrderId(order_id))
    return await _serve_invoice(request, order, seller_id)


@get(
    "/marketplace/guest-orders/{token:str}/invoice",
    credentials="ignored",
    importance=Importance.VITAL,
    produces="application/pdf",
    partial=True,
    errors=[OrderNotFound, MailedLinkNeeded, OrderNotPaid, errors.InvoiceNotFound],
)
async def show_guest_invoice(
    request: AnyRequest, token: FromPath[str], seller_id: _SellerId = None
) -> Response[Any]:
    """Download the invoices of the order that a link opens, as for its buyer's account."""
    database, key = database_of(request), service_of(request, GuestDesk).key
    async with database.read() as conn:
        opened = await open_link(conn, key, token)
        order = await service.get_own_order(conn, opened.order.id, opened.opener)
    return await _serve_invoice(request, order, seller_id)


@get(
    "/marketplace/orders/{order_id:uuid}/refunds/{refund_id:uuid}/credit-note",
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    produces="application/pdf",
    partial=True,
    errors=[OrderNotFound, OrderNotPaid, errors.CreditNoteNotFound, errors.InvoiceNotFound],
)
async def show_credit_note(
    request: AnyRequest,
    order_id: FromPath[UUID],
    refund_id: FromPath[UUID],
    seller_id: _SellerId = None,
) -> Response[Any]:
    """Download the credit notes of a refund: a PDF with a credit note of each seller.

    It has XML attached as invoices have.
    """
    order = await _get_own_order(request, OrderId(order_id))
    refund = RefundId(refund_id)
    pdf = await _open_document(request, order.id, refund, seller_id=seller_id)
    assert order.paid_at is not None
    return await serve_pdf(request, pdf, modified=order.paid_at, name=f"credit-note-{refund}")


@get("/sell/invoices", access=Access.USER, scope=None, errors=[pages.BadCursor])
async def list_issued_invoices(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> SellerInvoicePage:
    """List your invoices and credit notes as a seller, newest first."""
    return await service.list_issued(
        conn, viewer_of(request), limit=limit, cursor=read_cursor(cursor)
    )


@get(
    "/sell/invoices/{invoice_id:uuid}/pdf",
    access=Access.USER,
    scope=None,
    produces="application/pdf",
    partial=True,
    errors=[errors.InvoiceNotFound],
)
async def show_issued_invoice(request: AnyRequest, invoice_id: FromPath[UUID]) -> Response[Any]:
    """Download an invoice or credit note of yours as a seller, as a PDF.

    It names the buyer as long as they have an account.
    """
    database = database_of(request)
    async with database.read() as conn:
        invoice = await service.get_issued(conn, InvoiceId(invoice_id), viewer_of(request))
    pdf = await service.open_issued(database, _documents(request), invoice)
    number = rules.format_number(invoice.year, invoice.number)
    name = f"{invoice.kind}-{number}"
    return await serve_pdf(request, pdf, modified=invoice.issued_at, name=name)


async def _get_own_order(request: AnyRequest, order_id: OrderId) -> InvoicedOrder:
    async with database_of(request).read() as conn:
        return await service.get_own_order(conn, order_id, Opener(viewer_of(request).id))


async def _serve_invoice(
    request: AnyRequest, order: InvoicedOrder, seller_id: UUID | None
) -> Response[Any]:
    pdf = await _open_document(request, order.id, None, seller_id=seller_id)
    assert order.paid_at is not None
    return await serve_pdf(request, pdf, modified=order.paid_at, name=f"invoice-{order.id}")


async def _open_document(
    request: AnyRequest,
    order_id: OrderId,
    refund_id: RefundId | None,
    *,
    seller_id: UUID | None,
) -> bytes:
    database, documents = database_of(request), _documents(request)
    if seller_id is None:
        return await service.open_document(database, documents, order_id, refund_id)
    return await service.open_document_of(
        database, documents, order_id, refund_id, seller_id=UserId(seller_id)
    )


def _documents(request: AnyRequest) -> service.InvoiceDocuments:
    return service_of(request, service.InvoiceDocuments)


router = Router(
    "/",
    route_handlers=[
        show_invoice,
        show_guest_invoice,
        show_credit_note,
        list_issued_invoices,
        show_issued_invoice,
    ],
    tags=["marketplace"],
    opt={"right": Right.MONEY},
)

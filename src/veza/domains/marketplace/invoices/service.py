"""Issue invoices and credit notes, and create their PDFs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import InvoiceId, OrderId, RefundId, UserId, new_id
from veza.core.pages import Cursor, cut
from veza.domains.marketplace.invoices import formats, queries, rules
from veza.domains.marketplace.invoices.errors import CreditNoteNotFound, InvoiceNotFound
from veza.domains.marketplace.invoices.models import (
    Invoice,
    InvoiceContent,
    InvoicedItem,
    InvoicedOrder,
    InvoiceKind,
    IssuedInvoice,
    SellerInvoicePage,
)
from veza.domains.marketplace.orders.errors import OrderNotFound, OrderNotPaid
from veza.domains.marketplace.orders.models.guests import Opener
from veza.domains.marketplace.orders.rules.access import ensure_may_open
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers.models import StoredSellerProfile
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage
from veza.infra.typesetting.pdf_metadata import add_properties
from veza.infra.typesetting.typesetter import Typesetter, typeset

# Each takes a core for some tenths of a second, and up to 256 MiB.
_MAX_CONCURRENT = 2
_TEMPLATE = Path(__file__).with_name("invoice.typ")

type IsBuyerNamed = Callable[[], Awaitable[bool]]


class InvoiceDocuments(Struct, frozen=True):
    """The storage and the typesetter of documents."""

    storage: Storage
    typesetter: Typesetter


def create_documents(storage: Storage, folder: Path) -> InvoiceDocuments:
    """Return the documents of a process; `folder` is for temporary files."""
    return InvoiceDocuments(storage, Typesetter(folder, asyncio.Semaphore(_MAX_CONCURRENT)))


async def get_own_order(conn: Conn, order_id: OrderId, opener: Opener) -> InvoicedOrder:
    """Return a buyer's paid order.

    Raises OrderNotFound, MailedLinkNeeded, and OrderNotPaid if there is no sale.
    """
    order = required(await queries.find_order(conn, order_id), OrderNotFound)
    ensure_may_open(order.id, order.buyer_id, opener)
    return _ensure_sold(order)


async def forget_buyers(tx: Tx, order_ids: Sequence[OrderId]) -> None:
    """Remove the buyers' names from the documents of orders. Sellers and amounts are kept."""
    if await queries.update_buyers_gone(tx, order_ids):
        await enqueue(
            tx, DeleteFolders([rules.document_folder(order_id) for order_id in order_ids])
        )


async def open_document(
    database: Database,
    documents: InvoiceDocuments,
    order_id: OrderId,
    refund_id: RefundId | None = None,
) -> bytes:
    """Return the PDF of all invoices of an order, or of all credit notes of a refund.

    Issues and creates it the first time. Raises OrderNotPaid if there is no sale, and
    CreditNoteNotFound if the refund is not made.
    """
    key = rules.document_key(order_id, refund_id)
    pdf = await find_pdf(documents, key)
    if pdf is not None:
        return pdf
    issued = await _issue_all(database, order_id, refund_id)
    return await _create_pdf(database, documents, key, issued)


async def open_document_of(
    database: Database,
    documents: InvoiceDocuments,
    order_id: OrderId,
    refund_id: RefundId | None,
    *,
    seller_id: UserId,
) -> bytes:
    """Return the PDF of one seller's invoice of an order, or credit note of a refund.

    Raises InvoiceNotFound if it is not of this seller, and what `open_document` raises.
    """
    issued = await _issue_all(database, order_id, refund_id)
    async with database.read() as conn:
        found = await queries.find_issued(conn, [one.id for one in issued], seller_id)
    return await open_issued(database, documents, required(found, InvoiceNotFound))


async def list_issued(
    conn: Conn, seller: Member, *, limit: int, cursor: Cursor | None
) -> SellerInvoicePage:
    """Return a page of the invoices and credit notes of a seller, newest first."""
    if cursor is not None:
        rules.ensure_cursor_fits(cursor)
    found = await queries.list_issued(conn, seller.id, limit, cursor)
    page, next_cursor = cut(found, limit, rules.make_cursor)
    shown = [rules.show_issued(invoice) for invoice in page]
    return SellerInvoicePage(shown, next_cursor, next_cursor is not None)


async def get_issued(conn: Conn, invoice_id: InvoiceId, seller: Member) -> IssuedInvoice:
    """Return an invoice or credit note of a seller. Raises InvoiceNotFound."""
    return required(await queries.find_issued(conn, [invoice_id], seller.id), InvoiceNotFound)


async def open_issued(
    database: Database, documents: InvoiceDocuments, invoice: IssuedInvoice
) -> bytes:
    """Return the PDF of a document of one seller; creates it the first time."""
    key = rules.seller_document_key(invoice)
    pdf = await find_pdf(documents, key)
    return pdf or await _create_pdf(database, documents, key, [invoice])


async def issue_invoices(tx: Tx, order_id: OrderId) -> list[Invoice]:
    """Issue an invoice of each seller of an order, or return those issued already.

    Raises OrderNotFound and OrderNotPaid.
    """
    issued = await queries.list_invoices(tx, order_id)
    if issued:
        return issued
    order = _ensure_sold(required(await queries.find_order(tx, order_id), OrderNotFound))
    moment = now()
    items = await queries.list_items(tx, order_id)
    drafts = [
        Invoice(
            id=InvoiceId(new_id()),
            order_id=order_id,
            refund_id=None,
            seller_subject=subject,
            buyer_subject=order.buyer_subject,
            kind=InvoiceKind.INVOICE,
            year=moment.year,
            number=0,
            issued_at=moment,
            data=await _make_content(tx, order, own),
        )
        for subject, own in rules.group_by_seller(items).items()
    ]
    return await _issue(tx, drafts)


async def issue_credit_notes(tx: Tx, order_id: OrderId, refund_id: RefundId) -> list[Invoice]:
    """Issue a credit note of each seller of a refund, or return those issued already.

    Each refers to its invoice. Raises CreditNoteNotFound, OrderNotFound and OrderNotPaid.
    """
    issued = await queries.list_invoices(tx, order_id, refund_id)
    if issued:
        return issued
    invoices = {invoice.seller_subject: invoice for invoice in await issue_invoices(tx, order_id)}
    items = await queries.list_items(tx, order_id)
    refunded = [item for item in items if item.refund_id == refund_id and item.is_refunded]
    if not refunded:
        raise CreditNoteNotFound
    moment = now()
    drafts = [
        structs.replace(
            invoices[subject],
            id=InvoiceId(new_id()),
            refund_id=refund_id,
            kind=InvoiceKind.CREDIT_NOTE,
            year=moment.year,
            issued_at=moment,
            data=rules.make_credit_note(invoices[subject], own),
        )
        for subject, own in rules.group_by_seller(refunded).items()
    ]
    return await _issue(tx, drafts)


async def _issue_all(
    database: Database, order_id: OrderId, refund_id: RefundId | None
) -> list[Invoice]:
    """Issue the invoices of an order or the credit notes of a refund, or return them."""
    async with database.read() as conn:
        issued = await queries.list_invoices(conn, order_id, refund_id)
    if issued:
        return issued
    async with database.transaction(recorded=False) as tx:
        if refund_id is None:
            return await issue_invoices(tx, order_id)
        return await issue_credit_notes(tx, order_id, refund_id)


async def _issue(tx: Tx, drafts: Sequence[Invoice]) -> list[Invoice]:
    """Insert drafts with the next numbers of their sellers, unless issued concurrently.

    The counters stay locked until the end of the transaction, so that numbers have no gaps and no
    duplicates.
    """
    subjects = [draft.seller_subject for draft in drafts]
    year = drafts[0].year
    await queries.insert_counters(tx, subjects, year)
    await queries.lock_counters(tx, subjects, year)
    issued = await queries.list_invoices(tx, drafts[0].order_id, drafts[0].refund_id)
    if issued:
        return issued
    # Read again under the lock, so that later numbers have later times, but within the year.
    later = now()
    moment = later if later.year == year else drafts[0].issued_at
    for draft in drafts:
        number = await queries.update_counter(tx, draft.seller_subject, year)
        issued.append(structs.replace(draft, number=number, issued_at=moment))
        await queries.insert_invoice(tx, issued[-1])
    return issued


async def _make_content(
    tx: Tx, order: InvoicedOrder, items: Sequence[InvoicedItem]
) -> InvoiceContent:
    """Return the content of a seller's invoice."""
    assert order.paid_at is not None
    [seller_id], username = {item.seller_id for item in items}, items[0].seller_name
    # An erased seller has no profile.
    profile = await sellers.get_profile(tx, seller_id) if seller_id else StoredSellerProfile()
    return InvoiceContent(
        seller=rules.make_seller(username, profile),
        buyer=rules.make_buyer(order),
        currency=order.currency,
        vat_rate=rules.find_former_rate(items, profile),
        paid_at=order.paid_at,
        lines=rules.make_lines(items, profile),
    )


async def print_documents(typesetter: Typesetter, issued: Sequence[Invoice]) -> bytes:
    """Return the PDF of documents. A single one has its XML attached, if its buyer is a business.

    A PDF can have the XML of one document only.
    """
    printed = [rules.print_invoice(invoice) for invoice in issued]
    [first, *others] = issued
    moment = first.issued_at
    if others or not formats.can_be_electronic(first.data):
        texts = msgspec.json.encode(printed)
        return await typeset(typesetter, _TEMPLATE, texts, moment=moment)
    notes = [*printed[0].notes, formats.NOTE]
    texts = msgspec.json.encode([structs.replace(printed[0], notes=notes)])
    xml = formats.write_xml(first, rules.format_number(first.year, first.number))
    pdf = await typeset(typesetter, _TEMPLATE, texts, moment=moment, attachment=xml)
    return add_properties(pdf, formats.SCHEMA, formats.PROPERTIES)


def _ensure_sold(order: InvoicedOrder) -> InvoicedOrder:
    if order.paid_at is None or order.came_late:
        raise OrderNotPaid
    return order


async def find_pdf(documents: InvoiceDocuments, key: str) -> bytes | None:
    """Return a stored PDF; None if it is not made yet, or missing."""
    try:
        return await documents.storage.read_all(key)
    except ObjectMissing:
        return None


async def keep_pdf(
    documents: InvoiceDocuments, key: str, pdf: bytes, *, is_buyer_named: IsBuyerNamed
) -> bytes:
    """Store a PDF that was made, or return one that was made concurrently.

    It is not kept if the buyer was erased meanwhile: the deletion may have run before.
    """
    if not await documents.storage.put_new(key, pdf):
        return await documents.storage.read_all(key)
    if not await is_buyer_named():
        await documents.storage.delete_folder(key.rpartition("/")[0])
    return pdf


async def _create_pdf(
    database: Database, documents: InvoiceDocuments, key: str, issued: Sequence[Invoice]
) -> bytes:
    """Create a PDF, or return a concurrently created PDF."""

    async def is_buyer_named() -> bool:
        async with database.read() as conn:
            return await queries.is_buyer_named(conn, issued[0])

    pdf = await print_documents(documents.typesetter, issued)
    return await keep_pdf(documents, key, pdf, is_buyer_named=is_buyer_named)

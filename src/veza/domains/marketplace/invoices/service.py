"""What one can do with invoices: issue them, and have them on paper."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import InvoiceId, OrderId, RefundId, new_id
from veza.domains.marketplace.invoices import queries, rules
from veza.domains.marketplace.invoices.errors import CreditNoteNotFound
from veza.domains.marketplace.invoices.models import Invoice, Kind, Sale, Snapshot, Sold
from veza.domains.marketplace.orders.errors import OrderNotFound, OrderNotPaid
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers.models import SellerProfile
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.objects import ObjectMissing, Storage
from veza.infra.typesetting.typesetter import Typesetter, typeset

_TEMPLATE = Path(__file__).with_name("paper.typ")


class Archive(Struct, frozen=True):
    """What documents need: where they lie, and where they are made."""

    storage: Storage
    press: Typesetter


async def open_sale(conn: Conn, order_id: OrderId, viewer: Member) -> Sale:
    """Give an order to its buyer. Raises OrderNotFound, and OrderNotPaid where nothing is sold."""
    sale = await queries.find_sale(conn, order_id)
    if sale is None or sale.buyer_id != viewer.id:
        raise OrderNotFound
    return _ensure_sold(sale)


async def open_invoices(database: Database, archive: Archive, order_id: OrderId) -> bytes:
    """Give the PDF with all invoices of an order: issued and made once, by whoever comes first.

    Raises OrderNotPaid where nothing is sold.
    """
    key = rules.file_of(order_id)
    made = await _find(archive, key)
    if made is not None:
        return made
    async with database.transaction(recorded=False) as tx:
        invoices = await issue_invoices(tx, order_id)
    return await _make(database, archive, key, invoices)


async def open_credit_notes(
    database: Database, archive: Archive, order_id: OrderId, refund_id: RefundId
) -> bytes:
    """Give the PDF with all credit notes of a refund: made once, as invoices are.

    Raises CreditNoteNotFound where the money isn't back, and OrderNotPaid where nothing is sold.
    """
    key = rules.file_of(order_id, refund_id)
    made = await _find(archive, key)
    if made is not None:
        return made
    async with database.transaction(recorded=False) as tx:
        notes = await issue_credit_notes(tx, order_id, refund_id)
    return await _make(database, archive, key, notes)


async def issue_invoices(tx: Tx, order_id: OrderId) -> list[Invoice]:
    """Issue an invoice for each seller of an order, or give those that are issued.

    Raises OrderNotFound and OrderNotPaid.
    """
    issued = await queries.list_invoices(tx, order_id)
    if issued:
        return issued
    found = await queries.find_sale(tx, order_id)
    if found is None:
        raise OrderNotFound
    sale, moment = _ensure_sold(found), now()
    sold = rules.by_seller(await queries.list_sold(tx, order_id))
    drafts = [
        Invoice(
            id=InvoiceId(new_id()),
            order_id=order_id,
            refund_id=None,
            seller_subject=subject,
            buyer_subject=sale.buyer_subject,
            kind=Kind.INVOICE,
            year=moment.year,
            number=0,
            issued_at=moment,
            data=await _write(tx, sale, lines),
        )
        for subject, lines in sold.items()
    ]
    return await _issue(tx, drafts)


async def issue_credit_notes(tx: Tx, order_id: OrderId, refund_id: RefundId) -> list[Invoice]:
    """Issue a credit note for each seller of what a refund gave back, or give those issued.

    Each names its invoice. Raises CreditNoteNotFound, and what `issue_invoices` does.
    """
    issued = await queries.list_invoices(tx, order_id, refund_id)
    if issued:
        return issued
    invoices = {one.seller_subject: one for one in await issue_invoices(tx, order_id)}
    all_sold = await queries.list_sold(tx, order_id)
    back = [line for line in all_sold if line.refund_id == refund_id and line.is_refunded]
    if not back:
        raise CreditNoteNotFound
    moment = now()
    drafts = [
        structs.replace(
            invoices[subject],
            id=InvoiceId(new_id()),
            refund_id=refund_id,
            kind=Kind.CREDIT_NOTE,
            year=moment.year,
            issued_at=moment,
            data=rules.credit(invoices[subject], lines),
        )
        for subject, lines in rules.by_seller(back).items()
    ]
    return await _issue(tx, drafts)


async def _issue(tx: Tx, drafts: Sequence[Invoice]) -> list[Invoice]:
    """Give drafts the next numbers of their sellers, unless somebody issued the same meanwhile.

    Whoever issues another one of a seller waits for the end of this: so no number is left out, and
    none is given twice.
    """
    subjects, year = [draft.seller_subject for draft in drafts], drafts[0].year
    await queries.insert_counters(tx, subjects, year)
    await queries.lock_counters(tx, subjects, year)
    issued = await queries.list_invoices(tx, drafts[0].order_id, drafts[0].refund_id)
    if issued:
        return issued
    # Read anew, so that later numbers are later; but of the year that they are counted in.
    later = now()
    moment = later if later.year == year else drafts[0].issued_at
    for draft in drafts:
        number = await queries.update_counter(tx, draft.seller_subject, year)
        issued.append(structs.replace(draft, number=number, issued_at=moment))
        await queries.insert_invoice(tx, issued[-1])
    return issued


async def _write(tx: Tx, sale: Sale, lines: Sequence[Sold]) -> Snapshot:
    """Write down what an invoice of one seller says."""
    assert sale.paid_at is not None
    [seller_id], name = {line.seller_id for line in lines}, lines[0].seller_name
    # Whoever is erased says nothing of themselves any more.
    profile = await sellers.get_profile(tx, seller_id) if seller_id else SellerProfile()
    return Snapshot(
        seller=rules.name_seller(name, profile),
        buyer=rules.name_buyer(sale),
        currency=sale.currency,
        vat_rate=profile.vat_rate,
        paid_at=sale.paid_at,
        lines=rules.write_lines(lines, profile.vat_rate),
    )


def _ensure_sold(sale: Sale) -> Sale:
    if sale.paid_at is None or sale.came_late:
        raise OrderNotPaid
    return sale


async def _find(archive: Archive, key: str) -> bytes | None:
    try:
        return await archive.storage.read_all(key)
    except ObjectMissing:
        return None


async def _make(database: Database, archive: Archive, key: str, issued: Sequence[Invoice]) -> bytes:
    """Make a PDF of what is issued, or give the one that somebody else made meanwhile."""
    papers = msgspec.json.encode([rules.write_paper(invoice) for invoice in issued])
    pdf = await typeset(archive.press, _TEMPLATE, papers, moment=issued[0].issued_at)
    if not await archive.storage.put_new(key, pdf):
        return await archive.storage.read_all(key)
    async with database.read() as conn:
        is_forgotten = not await queries.is_buyer_named(conn, issued[0])
    if is_forgotten:
        # Erased while this was made: whoever deletes it may have come before it was stored.
        await archive.storage.delete_folder(rules.folder_of(issued[0].order_id))
    return pdf

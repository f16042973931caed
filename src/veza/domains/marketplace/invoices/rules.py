"""The content of invoices and credit notes, and their printed texts."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import structs

from veza.core.ids import OrderId, RefundId, SubjectId
from veza.core.languages import Language
from veza.core.money import vat_within, write_amount
from veza.core.pages import BadCursor, Cursor
from veza.core.structs import copy_fields
from veza.domains.marketplace.invoices.models import (
    CreditedInvoice,
    Invoice,
    InvoiceContent,
    InvoicedItem,
    InvoicedOrder,
    InvoiceKind,
    InvoiceLine,
    InvoiceParty,
    IssuedInvoice,
    PrintedInvoice,
    PrintedLine,
    PrintedParty,
    SellerInvoice,
)
from veza.domains.marketplace.orders.rules.titles import name_line
from veza.domains.marketplace.sellers.models import StoredSellerProfile

MAX_ADDRESS_LINES = 6

_UNNAMED = "Not named"
# Beyond the range of a column.
_INTEGER_END = 2**31
_TITLES = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}
# Characters that would reverse the direction of the rest of a line.
_DIRECTION_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")


def document_folder(order_id: OrderId) -> str:
    """Return the storage prefix of an order's documents."""
    return f"invoices/{order_id}"


def document_key(order_id: OrderId, refund_id: RefundId | None = None) -> str:
    """Return the storage key of an order's invoices, or of a refund's credit notes."""
    return f"{document_folder(order_id)}/{refund_id or 'invoice'}.pdf"


def seller_document_key(invoice: Invoice) -> str:
    """Return the storage key of one seller's document, which the buyer's erasure deletes too."""
    return f"{document_folder(invoice.order_id)}/{invoice.id}.pdf"


def show_issued(invoice: IssuedInvoice) -> SellerInvoice:
    """Return a document as its seller sees it."""
    content = invoice.data
    return copy_fields(
        SellerInvoice,
        invoice,
        number=format_number(invoice.year, invoice.number),
        buyer_name=content.buyer.name,
        currency=content.currency,
        total_cents=sum(line.price_cents for line in content.lines),
        vat_cents=sum(line.vat_cents for line in content.lines),
        credited_number=content.credited and content.credited.number,
    )


def make_cursor(invoice: IssuedInvoice) -> Cursor:
    """Return the place of a document in a seller's list. Its year is that of its number."""
    return Cursor(invoice.issued_at, invoice.id, sort="number", value=invoice.number)


def ensure_cursor_fits(cursor: Cursor) -> None:
    """Raise BadCursor for the cursor of another list."""
    value = cursor.value
    if cursor.sort != "number" or not isinstance(value, int) or not 0 <= value < _INTEGER_END:
        raise BadCursor


def group_by_seller(items: Sequence[InvoicedItem]) -> dict[SubjectId, list[InvoicedItem]]:
    """Return the items of each seller, ordered by the seller's subject."""
    subjects = sorted({item.seller_subject for item in items})
    return {
        subject: [item for item in items if item.seller_subject == subject] for subject in subjects
    }


def format_number(year: int, number: int) -> str:
    """Return the number of a document, such as `2026-000012`."""
    return f"{year}-{number:06d}"


def make_buyer(order: InvoicedOrder) -> InvoiceParty:
    """Return the buyer as given in the billing details, or else by username."""
    billing = order.billing
    name = (billing and billing.name) or order.buyer_name or _UNNAMED
    return InvoiceParty(name, billing and billing.address, billing and billing.country)


def make_seller(username: str | None, profile: StoredSellerProfile) -> InvoiceParty:
    """Return the seller as given in the profile, or else by username; None if erased."""
    legal_name = profile.legal_name or username or _UNNAMED
    return InvoiceParty(legal_name, profile.address, profile.country, profile.vat_id)


def make_lines(items: Sequence[InvoicedItem], rate: Decimal | None) -> list[InvoiceLine]:
    """Return invoice lines. VAT is rounded line by line, so that credit notes add up."""
    return [
        InvoiceLine(
            item_id=item.item_id,
            title=name_line(Language.ENGLISH, item.kind, item.title),
            price_cents=item.price_cents,
            vat_cents=0 if rate is None else vat_within(item.price_cents, rate),
            list_cents=item.price_cents + item.reduced_cents if item.reduced_cents else None,
            reductions=item.causes,
        )
        for item in items
    ]


def make_credit_note(invoice: Invoice, items: Sequence[InvoicedItem]) -> InvoiceContent:
    """Return the credit note for items of an invoice, with its parties and VAT rate."""
    item_ids = {item.item_id for item in items}
    lines = [line for line in invoice.data.lines if line.item_id in item_ids]
    credited = CreditedInvoice(format_number(invoice.year, invoice.number), invoice.issued_at)
    return structs.replace(invoice.data, lines=lines, credited=credited)


def print_invoice(invoice: Invoice) -> PrintedInvoice:
    """Return the printed texts of a document."""
    content = invoice.data
    total = sum(line.price_cents for line in invoice.data.lines)
    is_credit = invoice.kind is InvoiceKind.CREDIT_NOTE
    columns = [f"Price ({content.currency})"]
    return PrintedInvoice(
        title=_TITLES[invoice.kind],
        number=format_number(invoice.year, invoice.number),
        seller=_print_party(content.seller),
        buyer=_print_party(content.buyer),
        facts=_list_facts(invoice),
        columns=columns if content.vat_rate is None else ["Net", "VAT", *columns],
        lines=[_print_line(line, content.vat_rate) for line in content.lines],
        totals=_list_totals(content, total),
        sum=("Credited" if is_credit else "Total", write_amount(total, content.currency)),
        notes=_list_notes(invoice, total),
    )


def format_day(moment: datetime) -> str:
    """Return a day such as `25 November 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def format_rate(rate: Decimal) -> str:
    """Return a rate such as `5.5 %`."""
    percent = f"{rate * 100:f}"
    return f"{percent.rstrip('0').rstrip('.') if '.' in percent else percent} %"


def _list_facts(invoice: Invoice) -> list[tuple[str, str]]:
    credited = invoice.data.credited
    facts = [("Date", format_day(invoice.issued_at)), ("Order", str(invoice.order_id))]
    if credited is None:
        return [*facts, ("Paid", format_day(invoice.data.paid_at))]
    return [*facts, ("Credits", f"Invoice {credited.number} of {format_day(credited.issued_at)}")]


def _list_totals(content: InvoiceContent, total: int) -> list[tuple[str, str]]:
    if content.vat_rate is None:
        return []
    vat = sum(line.vat_cents for line in content.lines)
    return [
        ("Net", write_amount(total - vat, content.currency)),
        (f"VAT {format_rate(content.vat_rate)}", write_amount(vat, content.currency)),
    ]


def _list_notes(invoice: Invoice, total: int) -> list[str]:
    vat = "No VAT is shown." if invoice.data.vat_rate is None else "All prices include VAT."
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return [f"This sum is refunded to the buyer, the way it was paid. {vat}"]
    return [f"Paid in full: nothing is left to pay. {vat}" if total else "Free of charge."]


def _print_line(line: InvoiceLine, rate: Decimal | None) -> PrintedLine:
    amounts = [line.price_cents]
    if rate is not None:
        amounts = [line.price_cents - line.vat_cents, line.vat_cents, line.price_cents]
    return PrintedLine(
        _clean(line.title), [_format_cents(cents) for cents in amounts], _describe_reductions(line)
    )


def _describe_reductions(line: InvoiceLine) -> str:
    if line.list_cents is None:
        return ""
    causes = _clean(", ".join(line.reductions))
    return f"List price {_format_cents(line.list_cents)}, reduced: {causes}"


def _format_cents(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _print_party(party: InvoiceParty) -> PrintedParty:
    address = [line for line in map(_clean, (party.address or "").splitlines()) if line]
    if len(address) > MAX_ADDRESS_LINES:
        kept = MAX_ADDRESS_LINES - 1
        address = [*address[:kept], ", ".join(address[kept:])]
    details = [*address, _clean(party.country or "")]
    if party.vat_id:
        details.append(f"VAT ID {_clean(party.vat_id)}")
    return PrintedParty(_clean(party.name), [detail for detail in details if detail])


def _clean(text: str) -> str:
    """Remove control characters, which are invisible in print or change how text looks."""
    chars = (" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(_DIRECTION_OVERRIDES.sub("", "".join(chars)).split())

"""Decisions without I/O: everything here can be tested with plain values."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import structs

from veza.core.ids import OrderId, RefundId, SubjectId
from veza.core.money import vat_within, write_amount
from veza.domains.marketplace.invoices.models import (
    CreditedInvoice,
    Invoice,
    InvoiceContent,
    InvoicedItem,
    InvoicedOrder,
    InvoiceKind,
    InvoiceLine,
    InvoiceParty,
    PrintedInvoice,
    PrintedLine,
    PrintedParty,
)
from veza.domains.marketplace.sellers.models import SellerProfile

MAX_ADDRESS_LINES = 6

_NAMELESS = "Not named"
_TITLES = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}
# What would have the rest of a line run the other way.
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")


def folder_of(order_id: OrderId) -> str:
    """Tell where in the storage the documents of an order lie."""
    return f"invoices/{order_id}"


def file_of(order_id: OrderId, refund_id: RefundId | None = None) -> str:
    """Tell the key under which an order's invoices lie, or a refund's credit notes."""
    return f"{folder_of(order_id)}/{refund_id or 'invoice'}.pdf"


def by_seller(sold: Sequence[InvoicedItem]) -> dict[SubjectId, list[InvoicedItem]]:
    """Tell who sold what, in the order of the sellers' subjects."""
    lines: dict[SubjectId, list[InvoicedItem]] = {subject: [] for subject in _subjects(sold)}
    for line in sold:
        lines[line.seller_subject].append(line)
    return lines


def write_number(year: int, number: int) -> str:
    """Write the number of a document: `2026-000012`."""
    return f"{year}-{number:06d}"


def name_buyer(sale: InvoicedOrder) -> InvoiceParty:
    """Tell how a buyer is named: as they want to be, else by the name that all know."""
    billing = sale.billing
    name = (billing and billing.name) or sale.buyer_name or _NAMELESS
    return InvoiceParty(name, billing and billing.address, billing and billing.country)


def name_seller(name: str | None, profile: SellerProfile) -> InvoiceParty:
    """Tell how a seller is named, who may have said nothing of themselves, or be gone."""
    legal_name = profile.legal_name or name or _NAMELESS
    return InvoiceParty(legal_name, profile.address, profile.country, profile.vat_id)


def write_lines(sold: Sequence[InvoicedItem], rate: Decimal | None) -> list[InvoiceLine]:
    """Write what a seller sold. VAT is told line by line, so that credit notes give back all."""
    return [
        InvoiceLine(
            item_id=line.item_id,
            title=line.title,
            price_cents=line.price_cents,
            vat_cents=0 if rate is None else vat_within(line.price_cents, rate),
        )
        for line in sold
    ]


def credit(invoice: Invoice, sold: Sequence[InvoicedItem]) -> InvoiceContent:
    """Write the credit note for lines of an invoice, in the same words and at the same rate."""
    item_ids = {line.item_id for line in sold}
    lines = [line for line in invoice.data.lines if line.item_id in item_ids]
    credited = CreditedInvoice(write_number(invoice.year, invoice.number), invoice.issued_at)
    return structs.replace(invoice.data, lines=lines, credited=credited)


def print_invoice(invoice: Invoice) -> PrintedInvoice:
    """Write down all that a document says."""
    said, total = invoice.data, sum(line.price_cents for line in invoice.data.lines)
    is_credit = invoice.kind is InvoiceKind.CREDIT_NOTE
    columns = [f"Price ({said.currency})"]
    return PrintedInvoice(
        title=_TITLES[invoice.kind],
        number=write_number(invoice.year, invoice.number),
        seller=_write_party(said.seller),
        buyer=_write_party(said.buyer),
        facts=_list_facts(invoice),
        columns=columns if said.vat_rate is None else ["Net", "VAT", *columns],
        lines=[_write_line(line, said.vat_rate) for line in said.lines],
        totals=_list_totals(said, total),
        sum=("Credited" if is_credit else "Total", write_amount(total, said.currency)),
        notes=_list_notes(invoice, total),
    )


def write_day(moment: datetime) -> str:
    """Write a day for people: `25 November 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def write_rate(rate: Decimal) -> str:
    """Write a rate for people: `5.5 %`."""
    percent = f"{rate * 100:f}"
    return f"{percent.rstrip('0').rstrip('.') if '.' in percent else percent} %"


def _subjects(sold: Sequence[InvoicedItem]) -> list[SubjectId]:
    return sorted({line.seller_subject for line in sold})


def _list_facts(invoice: Invoice) -> list[tuple[str, str]]:
    credited = invoice.data.credited
    facts = [("Date", write_day(invoice.issued_at)), ("Order", str(invoice.order_id))]
    if credited is None:
        return [*facts, ("Paid", write_day(invoice.data.paid_at))]
    return [*facts, ("Credits", f"Invoice {credited.number} of {write_day(credited.issued_at)}")]


def _list_totals(said: InvoiceContent, total: int) -> list[tuple[str, str]]:
    if said.vat_rate is None:
        return []
    vat = sum(line.vat_cents for line in said.lines)
    return [
        ("Net", write_amount(total - vat, said.currency)),
        (f"VAT {write_rate(said.vat_rate)}", write_amount(vat, said.currency)),
    ]


def _list_notes(invoice: Invoice, total: int) -> list[str]:
    vat = "No VAT is shown." if invoice.data.vat_rate is None else "All prices include VAT."
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return [f"This sum goes back to the buyer, the way it was paid. {vat}"]
    return [f"Paid in full: nothing is left to pay. {vat}" if total else "Free of charge."]


def _write_line(line: InvoiceLine, rate: Decimal | None) -> PrintedLine:
    amounts = [line.price_cents]
    if rate is not None:
        amounts = [line.price_cents - line.vat_cents, line.vat_cents, line.price_cents]
    return PrintedLine(_clean(line.title), [_write_cents(cents) for cents in amounts])


def _write_cents(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _write_party(party: InvoiceParty) -> PrintedParty:
    address = [line for line in map(_clean, (party.address or "").splitlines()) if line]
    if len(address) > MAX_ADDRESS_LINES:
        kept = MAX_ADDRESS_LINES - 1
        address = [*address[:kept], ", ".join(address[kept:])]
    details = [*address, _clean(party.country or "")]
    if party.vat_id:
        details.append(f"VAT ID {_clean(party.vat_id)}")
    return PrintedParty(_clean(party.name), [detail for detail in details if detail])


def _clean(text: str) -> str:
    """Leave out what can't be seen on paper, and would have it look like something else."""
    chars = (" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(_OVERRIDES.sub("", "".join(chars)).split())

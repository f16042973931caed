"""The content of invoices and credit notes, and their printed texts."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import structs

from veza.core.ids import OrderId, RefundId, SubjectId
from veza.core.languages import Language
from veza.core.money import format_percent, vat_within, write_amount
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
    TaxGroup,
)
from veza.domains.marketplace.orders.rules.titles import name_line
from veza.domains.marketplace.sellers.models import StoredSellerProfile
from veza.domains.marketplace.taxes.models import BillingDetails, TaxTreatment

MAX_ADDRESS_LINES = 6

_UNNAMED = "Not named"
# Beyond the range of a column.
_INTEGER_END = 2**31
_REVERSE_CHARGE = (
    "VAT due from the recipient \N{EN DASH} reverse charge, Article 196 Directive 2006/112/EC."
)
_TITLES = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}
# Characters that would reverse the direction of the rest of a line.
_DIRECTION_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")

type TaxGroups = Mapping[TaxGroup, Sequence[InvoiceLine]]


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
    return name_buyer(order.billing, order.buyer_name or _UNNAMED)


def name_buyer(billing: BillingDetails | None, username: str) -> InvoiceParty:
    """Return a buyer as given in billing details, or else by another name."""
    if billing is None:
        return InvoiceParty(username)
    name = billing.name or username
    return InvoiceParty(name, billing.address, billing.country, billing.vat_id)


def make_seller(username: str | None, profile: StoredSellerProfile) -> InvoiceParty:
    """Return the seller as given in the profile, or else by username; None if erased."""
    legal_name = profile.legal_name or username or _UNNAMED
    return InvoiceParty(legal_name, profile.address, profile.country, profile.vat_id)


def find_former_rate(items: Sequence[InvoicedItem], profile: StoredSellerProfile) -> Decimal | None:
    """Return the rate of items that were ordered before their tax was stored with them."""
    is_former = any(item.tax_treatment is None for item in items)
    return profile.vat_rate if is_former else None


def make_lines(items: Sequence[InvoicedItem], profile: StoredSellerProfile) -> list[InvoiceLine]:
    """Return invoice lines, each with its tax, so that credit notes add up."""
    rate = find_former_rate(items, profile)
    return [
        InvoiceLine(
            item_id=item.item_id,
            title=name_line(Language.ENGLISH, item.kind, item.title),
            price_cents=item.price_cents,
            vat_cents=item.tax_cents if rate is None else vat_within(item.price_cents, rate),
            list_cents=item.price_cents + item.reduced_cents if item.reduced_cents else None,
            reductions=item.causes,
            tax_treatment=item.tax_treatment,
            tax_country=item.tax_country,
            tax_rate=item.tax_rate,
        )
        for item in items
    ]


def make_credit_note(invoice: Invoice, items: Sequence[InvoicedItem]) -> InvoiceContent:
    """Return the credit note for items of an invoice, with its parties, lines and their VAT."""
    item_ids = {item.item_id for item in items}
    lines = [line for line in invoice.data.lines if line.item_id in item_ids]
    credited = CreditedInvoice(format_number(invoice.year, invoice.number), invoice.issued_at)
    return structs.replace(invoice.data, lines=lines, credited=credited)


def print_invoice(invoice: Invoice) -> PrintedInvoice:
    """Return the printed texts of a document."""
    content = invoice.data
    total = sum(line.price_cents for line in invoice.data.lines)
    is_credit = invoice.kind is InvoiceKind.CREDIT_NOTE
    groups = group_by_tax(content)
    has_vat = any(group.rate is not None for group in groups)
    columns = [f"Price ({content.currency})"]
    return PrintedInvoice(
        title=_TITLES[invoice.kind],
        number=format_number(invoice.year, invoice.number),
        seller=print_party(content.seller),
        buyer=print_party(content.buyer),
        facts=_list_facts(invoice),
        columns=["Net", "VAT", *columns] if has_vat else columns,
        lines=[
            _print_line(line, has_vat=has_vat, tax=_name_tax(group) if len(groups) > 1 else "")
            for line, group in ((line, _tax_group(content, line)) for line in content.lines)
        ],
        totals=_list_totals(groups, content.currency),
        sum=("Credited" if is_credit else "Total", write_amount(total, content.currency)),
        notes=_list_notes(invoice.kind, groups, total),
    )


def format_day(moment: datetime) -> str:
    """Return a day such as `25 November 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def format_rate(rate: Decimal) -> str:
    """Return a rate such as `5.5 %`."""
    return format_percent(rate * 100)


def _list_facts(invoice: Invoice) -> list[tuple[str, str]]:
    credited = invoice.data.credited
    facts = [("Date", format_day(invoice.issued_at)), ("Order", str(invoice.order_id))]
    if credited is None:
        return [*facts, ("Paid", format_day(invoice.data.paid_at))]
    return [*facts, ("Credits", f"Invoice {credited.number} of {format_day(credited.issued_at)}")]


def group_by_tax(content: InvoiceContent) -> TaxGroups:
    """Return the lines of each rate, country and treatment, in the order of the lines."""
    groups: dict[TaxGroup, list[InvoiceLine]] = {}
    for line in content.lines:
        groups.setdefault(_tax_group(content, line), []).append(line)
    return groups


def _tax_group(content: InvoiceContent, line: InvoiceLine) -> TaxGroup:
    if line.tax_treatment is not None:
        percent = line.tax_rate
        rate = None if percent is None else percent / 100
        return TaxGroup(line.tax_treatment, line.tax_country, rate)
    is_none = content.vat_rate is None
    treatment = TaxTreatment.NONE if is_none else TaxTreatment.DOMESTIC
    return TaxGroup(treatment, content.seller.country, content.vat_rate)


def _name_tax(group: TaxGroup) -> str:
    """Return a tax such as `VAT 19 %`, with its country if that is not the seller's."""
    if group.rate is None:
        return "No VAT"
    name = f"VAT {format_rate(group.rate)}"
    return f"{name} ({group.country})" if group.treatment is TaxTreatment.DESTINATION else name


def _list_totals(groups: TaxGroups, currency: str) -> list[tuple[str, str]]:
    """Return net and VAT of each rate."""
    totals: list[tuple[str, str]] = []
    for group, lines in groups.items():
        vat = sum(line.vat_cents for line in lines)
        net = sum(line.price_cents for line in lines) - vat
        name = _name_tax(group)
        if group.rate is not None:
            net_name = "Net" if len(groups) == 1 else f"Net, {name}"
            totals.append((net_name, write_amount(net, currency)))
            totals.append((name, write_amount(vat, currency)))
        elif len(groups) > 1:
            totals.append((name, write_amount(net, currency)))
    return totals


def _describe_vat(groups: TaxGroups) -> str:
    """Return the sentences on VAT that the law asks for."""
    if any(group.treatment is TaxTreatment.REVERSE_CHARGE for group in groups):
        return _REVERSE_CHARGE
    if all(group.rate is None for group in groups):
        return "No VAT is shown."
    is_all = all(group.rate is not None for group in groups)
    return "All prices include VAT." if is_all else "Prices include the VAT that is shown."


def _list_notes(kind: InvoiceKind, groups: TaxGroups, total: int) -> list[str]:
    vat = _describe_vat(groups)
    if kind is InvoiceKind.CREDIT_NOTE:
        return [f"This sum is refunded to the buyer, the way it was paid. {vat}"]
    return [f"Paid in full: nothing is left to pay. {vat}" if total else "Free of charge."]


def _print_line(line: InvoiceLine, *, has_vat: bool, tax: str) -> PrintedLine:
    amounts = [line.price_cents]
    if has_vat:
        amounts = [line.price_cents - line.vat_cents, line.vat_cents, line.price_cents]
    notes = [note for note in (_describe_reductions(line), tax) if note]
    return PrintedLine(
        _clean(line.title), [_format_cents(cents) for cents in amounts], ". ".join(notes)
    )


def _describe_reductions(line: InvoiceLine) -> str:
    if line.list_cents is None:
        return ""
    causes = _clean(", ".join(line.reductions))
    return f"List price {_format_cents(line.list_cents)}, reduced: {causes}"


def _format_cents(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def print_party(
    party: InvoiceParty, *, vat_label: str = "VAT ID", unnamed: str = ""
) -> PrintedParty:
    """Return the printed texts of a party; its address has few lines."""
    address = [line for line in map(_clean, (party.address or "").splitlines()) if line]
    if len(address) > MAX_ADDRESS_LINES:
        kept = MAX_ADDRESS_LINES - 1
        address = [*address[:kept], ", ".join(address[kept:])]
    details = [*address, _clean(party.country or "")]
    if party.vat_id:
        details.append(f"{vat_label} {_clean(party.vat_id)}")
    return PrintedParty(_clean(party.name) or unnamed, [detail for detail in details if detail])


def _clean(text: str) -> str:
    """Remove control characters, which are invisible in print or change how text looks."""
    chars = (" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(_DIRECTION_OVERRIDES.sub("", "".join(chars)).split())

"""Orders, lines and numbers, from which invoices and credit notes are made."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import InvoiceId, OrderId, OrderItemId, RefundId, SubjectId, UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.orders.models.state import LineKind
from veza.domains.marketplace.taxes.models import BillingDetails, TaxTreatment


class InvoiceKind(StrEnum):
    """Whether a document bills a sale or credits a refund."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceParty(Struct, frozen=True):
    """The seller or buyer of a document."""

    name: str
    address: str | None = None
    country: str | None = None
    vat_id: str | None = None


class InvoiceLine(Struct, frozen=True):
    """A sold product: its price, and the VAT included, as the line of the order has it.

    The price was `list_cents` before the `reductions`, which name what reduced it. `tax_rate` is in
    percent. Documents from before these were stored have no `tax_treatment`: their rate is that of
    the whole document.
    """

    item_id: OrderItemId
    title: str
    price_cents: int
    vat_cents: int
    list_cents: int | None = None
    reductions: list[str] = []
    tax_treatment: TaxTreatment | None = None
    tax_country: str | None = None
    tax_rate: Decimal | None = None


class TaxGroup(Struct, frozen=True):
    """The tax that lines of a document have in common. `rate` is the share of the net price."""

    treatment: TaxTreatment
    country: str | None
    rate: Decimal | None


class CreditedInvoice(Struct, frozen=True):
    """The invoice that a credit note refers to."""

    number: str
    issued_at: datetime


class InvoiceContent(Struct, frozen=True):
    """The content of a document, unchanged since it was issued.

    `vat_rate` is the share of all net prices in documents whose lines have no `tax_treatment`.
    `credited` is the invoice of a credit note.
    """

    seller: InvoiceParty
    buyer: InvoiceParty
    currency: str
    vat_rate: Decimal | None
    paid_at: datetime
    lines: list[InvoiceLine]
    credited: CreditedInvoice | None = None


class Invoice(Struct, frozen=True):
    """An invoice, or a credit note (with a `refund_id`)."""

    id: InvoiceId
    order_id: OrderId
    refund_id: RefundId | None
    seller_subject: SubjectId
    buyer_subject: SubjectId
    kind: InvoiceKind
    year: int
    number: int
    issued_at: datetime
    data: InvoiceContent


class IssuedInvoice(Invoice, frozen=True):
    """An invoice or credit note of a seller, and whether the order's money was real."""

    mode: MoneyMode


class SellerInvoice(Struct, frozen=True):
    """An invoice or credit note as its seller sees it.

    `number` is in print. `credited_number` is that of the invoice which a credit note refers to.
    """

    id: InvoiceId
    kind: InvoiceKind
    number: str
    order_id: OrderId
    refund_id: RefundId | None
    buyer_name: str
    currency: str
    total_cents: int
    vat_cents: int
    mode: MoneyMode
    credited_number: str | None
    issued_at: datetime


class SellerInvoicePage(Struct, frozen=True):
    """A page of a seller's invoices and credit notes, newest first."""

    invoices: list[SellerInvoice]
    next_cursor: str | None
    has_more: bool


class InvoiceDocument(Struct, frozen=True):
    """The PDF of all invoices of an order, or of all credit notes of a refund."""

    order_id: OrderId
    refund_id: RefundId | None


class InvoicedOrder(Struct, frozen=True):
    """The facts of an order that its invoices show. `came_late`: the payment bought nothing."""

    id: OrderId
    buyer_id: UserId | None
    buyer_name: str | None
    buyer_subject: SubjectId
    billing: BillingDetails | None
    currency: str
    paid_at: datetime | None
    came_late: bool


class InvoicedItem(Struct, frozen=True):
    """A line of an order, and its refund if any. `reduced_cents` were taken off for `causes`.

    One without a `tax_treatment` was ordered before it was stored: the rate of its seller counts.
    """

    item_id: OrderItemId
    seller_id: UserId | None
    seller_name: str | None
    seller_subject: SubjectId
    kind: LineKind
    title: str
    price_cents: int
    refund_id: RefundId | None
    is_refunded: bool
    reduced_cents: int = 0
    causes: list[str] = []
    tax_treatment: TaxTreatment | None = None
    tax_country: str | None = None
    tax_rate: Decimal | None = None
    tax_cents: int = 0


class PrintedParty(Struct, frozen=True):
    """A seller or buyer in print: a name, and lines below it."""

    name: str
    details: list[str]


class PrintedLine(Struct, frozen=True):
    """A row of the printed table, with an amount for each column, and a note below the title."""

    title: str
    amounts: list[str]
    note: str = ""


class PrintedInvoice(Struct, frozen=True):
    """The texts of a document, as `invoice.typ` places them. Pairs are a label and its value."""

    title: str
    number: str
    seller: PrintedParty
    buyer: PrintedParty
    facts: list[tuple[str, str]]
    columns: list[str]
    lines: list[PrintedLine]
    totals: list[tuple[str, str]]
    sum: tuple[str, str]
    notes: list[str]


class IssueDocument(Struct, frozen=True):
    """Job: issue the invoices of an order, or the credit notes of a refund, and create the PDF."""

    order_id: OrderId
    refund_id: RefundId | None = None

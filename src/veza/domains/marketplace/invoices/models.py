"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import InvoiceId, OrderId, OrderItemId, RefundId, SubjectId, UserId
from veza.domains.marketplace.orders.models.checkout import BillingDetails


class InvoiceKind(StrEnum):
    """What a document is: what was sold, or what of that went back."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceParty(Struct, frozen=True):
    """A seller or a buyer, as a document names them."""

    name: str
    address: str | None = None
    country: str | None = None
    vat_id: str | None = None


class InvoiceLine(Struct, frozen=True):
    """A product that was sold: its price, and the VAT in it where the seller has a rate."""

    item_id: OrderItemId
    title: str
    price_cents: int
    vat_cents: int


class CreditedInvoice(Struct, frozen=True):
    """The invoice that a credit note is about."""

    number: str
    issued_at: datetime


class InvoiceContent(Struct, frozen=True):
    """What a document says, as it was when it was issued; nothing of it changes later.

    Without a `vat_rate` the seller shows no VAT. `credited` is the invoice of a credit note.
    """

    seller: InvoiceParty
    buyer: InvoiceParty
    currency: str
    vat_rate: Decimal | None
    paid_at: datetime
    lines: list[InvoiceLine]
    credited: CreditedInvoice | None = None


class Invoice(Struct, frozen=True):
    """An invoice or a credit note: the latter has a refund."""

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


class InvoiceDocument(Struct, frozen=True):
    """A PDF with all invoices of an order, or all credit notes of a refund."""

    order_id: OrderId
    refund_id: RefundId | None


class InvoicedOrder(Struct, frozen=True):
    """An order of which the money came: `came_late` where it bought nothing."""

    id: OrderId
    buyer_id: UserId | None
    buyer_name: str | None
    buyer_subject: SubjectId
    billing: BillingDetails | None
    currency: str
    paid_at: datetime | None
    came_late: bool


class InvoicedItem(Struct, frozen=True):
    """A line of a sale, and whether a refund gave it back."""

    item_id: OrderItemId
    seller_id: UserId | None
    seller_name: str | None
    seller_subject: SubjectId
    title: str
    price_cents: int
    refund_id: RefundId | None
    is_refunded: bool


class PrintedParty(Struct, frozen=True):
    """A seller or a buyer on paper: a name, and lines below it."""

    name: str
    details: list[str]


class PrintedLine(Struct, frozen=True):
    """A line of the table on paper, with an amount for each column."""

    title: str
    amounts: list[str]


class PrintedInvoice(Struct, frozen=True):
    """All words of a document, where the template puts them: pairs are a name and what it is."""

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


class IssueInvoices(Struct, frozen=True):
    """Have the invoices of an order issued and made."""

    order_id: OrderId


class IssueCreditNotes(Struct, frozen=True):
    """Have the credit notes of a refund issued and made."""

    order_id: OrderId
    refund_id: RefundId


class DeleteDocuments(Struct, frozen=True):
    """Have what was made for a buyer deleted who is erased."""

    order_ids: list[OrderId]

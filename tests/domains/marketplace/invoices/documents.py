"""Documents made up of plain values, for rules and paper."""

from datetime import UTC, datetime
from decimal import Decimal

from veza.core.ids import InvoiceId, OrderId, OrderItemId, RefundId, SubjectId, new_id
from veza.core.money import vat_within
from veza.domains.marketplace.invoices.models import (
    CreditedInvoice,
    Invoice,
    InvoiceContent,
    InvoiceKind,
    InvoiceLine,
    InvoiceParty,
)

MOMENT = datetime(2026, 11, 25, 12, tzinfo=UTC)
SELLER = InvoiceParty(
    "Lumière Records SARL", "12 rue des Martyrs\n75009 Paris", "FR", "FR12345678901"
)
BUYER = InvoiceParty("Jane Doe", "Hauptstraße 5\n10115 Berlin", "DE")


def invoice(*sold, rate="0.20", seller=SELLER, buyer=BUYER, credited=None):
    """An invoice over titles and prices; with `credited`, a credit note."""
    vat_rate = None if rate is None else Decimal(rate)
    lines = [
        InvoiceLine(OrderItemId(new_id()), title, cents, vat_within(cents, vat_rate or Decimal(0)))
        for title, cents in sold
    ]
    return Invoice(
        id=InvoiceId(new_id()),
        order_id=OrderId(new_id()),
        refund_id=RefundId(new_id()) if credited else None,
        seller_subject=SubjectId(new_id()),
        buyer_subject=SubjectId(new_id()),
        kind=InvoiceKind.CREDIT_NOTE if credited else InvoiceKind.INVOICE,
        year=2026,
        number=12,
        issued_at=MOMENT,
        data=InvoiceContent(seller, buyer, "EUR", vat_rate, MOMENT, lines, credited),
    )


def credit_note(*sold, **said):
    return invoice(*sold, credited=CreditedInvoice("2026-000007", MOMENT), **said)

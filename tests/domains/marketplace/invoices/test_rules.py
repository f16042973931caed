"""What stands on paper: numbers, amounts to the cent, and who is who."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec import structs

from tests.domains.marketplace.invoices.documents import MOMENT, credit_note, invoice
from veza.core.ids import OrderItemId, SubjectId, new_id
from veza.domains.marketplace.invoices import rules
from veza.domains.marketplace.invoices.models import (
    InvoicedItem,
    InvoicedOrder,
    InvoiceParty,
    PrintedParty,
)
from veza.domains.marketplace.orders.models.checkout import BillingDetails
from veza.domains.marketplace.orders.models.state import LineKind
from veza.domains.marketplace.sellers.models import StoredSellerProfile

PRICES = some.lists(some.integers(0, 10_000_000), min_size=1, max_size=20)
RATES = some.decimals("0", "1", places=4)


def sold(cents):
    subject = SubjectId(new_id())
    return InvoicedItem(
        item_id=OrderItemId(new_id()),
        seller_id=None,
        seller_name=None,
        seller_subject=subject,
        kind=LineKind.PRODUCT,
        title="Night Ferry",
        price_cents=cents,
        refund_id=None,
        is_refunded=False,
    )


def sale(**said):
    plain = InvoicedOrder(
        new_id(), new_id(), "ann", SubjectId(new_id()), None, "EUR", MOMENT, False
    )
    return structs.replace(plain, **said)


def test_an_invoice_has_all_legally_required_texts():
    paper = rules.print_invoice(invoice(("Night Ferry", 1000), ("Drums", 550)))

    assert (paper.title, paper.number) == ("Invoice", "2026-000012")
    assert paper.seller == PrintedParty(
        "Lumière Records SARL",
        ["12 rue des Martyrs", "75009 Paris", "FR", "VAT ID FR12345678901"],
    )
    assert paper.buyer == PrintedParty("Jane Doe", ["Hauptstraße 5", "10115 Berlin", "DE"])
    assert ("Date", "25 November 2026") in paper.facts
    assert ("Paid", "25 November 2026") in paper.facts
    assert paper.columns == ["Net", "VAT", "Price (EUR)"]
    assert [line.amounts for line in paper.lines] == [
        ["8.33", "1.67", "10.00"],
        ["4.58", "0.92", "5.50"],
    ]
    assert paper.totals == [("Net", "12.91 EUR"), ("VAT 20 %", "2.59 EUR")]
    assert paper.sum == ("Total", "15.50 EUR")


def test_without_a_rate_no_vat_is_shown():
    paper = rules.print_invoice(invoice(("Night Ferry", 1000), rate=None))

    assert paper.columns == ["Price (EUR)"]
    assert paper.lines[0].amounts == ["10.00"]
    assert paper.totals == []
    assert "No VAT is shown." in paper.notes[0]


def test_a_vat_rate_of_zero_is_shown():
    paper = rules.print_invoice(invoice(("Night Ferry", 1000), rate="0"))

    assert paper.totals == [("Net", "10.00 EUR"), ("VAT 0 %", "0.00 EUR")]


def test_a_credit_note_refers_to_its_invoice():
    paper = rules.print_invoice(credit_note(("Night Ferry", 1000)))

    assert paper.title == "Credit note"
    assert ("Credits", "Invoice 2026-000007 of 25 November 2026") in paper.facts
    assert paper.sum == ("Credited", "10.00 EUR")


@given(PRICES, RATES, some.data())
def test_credit_notes_of_all_lines_add_up_to_the_invoice(prices, rate, data):
    whole = [sold(cents) for cents in prices]
    given_out = invoice()
    lines = rules.make_lines(whole, StoredSellerProfile(vat_rate=rate))
    given_out = structs.replace(given_out, data=structs.replace(given_out.data, lines=lines))
    cut = data.draw(some.integers(0, len(whole)))

    notes = [rules.make_credit_note(given_out, part) for part in (whole[:cut], whole[cut:])]

    credited = [line for note in notes for line in note.lines]
    assert sum(line.price_cents for line in credited) == sum(prices)
    assert sum(line.vat_cents for line in credited) == sum(line.vat_cents for line in lines)
    assert all(0 <= line.vat_cents <= line.price_cents for line in lines)


@pytest.mark.parametrize(
    ("rate", "written"),
    [("0.2", "20 %"), ("0.2000", "20 %"), ("0.055", "5.5 %"), ("0.0825", "8.25 %"), ("1", "100 %")],
)
def test_rates_are_formatted_without_trailing_zeros(rate, written):
    assert rules.format_rate(Decimal(rate)) == written


def test_a_buyer_is_named_by_billing_details_or_username():
    assert rules.make_buyer(sale(billing=BillingDetails("Jane", "1 Quay", "CH"))) == InvoiceParty(
        "Jane", "1 Quay", "CH"
    )
    assert rules.make_buyer(sale(billing=BillingDetails(country="CH"))).name == "ann"
    assert rules.make_buyer(sale()).name == "ann"
    assert rules.make_buyer(sale(buyer_id=None, buyer_name=None)).name == "Not named"


def test_invisible_characters_are_not_printed():
    seller = InvoiceParty("An\u202en \x07\tof\r\n the docks", "\n\n 1  Quay \n\x00\n")
    paper = rules.print_invoice(invoice(("A\u2067B\nC", 1), seller=seller))

    assert paper.seller == PrintedParty("Ann of the docks", ["1 Quay"])
    assert paper.lines[0].title == "AB C"


def test_an_address_of_many_lines_stays_short():
    seller = InvoiceParty("Ann", "\n".join(f"line {n}" for n in range(100)))
    details = rules.print_invoice(invoice(seller=seller)).seller.details

    assert len(details) == rules.MAX_ADDRESS_LINES
    assert details[-1].startswith("line 5, line 6, ")


def test_a_free_order_is_marked_free_of_charge():
    assert rules.print_invoice(invoice(("Gift", 0), rate=None)).notes == ["Free of charge."]

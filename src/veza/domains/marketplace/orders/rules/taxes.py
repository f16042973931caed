"""The tax of order lines, and the place of their buyer."""

from collections.abc import Sequence

from msgspec import structs

from veza.domains.marketplace.orders.models.checkout import NewOrderLine
from veza.domains.marketplace.orders.models.state import LineKind
from veza.domains.marketplace.taxes.models import (
    BillingDetails,
    BuyerTax,
    LineTax,
    OrderPlace,
    PlaceKind,
    TaxTerms,
    TaxTreatment,
)
from veza.domains.marketplace.taxes.rules import ensure_buyer, read_vat_id, tax_country, tax_of


def read_billing(billing: BillingDetails | None) -> BillingDetails | None:
    """Return billing details with the VAT id in its normal form. Raises Invalid if it is wrong."""
    if billing is None or billing.vat_id is None:
        return billing
    vat_id = billing.vat_id.strip() or None
    ensure_buyer(billing.country, vat_id)
    if vat_id is not None and billing.country is not None:
        vat_id = read_vat_id(billing.country, vat_id) or vat_id
    return structs.replace(billing, vat_id=vat_id)


def buyer_of(billing: BillingDetails | None) -> BuyerTax:
    """Return a buyer as their billing details declare them."""
    return BuyerTax() if billing is None else BuyerTax(billing.country, billing.vat_id)


def list_places(
    billing: BillingDetails | None, network_country: str | None = None
) -> list[OrderPlace]:
    """Return the proofs of a buyer's place that are known when they order."""
    declared = None if billing is None else billing.country
    known = [(PlaceKind.DECLARED, declared), (PlaceKind.NETWORK, network_country)]
    found = [(kind, tax_country(country)) for kind, country in known]
    return [OrderPlace(kind, country) for kind, country in found if country is not None]


def tax_lines(lines: Sequence[NewOrderLine], terms: TaxTerms) -> list[NewOrderLine]:
    """Return lines with the tax within their prices. Raises CountryNeeded."""
    return [_tax_line(line, terms) for line in lines]


def _tax_line(line: NewOrderLine, terms: TaxTerms) -> NewOrderLine:
    tax = LineTax(TaxTreatment.NONE)
    if not _is_gift_of_money(line):
        assert line.seller_id is not None
        tax = tax_of(
            line.price_cents,
            terms.sellers[line.seller_id],
            terms.buyer,
            day=terms.day,
            site_rates=terms.site_rates,
        )
    return structs.replace(
        line,
        tax_treatment=tax.treatment,
        tax_country=tax.country,
        tax_rate=tax.rate,
        tax_cents=tax.tax_cents,
    )


def _is_gift_of_money(line: NewOrderLine) -> bool:
    """Return whether nothing is given for a price: a tip, or a monthly one, which has no tier."""
    is_monthly_tip = line.period is not None and line.period.terms.tier_id is None
    return line.kind is LineKind.TIP or is_monthly_tip

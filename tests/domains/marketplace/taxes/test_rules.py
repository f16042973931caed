"""The tax within a price: by rate and day, by seller and buyer."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from veza.core.errors import Invalid
from veza.core.money import vat_within
from veza.domains.marketplace.taxes import rules
from veza.domains.marketplace.taxes.errors import CountryNeeded
from veza.domains.marketplace.taxes.models import (
    BuyerTax,
    LineTax,
    SellerTax,
    TaxRate,
    TaxTreatment,
    VatRegime,
)

DAY = date(2026, 12, 1)
VAT_IDS = {"DE": "DE136695976", "GR": "EL094259216", "IE": "IE6433435F", "FR": "FR40303265045"}
PLACES = [None, "DE", "GR", "IE", "FR", "MC", "CH", "GB", "IM", "US"]


@pytest.mark.parametrize(
    ("country", "day", "percent"),
    [
        ("DE", date(2020, 6, 30), "19"),
        ("DE", date(2020, 7, 1), "16"),
        ("DE", date(2020, 12, 31), "16"),
        ("DE", date(2021, 1, 1), "19"),
        ("IE", date(2021, 2, 28), "21"),
        ("IE", date(2021, 3, 1), "23"),
        ("EE", date(2023, 12, 31), "20"),
        ("EE", date(2024, 1, 1), "22"),
        ("EE", date(2025, 7, 1), "24"),
        ("FI", date(2024, 8, 31), "24"),
        ("FI", date(2024, 9, 1), "25.5"),
        ("SK", date(2025, 1, 1), "23"),
        ("RO", date(2025, 8, 1), "21"),
        ("LU", date(2023, 6, 1), "16"),
        ("LU", date(2024, 1, 1), "17"),
        ("CH", DAY, None),
    ],
)
def test_a_rate_changes_at_midnight(country, day, percent):
    assert rules.rate_on(country, day) == (None if percent is None else Decimal(percent))


def test_the_program_has_the_rates_of_all_27_countries():
    assert len(rules.EU_COUNTRIES) == 27
    for country, rates in rules.EU_RATES.items():
        days = [rate.valid_from for rate in rates]
        assert days == sorted(set(days)), country
        assert days[0] <= date(2020, 1, 1), country
        assert all(Decimal(15) <= rate.percent <= Decimal(27) for rate in rates), country


def test_rates_of_the_site_add_countries_and_follow_or_replace_others():
    site = [
        TaxRate("CH", date(2024, 1, 1), Decimal("8.1")),
        TaxRate("DE", date(2021, 1, 1), Decimal(18)),
        TaxRate("DE", date(2027, 1, 1), Decimal(20)),
    ]
    assert rules.rate_on("CH", DAY, site) == Decimal("8.1")
    assert rules.rate_on("CH", date(2023, 12, 31), site) is None
    assert rules.rate_on("DE", DAY, site) == Decimal(18)
    assert rules.rate_on("DE", date(2027, 1, 1), site) == Decimal(20)
    assert rules.rate_on("FR", DAY, site) == Decimal(20)


def taxed(seller, buyer, cents=1190, rates=()):
    tax = rules.tax_of(cents, seller, buyer, day=DAY, site_rates=rates)
    return tax.treatment, tax.country, tax.rate, tax.tax_cents


GERMAN = SellerTax(VatRegime.DESTINATION, "DE", VAT_IDS["DE"])
SMALL = SellerTax(VatRegime.DOMESTIC, "DE", VAT_IDS["DE"], Decimal(19))
SWISS = [TaxRate("CH", date(2024, 1, 1), Decimal("8.1"))]


@pytest.mark.parametrize(
    ("seller", "buyer", "rates", "expected"),
    [
        # Below the threshold: the seller's own rate for all in the EU, and for unknown places.
        (SMALL, BuyerTax(), (), ("domestic", "DE", 19, 190)),
        (SMALL, BuyerTax("FI"), (), ("domestic", "DE", 19, 190)),
        (SMALL, BuyerTax("DE", VAT_IDS["DE"]), (), ("domestic", "DE", 19, 190)),
        (SMALL, BuyerTax("IE", VAT_IDS["IE"]), (), ("reverse_charge", "IE", None, 0)),
        (SMALL, BuyerTax("US"), (), ("outside", "US", None, 0)),
        # Above: that of the buyer.
        (GERMAN, BuyerTax("DE"), (), ("domestic", "DE", 19, 190)),
        (GERMAN, BuyerTax("FI"), (), ("destination", "FI", 25.5, 242)),
        (GERMAN, BuyerTax("MC"), (), ("destination", "FR", 20, 198)),
        (GERMAN, BuyerTax("MC", VAT_IDS["FR"]), (), ("reverse_charge", "FR", None, 0)),
        (GERMAN, BuyerTax("GR", VAT_IDS["GR"]), (), ("reverse_charge", "GR", None, 0)),
        (GERMAN, BuyerTax("GR", "GR094259216"), (), ("reverse_charge", "GR", None, 0)),
        # A VAT id of another country, and a wrong one, are none.
        (GERMAN, BuyerTax("GR", VAT_IDS["IE"]), (), ("destination", "GR", 24, 230)),
        (GERMAN, BuyerTax("IE", "IE1234567X"), (), ("destination", "IE", 23, 223)),
        # Northern Ireland is British, as far as services are sold.
        (GERMAN, BuyerTax("GB", "XI432525179"), (), ("outside", "GB", None, 0)),
        (GERMAN, BuyerTax("CH"), (), ("outside", "CH", None, 0)),
        (GERMAN, BuyerTax("CH"), SWISS, ("destination", "CH", 8.1, 89)),
        (SMALL, BuyerTax("CH"), SWISS, ("outside", "CH", None, 0)),
        # A seller without a VAT id can't leave the tax to the buyer.
        (
            SellerTax(VatRegime.DESTINATION, "DE"),
            BuyerTax("IE", VAT_IDS["IE"]),
            (),
            ("destination", "IE", 23, 223),
        ),
        # Sellers outside of the EU.
        (
            SellerTax(VatRegime.DOMESTIC, "CH", None, Decimal("8.1")),
            BuyerTax("DE"),
            (),
            ("outside", "DE", None, 0),
        ),
        (
            SellerTax(VatRegime.DESTINATION, "CH"),
            BuyerTax("DE"),
            (),
            ("destination", "DE", 19, 190),
        ),
        (SellerTax(VatRegime.DESTINATION, "CH"), BuyerTax("CH"), (), ("none", None, None, 0)),
        (
            SellerTax(VatRegime.DOMESTIC, None, None, Decimal(19)),
            BuyerTax("FI"),
            (),
            ("domestic", None, 19, 190),
        ),
        (SellerTax(), BuyerTax("IE", VAT_IDS["IE"]), (), ("none", None, None, 0)),
    ],
)
def test_the_tax_depends_on_seller_and_buyer(seller, buyer, rates, expected):
    treatment, country, percent, cents = expected
    rate = None if percent is None else Decimal(str(percent))
    assert taxed(seller, buyer, rates=rates) == (treatment, country, rate, cents)


def test_a_seller_by_destination_needs_the_country_unless_it_is_free():
    with pytest.raises(CountryNeeded):
        taxed(GERMAN, BuyerTax())
    assert taxed(GERMAN, BuyerTax(), cents=0) == ("none", None, None, 0)


sellers = some.builds(
    SellerTax,
    some.sampled_from(VatRegime),
    some.sampled_from(PLACES),
    some.sampled_from([None, "X1"]),
    some.none() | some.decimals(0, 100, places=2),
).filter(lambda seller: seller.country or seller.regime is not VatRegime.DESTINATION)
buyers = some.builds(
    BuyerTax, some.sampled_from(PLACES), some.none() | some.sampled_from([*VAT_IDS.values(), "?"])
)


@given(some.integers(0, 10_000_000), sellers, buyers, some.dates(date(2020, 1, 1)))
def test_a_tax_is_what_the_table_of_orders_takes(cents, seller, buyer, day):
    try:
        tax = rules.tax_of(cents, seller, buyer, day=day, site_rates=SWISS)
    except CountryNeeded:
        assert seller.regime is VatRegime.DESTINATION
        assert buyer.country is None
        return
    assert 0 <= tax.tax_cents <= cents
    if tax.rate is None:
        assert tax.tax_cents == 0
    else:
        assert tax.tax_cents == vat_within(cents, tax.rate / 100)
    match tax.treatment:
        case TaxTreatment.NONE:
            assert tax == LineTax(TaxTreatment.NONE)
        case TaxTreatment.DOMESTIC:
            assert tax.rate is not None
            assert tax.country == rules.tax_country(seller.country)
        case TaxTreatment.DESTINATION:
            assert tax.rate == rules.rate_on(tax.country, day, SWISS)
            assert tax.country != rules.tax_country(seller.country)
        case TaxTreatment.REVERSE_CHARGE:
            assert tax.rate is None
            assert rules.is_in_eu(tax.country)
        case TaxTreatment.OUTSIDE:
            assert tax.rate is None
            assert tax.country == rules.tax_country(buyer.country)


@given(some.sampled_from(PLACES[1:]), some.text(max_size=30))
def test_any_text_is_a_vat_id_or_refused(country, text):
    found = rules.read_vat_id(country, text)
    assert found is None or rules.is_in_eu(country)
    if rules.is_in_eu(country) and found is None:
        with pytest.raises(Invalid):
            rules.ensure_buyer(country, text)
    else:
        rules.ensure_buyer(country, text)


def test_a_vat_id_has_one_form_and_needs_its_country():
    assert rules.read_vat_id("DE", " de 136 695 976") == "DE136695976"
    assert rules.read_vat_id("GR", "GR 094259216") == "EL094259216"
    assert rules.read_vat_id("DE", VAT_IDS["FR"]) is None
    with pytest.raises(Invalid):
        rules.ensure_buyer(None, VAT_IDS["DE"])
    rules.ensure_buyer("CH", "CHE-123.456.788")

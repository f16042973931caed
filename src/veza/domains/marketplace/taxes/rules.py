"""The tax within a price: a pure function of seller, buyer and day, line by line.

Prices include the tax: where none is due, the whole price is the seller's. Countries are those of
ISO 3166-1; territories whose tax is that of another country count as that one.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from importlib import resources

from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from veza.core.errors import FieldError, Invalid
from veza.core.money import vat_within
from veza.core.structs import copy_fields
from veza.domains.marketplace.taxes.errors import CountryNeeded
from veza.domains.marketplace.taxes.models import (
    BuyerTax,
    CurrencySales,
    LineTax,
    SellerTax,
    ShownTax,
    ShownTaxRate,
    TaxRate,
    TaxRateForm,
    TaxRateList,
    TaxTreatment,
    VatRegime,
    YearSales,
)

# Sales to private buyers in other countries of the EU, without tax, in a calendar year. Who has not
# exceeded it, and not in the year before, may take the rate of their own country: Article 59c of
# Directive 2006/112/EC.
THRESHOLD_CENTS = 1_000_000
THRESHOLD_CURRENCY = "EUR"
MAX_SITE_RATES = 1000

# Monaco is taxed as France, and the Isle of Man as Great Britain.
_TERRITORIES = {"MC": "FR", "IM": "GB"}
# Northern Ireland's XI is for goods only: what is sold here are services.
_VAT_PREFIXES = {"GR": "EL"}
_PRECISION = Decimal("0.01")
_NONE = LineTax(TaxTreatment.NONE)


def _read_rates() -> dict[str, list[TaxRate]]:
    file = resources.files("veza.domains.marketplace.taxes") / "rates.csv"
    rates: dict[str, list[TaxRate]] = {}
    for row in csv.DictReader(file.read_text().splitlines()):
        rate = TaxRate(
            row["country"], date.fromisoformat(row["valid_from"]), Decimal(row["percent"])
        )
        rates.setdefault(rate.country, []).append(rate)
    return rates


# The standard rates of the countries of the EU.
EU_RATES: Mapping[str, Sequence[TaxRate]] = _read_rates()
EU_COUNTRIES = frozenset(EU_RATES)


def tax_of(
    price_cents: int,
    seller: SellerTax,
    buyer: BuyerTax,
    *,
    day: date,
    site_rates: Iterable[TaxRate] = (),
) -> LineTax:
    """Return the tax within a price. `site_rates` are those of the site, at least of the country.

    Raises CountryNeeded if the seller declares the tax of the buyer's country, and it is not known.
    """
    if price_cents == 0 or seller.regime is VatRegime.NONE:
        return _NONE
    home, country = tax_country(seller.country), tax_country(buyer.country)
    is_abroad = home is not None and country not in {None, home}
    if is_abroad and _owes_tax(seller, buyer):
        return LineTax(TaxTreatment.REVERSE_CHARGE, country)
    if seller.regime is VatRegime.DESTINATION:
        if country is None:
            raise CountryNeeded
        percent = rate_on(country, day, site_rates)
        return _take_of_country(price_cents, country, percent, is_abroad=is_abroad)
    # Up to the threshold, a seller in the EU takes their own rate in all of it.
    if is_abroad and not (is_in_eu(home) and is_in_eu(country)):
        return LineTax(TaxTreatment.OUTSIDE, country)
    return _include(price_cents, TaxTreatment.DOMESTIC, home, seller.percent)


def rate_on(country: str, day: date, site_rates: Iterable[TaxRate] = ()) -> Decimal | None:
    """Return the standard rate of a country on a day, in percent; None if nothing is known.

    The latest one counts, and of two from the same day on that of the site.
    """
    known = [*EU_RATES.get(country, ()), *(rate for rate in site_rates if rate.country == country)]
    begun = [rate for rate in known if rate.valid_from <= day]
    # `max` returns the first of equals: those of the site are last.
    latest = max(reversed(begun), key=lambda rate: rate.valid_from, default=None)
    return None if latest is None else latest.percent


def tax_country(country: str | None) -> str | None:
    """Return the country whose tax is taken in a country."""
    return country if country is None else _TERRITORIES.get(country, country)


def is_in_eu(country: str | None) -> bool:
    """Return whether a country takes the VAT of the EU."""
    return tax_country(country) in EU_COUNTRIES


def read_vat_id(country: str, vat_id: str) -> str | None:
    """Return a VAT id of a country of the EU in its normal form; None if it can't be one."""
    home = tax_country(country) or country
    try:
        number: str = eu_vat.validate(vat_id)
    except ValidationError:
        return None
    prefix = _VAT_PREFIXES.get(home, home)
    if number[:2] not in {prefix, home}:
        return None
    return f"{prefix}{number[2:]}"


def ensure_buyer(country: str | None, vat_id: str | None) -> None:
    """Raise Invalid for a VAT id without its country, or one that a country of the EU can't have.

    Those of other countries are kept as they are.
    """
    if vat_id is None:
        return
    if country is None:
        sentence = "Say the country of this VAT id."
        raise Invalid(details=[FieldError("billing.country", sentence, "missing")])
    if is_in_eu(country) and read_vat_id(country, vat_id) is None:
        sentence = "This is no VAT id of this country."
        raise Invalid(details=[FieldError("billing.vat_id", sentence, "not_a_vat_id")])


def show_tax(tax: LineTax) -> ShownTax:
    """Return the tax of a line as it is shown."""
    rate = None if tax.rate is None else float(tax.rate)
    return ShownTax(tax.treatment, tax.country, rate, tax.tax_cents)


def list_abroad(country: str | None) -> list[str]:
    """Return the countries of the EU except that of a seller."""
    return sorted(EU_COUNTRIES - {tax_country(country) or ""})


def list_sales_of(sales: Iterable[YearSales], year: int) -> list[CurrencySales]:
    """Return the sales of a year."""
    return [copy_fields(CurrencySales, each) for each in sales if each.year == year]


def read_rate(form: TaxRateForm, day: date) -> TaxRate:
    """Return a rate to store. Raises Invalid if it would count before today."""
    if form.valid_from < day:
        sentence = "Choose today or a later day: what was ordered keeps its tax."
        raise Invalid(details=[FieldError("valid_from", sentence, "not_in_future")])
    # The text of the float has the digits that were sent.
    percent = Decimal(str(form.percent)).quantize(_PRECISION, ROUND_HALF_EVEN)
    return TaxRate(tax_country(form.country) or form.country, form.valid_from, percent)


def read_day(text: str) -> date | None:
    """Return a day such as `2027-04-01`; None if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def show_rates(site_rates: Sequence[TaxRate]) -> TaxRateList:
    """Return the rates of the program and of the site, by country, the newest ones first."""
    known = [show_rate(rate, is_of_site=False) for rates in EU_RATES.values() for rate in rates]
    known += [show_rate(rate, is_of_site=True) for rate in site_rates]
    newest = sorted(known, key=lambda rate: (rate.valid_from, rate.is_of_site), reverse=True)
    return TaxRateList(sorted(newest, key=lambda rate: rate.country))


def show_rate(rate: TaxRate, *, is_of_site: bool) -> ShownTaxRate:
    """Return a rate as it is shown."""
    return ShownTaxRate(rate.country, float(rate.percent), rate.valid_from, is_of_site)


def _owes_tax(seller: SellerTax, buyer: BuyerTax) -> bool:
    """Return whether a buyer abroad is a business in the EU that owes the tax itself."""
    if seller.vat_id is None or buyer.vat_id is None or buyer.country is None:
        return False
    return is_in_eu(buyer.country) and read_vat_id(buyer.country, buyer.vat_id) is not None


def _take_of_country(
    price_cents: int, country: str, percent: Decimal | None, *, is_abroad: bool
) -> LineTax:
    """Return the tax of the buyer's country; if that is the seller's, it is not cross-border."""
    if percent is None and is_abroad:
        return LineTax(TaxTreatment.OUTSIDE, country)
    treatment = TaxTreatment.DESTINATION if is_abroad else TaxTreatment.DOMESTIC
    return _include(price_cents, treatment, country, percent)


def _include(
    price_cents: int, treatment: TaxTreatment, country: str | None, percent: Decimal | None
) -> LineTax:
    """Return the tax that a price includes; none if there is no rate."""
    if percent is None:
        return _NONE
    return LineTax(treatment, country, percent, vat_within(price_cents, percent / 100))

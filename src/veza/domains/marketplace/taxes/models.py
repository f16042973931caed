"""Taxes of lines, their rates, and the place of the buyer: as declared, and its proofs."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import UserId

Country = Annotated[
    str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1, two letters.", examples=["DE"])
]


BillingName = Annotated[str, Meta(min_length=1, max_length=200, examples=["Ann Example"])]
BillingAddress = Annotated[
    str, Meta(min_length=1, max_length=500, examples=["1 Quay Street, 1000 Lausanne"])
]
BillingVatId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=30,
        description="That of the business that buys. In the EU it has to be one of the country.",
        examples=[None],
    ),
]


class BillingDetails(Struct, frozen=True):
    """The recipient of invoices, and the place by which prices are taxed."""

    name: BillingName | None = None
    address: BillingAddress | None = None
    country: Annotated[Country, Meta(examples=["CH"])] | None = None
    vat_id: BillingVatId | None = None


class VatRegime(StrEnum):
    """The tax that a seller declares.

    `none`: none is shown. `domestic`: the same rate for all private buyers, below the threshold.
    `destination`: the rate of the buyer's country.
    """

    NONE = "none"
    DOMESTIC = "domestic"
    DESTINATION = "destination"


class TaxTreatment(StrEnum):
    """The reason for the tax of a line.

    `none`: the seller shows no tax, or nothing was sold (a tip, or for free). `domestic`: by the
    seller's rate. `destination`: by the rate of the buyer's country, which is another one.
    `reverse_charge`: a business in another country of the EU owes the tax. `outside`: the buyer's
    country takes no tax from this seller.
    """

    NONE = "none"
    DOMESTIC = "domestic"
    DESTINATION = "destination"
    REVERSE_CHARGE = "reverse_charge"
    OUTSIDE = "outside"


class PlaceKind(StrEnum):
    """The proof of a buyer's place: what they declare, their payment, or their network."""

    DECLARED = "declared"
    PAYMENT = "payment"
    NETWORK = "network"


class TaxRate(Struct, frozen=True):
    """The standard rate of a country from a day on, in percent of the net price."""

    country: str
    valid_from: date
    percent: Decimal


class SellerTax(Struct, frozen=True):
    """The facts about a seller that the tax depends on; `percent` is their own rate, if any."""

    regime: VatRegime = VatRegime.NONE
    country: str | None = None
    vat_id: str | None = None
    percent: Decimal | None = None


class BuyerTax(Struct, frozen=True):
    """The facts about a buyer that the tax depends on, as far as they declare them."""

    country: str | None = None
    vat_id: str | None = None


class TaxTerms(Struct, frozen=True):
    """All that the tax of an order depends on; `site_rates` are of the buyer's country."""

    sellers: Mapping[UserId, SellerTax]
    buyer: BuyerTax
    day: date
    site_rates: Sequence[TaxRate]


class LineTax(Struct, frozen=True):
    """The tax within the price of a line. `rate` is in percent of the net price."""

    treatment: TaxTreatment
    country: str | None = None
    rate: Decimal | None = None
    tax_cents: int = 0


class ShownTax(Struct, frozen=True):
    """The tax within a price: `rate` is in percent of the net price, if there is one.

    `country` is the one whose tax it is, or that of the buyer if none is due.
    """

    treatment: TaxTreatment
    country: str | None
    rate: float | None
    cents: int


class OrderPlace(Struct, frozen=True):
    """A proof of the place of an order's buyer."""

    kind: PlaceKind
    country: str


Percent = Annotated[
    float,
    Meta(ge=0, le=100, description="Of the net price, with two decimal places.", examples=[8.1]),
]


class TaxRateForm(Struct, frozen=True):
    """A rate of the site: of a country that has none, or that counts from a later day on."""

    country: Annotated[Country, Meta(examples=["CH"])]
    percent: Percent
    valid_from: Annotated[date, Meta(description="Today or later, by UTC.")]


class ShownTaxRate(Struct, frozen=True):
    """A rate; `is_of_site` unless the program has it."""

    country: str
    percent: float
    valid_from: date
    is_of_site: bool


class TaxRateList(Struct, frozen=True):
    """All rates, by country, each from the newest on."""

    rates: list[ShownTaxRate]


class CurrencySales(Struct, frozen=True):
    """Sales in a currency, in cents without tax: to private buyers in other countries of the EU.

    Of those of `unknown_cents` the country is not known.
    """

    currency: str
    cross_border_cents: int
    unknown_cents: int


class YearSales(CurrencySales, frozen=True, kw_only=True):
    """Sales of a calendar year in a currency."""

    year: int


class SellerTaxes(Struct, frozen=True):
    """The sales of a seller in a calendar year that count for the threshold of their own rate.

    It is exceeded if the sales of the year, or of the one before (`preceding_by_currency`), are
    more. `cross_border_cents` are those to private buyers in other countries of the EU; of others
    the country is not known (`unknown_cents`). They are without tax; refunded ones and tips don't
    count. `unproven_orders` were taxed by the country that the buyer declared, without a second
    proof that agrees.
    """

    year: int
    threshold_cents: int
    threshold_currency: str
    by_currency: list[CurrencySales]
    preceding_by_currency: list[CurrencySales]
    unproven_orders: int

"""Taxes of lines, the rates they are made of, and the proofs of the buyer's place."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

Country = Annotated[
    str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1, two letters.", examples=["DE"])
]


class VatRegime(StrEnum):
    """The tax that a seller declares.

    `none`: none is shown. `domestic`: the same rate for all private buyers, below the threshold.
    `destination`: the rate of the buyer's country.
    """

    NONE = "none"
    DOMESTIC = "domestic"
    DESTINATION = "destination"


class TaxTreatment(StrEnum):
    """The reason why a line is taxed so.

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


# The rates of each country, oldest first.
type TaxRates = Mapping[str, Sequence[TaxRate]]


class SellerTax(Struct, frozen=True):
    """A seller as their tax depends on them. `rate` is the share of the net price, if domestic."""

    regime: VatRegime = VatRegime.NONE
    country: str | None = None
    vat_id: str | None = None
    rate: Decimal | None = None


class BuyerTax(Struct, frozen=True):
    """A buyer as the tax depends on them: both as they declare them, if they do."""

    country: str | None = None
    vat_id: str | None = None


class LineTax(Struct, frozen=True):
    """The tax within the price of a line. `rate` is in percent of the net price."""

    treatment: TaxTreatment
    country: str | None = None
    rate: Decimal | None = None
    tax_cents: int = 0


class OrderPlace(Struct, frozen=True):
    """A proof of the place of an order's buyer."""

    kind: PlaceKind
    country: str

"""Periods and rows of reports, and the details that sellers enter for them."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import SubjectId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.taxes.models import Country


class SellerKind(StrEnum):
    """A person, or a company of any form."""

    PERSON = "person"
    COMPANY = "company"


TaxId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        description="The number by which the tax office of a country knows you.",
        examples=["1234567FA"],
    ),
]
RegistrationNumber = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=60,
        description="The number of a company in its register.",
        examples=["IE 123456"],
    ),
]


class SellerTaxDetails(Struct, frozen=True):
    """Details of a seller in the yearly report, besides the name and address of their profile.

    Only persons have a `birth_date`, and only companies a `registration_number`.
    """

    kind: SellerKind | None = None
    tax_id: TaxId | None = None
    tax_id_country: Country | None = None
    birth_date: date | None = None
    registration_number: RegistrationNumber | None = None


class Period(Struct, frozen=True):
    """A quarter or year in UTC, `2026-Q4` or `2026`: its first day, and that of the next one."""

    name: str
    first: date
    following: date


class OssRow(Struct, frozen=True):
    """Sales to private buyers of a country at a rate, in cents, or refunds of earlier ones.

    `quarter` is that of the sales. `unproven_sales` lack two proofs of place that agree.
    """

    is_correction: bool
    quarter: str
    country: str
    rate: Decimal
    currency: str
    sales: int
    taxable_cents: int
    tax_cents: int
    unproven_sales: int


class Dac7Row(Struct, frozen=True):
    """Sales of a seller in a quarter, minus the refunds in it, in cents.

    `consideration_cents` is what they were credited: prices less fees. Of what is split it is their
    part. `tax_cents` is the tax that the prices include: all of it is the seller's, who may have
    given all parts to others.
    """

    subject_id: SubjectId
    username: str | None
    kind: SellerKind | None
    legal_name: str | None
    address: str | None
    country: str | None
    tax_id: str | None
    tax_id_country: str | None
    vat_id: str | None
    birth_date: date | None
    registration_number: str | None
    payout_account: str | None
    quarter: int
    currency: str
    sales: int
    refunds: int
    consideration_cents: int
    fees_cents: int
    tax_cents: int


class Dac7Form(Struct, frozen=True):
    """The year of the report, in UTC."""

    year: Annotated[int, Meta(ge=2020, le=2100, examples=[2026])]


class Dac7Query(Struct, frozen=True):
    """A year of the report, in a mode of money."""

    year: Period
    mode: MoneyMode

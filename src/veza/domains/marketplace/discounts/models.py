"""Discounts: requests, rows and responses."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.clock import Moment
from veza.core.ids import DiscountId, ProductId, UserId
from veza.core.money import MAX_CENTS, Currency
from veza.domains.marketplace.prices.models import CartItem

MAX_DISCOUNTS = 200
MAX_PRODUCTS = 100
_MAX_USES = 1_000_000

Code = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9-]{2,40}$",
        description="2 to 40 letters, digits and hyphens. Case doesn't matter.",
        examples=["SPRING"],
    ),
]
TypedCode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="A discount code. Case and blanks around it don't matter.",
        examples=[None],
    ),
]
DiscountLabel = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="A note that buyers don't see.",
        examples=["Newsletter of March"],
    ),
]
Percent = Annotated[int, Meta(ge=1, le=100, examples=[20])]
Amount = Annotated[
    int,
    Meta(
        ge=1,
        le=MAX_CENTS,
        description="Taken off all products of an order together.",
        examples=[None],
    ),
]
DiscountProducts = Annotated[
    list[ProductId],
    Meta(
        min_length=1,
        max_length=MAX_PRODUCTS,
        description="The products that it is for. Null for all of yours, later ones included.",
        examples=[None],
    ),
]
MaxUses = Annotated[
    int, Meta(ge=1, le=_MAX_USES, description="How many orders can use it.", examples=[100])
]
MaxUsesPerBuyer = Annotated[
    int,
    Meta(ge=1, le=_MAX_USES, description="How many orders of a buyer can use it.", examples=[1]),
]
StartsAt = Annotated[Moment, Meta(description="Valid from then on.", examples=[None])]
EndsAt = Annotated[Moment, Meta(description="Valid until then.", examples=[None])]


class DiscountLimits(Struct, frozen=True, kw_only=True):
    """The products, dates and limits of a discount, which can be changed later.

    Null is no limit.
    """

    label: DiscountLabel | None = None
    product_ids: DiscountProducts | None = None
    starts_at: StartsAt | None = None
    ends_at: EndsAt | None = None
    max_uses: MaxUses | None = None
    max_uses_per_buyer: MaxUsesPerBuyer | None = None


class DiscountForm(DiscountLimits, frozen=True, kw_only=True):
    """A new discount: `percent` of each price, or `amount_cents` of an order in `currency`.

    The default currency of an amount is the seller's.
    """

    code: Code
    percent: Percent | None = None
    amount_cents: Amount | None = None
    currency: Annotated[Currency | None, Meta(examples=[None])] = None


class DiscountChange(Struct, frozen=True, kw_only=True):
    """Changed fields of a discount: those left out stay as they are."""

    label: DiscountLabel | UnsetType | None = UNSET
    product_ids: DiscountProducts | UnsetType | None = UNSET
    starts_at: StartsAt | UnsetType | None = UNSET
    ends_at: EndsAt | UnsetType | None = UNSET
    max_uses: MaxUses | UnsetType | None = UNSET
    max_uses_per_buyer: MaxUsesPerBuyer | UnsetType | None = UNSET


class Discount(Struct, frozen=True):
    """A discount of a seller. `used_count` is the number of orders that were not cancelled with it.

    With `product_ids` it is for these alone, of which deleted ones are left out.
    """

    id: DiscountId
    code: str
    label: str | None
    percent: int | None
    amount_cents: int | None
    currency: str | None
    product_ids: list[ProductId] | None
    starts_at: datetime | None
    ends_at: datetime | None
    max_uses: int | None
    max_uses_per_buyer: int | None
    used_count: int
    created_at: datetime


class DiscountList(Struct, frozen=True):
    """The discounts of a seller, newest first."""

    discounts: list[Discount]


class DiscountTarget(Struct, frozen=True):
    """A discount of a seller."""

    id: DiscountId
    seller_id: UserId


class NewDiscount(DiscountForm, frozen=True, kw_only=True):
    """A discount to insert."""

    id: DiscountId
    seller_id: UserId


class StoredDiscount(Discount, frozen=True):
    """The row of a discount, as read to price a cart."""

    seller_id: UserId


class CodeBuyer(Struct, frozen=True):
    """By whom the uses of a code are counted: an account, or the address of a guest.

    Neither, if a guest has not said it yet.
    """

    user_id: UserId | None = None
    email_key: str | None = None


class WantedDiscount(Struct, frozen=True):
    """A code as it was typed, the cart that it is for, and its buyer."""

    code: str
    items: Sequence[CartItem]
    currency: str
    buyer: CodeBuyer

"""A cart, the terms that reduce its prices, and the prices that result."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from msgspec import Struct

from veza.core.ids import BundleId, ProductId, UserId
from veza.domains.marketplace.products.models.forms import Pricing


class Cause(StrEnum):
    """The cause of a reduction."""

    BUNDLE = "bundle"
    MEMBERSHIP = "membership"
    UPGRADE = "upgrade"
    CODE = "code"


class Reduction(Struct, frozen=True):
    """A part of a price that is not charged. `label` and `reference_id` name the cause."""

    cause: Cause
    reference_id: UUID
    label: str
    amount_cents: int


class CartItem(Struct, frozen=True):
    """A product in a cart: its price without reductions, and what the buyer offers.

    Without `offered_cents` the buyer pays the least.
    """

    product_id: ProductId
    seller_id: UserId
    price_cents: int
    pricing: Pricing = Pricing.FIXED
    offered_cents: int | None = None


class BundleTerms(Struct, frozen=True):
    """A bundle: how much each of its products costs within it, whether in the cart or not."""

    id: BundleId
    title: str
    prices: Mapping[ProductId, int]


class DiscountTerms(Struct, frozen=True):
    """The discount of a code: a share of each price of its seller's products, or an amount of all.

    With `product_ids` off these alone. `rate` is between 0 and 1; `amount_cents` counts without it.
    """

    id: UUID
    code: str
    seller_id: UserId
    product_ids: frozenset[ProductId] | None = None
    rate: Fraction | None = None
    amount_cents: int = 0


class MemberTerms(Struct, frozen=True):
    """The discount of a tier: a share of each price of its profile's products.

    `id` and `label` are those of the tier. `rate` is between 0 and 1.
    """

    id: UUID
    label: str
    seller_id: UserId
    rate: Fraction


class PricedItem(Struct, frozen=True):
    """The price of a product in a cart: `list_cents` less the reductions.

    `minimum_cents` is the least that this buyer may pay; `bundle_id` the bundle that it is part of.
    """

    product_id: ProductId
    list_cents: int
    price_cents: int
    minimum_cents: int
    reductions: list[Reduction] = []
    bundle_id: BundleId | None = None

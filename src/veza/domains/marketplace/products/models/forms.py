"""New and changed products, as sent, and the choices of their fields."""

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ReleaseId, TrackId
from veza.core.money import Currency
from veza.core.prices import Licence, Price, Prices, Stock
from veza.core.service_terms import ServiceTerms

Title = Annotated[str, Meta(min_length=1, max_length=200, examples=["Night Ferry (WAV)"])]
Description = Annotated[str, Meta(max_length=5000)]
SoldRelease = Annotated[
    ReleaseId, Meta(description="A release of yours that buyers get.", examples=[None])
]


class ProductType(StrEnum):
    """Type of a product."""

    TRACK = "track"
    ALBUM = "album"
    SAMPLE_PACK = "sample_pack"
    PRESET = "preset"
    SERVICE = "service"


class Pricing(StrEnum):
    """The pricing of a product: a fixed price, or the minimum that a buyer may pay."""

    FIXED = "fixed"
    PAY_WHAT_YOU_WANT = "pay_what_you_want"


class ProductStatus(StrEnum):
    """Status of a product. Everybody can see `published` products, only the seller all others.

    Buyers find it in their orders, whatever its status. `withdrawn` is no longer for sale.
    """

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ProductForm(Struct, frozen=True):
    """A new product. The default currency is the seller's.

    A product shows a track, or is a release: then its type is `album`. With a `stock` it is sold
    out when so many are ordered. A `service` has terms, others have none.
    """

    title: Title
    type: ProductType
    price_cents: Price
    currency: Currency | None = None
    description: Description = ""
    licence: Licence = ""
    track_id: TrackId | None = None
    release_id: SoldRelease | None = None
    pricing: Pricing = Pricing.FIXED
    status: ProductStatus = ProductStatus.DRAFT
    stock: Stock | None = None
    prices: Prices = []
    service: ServiceTerms | None = None


class ProductChange(Struct, frozen=True):
    """Changed fields of a product: those left out stay as they are.

    With a new `stock`, `stock_seen` is the one that you saw: if some were sold meanwhile, the
    change is refused, so that none is sold twice.
    """

    title: Title | UnsetType = UNSET
    type: ProductType | UnsetType = UNSET
    price_cents: Price | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    licence: Licence | UnsetType = UNSET
    track_id: TrackId | UnsetType | None = UNSET
    release_id: SoldRelease | UnsetType | None = UNSET
    pricing: Pricing | UnsetType = UNSET
    status: ProductStatus | UnsetType = UNSET
    stock: Stock | UnsetType | None = UNSET
    stock_seen: Stock | None = None
    prices: Prices | UnsetType = UNSET
    service: ServiceTerms | UnsetType | None = UNSET

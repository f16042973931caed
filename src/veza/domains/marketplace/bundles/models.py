"""Bundles, as sent, stored and shown."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import BundleId, ProductId, UserId
from veza.core.money import MAX_CENTS, Currency
from veza.core.pages import RowRange
from veza.core.palettes import CoverPalette
from veza.core.people import Appearance
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.marketplace.products.models.forms import Description, ProductStatus
from veza.domains.marketplace.products.models.products import Product

MAX_BUNDLES = 100
# Of a bundle, and so of an order.
MAX_PRODUCTS = 50
MIN_PRODUCTS = 2
MAX_COVERS = 4

Title = Annotated[str, Meta(min_length=1, max_length=200, examples=["The Ferry Years"])]
ListedProducts = Annotated[
    list[ProductId],
    Meta(
        max_length=MAX_PRODUCTS,
        description="2 to 50 published products of yours, if `contents` is `products`; else none.",
        examples=[[]],
    ),
]
BundlePrice = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_CENTS,
        description="What all products cost together: 0, or 50 at least. Null with `percent_off`.",
        examples=[None],
    ),
]
PercentOff = Annotated[
    int,
    Meta(ge=1, le=99, description="The percentage that is taken off all prices.", examples=[20]),
]


class BundleContents(StrEnum):
    """The products of a bundle: listed ones, or the newest that the seller publishes, up to 50."""

    PRODUCTS = "products"
    ALL_ALBUMS = "all_albums"
    ALL_PRODUCTS = "all_products"


Contents = Annotated[BundleContents, Meta(examples=["all_albums"])]


class BundleForm(Struct, frozen=True):
    """A new bundle, for a price or a percentage off.

    The default currency is that of the first listed product, or else the seller's. Products of
    another are refused, or left out if all are meant.
    """

    title: Title
    contents: Contents = BundleContents.ALL_ALBUMS
    product_ids: ListedProducts = []
    price_cents: BundlePrice | None = None
    percent_off: PercentOff | None = None
    currency: Currency | None = None
    description: Description = ""
    status: ProductStatus = ProductStatus.DRAFT


class BundleChange(Struct, frozen=True):
    """Changed fields of a bundle: those left out stay as they are."""

    title: Title | UnsetType = UNSET
    contents: Contents | UnsetType = UNSET
    product_ids: ListedProducts | UnsetType = UNSET
    price_cents: BundlePrice | UnsetType | None = UNSET
    percent_off: PercentOff | UnsetType | None = UNSET
    currency: Currency | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    status: ProductStatus | UnsetType = UNSET


class BundleTexts(Struct, frozen=True):
    """The title and the description of a bundle."""

    title: str
    description: str


class BundleAttributes(BundleTexts, frozen=True):
    """The attributes that a seller sets."""

    contents: BundleContents
    price_cents: int | None
    percent_off: int | None
    currency: str
    product_ids: list[ProductId]


class NewBundle(Struct, frozen=True):
    """A bundle to insert."""

    id: BundleId
    seller_id: UserId
    attributes: BundleAttributes
    status: ProductStatus


class ListedProduct(Struct, frozen=True):
    """A product of a seller that may be put into a bundle."""

    id: ProductId
    currency: str
    status: ProductStatus
    has_variants: bool


class StoredBundle(BundleAttributes, frozen=True):
    """A bundle as stored, with its seller. `is_hidden`: suspended, or taken down."""

    id: BundleId
    seller_id: UserId
    username: str
    appearance: Appearance
    is_hidden: bool
    owner_status: ProductStatus | None
    taken_down: ItemTakedown | None
    status: ProductStatus
    created_at: datetime


class BundledProduct(Struct, frozen=True):
    """A product of a bundle that can be bought at the moment, and whether the viewer owns it."""

    bundle_id: BundleId
    product_id: ProductId
    price_cents: int
    is_owned: bool


class BundleOrder(Struct, frozen=True):
    """The products that somebody orders, and in which currency. Guests have no `buyer_id`."""

    buyer_id: UserId | None
    product_ids: Collection[ProductId]
    currency: str


class BundleSums(Struct, frozen=True):
    """Sums of a bundle: list prices, its own price, and what the viewer doesn't own yet."""

    products_count: int
    list_cents: int
    total_cents: int
    owned_count: int
    due_cents: int


class BundleCover(Struct, frozen=True):
    """The cover of a product in a bundle; `title` is that of the product."""

    title: str
    cover_url: str | None
    cover_palette: CoverPalette | None
    cover_placeholder: str | None


class Bundle(Struct, frozen=True, kw_only=True):
    """A bundle, with what can be bought of it at the moment. Prices include VAT.

    `list_cents` is the sum of the prices of its products, `total_cents` what they cost together. A
    buyer pays for those that they don't own: `due_cents`. Products whose price buyers choose count
    with the least. `covers` are those of the first products. `status` is what the seller chose,
    also while the bundle is `taken_down`.
    """

    id: BundleId
    seller: NamedMember
    title: str
    description: str
    contents: BundleContents
    price_cents: int | None
    percent_off: int | None
    currency: str
    status: ProductStatus
    products_count: int
    list_cents: int
    total_cents: int
    owned_count: int
    due_cents: int
    covers: list[BundleCover]
    created_at: datetime
    taken_down: TakenDown | UnsetType = UNSET


class BundleItem(Struct, frozen=True):
    """A product of a bundle. `price_cents` is what it costs now, in an order of all that is due.

    Of a product that is owned it is the part that is taken off the price of the bundle.
    """

    product: Product
    price_cents: int
    is_owned: bool


class BundleDetails(Bundle, frozen=True, kw_only=True):
    """A bundle with its products, in the order of the seller, or newest first."""

    items: list[BundleItem]


class BundlePage(Struct, frozen=True):
    """A page of bundles, newest first; `total` counts all pages."""

    bundles: list[Bundle]
    total: int


class BundleQuery(RowRange, frozen=True):
    """Page and filters of the list of bundles: those of a seller, or with a product."""

    seller_id: UserId | None = None
    product_id: ProductId | None = None


class BundleEvidence(BundleTexts, frozen=True):
    """A bundle at the time it was reported."""

    author_id: UserId
    username: str
    created_at: datetime


class ExportedBundle(BundleAttributes, frozen=True):
    """A bundle in the data export of its seller."""

    id: BundleId
    status: ProductStatus
    created_at: datetime

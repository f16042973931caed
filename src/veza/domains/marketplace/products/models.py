"""Products and their files, as sent, stored and shown."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ImageId, ProductFileId, ProductId, ReleaseId, TrackId, UserId
from veza.core.money import Currency
from veza.core.pages import RowRange
from veza.core.palettes import CoverPalette
from veza.core.people import Appearance
from veza.core.prices import Licence, Price, Prices, ProductPrice, Stock
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.core.track_covers import ShownCover
from veza.core.track_metadata import AiUse
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.credits.models import ShownCredit
from veza.domains.music.releases.models.forms import ReleaseKind
from veza.domains.music.tracks.models.tracks import TrackSummary

MAX_FILES = 200

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


class ProductSort(StrEnum):
    """Sort order of the list of products."""

    NEWEST = "newest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    POPULAR = "popular"
    RATING = "rating"


class ProductForm(Struct, frozen=True):
    """A new product. The default currency is the seller's.

    A product shows a track, or is a release: then its type is `album`. With a `stock` it is sold
    out when so many are ordered.
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


class ProductOffer(Struct, frozen=True):
    """The fields of a product: content, price and licence."""

    title: str
    description: str
    type: ProductType
    price_cents: int
    currency: str
    licence: str
    pricing: Pricing


class ProductTerms(ProductOffer, frozen=True):
    """The fields of a product with what is left of it, and its prices in further currencies."""

    stock: int | None
    prices: list[ProductPrice]


class ProductAttributes(ProductTerms, frozen=True):
    """The attributes that a seller sets."""

    track_id: TrackId | None
    release_id: ReleaseId | None


class ProductContents(Struct, frozen=True):
    """The track or the release of a product."""

    track_id: TrackId | None
    release_id: ReleaseId | None


class ReleaseSummary(Struct, frozen=True):
    """A release inside another response: enough to name and to show it."""

    id: ReleaseId
    title: str
    artist_name: str
    kind: ReleaseKind
    release_date: date | None
    publish_at: datetime | None
    cover_url: str | None
    cover_palette: CoverPalette | None
    cover_placeholder: str | None
    tracks_count: int
    duration_seconds: float


class StoredProduct(ProductTerms, frozen=True):
    """A product as stored, with the names of its seller, and its track or release.

    Of a track that isn't public only `track_id` is set, of a release only `release_id`.
    """

    id: ProductId
    seller_id: UserId | None
    username: str | None
    appearance: Appearance
    is_hidden: bool
    owner_status: ProductStatus | None
    taken_down: ItemTakedown | None
    status: ProductStatus
    rating_average: float | None
    reviews_count: int
    sales_count: int
    is_ordered: bool
    has_variants: bool
    is_sold_exclusively: bool
    created_at: datetime
    published_at: datetime | None
    track_id: TrackId | None
    track_title: str | None
    artist_id: UserId | None
    artist_name: str | None
    artist_appearance: Appearance
    duration_ms: int | None
    is_explicit: bool | None
    ai: AiUse | None
    cover: ShownCover | None
    artist_line: str | None
    credited: list[ShownCredit] | None
    release_id: ReleaseId | None
    release_title: str | None
    release_artist: str | None
    release_kind: ReleaseKind | None
    release_date: date | None
    release_publish_at: datetime | None
    release_visibility: Visibility | None
    release_tracks_count: int | None
    release_duration_ms: int | None
    release_cover_id: ImageId | None
    release_palette: list[int] | None
    release_placeholder: str | None


class Product(ProductTerms, frozen=True):
    """A product. The price includes VAT.

    `stock` is how many are left; null for no limit. `prices` are those in further currencies.
    `has_variants`: the price is that of the cheapest. `is_sold_exclusively`: no licence is sold.
    `track` is set if it is public, `release` if it isn't private, or is scheduled. Only the seller
    sees `sales_count`, `track_id` and `release_id`. `status` is what the seller chose, also while
    the product is `taken_down`.
    """

    id: ProductId
    status: ProductStatus
    is_sold_out: bool
    has_variants: bool
    is_sold_exclusively: bool
    seller: NamedMember | None
    track: TrackSummary | None
    release: ReleaseSummary | None
    rating_average: float | None
    reviews_count: int
    created_at: datetime
    published_at: datetime | None
    sales_count: int | UnsetType = UNSET
    track_id: TrackId | UnsetType | None = UNSET
    release_id: ReleaseId | UnsetType | None = UNSET
    taken_down: TakenDown | UnsetType = UNSET


class ProductSummary(Struct, frozen=True):
    """A published product, as a part of something else."""

    id: ProductId
    title: str
    type: ProductType
    price_cents: int
    currency: str
    is_sold_out: bool
    seller: NamedMember


class ProductFile(Struct, frozen=True):
    """A file of a product, without access to its content."""

    id: ProductFileId
    name: str
    size_bytes: int
    content_type: str


class ProductDetails(Product, frozen=True, kw_only=True):
    """A product with the files that its buyers get."""

    files: list[ProductFile]


class ProductPage(Struct, frozen=True):
    """A page of products; `total` counts all pages.

    Without a filter the total is exact. With a filter it is counted up to 10,000, which is as far
    as `offset` reaches; `total_is_exact` is false if there are more.
    """

    products: list[Product]
    total: int
    total_is_exact: bool = True


class ProductQuery(RowRange, frozen=True):
    """Page, search, filters and order of the list of products.

    `track_id` finds products that sell a track, or a release that it is on. The default order is
    the best match first in a search, else the newest first.
    """

    search: str = ""
    sort: ProductSort | None = None
    type: ProductType | None = None
    seller_id: UserId | None = None
    release_id: ReleaseId | None = None
    track_id: TrackId | None = None


class OwnProductQuery(RowRange, frozen=True):
    """Page and filters of a seller's own products."""

    status: ProductStatus | None = None
    release_id: ReleaseId | None = None


class NewProduct(Struct, frozen=True):
    """A product to insert."""

    id: ProductId
    seller_id: UserId
    attributes: ProductAttributes
    status: ProductStatus


class PurchasableProduct(Struct, frozen=True):
    """A product that can be bought; `track_id` only if the product is a track.

    `price_cents` is its price without reductions. A release is not available while it is private
    and not scheduled, nor what sells a track that is taken down; with `available_at` it is still to
    come. `is_redeemed`: it is given for a download code; `is_received`: for that of a gift.
    `stock`: so many are left. `is_exclusive_held`: an order holds its exclusive variant.
    """

    id: ProductId
    seller_id: UserId
    title: str
    price_cents: int
    currency: str
    licence: str
    pricing: Pricing = Pricing.FIXED
    track_id: TrackId | None = None
    was_ordered: bool = False
    is_available: bool = True
    available_at: datetime | None = None
    is_redeemed: bool = False
    stock: int | None = None
    is_received: bool = False
    has_variants: bool = False
    is_exclusive_held: bool = False
    is_sold_exclusively: bool = False


class RatingChange(Struct, frozen=True):
    """A change of the number of reviews of a product and of their sum."""

    product_id: ProductId
    reviews: int
    rating_sum: int


class StoredProductFile(Struct, frozen=True):
    """A file of a product as stored, at `service.file_key` in the storage."""

    id: ProductFileId
    product_id: ProductId
    name: str
    size_bytes: int
    content_type: str
    sha256: str
    created_at: datetime


class ProductFileRef(Struct, frozen=True):
    """A file of a product."""

    product_id: ProductId
    file_id: ProductFileId


class UploadedProductFile(Struct, frozen=True):
    """An uploaded file in the storage, still to be added to its product."""

    place: ProductFileRef
    name: str
    size_bytes: int
    content_type: str
    sha256: str


class SearchableProduct(Struct, frozen=True):
    """The searchable fields of a published product, and the number of its sales."""

    id: ProductId
    seller_id: UserId
    username: str
    title: str
    type: ProductType
    sales_count: int


class ProductEvidence(ProductOffer, frozen=True):
    """A product at the time it was reported."""

    author_id: UserId
    username: str
    file_names: list[str]
    created_at: datetime


class ExportedProduct(ProductTerms, frozen=True):
    """A product in the data export of its seller."""

    id: ProductId
    status: ProductStatus
    sales_count: int
    created_at: datetime
    file_names: list[str]

"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ProductFileId, ProductId, TrackId, UserId
from veza.core.money import MAX_CENTS, Currency
from veza.domains.music.tracks.models import Artist, TrackSummary

MAX_FILES = 200
# What is not free costs so much at least: less would go to whoever moves it.
MIN_PRICE_CENTS = 50

Title = Annotated[str, Meta(min_length=1, max_length=200, examples=["Night Ferry (WAV)"])]
Description = Annotated[str, Meta(max_length=5000)]
Licence = Annotated[
    str,
    Meta(
        max_length=5000,
        description="What buyers may do with it. Each keeps what was said when they ordered.",
        examples=["Personal use."],
    ),
]
Price = Annotated[
    int,
    Meta(ge=0, le=MAX_CENTS, description="VAT included; 0, or 50 at least.", examples=[1200]),
]


class ProductType(StrEnum):
    """What kind of thing is sold."""

    TRACK = "track"
    ALBUM = "album"
    SAMPLE_PACK = "sample_pack"
    PRESET = "preset"
    SERVICE = "service"


class ProductStatus(StrEnum):
    """Who may know of a product: its seller alone, until it is published, and once it is withdrawn.

    Those who ordered it find it in their orders, whatever its status.
    """

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ProductSort(StrEnum):
    """By what the list of products may be sorted, the best first."""

    NEWEST = "newest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    POPULAR = "popular"
    RATING = "rating"


class ProductForm(Struct, frozen=True):
    """What is said of a product when it is made. Without a currency it is sold in the seller's."""

    title: Title
    type: ProductType
    price_cents: Price
    currency: Currency | None = None
    description: Description = ""
    licence: Licence = ""
    track_id: TrackId | None = None
    status: ProductStatus = ProductStatus.DRAFT


class ProductChange(Struct, frozen=True):
    """What is to be changed; what is left out stays as it is."""

    title: Title | UnsetType = UNSET
    type: ProductType | UnsetType = UNSET
    price_cents: Price | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    licence: Licence | UnsetType = UNSET
    track_id: TrackId | UnsetType | None = UNSET
    status: ProductStatus | UnsetType = UNSET


class ProductAttributes(Struct, frozen=True):
    """All that a seller says of a product."""

    title: str
    type: ProductType
    price_cents: int
    currency: str
    description: str
    licence: str
    track_id: TrackId | None


class StoredProduct(Struct, frozen=True):
    """A product as it is stored, with the names it needs.

    Of its track there is only the id where not everybody may hear it.
    """

    id: ProductId
    seller_id: UserId | None
    username: str | None
    is_hidden: bool
    title: str
    description: str
    type: ProductType
    price_cents: int
    currency: str
    licence: str
    status: ProductStatus
    rating_average: float | None
    reviews_count: int
    sales_count: int
    is_ordered: bool
    created_at: datetime
    published_at: datetime | None
    track_id: TrackId | None
    track_title: str | None
    artist_id: UserId | None
    artist_name: str | None
    duration_ms: int | None
    has_cover: bool | None


class Product(Struct, frozen=True):
    """A product as it is shown. The price includes VAT.

    `track` lets people hear it, where everybody may. How often it was sold, its seller alone sees.
    """

    id: ProductId
    title: str
    description: str
    type: ProductType
    price_cents: int
    currency: str
    licence: str
    status: ProductStatus
    seller: Artist | None
    track: TrackSummary | None
    rating_average: float | None
    reviews_count: int
    created_at: datetime
    published_at: datetime | None
    sales_count: int | UnsetType = UNSET
    track_id: TrackId | UnsetType | None = UNSET


class ProductSummary(Struct, frozen=True):
    """A product that everybody may buy, beside something else."""

    id: ProductId
    title: str
    type: ProductType
    price_cents: int
    currency: str
    seller: Artist


class ProductFile(Struct, frozen=True):
    """A file of a product, as it is shown before anybody may have it."""

    id: ProductFileId
    name: str
    size_bytes: int
    content_type: str


class ProductDetails(Product, frozen=True, kw_only=True):
    """A product by itself, with the files that its buyers get."""

    files: list[ProductFile]


class ProductPage(Struct, frozen=True):
    """One page of products, and how many there are in all."""

    products: list[Product]
    total: int


class ProductQuery(Struct, frozen=True):
    """Which products are asked for, and in which order: by how well they fit, where none is said.

    `type` and `seller_id` narrow it down; without words it is everything.
    """

    limit: int = 20
    offset: int = 0
    words: list[str] = []
    sort: ProductSort | None = None
    type: ProductType | None = None
    seller_id: UserId | None = None


class OwnProductQuery(Struct, frozen=True):
    """Which of one's own products are asked for."""

    limit: int = 20
    offset: int = 0
    status: ProductStatus | None = None


class NewProduct(Struct, frozen=True):
    """What is written for a new product."""

    id: ProductId
    seller_id: UserId
    terms: ProductAttributes
    status: ProductStatus
    search_text: str


class PurchasableProduct(Struct, frozen=True):
    """What an order needs to know of a product; of one that is a track, which to hear."""

    id: ProductId
    seller_id: UserId
    title: str
    price_cents: int
    currency: str
    licence: str
    track_id: TrackId | None = None


class RatingChange(Struct, frozen=True):
    """So many more reviews of a product, and so much more in the sum of their ratings."""

    reviews: int
    rating_sum: int


class ProductFileForm(Struct, frozen=True):
    """What is said of a file at its upload: nothing but the file."""


class StoredProductFile(Struct, frozen=True):
    """A file of a product as it is stored; its key tells `service.file_key`."""

    id: ProductFileId
    product_id: ProductId
    name: str
    size_bytes: int
    content_type: str
    sha256: str
    created_at: datetime


class ProductFileRef(Struct, frozen=True):
    """Which file of which product."""

    product_id: ProductId
    file_id: ProductFileId


class UploadedProductFile(Struct, frozen=True):
    """What was stored of an upload."""

    place: ProductFileRef
    name: str
    size_bytes: int
    content_type: str
    sha256: str


class ProductSearchFields(Struct, frozen=True):
    """What a product is found by, but for its seller's name."""

    id: ProductId
    title: str
    type: ProductType


class ProductEvidence(Struct, frozen=True):
    """What a product looked like when it was reported."""

    author_id: UserId
    username: str
    title: str
    description: str
    type: ProductType
    price_cents: int
    currency: str
    licence: str
    file_names: list[str]
    created_at: datetime


class ProductFigures(Struct, frozen=True):
    """How many products there are, how many of them are published, and what their files take."""

    total: int
    published: int
    files_bytes: int


class ExportedProduct(Struct, frozen=True):
    """A product as its seller is handed it out with their data."""

    id: ProductId
    title: str
    description: str
    type: ProductType
    price_cents: int
    currency: str
    licence: str
    status: ProductStatus
    sales_count: int
    created_at: datetime
    file_names: list[str]


class DeleteProductFiles(Struct, frozen=True):
    """Have the files of a product deleted that is gone, or one of a product that stays."""

    product_id: ProductId
    file_id: ProductFileId | None = None

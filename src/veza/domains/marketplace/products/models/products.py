"""Products, as stored and shown."""

from datetime import date, datetime

from msgspec import UNSET, Struct, UnsetType

from veza.core.ids import ImageId, ProductId, ReleaseId, TrackId, UserId
from veza.core.palettes import CoverPalette
from veza.core.people import Appearance
from veza.core.prices import ProductPrice
from veza.core.service_terms import ServiceTerms
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.core.track_covers import ShownCover
from veza.core.track_metadata import AiUse
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.marketplace.products.models.files import ArchiveFormat, ProductFile
from veza.domains.marketplace.products.models.forms import Pricing, ProductStatus, ProductType
from veza.domains.music.credits.models import ShownCredit
from veza.domains.music.releases.models.forms import ReleaseKind
from veza.domains.music.tracks.models.tracks import TrackSummary


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
    service: ServiceTerms | None


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

    Of a track that isn't public only `track_id` is set, of a release only `release_id`. `has_lossy`
    says whether a track of the release was uploaded in a lossy format; None if it was not read.
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
    has_lossy: bool | None = None


class Product(ProductTerms, frozen=True):
    """A product. The price includes VAT.

    `stock` is how many are left; null for no limit. `prices` are those in further currencies.
    `has_variants`: the price is that of the cheapest. `is_sold_exclusively`: no licence is sold.
    `track` is set if it is public, `release` if it isn't private, or is scheduled. Only the seller
    sees `sales_count`, `track_id` and `release_id`. `formats` are those in which its release comes;
    of lists, those of one release or track have them. `status` is what the seller chose, also while
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
    formats: list[ArchiveFormat] | UnsetType = UNSET
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


class ProductDetails(Product, frozen=True, kw_only=True):
    """A product with the files that its buyers get."""

    files: list[ProductFile]


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
    service: ServiceTerms | None = None


class RatingChange(Struct, frozen=True):
    """A change of the number of reviews of a product and of their sum."""

    product_id: ProductId
    reviews: int
    rating_sum: int


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

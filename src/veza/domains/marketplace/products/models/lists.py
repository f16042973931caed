"""Pages and filters of lists of products."""

from enum import StrEnum

from msgspec import Struct

from veza.core.ids import ReleaseId, TrackId, UserId
from veza.core.pages import RowRange
from veza.domains.marketplace.products.models.forms import ProductStatus, ProductType
from veza.domains.marketplace.products.models.products import Product


class ProductSort(StrEnum):
    """Sort order of the list of products."""

    NEWEST = "newest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    POPULAR = "popular"
    RATING = "rating"


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

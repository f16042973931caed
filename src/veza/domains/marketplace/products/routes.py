"""Products are listed, created, published or withdrawn, and files appended, here."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ProductFileId, ProductId, ReleaseId, TrackId, UserId
from veza.core.profiles import Right
from veza.domains.marketplace.products import errors, file_uploads, service
from veza.domains.marketplace.products.models.files import ProductFile, ProductFileRef
from veza.domains.marketplace.products.models.forms import (
    ProductChange,
    ProductForm,
    ProductStatus,
    ProductType,
)
from veza.domains.marketplace.products.models.lists import (
    OwnProductQuery,
    ProductPage,
    ProductQuery,
    ProductSort,
)
from veza.domains.marketplace.products.models.products import ProductDetails
from veza.domains.music.releases.errors import NotYourRelease, ReleaseNotFound
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.platform.uploads.errors import UPLOAD_ERRORS
from veza.domains.platform.uploads.models import FileForm
from veza.domains.platform.uploads.service import Uploads
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.expensive import SEARCH
from veza.http.fast.shared_routes import Reader
from veza.http.requests.multipart import BrokenForm, UploadForm
from veza.http.requests.query_parameters import PageLimit, RowOffset
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_FILTERED_TEXTS = ("title", "description", "licence", "service")

_Search = Annotated[
    str | None, QueryParameter(max_length=200, description="Words of the title, or the seller.")
]
_Sort = Annotated[
    ProductSort | None,
    QueryParameter(description="`newest` by default, and the best match first in a search."),
]
_SellerId = Annotated[UUID | None, QueryParameter(description="The seller of the products.")]
_ReleaseOnSale = Annotated[
    UUID | None, QueryParameter(description="The release that the products are.")
]
_TrackOnSale = Annotated[
    UUID | None,
    QueryParameter(description="A track that the products sell, alone or with a release."),
]


@get(
    "/marketplace/products",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    expensive=SEARCH.only_with("search"),
    shared=True,
    errors=[pages.PageTooFar],
)
async def list_products(
    reader: Reader,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
    search: _Search = None,
    sort: _Sort = None,
    type: FromQuery[ProductType | None] = None,  # noqa: A002 - the name of the query's parameter
    seller_id: _SellerId = None,
    release_id: _ReleaseOnSale = None,
    track_id: _TrackOnSale = None,
) -> ProductPage:
    """List marketplace products, paginated: those that are published.

    The search tolerates typing errors and ignores accents; it finds 1,000 products at most.
    `total` is exact without a filter. With a search or a filter it is counted up to a limit, 10,000
    for filters, and `total_is_exact` is false if there are more. The products of a member who was
    just suspended or unsuspended are counted or left out a moment later than in the list.
    """
    seller = None if seller_id is None else UserId(seller_id)
    release = None if release_id is None else ReleaseId(release_id)
    track = None if track_id is None else TrackId(track_id)
    query = ProductQuery(limit, offset, search or "", sort, type, seller, release, track)
    return await service.list_products(reader.conn, query, reader.viewer, reader.urls)


@get(
    "/marketplace/products/{product_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    shared=True,
    errors=[errors.ProductNotFound],
)
async def show_product(reader: Reader, product_id: FromPath[UUID]) -> ProductDetails:
    """Get a single product by ID, with the names of its files."""
    return await service.get_product(reader.conn, ProductId(product_id), reader.viewer, reader.urls)


@get(
    "/sell/products",
    access=Access.USER,
    right=Right.READ,
    scope=Scope.READ,
    errors=[pages.PageTooFar],
)
async def list_own_products(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
    status: FromQuery[ProductStatus | None] = None,
    release_id: _ReleaseOnSale = None,
) -> ProductPage:
    """List your own products in every status, newest first."""
    release = None if release_id is None else ReleaseId(release_id)
    query = OwnProductQuery(limit, offset, status, release)
    return await service.list_own_products(conn, viewer_of(request), query, urls_of(request))


@post(
    "/marketplace/products",
    access=Access.CREATOR,
    activity=Activity.UPLOAD,
    scope=None,
    errors=[
        TrackNotFound,
        NotYourTrack,
        ReleaseNotFound,
        NotYourRelease,
        errors.ReleaseNotAvailable,
        TextRefused,
    ],
)
async def create_product(
    request: AnyRequest, data: JSONBody[ProductForm], tx: Tx
) -> ProductDetails:
    """Create a product: a `draft` that only you see, unless it is `published` at once.

    Then add files to it. Buyers get files that are added later, too.
    """
    seller = viewer_of(request)
    screening = service_of(request, TextFilters).screen(seller, data, *_FILTERED_TEXTS)
    product = await service.create_product(tx, seller, data, urls_of(request))
    await screening.report(tx, "product", product.id)
    return product


@put(
    "/marketplace/products/{product_id:uuid}",
    access=Access.CREATOR,
    activity=Activity.EDIT,
    scope=None,
    errors=[
        errors.ProductNotFound,
        errors.NotYourProduct,
        TrackNotFound,
        NotYourTrack,
        ReleaseNotFound,
        NotYourRelease,
        errors.ProductKeepsRelease,
        errors.StockChanged,
        errors.PricedByVariants,
        errors.KeptByVariants,
        errors.SoldExclusively,
        errors.ReleaseNotAvailable,
        TextRefused,
    ],
)
async def update_product(
    request: AnyRequest, product_id: FromPath[UUID], data: JSONBody[ProductChange], tx: Tx
) -> ProductDetails:
    """Change your own product; publish or withdraw it by its `status`.

    Fields that are left out stay as they are. Existing orders don't change. The price of a
    product with variants is theirs. A new `stock` needs the
    one that you saw, `stock_seen`: it is what is left besides orders that are placed, each of which
    holds a unit until it is cancelled or refunded.
    """
    seller = viewer_of(request)
    urls = urls_of(request)
    screening = service_of(request, TextFilters).screen(seller, data, *_FILTERED_TEXTS)
    product = await service.update_product(
        tx, ProductId(product_id), seller, change=data, urls=urls
    )
    await screening.report(tx, "product", product.id)
    return product


@delete(
    "/marketplace/products/{product_id:uuid}",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[errors.ProductNotFound, errors.NotYourProduct],
)
async def delete_product(request: AnyRequest, product_id: FromPath[UUID], tx: Tx) -> ProductDetails:
    """Delete your own product and its files. If it was ordered, it is withdrawn instead.

    Buyers keep access to it.
    """
    return await service.delete_product(
        tx, ProductId(product_id), viewer_of(request), urls_of(request)
    )


@post(
    "/marketplace/products/{product_id:uuid}/files",
    access=Access.CREATOR,
    activity=Activity.UPLOAD,
    scope=Scope.WRITE,
    form=FileForm,
    files={"file": "What buyers get: any kind of file, its name included."},
    request_max_body_size=None,
    errors=[
        BrokenForm,
        errors.ProductNotFound,
        errors.NotYourProduct,
        errors.ProductFileMissing,
        errors.ProductFileEmpty,
        errors.ProductFileTooLarge,
        errors.TooManyProductFiles,
        *UPLOAD_ERRORS,
    ],
)
async def upload_product_file(request: AnyRequest, product_id: FromPath[UUID]) -> ProductFile:
    """Append a file to your own product. Existing buyers can download it, too."""
    max_bytes = service_of(request, service.ProductFileStorage).max_file_bytes
    return await file_uploads.upload_file(
        service_of(request, Uploads),
        viewer_of(request),
        ProductId(product_id),
        form=UploadForm(request, FileForm, max_bytes, errors.ProductFileMissing),
        max_bytes=max_bytes,
    )


@delete(
    "/marketplace/products/{product_id:uuid}/files/{file_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[
        errors.ProductNotFound,
        errors.NotYourProduct,
        errors.ProductFileNotFound,
        errors.ProductOrdered,
        errors.FileInVariant,
    ],
)
async def delete_product_file(
    request: AnyRequest, product_id: FromPath[UUID], file_id: FromPath[UUID], tx: Tx
) -> ProductDetails:
    """Remove a file from your own product, as long as nobody has ordered it."""
    file = ProductFileRef(ProductId(product_id), ProductFileId(file_id))
    return await service.delete_product_file(tx, file, viewer_of(request), urls_of(request))


router = Router(
    "/",
    route_handlers=[
        list_products,
        show_product,
        list_own_products,
        create_product,
        update_product,
        delete_product,
        upload_product_file,
        delete_product_file,
    ],
    tags=["marketplace"],
    opt={"right": Right.SELL},
)

"""Sellers make and change bundles here; everybody lists and reads those that are published."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import BundleId, ProductId, UserId
from veza.core.profiles import Right
from veza.domains.marketplace.bundles import errors, service
from veza.domains.marketplace.bundles.models import (
    BundleChange,
    BundleDetails,
    BundleForm,
    BundlePage,
    BundleQuery,
)
from veza.domains.marketplace.products.errors import ProductNotFound, ProductNotPublished
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.fast.shared_routes import Reader
from veza.http.requests.query_parameters import PageLimit, RowOffset
from veza.http.responses.envelope import Deleted
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_FILTERED_TEXTS = ("title", "description")

_SellerId = Annotated[UUID | None, QueryParameter(description="The seller of the bundles.")]
_ProductId = Annotated[UUID | None, QueryParameter(description="A product that they contain.")]


@get(
    "/marketplace/bundles",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    shared=True,
    errors=[ProductNotFound, pages.PageTooFar],
)
async def list_bundles(
    reader: Reader,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
    seller_id: _SellerId = None,
    product_id: _ProductId = None,
) -> BundlePage:
    """List the published bundles of a seller, or those that a product is in, newest first.

    Bundles of which nothing can be bought at the moment are left out.
    """
    seller = None if seller_id is None else UserId(seller_id)
    product = None if product_id is None else ProductId(product_id)
    query = BundleQuery(limit, offset, seller, product)
    return await service.list_bundles(reader.conn, query, reader.viewer, reader.urls)


@get(
    "/marketplace/bundles/{bundle_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    shared=True,
    errors=[errors.BundleNotFound],
)
async def show_bundle(reader: Reader, bundle_id: FromPath[UUID]) -> BundleDetails:
    """Get a bundle with its products, and what you would pay for those that you don't own.

    To buy it, order all of these with its id as `bundle_id`.
    """
    return await service.get_bundle(reader.conn, BundleId(bundle_id), reader.viewer, reader.urls)


@get(
    "/sell/bundles",
    access=Access.USER,
    right=Right.READ,
    scope=None,
    errors=[pages.PageTooFar],
)
async def list_own_bundles(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, offset: RowOffset = 0
) -> BundlePage:
    """List your own bundles in every status, newest first."""
    rows = pages.RowRange(limit, offset)
    return await service.list_own_bundles(conn, viewer_of(request), rows, urls_of(request))


@post(
    "/marketplace/bundles",
    access=Access.CREATOR,
    activity=Activity.UPLOAD,
    scope=None,
    errors=[
        ProductNotFound,
        ProductNotPublished,
        errors.BundleCurrencies,
        errors.BundledVariants,
        errors.TooManyBundles,
        TextRefused,
    ],
)
async def create_bundle(request: AnyRequest, data: JSONBody[BundleForm], tx: Tx) -> BundleDetails:
    """Create a bundle: a `draft` that only you see, unless it is `published` at once.

    It contains 2 to 50 published products of yours, or always the newest 50 of your albums or of
    all your products. You can have up to 100 bundles.
    """
    seller = viewer_of(request)
    screening = service_of(request, TextFilters).screen(seller, data, *_FILTERED_TEXTS)
    bundle = await service.create_bundle(tx, seller, data, urls_of(request))
    await screening.report(tx, "bundle", bundle.id)
    return bundle


@put(
    "/marketplace/bundles/{bundle_id:uuid}",
    access=Access.CREATOR,
    activity=Activity.EDIT,
    scope=None,
    errors=[
        errors.BundleNotFound,
        errors.NotYourBundle,
        ProductNotFound,
        ProductNotPublished,
        errors.BundleCurrencies,
        errors.BundledVariants,
        TextRefused,
    ],
)
async def update_bundle(
    request: AnyRequest, bundle_id: FromPath[UUID], data: JSONBody[BundleChange], tx: Tx
) -> BundleDetails:
    """Change your own bundle; publish or withdraw it by its `status`.

    Fields that are left out stay as they are. Existing orders don't change.
    """
    seller = viewer_of(request)
    screening = service_of(request, TextFilters).screen(seller, data, *_FILTERED_TEXTS)
    bundle = await service.update_bundle(
        tx, BundleId(bundle_id), seller, change=data, urls=urls_of(request)
    )
    await screening.report(tx, "bundle", bundle.id)
    return bundle


@delete(
    "/marketplace/bundles/{bundle_id:uuid}",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[errors.BundleNotFound, errors.NotYourBundle],
)
async def delete_bundle(request: AnyRequest, bundle_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete your own bundle. Its products stay, and so do the orders of its buyers."""
    await service.delete_bundle(tx, BundleId(bundle_id), viewer_of(request))
    return Deleted(bundle_id)


router = Router(
    "/",
    route_handlers=[
        list_bundles,
        show_bundle,
        list_own_bundles,
        create_bundle,
        update_bundle,
        delete_bundle,
    ],
    tags=["marketplace"],
    opt={"right": Right.SELL},
)

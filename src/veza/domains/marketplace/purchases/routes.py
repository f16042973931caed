"""HTTP for what one buys: read the request, call the use case, return its result."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access
from veza.core.filenames import attachment
from veza.core.ids import OrderId, ProductFileId
from veza.core.signed_urls import Resource
from veza.domains.marketplace.orders.errors import OrderNotFound, OrderNotPaid
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.domains.marketplace.products.models import ProductFile
from veza.domains.marketplace.purchases import errors, service
from veza.domains.marketplace.purchases.models import Downloads, Order, OrderForm, OrderPage
from veza.domains.platform.idempotency.errors import KeyReused
from veza.http.dependencies import AnyRequest, Conn, database_of, viewer_of
from veza.http.idempotency import answer_once
from veza.http.query_parameters import CursorText, PageLimit
from veza.http.ranges import FileMetadata, serve_file
from veza.http.services import service_of
from veza.http.signed_urls import Signature, is_signed, urls_of
from veza.infra.payments.errors import ProviderUnavailable
from veza.infra.storage.objects import ObjectMissing

_BYTES = "application/octet-stream"


@post(
    "/marketplace/orders",
    access=Access.USER,
    scope=None,
    idempotent=True,
    errors=[
        ProductNotFound,
        errors.OwnProduct,
        errors.AlreadyOwned,
        errors.MixedCurrencies,
        errors.OrderTooLarge,
        errors.PaymentRefused,
        KeyReused,
        ProviderUnavailable,
    ],
)
async def check_out(request: AnyRequest, data: JSONBody[OrderForm]) -> Response[Order]:
    """Create an order: its `payment` is to be confirmed within half an hour.

    Prices are those of now. One order has one currency, and may be of several sellers. What is free
    is `paid` at once. With an `Idempotency-Key` it can be sent again, whatever got lost on the way.
    """
    database, buyer = database_of(request), viewer_of(request)
    till = service_of(request, service.Till)

    async def make(order_id: UUID) -> Order:
        return await service.check_out(database, till, buyer, order_id=OrderId(order_id), form=data)

    return await answer_once(request, make)


@get(
    "/marketplace/orders",
    access=Access.USER,
    scope=None,
    errors=[pages.BadCursor],
)
async def list_orders(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> OrderPage:
    """List one's own orders, newest first."""
    place = None if cursor is None else pages.decode_cursor(cursor)
    return await service.list_orders(conn, viewer_of(request).id, limit=limit, cursor=place)


@get(
    "/marketplace/orders/{order_id:uuid}",
    access=Access.USER,
    scope=None,
    errors=[OrderNotFound],
)
async def show_order(request: AnyRequest, order_id: FromPath[UUID], conn: Conn) -> Order:
    """Get one's own order, as it stands."""
    return await service.get_order(conn, OrderId(order_id), viewer_of(request).id)


@get(
    "/marketplace/orders/{order_id:uuid}/downloads",
    access=Access.USER,
    scope=None,
    errors=[OrderNotFound, OrderNotPaid],
)
async def list_downloads(request: AnyRequest, order_id: FromPath[UUID], conn: Conn) -> Downloads:
    """List the files of what one bought. The links need no token, and last for 15 minutes."""
    buyer_id = viewer_of(request).id
    return await service.list_downloads(conn, OrderId(order_id), buyer_id, urls_of(request))


@get(
    "/marketplace/orders/{order_id:uuid}/downloads/{file_id:uuid}",
    credentials="ignored",
    produces=_BYTES,
    partial=True,
    errors=[errors.DownloadNotFound],
)
async def download_file(
    request: AnyRequest,
    order_id: FromPath[UUID],
    file_id: FromPath[UUID],
    url_signature: Signature,
) -> Response[Any]:
    """Download a file of what was bought, by the link that lists of downloads show."""
    admitted = is_signed(request, url_signature, Resource.PURCHASED_FILE, order_id, file_id)
    async with database_of(request).read() as conn:
        file = await service.open_download(
            conn, OrderId(order_id), ProductFileId(file_id), is_signed=admitted
        )
    storage = service_of(request, products.Stockroom).storage
    key = products.file_key(file.product_id, file.id)
    try:
        return await serve_file(
            request, _facts(file), lambda first, last: storage.read(key, first, last)
        )
    except ObjectMissing as error:
        raise errors.DownloadNotFound from error


def _facts(file: ProductFile) -> FileMetadata:
    return FileMetadata(
        size=file.size_bytes,
        # To be saved, whatever it is: no browser runs here what a seller made.
        content_type=_BYTES,
        etag=file.sha256,
        modified=file.created_at,
        cache_control="private, max-age=900",
        disposition=attachment(file.name),
    )


router = Router(
    "/",
    route_handlers=[check_out, list_orders, show_order, list_downloads, download_file],
    tags=["marketplace"],
)

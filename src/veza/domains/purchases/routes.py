"""HTTP for what one buys: read the request, call the use case, return its result."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access
from veza.core.filenames import attachment
from veza.core.ids import OrderId, ProductFileId
from veza.domains.idempotency.errors import KeyReused
from veza.domains.orders.errors import OrderNotFound, OrderNotPaid
from veza.domains.products import service as products
from veza.domains.products.errors import ProductNotFound
from veza.domains.products.models import ProductFile
from veza.domains.purchases import errors, service
from veza.domains.purchases.models import Downloads, Order, OrderForm, OrderPage
from veza.domains.tracks.models import Links
from veza.http.dependencies import AnyRequest, Conn, database_of, viewer_of
from veza.http.idempotency import answer_once
from veza.http.parameters import CursorText, PageLimit
from veza.http.ranges import FileFacts, serve_file
from veza.infra.providers import ProviderUnavailable
from veza.infra.storage import ObjectMissing

DownloadGranted = NamedDependency[bool]

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
    database, till, buyer = database_of(request), request.app.state.till, viewer_of(request)

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
    return await service.list_downloads(conn, OrderId(order_id), buyer_id, _links(request))


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
    download_granted: DownloadGranted,
) -> Response[Any]:
    """Download a file of what was bought, by the link that lists of downloads show."""
    async with database_of(request).read() as conn:
        file = await service.open_download(
            conn, OrderId(order_id), ProductFileId(file_id), is_granted=download_granted
        )
    storage = request.app.state.stockroom.storage
    key = products.file_key(file.product_id, file.id)
    try:
        return await serve_file(
            request, _facts(file), lambda first, last: storage.read(key, first, last)
        )
    except ObjectMissing as error:
        raise errors.DownloadNotFound from error


def _facts(file: ProductFile) -> FileFacts:
    return FileFacts(
        size=file.size_bytes,
        # To be saved, whatever it is: no browser runs here what a seller made.
        content_type=_BYTES,
        etag=file.sha256,
        modified=file.created_at,
        cache_control="private, max-age=900",
        disposition=attachment(file.name),
    )


def _links(request: AnyRequest) -> Links:
    return request.app.state.make_links(request)


router = Router(
    "/",
    route_handlers=[check_out, list_orders, show_order, list_downloads, download_file],
    tags=["marketplace"],
)

"""HTTP for products: what is said of them by JSON, their files by a form that streams in."""

import asyncio
from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.errors import Fault, Invalid
from veza.core.ids import ProductFileId, ProductId, UserId
from veza.core.normalize import find_words
from veza.domains.marketplace.products import errors, service
from veza.domains.marketplace.products.models import (
    FileForm,
    FilePlace,
    OwnQuery,
    ProductChange,
    ProductDetails,
    ProductForm,
    ProductPage,
    ProductQuery,
    ProductType,
    ShownFile,
    Sort,
    Status,
    StoredFile,
)
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound
from veza.domains.platform.quotas import service as quotas
from veza.domains.platform.quotas.errors import (
    QuotaExceeded,
    QuotaOfObjectsExceeded,
    TooManyUploads,
)
from veza.domains.platform.quotas.models import Expected, Kind
from veza.domains.platform.quotas.service import Reservation
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of, visitor_of
from veza.http.expensive import SEARCH
from veza.http.json_body import announced_bytes
from veza.http.multipart import BrokenForm, read_parts
from veza.http.query_parameters import PageLimit, RowOffset
from veza.http.services import service_of
from veza.http.signed_urls import urls_of

_FORM_BYTES = 64 * 1024

_Search = Annotated[
    str | None, QueryParameter(max_length=200, description="Words of the title, or the seller.")
]
_Sort = Annotated[
    Sort | None,
    QueryParameter(description="`newest` by default; what fits best where one searches."),
]
_SellerId = Annotated[UUID | None, QueryParameter(description="Whose products.")]


@get(
    "/marketplace/products",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    # Even without words all that fits is counted.
    expensive=SEARCH,
    errors=[pages.PageTooFar],
)
async def list_products(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
    search: _Search = None,
    sort: _Sort = None,
    type: FromQuery[ProductType | None] = None,  # noqa: A002 - the name of the query's parameter
    seller_id: _SellerId = None,
) -> ProductPage:
    """List marketplace products, paginated: what is published, and how much there is of it.

    The search forgives typing errors, and knows no difference between letters with and without
    accents.
    """
    words = find_words(search or "")
    if search is not None and search.strip() and not words:
        return ProductPage([], 0)
    seller = None if seller_id is None else UserId(seller_id)
    wish = ProductQuery(limit, offset, words, sort, type, seller)
    return await service.list_products(conn, wish, visitor_of(request), urls_of(request))


@get(
    "/marketplace/products/{product_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.ProductNotFound],
)
async def show_product(
    request: AnyRequest, product_id: FromPath[UUID], conn: Conn
) -> ProductDetails:
    """Get a single product by ID, with the names of its files."""
    return await service.get_product(
        conn, ProductId(product_id), visitor_of(request), urls_of(request)
    )


@get("/sell/products", access=Access.USER, scope=Scope.READ, errors=[pages.PageTooFar])
async def list_own_products(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
    status: FromQuery[Status | None] = None,
) -> ProductPage:
    """List one's own products, the latest first: drafts and withdrawn ones too."""
    wish = OwnQuery(limit, offset, status)
    return await service.list_own(conn, viewer_of(request), wish, urls_of(request))


@post(
    "/marketplace/products",
    access=Access.CREATOR,
    activity=Activity.UPLOAD,
    scope=Scope.WRITE,
    errors=[TrackNotFound, NotYourTrack],
)
async def create_product(
    request: AnyRequest, data: JSONBody[ProductForm], tx: Tx
) -> ProductDetails:
    """Make a product: a `draft` that nobody else knows of, unless it is `published` at once.

    Files are added to it then. Whoever bought it has those that come later, too.
    """
    return await service.create_product(tx, viewer_of(request), data, urls_of(request))


@put(
    "/marketplace/products/{product_id:uuid}",
    access=Access.CREATOR,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[
        errors.ProductNotFound,
        errors.NotYourProduct,
        TrackNotFound,
        NotYourTrack,
    ],
)
async def update_product(
    request: AnyRequest, product_id: FromPath[UUID], data: JSONBody[ProductChange], tx: Tx
) -> ProductDetails:
    """Change one's own product; publish or withdraw it by its `status`.

    What is left out stays as it is. Orders keep what was said when they were made.
    """
    return await service.update_product(
        tx, ProductId(product_id), viewer_of(request), change=data, urls=urls_of(request)
    )


@delete(
    "/marketplace/products/{product_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ProductNotFound, errors.NotYourProduct],
)
async def delete_product(request: AnyRequest, product_id: FromPath[UUID], tx: Tx) -> ProductDetails:
    """Withdraw one's own product. Where nobody ordered it, it is deleted with its files.

    Those who ordered it keep it.
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
        QuotaExceeded,
        QuotaOfObjectsExceeded,
        TooManyUploads,
    ],
)
async def upload_product_file(request: AnyRequest, product_id: FromPath[UUID]) -> ShownFile:
    """Add a file to one's own product, behind the others. Those who bought it get it too."""
    database, seller = database_of(request), viewer_of(request)
    stockroom = service_of(request, service.Stockroom)
    announced = announced_bytes(request)
    async with quotas.reserve(
        service_of(request, quotas.Quotas),
        seller,
        Kind.PRODUCT_FILES,
        expected=Expected(announced, announced - _FORM_BYTES),
    ) as room:
        place = await service.begin_upload(database, ProductId(product_id), seller)
        try:
            file = await _receive(request, stockroom, place, room)
            async with database.transaction() as tx:
                await room.settle(tx, file.size_bytes)
                return await service.finish_upload(tx, seller, file)
        except BaseException:
            # Whatever went wrong, and be it that the client went away: nothing half-made stays.
            await asyncio.shield(service.abandon_upload(database, stockroom, place))
            raise


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
    ],
)
async def delete_product_file(
    request: AnyRequest, product_id: FromPath[UUID], file_id: FromPath[UUID], tx: Tx
) -> ProductDetails:
    """Take a file out of one's own product, as long as nobody ordered it."""
    place = FilePlace(ProductId(product_id), ProductFileId(file_id))
    return await service.delete_file(tx, place, viewer_of(request), urls_of(request))


async def _receive(
    request: AnyRequest, stockroom: service.Stockroom, place: FilePlace, room: Reservation
) -> StoredFile:
    """Store the file of a form as it comes."""
    file = None
    async for part in read_parts(request, stockroom.max_file_bytes + _FORM_BYTES):
        if part.name != "file" or part.filename is None:
            continue
        if file is not None:
            raise Invalid(details=[Fault("file", "Send one file at a time.")])
        chunks = room.cover(part.chunks)
        file = await service.store_file(stockroom, place, part.filename, chunks)
    if file is None:
        raise errors.ProductFileMissing
    return file


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
)

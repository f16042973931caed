"""Buyers and the seller ask for a release as a ZIP, and download it by a signed URL."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core.access import Access
from veza.core.filenames import attachment
from veza.core.ids import ArchiveId, OrderId, ProductId, UserId
from veza.core.profiles import Right
from veza.core.signed_urls import Resource
from veza.domains.marketplace.archives import errors, rules, service
from veza.domains.marketplace.archives.models import Archive, ArchiveForm, Archives, StoredArchive
from veza.domains.marketplace.orders.errors import (
    MailedLinkNeeded,
    NotDelivered,
    OrderNotFound,
    ProductNotBought,
    ProductWithoutRelease,
    TooManyGuestOrders,
)
from veza.domains.marketplace.orders.service.guest_orders import (
    GuestDesk,
    ensure_few,
    open_link,
)
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.http.dependencies import AnyRequest, Conn, Tx, client_of, database_of, viewer_of
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.security.signed_urls import Signature, is_signed, urls_of
from veza.http.services import service_of

_ZIP = "application/zip"
_HELD_ERRORS = (ProductNotFound, ProductNotBought, ProductWithoutRelease, NotDelivered)
_GUEST_ERRORS = (
    OrderNotFound,
    MailedLinkNeeded,
    ProductNotBought,
    ProductWithoutRelease,
    NotDelivered,
)
_BUILD_ERRORS = (
    errors.ReleaseEmpty,
    errors.ReleaseInProcessing,
    errors.NotLossless,
    errors.ArchiveTooLarge,
)

_MemberId = Annotated[
    UUID | None, QueryParameter(description="The member for whom the link was made.")
]
_OrderId = Annotated[
    UUID | None, QueryParameter(description="The guest's order for which the link was made.")
]


@post(
    "/marketplace/products/{product_id:uuid}/archives",
    access=Access.USER,
    scope=None,
    status_code=202,
    errors=[
        *_HELD_ERRORS,
        *_BUILD_ERRORS,
        errors.TooManyArchives,
    ],
)
async def request_archive(
    request: AnyRequest, product_id: FromPath[UUID], data: JSONBody[ArchiveForm], tx: Tx
) -> Archive:
    """Ask for the release of a product that you bought, or sell, as a ZIP in a format.

    It is built once for all buyers; you are notified when it is ready. Ask again to download a
    release that has changed since, or whose archive failed or was deleted.
    """
    member = viewer_of(request)
    storage = service_of(request, service.ArchiveStorage)
    holder = service.ArchiveHolder(ProductId(product_id), member)
    return await service.request_archive(tx, storage, holder, data.format, urls_of(request))


@get(
    "/marketplace/products/{product_id:uuid}/archives",
    access=Access.USER,
    scope=None,
    errors=[*_HELD_ERRORS],
)
async def list_archives(request: AnyRequest, product_id: FromPath[UUID], conn: Conn) -> Archives:
    """List the formats of a release that you bought, or sell, with progress and download links.

    The links need no token, and expire after 15 minutes.
    """
    storage = service_of(request, service.ArchiveStorage)
    holder = service.ArchiveHolder(ProductId(product_id), viewer_of(request))
    return await service.list_archives(conn, storage, holder, urls_of(request))


@post(
    "/marketplace/guest-orders/{token:str}/archives/{product_id:uuid}",
    credentials="ignored",
    status_code=202,
    errors=[*_GUEST_ERRORS, *_BUILD_ERRORS, TooManyGuestOrders],
)
async def request_guest_archive(
    request: AnyRequest,
    token: FromPath[str],
    product_id: FromPath[UUID],
    data: JSONBody[ArchiveForm],
    tx: Tx,
) -> Archive:
    """Ask for a release of the order that a link opens, as a ZIP in a format."""
    desk = service_of(request, GuestDesk)
    await ensure_few(desk, client_of(request).address)
    opened = await open_link(tx, desk.key, token)
    holder = service.ArchiveHolder(ProductId(product_id), opened)
    storage = service_of(request, service.ArchiveStorage)
    return await service.request_archive(tx, storage, holder, data.format, urls_of(request))


@get(
    "/marketplace/guest-orders/{token:str}/archives/{product_id:uuid}",
    credentials="ignored",
    errors=[*_GUEST_ERRORS],
)
async def list_guest_archives(
    request: AnyRequest, token: FromPath[str], product_id: FromPath[UUID], conn: Conn
) -> Archives:
    """List the formats of a release of the order that a link opens, with download links."""
    opened = await open_link(conn, service_of(request, GuestDesk).key, token)
    holder = service.ArchiveHolder(ProductId(product_id), opened)
    storage = service_of(request, service.ArchiveStorage)
    return await service.list_archives(conn, storage, holder, urls_of(request))


@get(
    "/marketplace/products/{product_id:uuid}/archives/{archive_id:uuid}/file",
    credentials="ignored",
    produces=_ZIP,
    partial=True,
    errors=[errors.ArchiveNotFound],
)
async def download_archive(
    request: AnyRequest,
    product_id: FromPath[UUID],
    archive_id: FromPath[UUID],
    url_signature: Signature,
    member: _MemberId = None,
    order: _OrderId = None,
) -> Response[Any]:
    """Download an archive, by its signed URL.

    It ends with the right to the release. An archive that was replaced, because the release has
    changed, stays for an hour.
    """
    holder = member if order is None else order
    ids = product_id, archive_id, holder
    if holder is None or not is_signed(request, url_signature, Resource.RELEASE_ARCHIVE, *ids):
        raise errors.ArchiveNotFound
    database = database_of(request)
    held_by = UserId(holder) if order is None else service.OrderedBy(OrderId(order))
    async with database.read() as conn:
        archive = await service.open_archive(
            conn, ProductId(product_id), ArchiveId(archive_id), held_by
        )
    await service.record_use(database, archive)
    storage = service_of(request, service.ArchiveStorage).audio.storage
    stored = StoredFile(storage, rules.archive_key(archive), errors.ArchiveNotFound)
    try:
        return await serve_object(request, _facts(archive), stored)
    except errors.ArchiveNotFound:
        await service.retire_lost(database, archive)
        raise


def _facts(archive: StoredArchive) -> FileMetadata:
    assert archive.size_bytes is not None
    assert archive.sha256 is not None
    assert archive.ready_at is not None
    return FileMetadata(
        size=archive.size_bytes,
        content_type=_ZIP,
        etag=archive.sha256,
        modified=archive.ready_at,
        cache_control="private, max-age=900",
        disposition=attachment(f"{archive.name}.zip"),
    )


router = Router(
    "/",
    route_handlers=[
        request_archive,
        list_archives,
        request_guest_archive,
        list_guest_archives,
        download_archive,
    ],
    tags=["marketplace"],
    opt={"right": Right.MONEY},
)

"""Buyers and the seller ask for a release as a ZIP, and download it by a signed URL."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core.access import Access
from veza.core.filenames import attachment
from veza.core.ids import ArchiveId, ProductId, UserId
from veza.core.profiles import Right
from veza.core.signed_urls import Resource
from veza.domains.marketplace.archives import errors, rules, service
from veza.domains.marketplace.archives.models import Archive, ArchiveForm, Archives, StoredArchive
from veza.domains.marketplace.orders.errors import (
    NotDelivered,
    ProductNotBought,
    ProductWithoutRelease,
)
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.security.signed_urls import Signature, is_signed, urls_of
from veza.http.services import service_of

_ZIP = "application/zip"
_HELD_ERRORS = (ProductNotFound, ProductNotBought, ProductWithoutRelease, NotDelivered)

_MemberId = Annotated[
    UUID | None, QueryParameter(description="The member for whom the link was made.")
]


@post(
    "/marketplace/products/{product_id:uuid}/archives",
    access=Access.USER,
    scope=None,
    status_code=202,
    errors=[
        *_HELD_ERRORS,
        errors.ReleaseEmpty,
        errors.ReleaseInProcessing,
        errors.NotLossless,
        errors.ArchiveTooLarge,
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
    links = service.BuyersLinks(ProductId(product_id), member.id, urls_of(request))
    return await service.request_archive(tx, storage, member, data.format, links)


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
    return await service.list_archives(
        conn, storage, ProductId(product_id), viewer_of(request), urls_of(request)
    )


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
) -> Response[Any]:
    """Download an archive, by its signed URL.

    It ends with the right to the release. An archive that was replaced, because the release has
    changed, stays for an hour.
    """
    ids = product_id, archive_id, member
    if member is None or not is_signed(request, url_signature, Resource.RELEASE_ARCHIVE, *ids):
        raise errors.ArchiveNotFound
    database = database_of(request)
    async with database.read() as conn:
        archive = await service.open_archive(
            conn, ProductId(product_id), ArchiveId(archive_id), UserId(member)
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
    route_handlers=[request_archive, list_archives, download_archive],
    tags=["marketplace"],
    opt={"right": Right.MONEY},
)

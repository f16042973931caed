"""Owners create and revoke share links; recipients see, unlock and download files by them."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.filenames import attachment
from veza.core.ids import FileId, FileShareId
from veza.core.profiles import Right
from veza.core.signed_urls import Resource
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.files.errors import FileNotFound
from veza.domains.cloud.shares import errors, service
from veza.domains.cloud.shares.models import (
    CreatedShare,
    SharedFile,
    ShareForm,
    SharePage,
    Shares,
    StoredShare,
    UnlockForm,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.expensive import SEARCH
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import BareEnvelope, Deleted
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.security.signed_urls import Signature, is_signed, urls_of
from veza.http.services import service_of

_BYTES = "application/octet-stream"


@post(
    "/cloud/files/{file_id:uuid}/share",
    access=Access.USER,
    activity=Activity.UPLOAD,
    scope=None,
    status_code=200,
    response_class=BareEnvelope,
    errors=[FileNotFound, errors.TooManyShares],
)
async def share_file(
    request: AnyRequest, file_id: FromPath[UUID], data: JSONBody[ShareForm]
) -> CreatedShare:
    """Create a share link, by which anybody can download the current version of the file.

    Its token is shown only once. The link may need a password, and limit the downloads.
    """
    prepared = await service.prepare_share(
        service_of(request, service.SharedFileAccess), FileId(file_id), data
    )
    viewer, urls = viewer_of(request), urls_of(request)
    return await database_of(request).transact(
        lambda tx: service.share_file(tx, prepared, viewer, urls)
    )


@get(
    "/cloud/files/{file_id:uuid}/shares",
    access=Access.USER,
    scope=Scope.READ,
    errors=[FileNotFound],
)
async def list_shares(request: AnyRequest, file_id: FromPath[UUID], conn: Conn) -> Shares:
    """List the valid share links of a file of yours, without their tokens."""
    return await service.list_shares(conn, FileId(file_id), viewer_of(request))


@get(
    "/cloud/links",
    access=Access.USER,
    scope=Scope.READ,
    expensive=SEARCH,
    errors=[pages.BadCursor],
)
async def list_all_shares(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> SharePage:
    """List the valid share links of all your files, newest first, without their tokens."""
    return await service.list_shares_of(
        conn, viewer_of(request), limit=limit, cursor=read_cursor(cursor)
    )


@delete(
    "/cloud/files/{file_id:uuid}/shares/{share_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ShareNotFound],
)
async def revoke_share(
    request: AnyRequest, file_id: FromPath[UUID], share_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Revoke a share link, with immediate effect."""
    await service.revoke_share(tx, FileId(file_id), viewer_of(request), FileShareId(share_id))
    return Deleted(share_id)


@get(
    "/cloud/shared/{token:str}",
    access=Access.NONE,
    scope=Scope.READ,
    errors=[errors.ShareNotFound, errors.ShareProtected],
)
async def show_shared(request: AnyRequest, token: FromPath[str], conn: Conn) -> SharedFile:
    """Get the metadata of a shared file. A link with a password must be unlocked instead."""
    return await service.show_shared(conn, token, urls_of(request))


@post(
    "/cloud/shared/unlock",
    access=Access.NONE,
    scope=Scope.READ,
    status_code=200,
    changes_nothing=True,
    errors=[errors.ShareNotFound, errors.WrongSharePassword, errors.TooManyGuesses],
)
async def unlock_share(request: AnyRequest, data: JSONBody[UnlockForm]) -> SharedFile:
    """Get the metadata of a file whose link has a password, and a download URL for an hour.

    After ten wrong passwords the link is locked for some time.
    """
    return await service.unlock(
        database_of(request), service_of(request, service.SharedFileAccess), data, urls_of(request)
    )


@get(
    "/cloud/shared/{token:str}/download",
    credentials="ignored",
    produces=_BYTES,
    partial=True,
    errors=[errors.ShareNotFound, errors.ShareProtected],
)
async def download_shared(
    request: AnyRequest, token: FromPath[str], url_signature: Signature
) -> Response[Any]:
    """Download a shared file. If downloads are limited, each request counts, without ranges.

    If the link has a password, use the URL that unlocking returns.
    """
    database = database_of(request)
    access = service_of(request, service.SharedFileAccess)
    admitted = is_signed(request, url_signature, Resource.SHARED_FILE, token)
    async with database.read() as conn:
        share = await service.open_shared(conn, token, granted=admitted)

    stored = StoredFile(
        access.blobs.storage,
        blobs.object_key(share.blob_id),
        errors.ShareNotFound,
        before_read=lambda first: service.count_download(database, share, first),
    )
    return await serve_object(request, _facts(share), stored)


def _facts(share: StoredShare) -> FileMetadata:
    return FileMetadata(
        size=share.size_bytes,
        # Sent as an attachment, so that browsers never run an uploaded file.
        content_type=_BYTES,
        etag=share.sha256,
        modified=share.stored_at,
        # A revoked link must not be served by caches.
        cache_control="private, no-cache",
        disposition=attachment(share.name),
        is_whole=share.max_downloads is not None,
    )


router = Router(
    "/",
    route_handlers=[
        share_file,
        list_shares,
        list_all_shares,
        revoke_share,
        show_shared,
        unlock_share,
        download_shared,
    ],
    tags=["cloud"],
    opt={"right": Right.PUBLISH},
)

"""HTTP for links to files: the owner's side, and the side of those who have a link."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.filenames import attachment
from veza.core.ids import FileId, FileShareId
from veza.core.signed_urls import Resource
from veza.domains.cloud.files.errors import FileNotFound
from veza.domains.cloud.shares import errors, service
from veza.domains.cloud.shares.models import (
    CreatedShare,
    RevokedShare,
    SharedFile,
    ShareForm,
    Shares,
    StoredShare,
    UnlockForm,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.envelope import BareEnvelope
from veza.http.ranges import FileMetadata, serve_file
from veza.http.services import service_of
from veza.http.signed_urls import Signature, is_signed, urls_of
from veza.infra.storage.objects import ObjectMissing

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
    """Create a share link, by which anybody gets the file as it is then.

    Its token is shown this once. It may want a password besides, and allow so many downloads.
    """
    drawn = await service.draw_share(service_of(request, service.Hatch), FileId(file_id), data)
    async with database_of(request).transaction() as tx:
        return await service.share_file(tx, drawn, viewer_of(request), urls_of(request))


@get(
    "/cloud/files/{file_id:uuid}/shares",
    access=Access.USER,
    scope=Scope.READ,
    errors=[FileNotFound],
)
async def list_shares(request: AnyRequest, file_id: FromPath[UUID], conn: Conn) -> Shares:
    """List the share links of one's own file that hold, without their tokens."""
    return await service.list_shares(conn, FileId(file_id), viewer_of(request))


@delete(
    "/cloud/files/{file_id:uuid}/shares/{share_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ShareNotFound],
)
async def revoke_share(
    request: AnyRequest, file_id: FromPath[UUID], share_id: FromPath[UUID], tx: Tx
) -> RevokedShare:
    """Revoke a share link: it leads nowhere any more, at once."""
    revoked = FileShareId(share_id)
    await service.revoke(tx, FileId(file_id), viewer_of(request), revoked)
    return RevokedShare(revoked)


@get(
    "/cloud/shared/{token:str}",
    access=Access.NONE,
    scope=Scope.READ,
    errors=[errors.ShareNotFound, errors.ShareProtected],
)
async def show_shared(request: AnyRequest, token: FromPath[str], conn: Conn) -> SharedFile:
    """Get shared file metadata, by a link alone."""
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
    """Get the metadata of a file whose link has a password, and a URL to download it for an hour.

    After ten wrong passwords the link answers nobody for a while.
    """
    return await service.unlock(
        database_of(request), service_of(request, service.Hatch), data, urls_of(request)
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
    """Download a shared file. Where downloads are limited each request is one, and gives it whole.

    Where its link has a password, by the URL that unlocking shows.
    """
    database, hatch = database_of(request), service_of(request, service.Hatch)
    admitted = is_signed(request, url_signature, Resource.SHARED_FILE, token)
    async with database.read() as conn:
        share = await service.open_shared(conn, token, granted=admitted)

    def read(first: int, last: int) -> AsyncIterator[bytes]:
        return service.read_shared(database, hatch, share, first=first, last=last)

    try:
        return await serve_file(request, _facts(share), read)
    except ObjectMissing as error:
        # The file got another content, and a day passed, between the look and the reading.
        raise errors.ShareNotFound from error


def _facts(share: StoredShare) -> FileMetadata:
    return FileMetadata(
        size=share.size_bytes,
        # To be saved, whatever it is: no browser runs here what a member made.
        content_type=_BYTES,
        etag=share.sha256,
        modified=share.stored_at,
        # What is revoked must not live on in between.
        cache_control="private, no-cache",
        disposition=attachment(share.name),
        is_whole=share.max_downloads is not None,
    )


router = Router(
    "/",
    route_handlers=[
        share_file,
        list_shares,
        revoke_share,
        show_shared,
        unlock_share,
        download_shared,
    ],
    tags=["cloud"],
)

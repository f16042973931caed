"""HTTP for privacy: to ask for one's data, to download it, and to be forgotten."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.filenames import attachment
from veza.core.ids import ExportId
from veza.core.signed_urls import Resource
from veza.domains.auth.accounts.errors import LastAdmin, TooManyLogins, WrongPassword
from veza.domains.auth.accounts.service import Doorkeeper
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.privacy import errors, rules, service
from veza.domains.privacy.models import Export, Farewell, Leaving, StoredExport
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.envelope import Done, Envelope
from veza.http.ranges import FileMetadata, serve_file
from veza.http.services import service_of
from veza.http.signed_urls import Signature, is_signed, urls_of
from veza.infra.storage.objects import ObjectMissing

_ZIP = "application/zip"


@post(
    "/users/me/export",
    status_code=202,
    access=Access.USER,
    scope=None,
    errors=[errors.ExportRunning, errors.ExportTooSoon],
)
async def ask_for_export(request: AnyRequest, tx: Tx) -> Export:
    """Request an export of one's data (GDPR), which runs asynchronously.

    One is told when it is ready, with a URL that lasts for 24 hours: a ZIP with all that is kept
    as JSON, and with the files that one brought. One at a time, and one a day.
    """
    return await service.ask_for_export(tx, viewer_of(request), urls_of(request))


@get(
    "/users/me/export",
    access=Access.USER,
    scope=None,
    errors=[errors.ExportNotFound],
)
async def show_export(request: AnyRequest, conn: Conn) -> Export:
    """Tell how far the export is that one asked for last, and where it lies once it is ready."""
    return await service.get_export(conn, viewer_of(request), urls_of(request))


@get(
    "/users/me/export/{export_id:uuid}/download",
    credentials="ignored",
    produces=_ZIP,
    partial=True,
    errors=[errors.ExportNotFound],
)
async def download_export(
    request: AnyRequest, export_id: FromPath[UUID], url_signature: Signature
) -> Response[Any]:
    """Download an export, by the URL that one is told."""
    admitted = is_signed(request, url_signature, Resource.EXPORT, export_id)
    async with database_of(request).read() as conn:
        export = await service.open_export(conn, ExportId(export_id), granted=admitted)
    storage, key = service_of(request, service.Estate).storage, rules.archive_key(export)
    try:
        return await serve_file(
            request, _facts(export), lambda first, last: storage.read(key, first, last)
        )
    except ObjectMissing as error:
        # Its day was over between the look at its row and the one at its file.
        raise errors.ExportNotFound from error


@delete(
    "/users/me",
    status_code=200,
    access=Access.USER,
    scope=None,
    errors=[WrongPassword, TooManyLogins, LastAdmin, OpenBalance],
)
async def delete_account(request: AnyRequest, data: JSONBody[Farewell]) -> Envelope[Leaving]:
    """Delete one's own account, and all that is kept of one (GDPR, article 17), at once.

    What the law wants kept, as invoices, stays. What was sold stays with those who bought it. Where
    the server leaves time to think better of it, `due_at` says until when.
    """
    keeper = service_of(request, Doorkeeper)
    leaving = await service.say_farewell(
        database_of(request),
        keeper,
        service_of(request, service.Estate),
        member=viewer_of(request),
        password=data.password,
    )
    cookies = context_of(request).cookies
    return cookies.take_back_all(leaving)


@post(
    "/users/me/stay",
    status_code=200,
    access=Access.USER,
    scope=None,
    errors=[errors.NotLeaving],
)
async def stay(request: AnyRequest, tx: Tx) -> Done:
    """Take it back that one deletes one's account, where there is time for that."""
    await service.stay(tx, viewer_of(request))
    return Done("You stay")


def _facts(export: StoredExport) -> FileMetadata:
    assert export.size_bytes is not None
    assert export.sha256 is not None
    assert export.ready_at is not None
    return FileMetadata(
        size=export.size_bytes,
        content_type=_ZIP,
        etag=export.sha256,
        modified=export.ready_at,
        cache_control="private, no-store",
        disposition=attachment(rules.archive_name(export)),
    )


router = Router(
    "/",
    route_handlers=[ask_for_export, show_export, download_export, delete_account, stay],
    tags=["privacy"],
)

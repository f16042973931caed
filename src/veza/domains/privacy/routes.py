"""Members export their data, and delete their account or cancel that."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.activities import Activity
from veza.core.filenames import attachment
from veza.core.ids import ExportId, ProfileId
from veza.core.profiles import NotYourProfile, Right
from veza.core.signed_urls import Resource
from veza.core.step_up import StepUp
from veza.domains.auth.accounts.errors import LastAdmin, TooManyLogins, WrongPassword
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.live.errors import StillOnAir
from veza.domains.marketplace.ledger.errors import MoneyStays, OpenBalance
from veza.domains.privacy import errors, rules, service
from veza.domains.privacy.models import (
    AccountDeletion,
    DeletionPreview,
    DeletionResult,
    DeletionStatus,
    Export,
    StoredExport,
)
from veza.domains.profiles.errors import NotMergeable, PersonalProfile, ProfileNotFound
from veza.domains.profiles.models.profiles import MergeForm, Profile
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.responses.envelope import Deleted, Done, Envelope
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.security.signed_urls import Signature, is_signed, urls_of
from veza.http.services import service_of

_ZIP = "application/zip"


@post(
    "/users/me/export",
    status_code=202,
    access=Access.USER,
    right=Right.OWN,
    scope=None,
    errors=[errors.ExportRunning, errors.ExportTooSoon],
)
async def ask_for_export(request: AnyRequest, tx: Tx) -> Export:
    """Request an export of your data (GDPR), built asynchronously.

    It is a ZIP archive with all stored data as JSON, and the uploaded files. You are notified when
    it is ready; its URL works for 24 hours. Limited to one export a day.
    """
    return await service.request_export(tx, viewer_of(request), urls_of(request))


@get(
    "/users/me/export",
    access=Access.USER,
    right=Right.OWN,
    scope=None,
    errors=[errors.ExportNotFound],
)
async def show_export(request: AnyRequest, conn: Conn) -> Export:
    """Show the progress of the newest export, and its URL once it is ready."""
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
    """Download an export, with the signed URL that `GET /users/me/export` returns."""
    granted = is_signed(request, url_signature, Resource.EXPORT, export_id)
    async with database_of(request).read() as conn:
        export = await service.open_export(conn, ExportId(export_id), granted=granted)
    storage, key = (
        service_of(request, service.PersonalDataContext).storage,
        rules.archive_key(export),
    )
    stored = StoredFile(storage, key, errors.ExportNotFound)
    return await serve_object(request, _facts(export), stored)


@delete(
    "/users/me",
    status_code=200,
    access=Access.USER,
    scope=None,
    step_up=StepUp.WITH_FACTORS,
    errors=[WrongPassword, TooManyLogins, LastAdmin, OpenBalance],
)
async def delete_account(
    request: AnyRequest, data: JSONBody[AccountDeletion]
) -> Envelope[DeletionResult]:
    """Delete your own account and personal data (GDPR, article 17).

    Records required by law, such as invoices, are kept, and buyers keep their purchases. If this
    server deletes accounts with a delay, `due_at` is the date: until then the deletion can be
    cancelled.
    """
    result = await service.delete_account(
        database_of(request),
        service_of(request, LoginContext),
        service_of(request, service.PersonalDataContext),
        member=viewer_of(request),
        password=data.password,
    )
    return context_of(request).cookies.clear_all(result)


@get("/users/me/deletion", access=Access.USER, scope=None)
async def show_deletion(request: AnyRequest, conn: Conn) -> DeletionStatus:
    """Show whether the deletion of your own account is pending, and when it is due."""
    return await service.get_deletion(conn, viewer_of(request))


@get("/users/me/deletion/preview", access=Access.USER, scope=None)
async def preview_deletion(request: AnyRequest, conn: Conn) -> DeletionPreview:
    """Show what is deleted with your account, and what stays.

    An artist, a band or a label stays if it has another owner. To keep one, hand it over or make
    another member its owner first. A service that you ordered is paid back if nothing was delivered
    yet, else it counts as accepted; staff decides disputes, without what you wrote.
    """
    return await service.preview_deletion(conn, viewer_of(request).id)


@delete(
    "/profiles/{profile_id:uuid}",
    status_code=200,
    access=Access.USER,
    right=Right.OWN,
    scope=None,
    step_up=StepUp.WITH_FACTORS,
    errors=[ProfileNotFound, NotYourProfile, PersonalProfile, OpenBalance],
)
async def delete_profile(request: AnyRequest, profile_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete an artist, a band or a label that you own, with all that it published.

    Records required by law are kept, and buyers keep their purchases, as when an account is
    deleted. Your personal profile goes with your account.
    """
    context = service_of(request, service.PersonalDataContext)
    await service.delete_page(tx, context, ProfileId(profile_id), viewer_of(request))
    return Deleted(profile_id)


@post(
    "/profiles/{profile_id:uuid}/merge",
    status_code=200,
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=None,
    step_up=StepUp.EVERYBODY,
    errors=[ProfileNotFound, NotYourProfile, NotMergeable, MoneyStays, StillOnAir],
)
async def merge_profile(
    request: AnyRequest, profile_id: FromPath[UUID], data: JSONBody[MergeForm], tx: Tx
) -> Profile:
    """Merge an artist, a band or a label into another profile; you must own both.

    Tracks, releases, products, posts, playlists, streams, credits, files, followers and members
    move to the other one, and the handle leads there for a year. Its picture, texts, likes and
    notifications are deleted. A profile that sold or bought anything, or has a payout account, is
    not merged: merge the other one into it. Merging again changes nothing.
    """
    context = service_of(request, service.PersonalDataContext)
    ids = ProfileId(profile_id), ProfileId(data.into)
    return await service.merge_page(tx, context, *ids, member=viewer_of(request))


@post(
    "/users/me/stay",
    needs_space=False,
    status_code=200,
    access=Access.USER,
    scope=None,
    errors=[errors.NoPendingDeletion],
)
async def cancel_deletion(request: AnyRequest, tx: Tx) -> Done:
    """Cancel the pending deletion of your own account."""
    await service.cancel_deletion(tx, viewer_of(request))
    return Done("Your account will not be deleted.")


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
        disposition=attachment(f"veza-{export.created_at:%Y-%m-%d}.zip"),
    )


router = Router(
    "/",
    route_handlers=[
        ask_for_export,
        show_export,
        download_export,
        delete_account,
        show_deletion,
        preview_deletion,
        delete_profile,
        merge_profile,
        cancel_deletion,
    ],
    tags=["privacy"],
    opt={"right": None},
)

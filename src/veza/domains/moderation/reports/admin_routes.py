"""Moderators list and resolve reports; admins suspend members and lift suspensions."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import ReportId, UserId
from veza.core.step_up import StepUp, StepUpNeeded
from veza.core.takedowns import ContentCategory
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.accounts.models import AdminUser
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.moderation.reports import errors, service
from veza.domains.moderation.reports.models import (
    AdminReport,
    ContentType,
    ModerationActionList,
    ReportPage,
    ReportQuery,
    ReportResolution,
    ReportStatusFilter,
    Suspension,
    SuspensionLift,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.requests.query_parameters import PageLimit, RowOffset
from veza.http.services import service_of


@get("/admin/reports", access=Access.MODERATOR, scope=None, errors=[pages.PageTooFar])
async def list_reports(
    request: AnyRequest,
    conn: Conn,
    status: FromQuery[ReportStatusFilter] = ReportStatusFilter.PENDING,
    category: FromQuery[ContentCategory | None] = None,
    content_type: FromQuery[ContentType | None] = None,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
) -> ReportPage:
    """List reports about others, newest first; by default those that are pending.

    All who report an item are one report, which contains its first ten entries. `category` finds
    reports that somebody gave it. `total` is at most 10,000.
    """
    pages.ensure_within_reach(offset, limit)
    query = ReportQuery(status, category, content_type, limit, offset)
    return await service.list_reports(conn, query, viewer_of(request))


@get(
    "/admin/reports/{report_id:uuid}",
    access=Access.MODERATOR,
    scope=None,
    errors=[errors.ReportNotFound, errors.OwnReport],
)
async def show_report(request: AnyRequest, report_id: FromPath[UUID], conn: Conn) -> AdminReport:
    """Show a report, with its first hundred entries, and what of others is the same."""
    context = service_of(request, service.ReportContext)
    return await service.show_report(conn, context, ReportId(report_id), viewer_of(request))


@post(
    "/admin/reports/{report_id:uuid}/resolve",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    errors=[
        errors.ReportNotFound,
        errors.AlreadyResolved,
        errors.SuspensionNeedsAdmin,
        errors.OwnReport,
        errors.AuthorGone,
        errors.AdminProtected,
        errors.ApprovalPending,
        StepUpNeeded,
    ],
)
async def resolve_report(
    request: AnyRequest, report_id: FromPath[UUID], data: JSONBody[ReportResolution], tx: Tx
) -> AdminReport:
    """Resolve a report.

    `resolve` closes it, `dismiss` rejects it, `warn` sends the reason to the author, and `ban` also
    suspends the author, which requires an admin with a recent proof of identity. The reporters are
    notified of the outcome.
    """
    return await service.resolve_report(tx, ReportId(report_id), viewer_of(request), data)


@post(
    "/admin/users/{user_id:uuid}/suspend",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    status_code=200,
    errors=[
        UserNotFound,
        errors.OwnAccount,
        errors.OwnHistory,
        errors.AdminProtected,
        errors.ApprovalPending,
        errors.AlreadySuspended,
    ],
)
async def suspend_user(
    request: AnyRequest, user_id: FromPath[UUID], data: JSONBody[Suspension], tx: Tx
) -> AdminUser:
    """Suspend a member who is not an admin.

    Within a second their sessions are ended, and their content is hidden from others.
    """
    await service.suspend(tx, UserId(user_id), viewer_of(request), data.reason)
    return await member_accounts.get_admin_user(tx, UserId(user_id))


@post(
    "/admin/users/{user_id:uuid}/unban",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    status_code=200,
    errors=[UserNotFound, errors.OwnHistory, errors.NotSuspended],
)
async def unban_user(
    request: AnyRequest,
    user_id: FromPath[UUID],
    tx: Tx,
    data: JSONBody[SuspensionLift | None] = None,
) -> AdminUser:
    """Lift a suspension: the member can sign in again, and their content is visible again."""
    await service.lift_suspension(tx, UserId(user_id), viewer_of(request), data and data.reason)
    return await member_accounts.get_admin_user(tx, UserId(user_id))


@get(
    "/admin/users/{user_id:uuid}/sanctions",
    access=Access.MODERATOR,
    scope=None,
    errors=[UserNotFound, errors.OwnHistory],
)
async def list_sanctions(
    request: AnyRequest, user_id: FromPath[UUID], conn: Conn
) -> ModerationActionList:
    """List a member's warnings, suspensions and lifted suspensions: by whom, when and why."""
    return await service.list_moderation_actions(conn, UserId(user_id), viewer_of(request))


router = Router(
    "/",
    route_handlers=[
        list_reports,
        show_report,
        resolve_report,
        suspend_user,
        unban_user,
        list_sanctions,
    ],
    tags=["moderation"],
)

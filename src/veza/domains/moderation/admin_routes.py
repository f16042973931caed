"""HTTP for moderators and admins: reports, verdicts, suspensions."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import ReportId, UserId
from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.errors import LastAdmin, UserNotFound
from veza.domains.auth.accounts.models import UserForStaff
from veza.domains.moderation import errors, service
from veza.domains.moderation.models import (
    ReportForStaff,
    ReportPage,
    ReportQuery,
    SanctionList,
    StatusFilter,
    Suspension,
    Unban,
    Verdict,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.query_parameters import PageLimit, RowOffset


@get("/admin/reports", access=Access.MODERATOR, scope=None, errors=[pages.PageTooFar])
async def list_reports(
    conn: Conn,
    status: FromQuery[StatusFilter] = StatusFilter.PENDING,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
) -> ReportPage:
    """List reports, newest first: those that wait for a verdict, unless others are asked for.

    Each shows the first ten of its reporters.
    """
    pages.ensure_within_reach(offset, limit)
    return await service.list_reports(conn, ReportQuery(status, limit, offset))


@get(
    "/admin/reports/{report_id:uuid}",
    access=Access.MODERATOR,
    scope=None,
    errors=[errors.ReportNotFound],
)
async def show_report(report_id: FromPath[UUID], conn: Conn) -> ReportForStaff:
    """Show a report, with the first hundred of its reporters."""
    return await service.get_report(conn, ReportId(report_id))


@post(
    "/admin/reports/{report_id:uuid}/resolve",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    errors=[
        errors.ReportNotFound,
        errors.AlreadyResolved,
        errors.BanNeedsAdmin,
        errors.OwnCase,
        errors.AdminProtected,
        LastAdmin,
    ],
)
async def resolve_report(
    request: AnyRequest, report_id: FromPath[UUID], data: JSONBody[Verdict], tx: Tx
) -> ReportForStaff:
    """Resolve a report.

    `resolve` settles it, `dismiss` finds nothing wrong, `warn` tells its author the reason, `ban`
    suspends its author, tells them the reason, and is for admins alone. The reporters are told the
    outcome.
    """
    return await service.judge(tx, ReportId(report_id), viewer_of(request), data)


@post(
    "/admin/users/{user_id:uuid}/suspend",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[UserNotFound, errors.AlreadySuspended, errors.OwnAccount, LastAdmin],
)
async def suspend_user(
    request: AnyRequest, user_id: FromPath[UUID], data: JSONBody[Suspension], tx: Tx
) -> UserForStaff:
    """Suspend a member.

    Within a second their sessions have ended; what they made is hidden from everybody else.
    """
    await service.suspend(tx, UserId(user_id), viewer_of(request), data.reason)
    return await accounts.get_for_staff(tx, UserId(user_id))


@post(
    "/admin/users/{user_id:uuid}/unban",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[UserNotFound, errors.NotSuspended],
)
async def unban_user(
    request: AnyRequest, user_id: FromPath[UUID], tx: Tx, data: JSONBody[Unban | None] = None
) -> UserForStaff:
    """Undo a suspension or a ban: the member may sign in again, and what they made is back."""
    await service.unban(tx, UserId(user_id), viewer_of(request), data and data.reason)
    return await accounts.get_for_staff(tx, UserId(user_id))


@get(
    "/admin/users/{user_id:uuid}/sanctions",
    access=Access.MODERATOR,
    scope=None,
    errors=[UserNotFound],
)
async def list_sanctions(user_id: FromPath[UUID], conn: Conn) -> SanctionList:
    """List the warnings, bans and unbans of a member: by whom, when and why."""
    return await service.list_sanctions(conn, UserId(user_id))


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

"""Staff previews a bulk action, and then runs exactly what was previewed."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Access
from veza.core.step_up import StepUp
from veza.domains.moderation.bulk import errors, service
from veza.domains.moderation.bulk.models import (
    BulkCaller,
    BulkMemberForm,
    BulkMemberPreview,
    BulkReportForm,
    BulkReportPreview,
    BulkResult,
    BulkToken,
)
from veza.domains.moderation.bulk.service import BulkTokens
from veza.http.dependencies import AnyRequest, Conn, client_of, database_of, viewer_of
from veza.http.expensive import REPORT
from veza.http.services import service_of
from veza.infra.logs.request_lines import current_request_id


@post(
    "/admin/bulk/members/preview",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    expensive=REPORT,
)
async def preview_bulk_members(
    request: AnyRequest, data: JSONBody[BulkMemberForm], conn: Conn
) -> BulkMemberPreview:
    """Find out what suspending many members would do, or lifting their suspensions.

    Select up to 500 by their ids, or by the time of sign-up, the domain of their address, and
    whether they published anything. Nothing is changed: the token does exactly this, for ten
    minutes.
    """
    tokens = service_of(request, BulkTokens)
    return await service.preview_members(conn, tokens, viewer_of(request), data)


@post(
    "/admin/bulk/members",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    status_code=200,
    errors=[errors.BulkTokenRefused],
)
async def change_members_in_bulk(request: AnyRequest, data: JSONBody[BulkToken]) -> BulkResult:
    """Suspend the members of a preview, or lift their suspensions.

    Members who became admins or were suspended meanwhile are skipped and counted.
    Sent again, the token continues after an interruption, and changes nothing twice. Each member
    has a record in the audit log, and receives the reason.
    """
    selection = service_of(request, BulkTokens).read(
        data.token, viewer_of(request), service.ON_MEMBERS
    )
    return await service.run(
        database_of(request), _caller(request), selection, apply=service.change_members
    )


@post(
    "/admin/bulk/reports/preview",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    expensive=REPORT,
)
async def preview_bulk_reports(
    request: AnyRequest, data: JSONBody[BulkReportForm], conn: Conn
) -> BulkReportPreview:
    """Find out what dismissing or resolving many reports would do: up to 500, by their ids.

    Nothing is changed: the token does exactly this, for ten minutes.
    """
    tokens = service_of(request, BulkTokens)
    return await service.preview_reports(conn, tokens, viewer_of(request), data)


@post(
    "/admin/bulk/reports",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    errors=[errors.BulkTokenRefused],
)
async def close_reports_in_bulk(request: AnyRequest, data: JSONBody[BulkToken]) -> BulkResult:
    """Dismiss or resolve the reports of a preview; their reporters are notified.

    What another moderator resolved meanwhile is left out and counted.
    """
    selection = service_of(request, BulkTokens).read(
        data.token, viewer_of(request), service.ON_REPORTS
    )
    return await service.run(
        database_of(request), _caller(request), selection, apply=service.close_reports
    )


def _caller(request: AnyRequest) -> BulkCaller:
    return BulkCaller(viewer_of(request), client_of(request).address, current_request_id())


router = Router(
    "/",
    route_handlers=[
        preview_bulk_members,
        change_members_in_bulk,
        preview_bulk_reports,
        close_reports_in_bulk,
    ],
    tags=["moderation"],
)

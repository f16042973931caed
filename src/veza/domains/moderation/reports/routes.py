"""Members report a member or content to the moderators."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Access, Scope
from veza.core.profiles import Right
from veza.domains.moderation.reports import errors, service
from veza.domains.moderation.reports.models import Report, ReportForm
from veza.http.dependencies import AnyRequest, database_of, viewer_of
from veza.http.services import service_of


@post(
    "/reports",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[errors.ContentNotFound, errors.OwnContentReported, errors.TooManyReports],
)
async def create_report(request: AnyRequest, data: JSONBody[ReportForm]) -> Report:
    """Report a member or their content to the moderators.

    The content is stored as it is now. Several reports of the same item are combined, and repeated
    reports are ignored. You are notified of the decision.
    """
    context = service_of(request, service.ReportContext)
    return await service.create_report(database_of(request), context, viewer_of(request), data)


router = Router(
    "/",
    route_handlers=[create_report],
    tags=["moderation"],
    opt={"right": Right.SPEAK},
)

"""HTTP for members: report what is wrong."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Access, Scope
from veza.domains.moderation import errors, service
from veza.domains.moderation.models import Report, ReportForm
from veza.http.dependencies import AnyRequest, database_of, viewer_of
from veza.http.services import service_of


@post(
    "/reports",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[errors.ContentNotFound, errors.OwnContent, errors.TooManyReports],
)
async def create_report(request: AnyRequest, data: JSONBody[ReportForm]) -> Report:
    """Report a member, or what a member made, to the moderators.

    It is kept as it is now. Several reports of the same thing are one; reporting twice is the same
    as reporting once. What is decided comes as a notification.
    """
    desk = service_of(request, service.Desk)
    return await service.report(database_of(request), desk, viewer_of(request), data)


router = Router("/", route_handlers=[create_report], tags=["moderation"])

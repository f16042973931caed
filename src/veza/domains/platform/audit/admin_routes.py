"""HTTP for admins: who did what."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.audit_record import AuditLog
from veza.core.ids import AuditEventId, UserId
from veza.domains.platform.audit import service
from veza.domains.platform.audit.models import AuditPage, AuditQuery
from veza.http.dependencies import AnyRequest, reading
from veza.http.expensive import REPORT
from veza.http.query_parameters import CursorText, PageLimit, Since, Until, read_moment

Wanted = NamedDependency[AuditQuery]

_UserId = Annotated[UUID | None, QueryParameter(description="Who did it.")]
_Action = Annotated[
    str | None,
    QueryParameter(max_length=100, description="What was done, by its name: `like_track`."),
]
_Resource = Annotated[
    str | None,
    QueryParameter(max_length=300, description="How the path begins: `/api/v1/tracks/`."),
]
_Status = Annotated[int | None, QueryParameter(ge=100, le=599, description="The answer's status.")]
_Ip = Annotated[str | None, QueryParameter(max_length=64, description="From which address.")]
_RequestId = Annotated[
    str | None, QueryParameter(max_length=128, description="The `X-Request-ID` of the answer.")
]


def provide_wanted(
    limit: PageLimit = 20,
    cursor: CursorText = None,
    user_id: _UserId = None,
    action: _Action = None,
    resource: _Resource = None,
    status: _Status = None,
    ip: _Ip = None,
    log: FromQuery[AuditLog | None] = None,
    request_id: _RequestId = None,
    since: Since = None,
    until: Until = None,
) -> AuditQuery:
    """Read which events are asked for."""
    place = None if cursor is None else pages.decode_cursor(cursor)
    return AuditQuery(
        limit=limit,
        before=None if place is None else AuditEventId(place.id),
        user_id=None if user_id is None else UserId(user_id),
        action=action,
        resource=resource,
        status=status,
        ip=ip,
        log=log,
        request_id=request_id,
        since=read_moment(since, "from"),
        until=read_moment(until, "to"),
    )


@get(
    "/admin/audit",
    access=Access.ADMIN,
    scope=None,
    expensive=REPORT,
    dependencies={"wanted": Provide(provide_wanted, sync_to_thread=False)},
    errors=[pages.BadCursor],
)
async def list_audit_events(request: AnyRequest, wanted: Wanted) -> AuditPage:
    """List who did what, newest first.

    Each POST, PUT, PATCH and DELETE is an event, those that were refused too; what was done below
    `/admin` stands in the log `admin`, all else in `members`. What told of a member who was erased
    is null.
    """
    async with reading(request) as conn:
        return await service.list_events(conn, wanted)


router = Router("/", route_handlers=[list_audit_events], tags=["admin"])

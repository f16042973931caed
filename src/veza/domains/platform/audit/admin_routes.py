"""Admins list and filter the audit log, newest events first."""

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
from veza.http.requests.query_parameters import (
    CursorText,
    PageLimit,
    Since,
    Until,
    read_cursor,
    read_moment,
)

_UserId = Annotated[UUID | None, QueryParameter(description="Only what this member did.")]
_ProfileId = Annotated[
    UUID | None, QueryParameter(description="Only what members did as this artist, band or label.")
]
_Action = Annotated[
    str | None,
    QueryParameter(max_length=100, description="The name of the operation, such as `like_track`."),
]
_Resource = Annotated[
    str | None,
    QueryParameter(max_length=300, description="A prefix of the path, such as `/api/v1/tracks/`."),
]
_Status = Annotated[
    int | None, QueryParameter(ge=100, le=599, description="The status of the response.")
]
_Ip = Annotated[str | None, QueryParameter(max_length=64, description="The client's IP address.")]
_RequestId = Annotated[
    str | None, QueryParameter(max_length=128, description="The `X-Request-ID` of the response.")
]


def provide_audit_query(
    limit: PageLimit = 20,
    cursor: CursorText = None,
    user_id: _UserId = None,
    profile_id: _ProfileId = None,
    action: _Action = None,
    resource: _Resource = None,
    status: _Status = None,
    ip: _Ip = None,
    log: FromQuery[AuditLog | None] = None,
    request_id: _RequestId = None,
    since: Since = None,
    until: Until = None,
) -> AuditQuery:
    """Return the filters and the page from the query parameters."""
    place = read_cursor(cursor)
    return AuditQuery(
        limit=limit,
        before=None if place is None else AuditEventId(place.id),
        user_id=None if user_id is None else UserId(user_id),
        profile_id=None if profile_id is None else UserId(profile_id),
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
    dependencies={"audit_query": Provide(provide_audit_query, sync_to_thread=False)},
    errors=[pages.BadCursor],
)
async def list_audit_events(
    request: AnyRequest, audit_query: NamedDependency[AuditQuery]
) -> AuditPage:
    """List events, newest first.

    Every POST, PUT, PATCH and DELETE is an event, including refused ones. Requests below `/admin`
    are in the log `admin`, all others in `members`. The personal fields of an erased member are
    null.
    """
    async with reading(request) as conn:
        return await service.list_events(conn, audit_query)


router = Router("/", route_handlers=[list_audit_events], tags=["admin"])

"""Staff takes items down, lists what is taken down, and brings items back."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import TakedownId
from veza.core.step_up import StepUpNeeded
from veza.domains.moderation.reports.errors import ContentNotFound
from veza.domains.moderation.takedowns import errors, service
from veza.domains.moderation.takedowns.models import (
    AdminTakedown,
    CaseFiles,
    ContentType,
    TakedownForm,
    TakedownPage,
    TakedownQuery,
    TakedownStatus,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.requests.query_parameters import PageLimit, RowOffset
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of


@post(
    "/admin/takedowns",
    access=Access.MODERATOR,
    scope=None,
    errors=[
        ContentNotFound,
        errors.AlreadyTakenDown,
        errors.OwnItem,
        errors.PermanentNeedsAdmin,
        StepUpNeeded,
    ],
)
async def take_down(request: AnyRequest, data: JSONBody[TakedownForm], tx: Tx) -> AdminTakedown:
    """Take one item down: within a second nobody but its owner sees it.

    The owner gets the reason by a notification and a mail, and may appeal. A pending report of the
    item is resolved. Only admins take something down for good. That, and taking it from those who
    bought it, needs a recent proof of identity.
    """
    context = service_of(request, service.TakedownContext)
    return await service.take_down(tx, context, viewer_of(request), data)


@get("/admin/takedowns", access=Access.MODERATOR, scope=None, errors=[pages.PageTooFar])
async def list_takedowns(
    request: AnyRequest,
    conn: Conn,
    status: FromQuery[TakedownStatus] = TakedownStatus.OPEN,
    content_type: FromQuery[ContentType | None] = None,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
) -> TakedownPage:
    """List take-downs, newest first; by default those that are not undone, and never your own.

    `edited` are those whose owners have changed the item since.
    """
    pages.ensure_within_reach(offset, limit)
    query = TakedownQuery(status, content_type, limit, offset)
    return await service.list_takedowns(conn, query, viewer_of(request))


@delete(
    "/admin/takedowns/{takedown_id:uuid}",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    errors=[
        errors.TakedownNotFound,
        errors.OwnItem,
        errors.PermanentNeedsAdmin,
        errors.TakedownOver,
        errors.TakenDownItemDeleted,
        StepUpNeeded,
    ],
)
async def undo_takedown(request: AnyRequest, takedown_id: FromPath[UUID], tx: Tx) -> AdminTakedown:
    """Undo a take-down: the item is back as its owner left it, with its plays, likes and places.

    The owner is told. A pending appeal against it is closed as reversed.
    """
    context = service_of(request, service.TakedownContext)
    return await service.undo(tx, context, TakedownId(takedown_id), viewer_of(request))


@post(
    "/admin/cases/{case_id:uuid}/files",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    errors=[errors.CaseNotFound],
)
async def open_case(request: AnyRequest, case_id: FromPath[UUID], tx: Tx) -> CaseFiles:
    """Get what is heard and seen of a case: a pending report or an open take-down, by its id.

    For 15 minutes each URL serves those who have it, whatever hides the item from others. The audit
    log records who asked for them.
    """
    context = service_of(request, service.TakedownContext)
    return await service.open_case(tx, context, case_id, urls_of(request), staff=viewer_of(request))


router = Router(
    "/",
    route_handlers=[take_down, list_takedowns, undo_takedown, open_case],
    tags=["moderation"],
)

"""Staff lists notices of copyright and decides on them; admins read the register."""

from collections.abc import AsyncIterator
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from veza.core.access import Access
from veza.core.csv_rows import MEDIA_TYPE, write_rows
from veza.core.filenames import attachment
from veza.core.ids import CopyrightNoticeId
from veza.core.pages import BadCursor
from veza.domains.moderation.copyright import errors, rules
from veza.domains.moderation.copyright.models.decisions import (
    AdminNotice,
    AdminNoticePage,
    NoticeDecision,
    NoticeFilter,
    NoticeQuery,
    RegisterPart,
)
from veza.domains.moderation.copyright.service import decisions
from veza.domains.moderation.copyright.service.notices import CopyrightContext
from veza.domains.moderation.takedowns.errors import OwnItem
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, client_of, reading, viewer_of
from veza.http.expensive import REPORT
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.services import service_of


@get("/admin/copyright/notices", access=Access.MODERATOR, scope=None, errors=[BadCursor])
async def list_notices(
    request: AnyRequest,
    conn: Conn,
    status: FromQuery[NoticeFilter] = NoticeFilter.PENDING,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> AdminNoticePage:
    """List notices of copyright, newest first; by default those that wait for a decision."""
    settings = service_of(request, CopyrightContext).settings
    query = NoticeQuery(status, limit, read_cursor(cursor))
    return await decisions.list_notices(conn, settings, query, viewer_of(request))


@get(
    "/admin/copyright/notices/{notice_id:uuid}",
    access=Access.MODERATOR,
    scope=None,
    errors=[errors.NoticeNotFound, OwnItem],
)
async def show_notice(request: AnyRequest, notice_id: FromPath[UUID], conn: Conn) -> AdminNotice:
    """Show a notice with its items, counter-notices and decision."""
    settings = service_of(request, CopyrightContext).settings
    staff = viewer_of(request)
    return await decisions.show_notice(conn, settings, CopyrightNoticeId(notice_id), staff)


@post(
    "/admin/copyright/notices/{notice_id:uuid}/decide",
    access=Access.MODERATOR,
    scope=None,
    status_code=200,
    errors=[errors.NoticeNotFound, errors.NoticeDecided, errors.NoCounterWaits, OwnItem],
)
async def decide_notice(
    request: AnyRequest, notice_id: FromPath[UUID], data: JSONBody[NoticeDecision], tx: Tx
) -> AdminNotice:
    """Uphold a notice, which takes its items down; reject it; or note that a claim was filed."""
    return await decisions.decide(
        tx,
        service_of(request, CopyrightContext),
        CopyrightNoticeId(notice_id),
        staff=viewer_of(request),
        decision=data,
    )


@get(
    "/admin/copyright/register",
    access=Access.ADMIN,
    scope=None,
    expensive=REPORT,
    produces=MEDIA_TYPE,
)
async def show_register(request: AnyRequest) -> Stream:
    """Download the register of all notices as CSV, oldest first: at most 100,000.

    Notices about the caller, or about a page that they have a role in, are left out.
    """
    async with reading(request) as conn:
        first = await decisions.read_register(conn, None, viewer_of(request))
    headers = {"content-disposition": attachment("copyright-notices.csv")}
    return Stream(_write_register(request, first), media_type=MEDIA_TYPE, headers=headers)


async def _write_register(request: AnyRequest, part: RegisterPart) -> AsyncIterator[bytes]:
    """Yield the register as it is read, while it is sent."""
    reads, address = context_of(request).expensive_reads, client_of(request).address
    staff = viewer_of(request)
    yield write_rows([rules.COLUMNS]) + part.rows
    for _ in range(1, decisions.REGISTER_PARTS):
        if not part.has_more:
            return
        async with reads.read(REPORT, address) as conn:
            part = await decisions.read_register(conn, part.last, staff)
        yield part.rows


router = Router(
    "/",
    route_handlers=[list_notices, show_notice, decide_notice, show_register],
    tags=["moderation"],
)

"""Anybody sends a notice of copyright; owners of what it hides see it, and object."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.ids import CopyrightNoticeId
from veza.core.profiles import Right
from veza.domains.auth.recovery.errors import InvalidLink
from veza.domains.auth.sign_up.errors import ProofRequired
from veza.domains.moderation.copyright import errors
from veza.domains.moderation.copyright.models.notices import (
    CounterForm,
    NoticeConfirmation,
    NoticeForm,
    NoticeReceipt,
    OwnNotice,
    OwnNoticeList,
)
from veza.domains.moderation.copyright.service import counters, notices
from veza.domains.moderation.copyright.service.notices import CopyrightContext
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    client_of,
    database_of,
    language_of,
    viewer_of,
)
from veza.http.route_classes import RateClass
from veza.http.services import service_of


@post(
    "/copyright/notices",
    status_code=202,
    credentials="ignored",
    rate_class=RateClass.AUTH,
    errors=[errors.TooManyNotices, errors.NoticesFull, ProofRequired],
)
async def send_notice(request: AnyRequest, data: JSONBody[NoticeForm]) -> NoticeReceipt:
    """Send a notice of copyright about up to ten items, without an account.

    Staff sees it once the mailed link was opened, within two days. The answer is the same whatever
    the addresses name. While there are many notices a proof of work is needed, as for a sign-up.
    """
    context = service_of(request, CopyrightContext)
    ip = client_of(request).address
    language = language_of(request)
    return await notices.send(database_of(request), context, data, ip=ip, language=language)


@post(
    "/copyright/notices/confirm",
    status_code=200,
    credentials="ignored",
    rate_class=RateClass.AUTH,
    errors=[InvalidLink],
)
async def confirm_notice(
    request: AnyRequest, data: JSONBody[NoticeConfirmation], tx: Tx
) -> NoticeReceipt:
    """Confirm a notice with the token of the mailed link; again it shows the notice's status."""
    return await notices.confirm(tx, service_of(request, CopyrightContext), data.token)


@get("/copyright/notices", access=Access.USER, scope=None)
async def list_own_notices(request: AnyRequest, conn: Conn) -> OwnNoticeList:
    """List the notices that have hidden something of yours, with what you answered."""
    settings = service_of(request, CopyrightContext).settings
    return await counters.list_own(conn, settings, viewer_of(request).id)


@post(
    "/copyright/notices/{notice_id:uuid}/counter",
    access=Access.USER,
    scope=None,
    errors=[errors.NoticeNotFound, errors.AlreadyCountered, errors.NothingToCounter],
)
async def counter_notice(
    request: AnyRequest, notice_id: FromPath[UUID], data: JSONBody[CounterForm], tx: Tx
) -> OwnNotice:
    """Object to a notice that has hidden something of yours, once.

    All that you enter goes to the sender of the notice by mail, and nothing else about you. Your
    items come back after the days of the site, unless its sender files a claim.
    """
    return await counters.counter(
        tx,
        service_of(request, CopyrightContext).settings,
        CopyrightNoticeId(notice_id),
        owner=viewer_of(request),
        form=data,
    )


router = Router(
    "/",
    route_handlers=[send_notice, confirm_notice, list_own_notices, counter_notice],
    tags=["moderation"],
    opt={"right": Right.MANAGE},
)

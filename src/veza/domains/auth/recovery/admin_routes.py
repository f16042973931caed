"""Admins begin to remove lost factors, and see and retry mails that were not delivered."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import JobId, UserId
from veza.core.step_up import StepUp
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.factors.errors import NoFactorRecovery
from veza.domains.auth.factors.models import FactorRecovery
from veza.domains.auth.factors.service.lost_factors import cancel_recovery
from veza.domains.auth.recovery import errors, held_mails, service
from veza.domains.auth.recovery.models import (
    FactorRecoveryForm,
    FactorRecoverySettings,
    HeldMailPage,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Done
from veza.http.services import service_of


@post(
    "/admin/users/{user_id:uuid}/factor-recovery",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    errors=[
        UserNotFound,
        errors.OwnFactorRecovery,
        errors.NothingToRecover,
        errors.FactorRecoveryExists,
    ],
)
async def begin_factor_recovery(
    request: AnyRequest, user_id: FromPath[UUID], data: JSONBody[FactorRecoveryForm], tx: Tx
) -> FactorRecovery:
    """Begin to remove all second factors of a member who has lost them.

    The member is told by mail and notification, and can object until `due_at`, also by signing in
    with a factor. Then the factors are removed, and the password has to be reset. Make sure who
    asks for it.
    """
    delay = service_of(request, FactorRecoverySettings).delay
    return await service.begin_factor_recovery(
        tx, viewer_of(request), UserId(user_id), data, delay=delay
    )


@get(
    "/admin/users/{user_id:uuid}/factor-recovery",
    access=Access.ADMIN,
    scope=None,
    errors=[NoFactorRecovery],
)
async def show_factor_recovery(user_id: FromPath[UUID], conn: Conn) -> FactorRecovery:
    """Show why and when the second factors of a member are removed."""
    return await service.get_factor_recovery(conn, UserId(user_id))


@delete(
    "/admin/users/{user_id:uuid}/factor-recovery",
    status_code=200,
    access=Access.ADMIN,
    scope=None,
    errors=[NoFactorRecovery],
)
async def withdraw_factor_recovery(user_id: FromPath[UUID], tx: Tx) -> Done:
    """Keep the second factors of a member, which an admin has begun to remove."""
    await cancel_recovery(tx, UserId(user_id))
    return Done("The second factors of the member stay")


@get("/admin/held-mails", access=Access.ADMIN, scope=None, errors=[pages.BadCursor])
async def list_held_mails(
    conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> HeldMailPage:
    """List the mails that were not delivered, the latest first, and why.

    A mail that fails is tried again for a day, and then held; one that the mail server refuses for
    good is held at once. Held mails are deleted after a week; of more than a thousand, the oldest.
    """
    return await held_mails.list_mails(conn, limit=limit, cursor=read_cursor(cursor))


@post(
    "/admin/held-mails/{mail_id:uuid}/retry",
    access=Access.ADMIN,
    scope=None,
    status_code=202,
    errors=[errors.HeldMailNotFound, errors.MailBeingSent, errors.MailNotNeeded],
)
async def retry_held_mail(mail_id: FromPath[UUID], tx: Tx) -> Done:
    """Have a mail that was not delivered sent at once.

    If it fails again, it is listed again with its reason.
    """
    await held_mails.retry(tx, JobId(mail_id))
    return Done("The mail is sent at once: it is listed again if it fails.")


router = Router(
    "/",
    route_handlers=[
        begin_factor_recovery,
        show_factor_recovery,
        withdraw_factor_recovery,
        list_held_mails,
        retry_held_mail,
    ],
    tags=["admin"],
)

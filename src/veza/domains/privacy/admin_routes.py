"""Admins erase suspended members at once and for good; each erasure is listed."""

from uuid import UUID

from litestar import Router, delete, get
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import UserId
from veza.core.step_up import StepUp
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.privacy import errors, service
from veza.domains.privacy.models import ErasureForm, StaffErasurePage
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Done
from veza.http.services import service_of


@delete(
    "/admin/users/{user_id:uuid}",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    status_code=200,
    errors=[
        UserNotFound,
        errors.OwnErasure,
        errors.MemberNotSuspended,
        OpenBalance,
    ],
)
async def erase_user(
    request: AnyRequest, user_id: FromPath[UUID], data: JSONBody[ErasureForm], tx: Tx
) -> Done:
    """Erase a suspended member's account and personal data, at once and for good.

    As when members delete their own account, records required by law, sold content, and anonymous
    traces of reports are kept. The reason is kept without the member's name.
    """
    context = service_of(request, service.PersonalDataContext)
    await service.erase_suspended(
        tx, context, user_id=UserId(user_id), admin=viewer_of(request), reason=data.reason
    )
    return Done("The account and its data are erased.")


@get("/admin/erasures", access=Access.ADMIN, scope=None, errors=[pages.BadCursor])
async def list_erasures(
    conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> StaffErasurePage:
    """List the erasures by staff, newest first: when, by whom and why."""
    return await service.list_staff_erasures(conn, limit=limit, cursor=read_cursor(cursor))


router = Router("/", route_handlers=[erase_user, list_erasures], tags=["admin"])

"""HTTP routes for admins: remove the second factors of members who lost them."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.ids import UserId
from veza.core.step_up import StepUp
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.factors.errors import NoFactorRecovery
from veza.domains.auth.factors.models import FactorRecovery
from veza.domains.auth.factors.service.lost_factors import cancel_recovery
from veza.domains.auth.recovery import errors, service
from veza.domains.auth.recovery.models import FactorRecoveryForm, FactorRecoverySettings
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.envelope import Done
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


router = Router(
    "/",
    route_handlers=[begin_factor_recovery, show_factor_recovery, withdraw_factor_recovery],
    tags=["admin"],
)

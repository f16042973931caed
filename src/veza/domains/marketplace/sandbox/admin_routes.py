"""HTTP for admins: how transfers end in the sandbox."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Access
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.marketplace.sandbox import errors, service
from veza.domains.marketplace.sandbox.models import PayoutWish
from veza.http.dependencies import AnyRequest, database_of
from veza.http.services import service_of


@post(
    "/sandbox/payouts/outcome",
    status_code=200,
    access=Access.ADMIN,
    scope=None,
    goes_on=False,
    errors=[errors.NoSandbox, UserNotFound],
)
async def set_payout_outcome(request: AnyRequest, data: JSONBody[PayoutWish]) -> PayoutWish:
    """Say how a seller's next transfers end in the sandbox.

    `succeeded`, as all do at first; `failed`: they are refused; `unavailable`: nobody answers, so
    that they are tried again.
    """
    sandbox = service_of(request, service.Sandbox)
    await service.set_outcome(sandbox, database_of(request), data)
    return data


router = Router("/", route_handlers=[set_payout_outcome], tags=["sandbox"])

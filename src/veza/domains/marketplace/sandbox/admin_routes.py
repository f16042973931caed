"""HTTP routes of the sandbox for admins."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Access
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.marketplace.sandbox import errors, service
from veza.domains.marketplace.sandbox.models import PayoutOutcomeForm
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
async def set_payout_outcome(
    request: AnyRequest, data: JSONBody[PayoutOutcomeForm]
) -> PayoutOutcomeForm:
    """Set how a seller's next transfers end in the sandbox.

    `succeeded` is the default. `failed` transfers are refused. With `unavailable` the provider does
    not answer, so transfers are tried again.
    """
    sandbox = service_of(request, service.Sandbox)
    await service.set_outcome(sandbox, database_of(request), data)
    return data


router = Router("/", route_handlers=[set_payout_outcome], tags=["sandbox"])

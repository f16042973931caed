"""`POST /auth/setup`: creates the first admin, who is signed in at once."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.domains.auth.accounts import errors as account_errors
from veza.domains.auth.accounts.models import SignedInUser
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.sessions.models import Device
from veza.domains.auth.setup import errors, service
from veza.domains.auth.setup.models import SetupForm
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, client_of, database_of
from veza.http.responses.envelope import Envelope
from veza.http.route_classes import RateClass
from veza.http.services import service_of


@post(
    "/auth/setup",
    needs_space=False,
    credentials="ignored",
    scope=None,
    rate_class=RateClass.AUTH,
    errors=[
        errors.SetupLinkInvalid,
        errors.TooManySetupTries,
        account_errors.UsernameTaken,
        account_errors.EmailTaken,
        account_errors.WeakPassword,
        account_errors.PasswordSignInOff,
    ],
)
async def create_first_admin(
    request: AnyRequest, data: JSONBody[SetupForm]
) -> Envelope[SignedInUser]:
    """Create the first admin of a new server, who is signed in at once.

    `veza serve` writes a link with the token into its log while there is no admin. It is valid for
    a day, until the next start, and once. Nobody has to verify or approve the account.
    """
    client = client_of(request)
    result = await service.create_first_admin(
        database_of(request),
        service_of(request, LoginContext),
        Device(client.device, client.address),
        data,
    )
    return context_of(request).cookies.set_tokens(
        result.signed_in, status_code=201, device_token=result.device_token
    )


router = Router("/", route_handlers=[create_first_admin], tags=["accounts"])

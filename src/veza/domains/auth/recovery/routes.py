"""HTTP for recovery: read the request, call the use case."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Access
from veza.domains.auth.accounts.errors import WeakPassword
from veza.domains.auth.accounts.service import Doorkeeper
from veza.domains.auth.recovery import errors, service
from veza.domains.auth.recovery.models import EmailProof, ForgottenPassword, PasswordReset
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Tx, client_of, database_of, viewer_of
from veza.http.envelope import Done, Envelope
from veza.http.services import service_of


@post(
    "/auth/password/forgot",
    status_code=200,
    credentials="ignored",
    errors=[errors.TooManyMails],
)
async def forget_password(request: AnyRequest, data: JSONBody[ForgottenPassword]) -> Done:
    """Get a link to a new password by mail.

    The answer is the same whether or not an account has the address. At most five such mails go to
    an address within an hour. The link works once, within an hour; a newer one ends it.
    """
    await service.forget_password(
        database_of(request),
        service_of(request, service.Postroom),
        data.email,
        ip=client_of(request).address,
    )
    return Done("If an account has this address, a mail is on its way.")


@post(
    "/auth/password/reset",
    status_code=200,
    credentials="ignored",
    errors=[errors.InvalidLink, WeakPassword],
)
async def reset_password(request: AnyRequest, data: JSONBody[PasswordReset]) -> Envelope[Done]:
    """Set a new password, with the token of the link.

    All sessions end, failed logins to the account are forgotten, and the address counts as
    verified. API keys go on unless `revoke_api_keys` is set, or the address was not verified
    before. A password that is refused leaves the link as it was.
    """
    keeper = service_of(request, Doorkeeper)
    device_token = await service.reset_password(database_of(request), keeper, data)
    cookies = context_of(request).cookies
    return cookies.take_back(Done("Password changed: sign in with it."), device_token=device_token)


@post(
    "/auth/email/verify",
    status_code=200,
    credentials="ignored",
    errors=[errors.InvalidLink],
)
async def verify_email(data: JSONBody[EmailProof], tx: Tx) -> Done:
    """Prove that an e-mail address is one's own, with the token of the link.

    The link comes by mail at registration and with each change of the address. It works once,
    within seven days.
    """
    await service.verify_email(tx, data.token)
    return Done("E-mail address verified")


@post(
    "/auth/email/verification",
    status_code=200,
    access=Access.USER,
    scope=None,
    errors=[errors.AlreadyVerified, errors.TooManyMails],
)
async def ask_verification(request: AnyRequest) -> Done:
    """Get the link that verifies one's address once more. The newest one works."""
    await service.ask_verification(
        database_of(request), service_of(request, service.Postroom), viewer_of(request)
    )
    return Done("A mail is on its way.")


router = Router(
    "/",
    route_handlers=[forget_password, reset_password, verify_email, ask_verification],
    tags=["recovery"],
)

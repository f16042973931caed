"""Forgotten passwords, addresses to verify and disavowed notices, by tokens of mails."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Access
from veza.domains.auth.accounts.errors import EmailTaken, PasswordSignInOff, WeakPassword
from veza.domains.auth.accounts.service.account_passwords import ensure_passwords_open
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.recovery import errors, service
from veza.domains.auth.recovery.models import (
    Disavowal,
    EmailVerification,
    ForgottenPassword,
    PasswordReset,
)
from veza.domains.platform.mail.errors import TooManyMails
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Tx, client_of, database_of, viewer_of
from veza.http.responses.envelope import Done, Envelope
from veza.http.route_classes import RateClass
from veza.http.services import service_of


@post(
    "/auth/password/forgot",
    needs_space=False,
    status_code=200,
    credentials="ignored",
    errors=[TooManyMails, PasswordSignInOff],
    rate_class=RateClass.AUTH,
)
async def forget_password(request: AnyRequest, data: JSONBody[ForgottenPassword]) -> Done:
    """Request a link for setting a new password, sent by mail.

    The answer is the same whether or not an account has this address. At most five such mails an
    hour are sent to an address. The link works once, within an hour; a newer link replaces it.
    """
    ensure_passwords_open(service_of(request, LoginContext))
    await service.request_password_reset(
        database_of(request),
        service_of(request, service.SiteMailer),
        data.email,
        ip=client_of(request).address,
    )
    return Done("If an account has this address, a mail is on its way.")


@post(
    "/auth/password/reset",
    needs_space=False,
    status_code=200,
    credentials="ignored",
    errors=[errors.InvalidLink, WeakPassword, PasswordSignInOff],
    rate_class=RateClass.AUTH,
)
async def reset_password(request: AnyRequest, data: JSONBody[PasswordReset]) -> Envelope[Done]:
    """Set a new password, with the token from the link.

    All sessions end, failed logins are reset, and the address counts as verified. API keys and app
    passwords keep working unless `revoke_api_keys` is set, or the address was not verified before.
    The link stays valid if the password is refused.
    """
    keeper = service_of(request, LoginContext)
    device_token = await service.reset_password(database_of(request), keeper, data)
    cookies = context_of(request).cookies
    return cookies.clear_session(
        Done("Password changed: sign in with it."), device_token=device_token
    )


@post(
    "/auth/not-me",
    needs_space=False,
    status_code=200,
    credentials="ignored",
    errors=[errors.InvalidLink, EmailTaken],
    rate_class=RateClass.AUTH,
)
async def disavow(request: AnyRequest, data: JSONBody[Disavowal]) -> Envelope[Done]:
    """Report that a security notice is not about something you did, with the token from its link.

    All sessions end, all API keys and app passwords are revoked, and the password has to be reset:
    a mail with a link for that is sent. After a change of the address, the earlier one counts
    again. Second factors stay. The link works once, within seven days.
    """
    await service.disavow(database_of(request), service_of(request, LoginContext), data.token)
    done = Done("All devices are signed out: choose a new password with the link in your mailbox.")
    return context_of(request).cookies.clear_session(done)


@post(
    "/auth/email/verify",
    needs_space=False,
    status_code=200,
    credentials="ignored",
    errors=[errors.InvalidLink],
    rate_class=RateClass.AUTH,
)
async def verify_email(request: AnyRequest, data: JSONBody[EmailVerification], tx: Tx) -> Done:
    """Verify an e-mail address, with the token from the link.

    The link is sent at registration and after each change of the address. It works once, within
    seven days. What was ordered with the address without an account belongs to the account then.
    """
    await service.verify_email(tx, service_of(request, LoginContext), data.token)
    return Done("E-mail address verified")


@post(
    "/auth/email/verification",
    status_code=200,
    access=Access.USER,
    scope=None,
    rate_class=RateClass.AUTH,
    errors=[errors.AlreadyVerified, TooManyMails],
)
async def ask_verification(request: AnyRequest) -> Done:
    """Send another link that verifies your address. Only the newest link works."""
    await service.request_verification(
        database_of(request), service_of(request, service.SiteMailer), viewer_of(request)
    )
    return Done("A mail is on its way.")


router = Router(
    "/",
    route_handlers=[forget_password, reset_password, disavow, verify_email, ask_verification],
    tags=["recovery"],
    opt={"right": None},
)

"""Logins by password, passkey or provider, and step-up."""

from typing import Annotated, Any, cast

from litestar import Response, Router, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core.access import Access
from veza.domains.auth.accounts import errors, identity_logins, logins
from veza.domains.auth.accounts.models import BrowserDevice, LoginForm, SignedInUser
from veza.domains.auth.accounts.service import login_context
from veza.domains.auth.factors import errors as factor_errors
from veza.domains.auth.factors.models import FactorLogin, LoginChallenge, SteppedUp, StepUpForm
from veza.domains.auth.identities.errors import ProviderNotFound
from veza.domains.auth.identities.models import ProviderAnswer
from veza.domains.auth.identities.service import IdentityProviders
from veza.domains.auth.passkeys.errors import PasskeyCopied, PasskeyRefused
from veza.domains.auth.passkeys.models import PasskeyLogin
from veza.domains.auth.sessions.errors import InvalidRefreshToken
from veza.domains.auth.sessions.models import Device, RefreshTokenForm, TokenPair
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, client_of, database_of, viewer_of
from veza.http.layers.audit import audit_changes
from veza.http.responses.envelope import Envelope
from veza.http.responses.redirects import redirect
from veza.http.route_classes import RateClass
from veza.http.security.cookies import ATTEMPT_COOKIE, DEVICE_COOKIE, REFRESH_COOKIE
from veza.http.security.csrf import CsrfFailed
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

# The framework takes `state` for its own.
_ProviderState = Annotated[
    str | None,
    QueryParameter(name="state", max_length=4096, description="As the provider sends it."),
]
_FromProvider = Annotated[
    str | None, QueryParameter(max_length=4096, description="As the provider sends it.")
]


@post(
    "/auth/login",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    responses={202: ResponseSpec(LoginChallenge, generate_examples=False, description="Challenge")},
    errors=[
        errors.InvalidCredentials,
        errors.AwaitingApproval,
        errors.SignUpRefused,
        errors.AccountSuspended,
        errors.TooManyLogins,
        errors.PasswordSignInOff,
    ],
    rate_class=RateClass.AUTH,
)
async def login(request: AnyRequest, data: JSONBody[LoginForm]) -> Envelope[SignedInUser]:
    """Log in with e-mail address and password.

    Members who have second factors get no tokens, but 202 and a `challenge` for
    `POST /auth/login/factor`. A browser that is signed in as the same member gets a new session
    in place of its present one.

    After ten failures for an account or a network, the next attempt has to wait. A device that
    signed in before is recognized by a cookie, and has its own limit instead of the account's.
    """
    outcome = await logins.login(
        database_of(request),
        service_of(request, login_context.LoginContext),
        _device(request),
        data,
        device_token=context_of(request).cookies.find(request, DEVICE_COOKIE),
    )
    if isinstance(outcome, LoginChallenge):
        answer = Envelope(outcome, status_code=202, headers={"cache-control": "no-store"})
        # The annotation is the answer with tokens, which is documented as 200.
        return cast(Envelope[SignedInUser], answer)
    return context_of(request).cookies.set_tokens(
        outcome.signed_in, device_token=outcome.device_token
    )


@post(
    "/auth/login/factor",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    errors=[
        factor_errors.OneProofOnly,
        factor_errors.ChallengeOver,
        factor_errors.FactorRefused,
        factor_errors.TooManyFactorTries,
        errors.AwaitingApproval,
        errors.SignUpRefused,
        errors.AccountSuspended,
        PasskeyCopied,
    ],
    rate_class=RateClass.AUTH,
)
async def complete_login(
    request: AnyRequest, data: JSONBody[FactorLogin]
) -> Envelope[SignedInUser]:
    """Complete a login with a second factor.

    The challenge is valid for five minutes, five tries and one login. After ten wrong factors of a
    member in a quarter of an hour, the next attempt has to wait.
    """
    admission = await logins.complete_login(
        database_of(request),
        service_of(request, login_context.LoginContext),
        _device(request),
        data,
        device_token=context_of(request).cookies.find(request, DEVICE_COOKIE),
    )
    return context_of(request).cookies.set_tokens(
        admission.signed_in, device_token=admission.device_token
    )


@get(
    "/auth/openid/{provider:str}/callback",
    status_code=302,
    credentials="ignored",
    goes_on=True,
    redirects=True,
    errors=[ProviderNotFound],
    rate_class=RateClass.AUTH,
)
async def complete_openid(
    request: AnyRequest,
    provider: FromPath[str],
    given_state: _ProviderState = None,
    code: _FromProvider = None,
    error: _FromProvider = None,
    iss: _FromProvider = None,
) -> Response[Any]:
    """Complete a sign-in at an identity provider, which sends the browser here.

    Redirects to a page of the web application. The session is in cookies, as after a login. What
    the page has to show is in the fragment of its address, which no server sees: `openid=done`,
    `linked`, `challenge` (with what `POST /auth/login` answers) or `error` with a `code`. With
    `sign_out_at` signing out should go on at `/auth/openid/{provider}/logout`.
    """
    cookies = context_of(request).cookies
    providers = service_of(request, IdentityProviders)
    answer = ProviderAnswer(
        provider_id=provider,
        base_url=context_of(request).base_url_of(request),
        token=cookies.find(request, ATTEMPT_COOKIE),
        state=given_state,
        code=code,
        error=error,
        issuer=iss,
    )
    browser = BrowserDevice(_device(request), cookies.find(request, DEVICE_COOKIE))
    with audit_changes(request):
        outcome = await identity_logins.complete(
            database_of(request),
            service_of(request, login_context.LoginContext),
            providers,
            browser,
            answer,
        )
    response = redirect(providers.front_end + outcome.page)
    cookies.clear_attempt(response)
    if outcome.result is not None:
        cookies.add_tokens(response, outcome.result.signed_in, outcome.result.device_token)
    return response


@post(
    "/auth/login/passkey",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    errors=[
        PasskeyRefused,
        PasskeyCopied,
        errors.AwaitingApproval,
        errors.SignUpRefused,
        errors.AccountSuspended,
        errors.TooManyLogins,
    ],
    rate_class=RateClass.AUTH,
)
async def sign_in_with_passkey(
    request: AnyRequest, data: JSONBody[PasskeyLogin]
) -> Envelope[SignedInUser]:
    """Log in with a passkey, which needs no password and no other factor.

    It answers the options of `POST /auth/login/passkey/options`. After ten failures of a network,
    the next attempt has to wait.
    """
    admission = await logins.sign_in_with_passkey(
        database_of(request),
        service_of(request, login_context.LoginContext),
        _device(request),
        data,
        device_token=context_of(request).cookies.find(request, DEVICE_COOKIE),
    )
    return context_of(request).cookies.set_tokens(
        admission.signed_in, device_token=admission.device_token
    )


@post(
    "/auth/step-up",
    status_code=200,
    access=Access.USER,
    scope=None,
    rate_class=RateClass.AUTH,
    enrols=True,
    errors=[
        factor_errors.OneProofOnly,
        factor_errors.WrongFactor,
        factor_errors.TooManyFactorTries,
        PasskeyCopied,
        errors.WrongPassword,
        errors.TooManyLogins,
    ],
)
async def step_up(request: AnyRequest, data: JSONBody[StepUpForm]) -> SteppedUp:
    """Prove again that it is you, for changes that need a proof within the last ten minutes.

    Send a second factor, or your password if you have none.
    """
    return await logins.step_up(
        database_of(request),
        service_of(request, login_context.LoginContext),
        viewer_of(request),
        data,
    )


@post(
    ["/auth/refresh", "/sessions/refresh"],
    status_code=200,
    credentials="ignored",
    goes_on=True,
    errors=[InvalidRefreshToken, errors.AccountSuspended, CsrfFailed],
    rate_class=RateClass.AUTH,
    importance=Importance.VITAL,
)
async def refresh(
    request: AnyRequest, data: JSONBody[RefreshTokenForm | None] = None
) -> Envelope[TokenPair]:
    """Refresh the access token, with the refresh token in the body or in its cookie.

    The refresh token is used up and replaced. The same used token returns the same successor again
    within 10 s, from the same device (user agent, and address or /64 of IPv6), while the successor
    is unused: for a lost answer, or two tabs at once. Any other reuse ends the session. If a
    suspension ended it, an unused refresh token gets `account_suspended`, with the reason.
    """
    token = (data and data.refresh_token) or context_of(request).cookies.find_refresh_token(request)
    if token is None:
        raise InvalidRefreshToken
    pair = await logins.refresh(
        database_of(request),
        service_of(request, login_context.LoginContext),
        _device(request),
        token,
    )
    return context_of(request).cookies.set_tokens(pair)


def _device(request: AnyRequest) -> Device:
    """Return the device of a request; a browser that is signed in sends its refresh token."""
    client = client_of(request)
    token = context_of(request).cookies.find(request, REFRESH_COOKIE)
    return Device(client.device, client.address, token)


router = Router(
    "/",
    route_handlers=[login, complete_login, complete_openid, sign_in_with_passkey, step_up, refresh],
    tags=["accounts"],
    opt={"right": None},
)

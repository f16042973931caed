"""Set up, use and remove authenticator apps, passkeys and recovery codes."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.ids import PasskeyId
from veza.core.step_up import StepUp
from veza.domains.auth.factors import errors
from veza.domains.auth.factors.models import (
    FactorBegin,
    FactorOverview,
    RecoveryCodes,
    TotpForm,
    TotpSetup,
)
from veza.domains.auth.factors.service import (
    authenticator_apps,
    challenges,
    lost_factors,
    overview,
    passkey_factors,
    recovery_codes,
    step_ups,
)
from veza.domains.auth.factors.service.overview import FactorContext
from veza.domains.auth.identities.errors import LastWayIn
from veza.domains.auth.identities.service import IdentityProviders
from veza.domains.auth.passkeys import errors as passkey_errors
from veza.domains.auth.passkeys import service as passkeys
from veza.domains.auth.passkeys.models import (
    PasskeyCreationOptions,
    PasskeyForm,
    PasskeyRename,
    PasskeyRequestOptions,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, client_of, database_of, viewer_of
from veza.http.responses.envelope import Done, Envelope
from veza.http.route_classes import RateClass
from veza.http.services import service_of

_NOT_STORED = {"cache-control": "no-store"}


@get("/users/me/factors", access=Access.USER, scope=None, enrols=True)
async def list_factors(request: AnyRequest, conn: Conn) -> FactorOverview:
    """List your second factors."""
    return await overview.list_factors(conn, viewer_of(request))


@post(
    "/users/me/factors/totp",
    access=Access.USER,
    scope=None,
    enrols=True,
    step_up=StepUp.EVERYBODY,
    errors=[errors.TotpExists],
)
async def begin_totp(request: AnyRequest, tx: Tx) -> Envelope[TotpSetup]:
    """Start to set up an authenticator app: get its secret, also as a QR code.

    It is a second factor from its first code on. Starting again replaces the secret.
    """
    context = service_of(request, FactorContext)
    setup = await authenticator_apps.begin_totp(tx, context, viewer_of(request).id)
    return Envelope(setup, status_code=201, headers=_NOT_STORED)


@post(
    "/users/me/factors/totp/confirm",
    status_code=200,
    access=Access.USER,
    scope=None,
    enrols=True,
    step_up=StepUp.EVERYBODY,
    errors=[errors.NoTotpBegun, errors.WrongFactor],
)
async def confirm_totp(
    request: AnyRequest, data: JSONBody[TotpForm], tx: Tx
) -> Envelope[RecoveryCodes]:
    """Finish setting up an authenticator app, with its first code.

    With your first factor you get ten recovery codes, and your other sessions end. If this session
    could only set up a factor, refresh its tokens.
    """
    context = service_of(request, FactorContext)
    codes = await authenticator_apps.confirm_totp(tx, context, viewer_of(request), data)
    return Envelope(codes, headers=_NOT_STORED)


@delete(
    "/users/me/factors/totp",
    status_code=200,
    access=Access.USER,
    scope=None,
    step_up=StepUp.EVERYBODY,
    errors=[errors.FactorNotFound],
)
async def remove_totp(request: AnyRequest, tx: Tx) -> Done:
    """Remove your authenticator app. Your other sessions end."""
    await authenticator_apps.remove_totp(tx, viewer_of(request))
    return Done("Authenticator app removed")


@post(
    "/users/me/factors/recovery-codes",
    access=Access.USER,
    scope=None,
    step_up=StepUp.EVERYBODY,
    errors=[errors.NoFactors],
)
async def replace_recovery_codes(request: AnyRequest, tx: Tx) -> Envelope[RecoveryCodes]:
    """Get ten new recovery codes, shown only once. All earlier ones stop working."""
    codes = await recovery_codes.replace_codes(tx, viewer_of(request))
    return Envelope(codes, status_code=201, headers=_NOT_STORED)


@delete(
    "/users/me/factors/recovery",
    status_code=200,
    access=Access.USER,
    scope=None,
    errors=[errors.NoFactorRecovery],
)
async def cancel_factor_recovery(request: AnyRequest, tx: Tx) -> Done:
    """Keep your second factors, which an admin has begun to remove as lost.

    Signing in with one of them does the same.
    """
    await lost_factors.cancel_recovery(tx, viewer_of(request).id)
    return Done("Your second factors stay")


@post(
    "/users/me/passkeys/options",
    access=Access.USER,
    scope=None,
    enrols=True,
    step_up=StepUp.EVERYBODY,
    errors=[passkey_errors.TooManyPasskeys],
)
async def begin_passkey(request: AnyRequest, tx: Tx) -> Envelope[PasskeyCreationOptions]:
    """Start to create a passkey: get options for the browser, valid for five minutes.

    They are in the JSON of WebAuthn: `navigator.credentials.create` takes them after
    `PublicKeyCredential.parseCreationOptionsFromJSON`.
    """
    context = service_of(request, FactorContext)
    options = await passkey_factors.begin_passkey(tx, context, viewer_of(request).id)
    return Envelope(options, status_code=201, headers=_NOT_STORED)


@post(
    "/users/me/passkeys",
    access=Access.USER,
    scope=None,
    enrols=True,
    step_up=StepUp.EVERYBODY,
    errors=[
        passkey_errors.PasskeyUnreadable,
        passkey_errors.PasskeyChallengeOver,
        passkey_errors.PasskeyExists,
        passkey_errors.TooManyPasskeys,
    ],
)
async def create_passkey(
    request: AnyRequest, data: JSONBody[PasskeyForm], tx: Tx
) -> Envelope[RecoveryCodes]:
    """Register the passkey that your browser has created. You can have ten.

    It signs you in without a password, and is a second factor. With your first factor you get ten
    recovery codes, and your other sessions end. If this session could only set up a factor, refresh
    its tokens.
    """
    context = service_of(request, FactorContext)
    codes = await passkey_factors.create_passkey(tx, context, viewer_of(request), data)
    return Envelope(codes, status_code=201, headers=_NOT_STORED)


@put(
    "/users/me/passkeys/{passkey_id:uuid}",
    access=Access.USER,
    scope=None,
    errors=[passkey_errors.PasskeyNotFound],
)
async def rename_passkey(
    request: AnyRequest, passkey_id: FromPath[UUID], data: JSONBody[PasskeyRename], tx: Tx
) -> Done:
    """Rename one of your passkeys."""
    await passkeys.rename(tx, viewer_of(request).id, PasskeyId(passkey_id), data)
    return Done("Passkey renamed")


@delete(
    "/users/me/passkeys/{passkey_id:uuid}",
    status_code=200,
    access=Access.USER,
    scope=None,
    step_up=StepUp.EVERYBODY,
    errors=[passkey_errors.PasskeyNotFound, LastWayIn],
)
async def remove_passkey(request: AnyRequest, passkey_id: FromPath[UUID], tx: Tx) -> Done:
    """Remove one of your passkeys. Your other sessions end. The only way to sign in stays."""
    providers = service_of(request, IdentityProviders)
    await passkey_factors.remove_passkey(tx, providers, viewer_of(request), PasskeyId(passkey_id))
    return Done("Passkey removed")


@post(
    "/auth/login/passkey/options",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    errors=[passkey_errors.TooManyPasskeyChallenges],
    rate_class=RateClass.AUTH,
)
async def begin_passkey_login(request: AnyRequest) -> Envelope[PasskeyRequestOptions]:
    """Start to log in with a passkey: get options for the browser, valid for five minutes.

    They name no member and no passkey: the browser offers those that it has for this server.
    `navigator.credentials.get` takes them after `PublicKeyCredential.parseRequestOptionsFromJSON`.
    """
    context = service_of(request, FactorContext).passkeys
    options = await passkeys.begin_sign_in(
        database_of(request), context, ip=client_of(request).address
    )
    return Envelope(options, headers=_NOT_STORED)


@post(
    "/auth/login/factor/options",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    errors=[errors.ChallengeOver, passkey_errors.PasskeyNotFound],
    rate_class=RateClass.AUTH,
)
async def begin_factor_passkey(
    request: AnyRequest, data: JSONBody[FactorBegin]
) -> Envelope[PasskeyRequestOptions]:
    """Start to complete a login with a passkey: get options for the browser."""
    options = await challenges.begin_login_passkey(
        database_of(request), service_of(request, FactorContext), data.challenge
    )
    return Envelope(options, headers=_NOT_STORED)


@post(
    "/auth/step-up/options",
    status_code=200,
    access=Access.USER,
    scope=None,
    rate_class=RateClass.AUTH,
    enrols=True,
    errors=[passkey_errors.PasskeyNotFound],
)
async def begin_step_up(request: AnyRequest, tx: Tx) -> Envelope[PasskeyRequestOptions]:
    """Start to prove again that it is you, with a passkey: get options for the browser."""
    context = service_of(request, FactorContext)
    options = await step_ups.begin_step_up(tx, context, viewer_of(request).id)
    return Envelope(options, headers=_NOT_STORED)


router = Router(
    "/",
    route_handlers=[
        list_factors,
        begin_totp,
        confirm_totp,
        remove_totp,
        replace_recovery_codes,
        cancel_factor_recovery,
        begin_passkey,
        create_passkey,
        rename_passkey,
        remove_passkey,
        begin_passkey_login,
        begin_factor_passkey,
        begin_step_up,
    ],
    tags=["factors"],
    opt={"right": None},
)

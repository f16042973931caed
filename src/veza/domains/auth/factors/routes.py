"""HTTP routes for second factors: list, set up and remove your own."""

from litestar import Router, delete, get, post
from litestar.params import JSONBody

from veza.core.access import Access
from veza.core.step_up import StepUp
from veza.domains.auth.factors import errors, service
from veza.domains.auth.factors.models import FactorOverview, RecoveryCodes, TotpForm, TotpSetup
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.envelope import Done, Envelope
from veza.http.services import service_of

_NOT_STORED = {"cache-control": "no-store"}


@get("/users/me/factors", access=Access.USER, scope=None, enrols=True)
async def list_factors(request: AnyRequest, conn: Conn) -> FactorOverview:
    """List your second factors."""
    return await service.list_factors(conn, viewer_of(request))


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
    context = service_of(request, service.FactorContext)
    setup = await service.begin_totp(tx, context, viewer_of(request).id)
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
    context = service_of(request, service.FactorContext)
    codes = await service.confirm_totp(tx, context, viewer_of(request), data)
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
    await service.remove_totp(tx, viewer_of(request))
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
    codes = await service.replace_recovery_codes(tx, viewer_of(request))
    return Envelope(codes, status_code=201, headers=_NOT_STORED)


router = Router(
    "/",
    route_handlers=[
        list_factors,
        begin_totp,
        confirm_totp,
        remove_totp,
        replace_recovery_codes,
    ],
    tags=["factors"],
)

"""The browser is sent to a provider here, to sign in or to link an identity."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, QueryParameter

from veza.core.access import Access, session_of
from veza.core.addresses import network_of
from veza.core.ids import IdentityId
from veza.core.step_up import StepUp
from veza.domains.auth.identities import errors, rules, service
from veza.domains.auth.identities.models import (
    AttemptStart,
    IdentityList,
    OpenAttempt,
    SignInPage,
    SignInWays,
)
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, client_of, database_of, viewer_of
from veza.http.responses.envelope import Done, Envelope
from veza.http.responses.redirects import redirect
from veza.http.route_classes import RateClass
from veza.http.services import service_of
from veza.infra.openid.errors import IdentityProviderAway

_NextPath = Annotated[
    str | None,
    QueryParameter(
        name="next",
        max_length=500,
        description="Where to go after signing in: a path of this site. Anything else is ignored.",
    ),
]


@get(
    "/auth/openid",
    credentials="ignored",
    goes_on=True,
    sync_to_thread=False,
    rate_class=RateClass.AUTH,
)
def list_sign_in_ways(request: AnyRequest) -> SignInWays:
    """List the ways to sign in: by password or not, and the identity providers of this server."""
    return service.list_ways(service_of(request, service.IdentityProviders))


@get(
    "/auth/openid/{provider:str}",
    status_code=302,
    credentials="ignored",
    goes_on=True,
    redirects=True,
    errors=[errors.ProviderNotFound],
    rate_class=RateClass.AUTH,
)
async def begin_openid(
    request: AnyRequest, provider: FromPath[str], next_path: _NextPath = None
) -> Response[Any]:
    """Begin to sign in at an identity provider: redirects the browser to it.

    It comes back to `/auth/openid/{provider}/callback` within ten minutes.
    """
    providers = service_of(request, service.IdentityProviders)
    start = _start(request, rules.local_path(next_path))
    try:
        begun = await service.begin(database_of(request), providers, provider, start)
    except IdentityProviderAway as refusal:
        attempt = OpenAttempt(None, start.next_path)
        page = rules.write_page(attempt, openid="error", code=refusal.code)
        return redirect(providers.front_end + page)
    answer = redirect(begun.url)
    context_of(request).cookies.set_attempt(answer, begun.token, rules.ATTEMPT_LIFETIME)
    return answer


@get(
    "/auth/openid/{provider:str}/logout",
    status_code=302,
    credentials="ignored",
    redirects=True,
    errors=[errors.ProviderNotFound],
    rate_class=RateClass.AUTH,
)
async def sign_out_at_provider(request: AnyRequest, provider: FromPath[str]) -> Response[Any]:
    """Sign out at an identity provider too, after signing out here: redirects the browser to it.

    The provider asks whether to sign out. If it has no page for that, the browser goes to `/`.
    """
    providers = service_of(request, service.IdentityProviders)
    home = providers.front_end or context_of(request).base_url_of(request)
    try:
        url = await service.find_sign_out_url(providers, provider, f"{home}/")
    except IdentityProviderAway:
        url = None
    return redirect(url or f"{providers.front_end}/")


@post(
    "/auth/openid/{provider:str}/link",
    status_code=200,
    access=Access.USER,
    scope=None,
    rate_class=RateClass.AUTH,
    step_up=StepUp.EVERYBODY,
    errors=[errors.ProviderNotFound, IdentityProviderAway],
)
async def begin_link(request: AnyRequest, provider: FromPath[str]) -> Envelope[SignInPage]:
    """Begin to link an identity to your account: open `url` in the same browser, and sign in there.

    The browser comes back to the settings. You can sign in there from then on.
    """
    start = _start(request, rules.SECURITY_PAGE, is_link=True)
    begun = await service.begin(
        database_of(request), service_of(request, service.IdentityProviders), provider, start
    )
    answer = Envelope(SignInPage(begun.url), headers={"cache-control": "no-store"})
    context_of(request).cookies.set_attempt(answer, begun.token, rules.ATTEMPT_LIFETIME)
    return answer


@get("/users/me/identities", access=Access.USER, scope=None)
async def list_identities(request: AnyRequest, conn: Conn) -> IdentityList:
    """List your identities at identity providers."""
    return await service.list_identities(
        conn, service_of(request, service.IdentityProviders), viewer_of(request).id
    )


@delete(
    "/users/me/identities/{identity_id:uuid}",
    status_code=200,
    access=Access.USER,
    scope=None,
    step_up=StepUp.EVERYBODY,
    errors=[errors.IdentityNotFound, errors.LastWayIn],
)
async def unlink_identity(request: AnyRequest, identity_id: FromPath[UUID], tx: Tx) -> Done:
    """Unlink an identity. Your other sessions end. The only way to sign in can't be unlinked."""
    providers = service_of(request, service.IdentityProviders)
    await service.unlink(tx, providers, viewer_of(request), IdentityId(identity_id))
    return Done("Identity unlinked")


def _start(request: AnyRequest, next_path: str, *, is_link: bool = False) -> AttemptStart:
    return AttemptStart(
        base_url=context_of(request).base_url_of(request),
        network=network_of(client_of(request).address),
        next_path=next_path,
        session_id=session_of(viewer_of(request)) if is_link else None,
    )


router = Router(
    "/",
    route_handlers=[
        list_sign_in_ways,
        begin_openid,
        sign_out_at_provider,
        begin_link,
        list_identities,
        unlink_identity,
    ],
    tags=["identities"],
    opt={"right": None},
)

"""Who is asking, and may they: one guard before every handler.

What a route asks of its caller stands beside its path, as `access`, and what an API key must reach
for it, as `scope`: None where no key ever comes in. The OpenAPI document is written from the same
words, so that neither can say what the other doesn't do.
"""

from enum import Enum, auto

from litestar.handlers import BaseRouteHandler
from msgspec import Struct

from veza.core.access import Access, Member, Scope, is_enough, session_of
from veza.core.activities import Activity
from veza.core.errors import Forbidden, Invalid, Unauthenticated, WrongMediaType
from veza.http.context import Connection, context_of
from veza.http.cookies import ACCESS_COOKIE

API_KEY_HEADER = "X-API-Key"

# Credentials that no browser sends unless a page's script says so.
_NEVER_SENT_BY_ITSELF = {"authorization", API_KEY_HEADER.lower()}
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class RoleRequired(Forbidden):
    """The caller's role doesn't suffice."""

    code = "role_required"
    message = "Your role doesn't allow this."


class InsufficientScope(Forbidden):
    """The API key doesn't reach so far."""

    code = "insufficient_scope"
    message = "The scopes of this API key don't reach so far."


class KeyNotAllowed(Forbidden):
    """The route is for those who signed in themselves."""

    code = "key_not_allowed"
    message = "No API key reaches this: sign in."


class TwoCredentials(Invalid):
    """A token and a key may say two things of who is asking."""

    code = "two_credentials"
    message = "Send a bearer token or an API key, not both."


class Carrier(Enum):
    """What carried the credentials of a request."""

    BEARER = auto()
    COOKIE = auto()
    API_KEY = auto()


class Credentials(Struct, frozen=True):
    """The token or key of a request, and what carried it."""

    text: str
    carrier: Carrier


async def authorize(connection: Connection, handler: BaseRouteHandler) -> None:
    """Check a request before its body is read: let it pass, or raise what the caller is told."""
    context = context_of(connection)
    if not goes_on(handler):
        context.ensure_open()
    if is_change(connection) and _NEVER_SENT_BY_ITSELF.isdisjoint(connection.headers):
        context.csrf.ensure_welcome(connection)
    if handler.opt.get("credentials") != "ignored":
        await _identify(connection, handler)
    await _count_activity(connection, handler)
    if takes_json(handler):
        _ensure_json(connection)


async def _count_activity(connection: Connection, handler: BaseRouteHandler) -> None:
    """Count what a member does under their hourly limit. Raises HourlyLimitReached."""
    activity = activity_of(handler)
    member: Member | None = connection.scope.get("user")
    if activity is not None and member is not None:
        await context_of(connection).hourly_limits.count(activity, member.id)


async def _identify(connection: Connection, handler: BaseRouteHandler) -> None:
    wanted = access_of(handler)
    credentials = find_credentials(connection)
    # Browsers send their cookies everywhere: where nobody is asked for, they say nothing.
    is_aside = wanted is Access.NONE and credentials and credentials.carrier is Carrier.COOKIE
    if credentials is None or is_aside:
        if wanted not in {Access.NONE, Access.OPTIONAL}:
            raise Unauthenticated
        return
    context = context_of(connection)
    is_key = credentials.carrier is Carrier.API_KEY
    authenticate = context.authenticate_key if is_key else context.authenticate
    member = await authenticate(credentials.text)
    # Known from here on, for the record of a refusal too.
    connection.scope["user"] = member
    if is_key:
        _ensure_scope(member, scope_of(handler))
    elif credentials.carrier is Carrier.COOKIE:
        _ensure_csrf(connection, member)
    if not is_enough(member.role, wanted):
        raise RoleRequired


def _ensure_csrf(connection: Connection, member: Member) -> None:
    if is_change(connection):
        context_of(connection).csrf.ensure(connection, str(session_of(member)))


def _ensure_scope(member: Member, wanted: Scope | None) -> None:
    if wanted is None:
        raise KeyNotAllowed
    if wanted not in member.scopes:
        raise InsufficientScope


def is_change(connection: Connection) -> bool:
    """Tell whether a request may change something; some only ask by POST, for what they send."""
    is_safe = connection.scope.get("method") in _SAFE_METHODS
    return not is_safe and not connection.route_handler.opt.get("changes_nothing")


def access_of(handler: BaseRouteHandler) -> Access:
    """Tell what a route asks of its caller: nothing, unless it says so."""
    return handler.opt.get("access", Access.NONE)


def scope_of(handler: BaseRouteHandler) -> Scope | None:
    """Tell which scope lets an API key at a route: none, unless it says so."""
    return handler.opt.get("scope")


def activity_of(handler: BaseRouteHandler) -> Activity | None:
    """Return under which hourly limit a route counts: none, unless it says so."""
    return handler.opt.get("activity")


def goes_on(handler: BaseRouteHandler) -> bool:
    """Tell whether a route answers during maintenance: as it says, else if it is for staff."""
    is_for_staff = access_of(handler) in {Access.MODERATOR, Access.ADMIN}
    return handler.opt.get("goes_on", is_for_staff)


def takes_json(handler: BaseRouteHandler) -> bool:
    """Tell whether a route reads a JSON body."""
    return "data" in handler.parsed_fn_signature.parameters


def find_credentials(connection: Connection) -> Credentials | None:
    """Find the token or key of a request: headers count before the cookie."""
    key = connection.headers.get(API_KEY_HEADER)
    if "authorization" in connection.headers:
        if key is not None:
            raise TwoCredentials
        token = find_bearer_token(connection)
        if token is None:
            raise Unauthenticated("The Authorization header must read `Bearer <token>`.")
        return Credentials(token, Carrier.BEARER)
    if key is not None:
        return Credentials(key, Carrier.API_KEY)
    cookie = context_of(connection).cookies.find(connection, ACCESS_COOKIE)
    return Credentials(cookie, Carrier.COOKIE) if cookie else None


def find_bearer_token(connection: Connection) -> str | None:
    """Find the token in the header, where there is one."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return (token.strip() or None) if scheme.lower() == "bearer" else None


def _ensure_json(connection: Connection) -> None:
    media_type = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = connection.headers.get("content-length", "0") != "0" or (
        "transfer-encoding" in connection.headers
    )
    if not media_type and not has_body:
        return
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise WrongMediaType("Send JSON, with `Content-Type: application/json`.")

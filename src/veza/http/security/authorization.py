"""Authentication and authorisation of requests: one guard before every handler.

A route declares the role that it needs as `access`, and the scope that an API key needs as `scope`:
None if no key is allowed. `step_up` names whose session needs a recent proof of identity, and
`enrols` marks what serves to set up a second factor. `right` is what a role in a profile must
allow, for those who act as one (`http.security.acting`); a router may declare it for its routes.
The OpenAPI document is generated from the same declarations.
"""

from enum import Enum, auto
from functools import lru_cache
from typing import Any

from litestar import Request
from litestar.handlers import BaseRouteHandler
from msgspec import Struct

from veza.core.access import Access, Member, Scope, is_enough, session_of
from veza.core.activities import PUBLISHING, Activity
from veza.core.errors import Forbidden, Invalid, Unauthenticated, WrongMediaType
from veza.core.profiles import Right
from veza.core.step_up import FactorsRequired, StepUp, StepUpNeeded
from veza.http.context import Connection, HttpContext, context_of
from veza.http.security.acting import act
from veza.http.security.cookies import ACCESS_COOKIE

API_KEY_HEADER = "X-API-Key"

# Credentials that browsers send only if a script of the page adds them.
_EXPLICIT_HEADERS = {"authorization", API_KEY_HEADER.lower()}
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_GROWING_METHODS = {"POST", "PUT", "PATCH"}


class RoleRequired(Forbidden):
    """The role of the caller does not allow the request."""

    code = "role_required"
    message = "Your role doesn't allow this."


class InsufficientScope(Forbidden):
    """The API key lacks the scope of the route."""

    code = "insufficient_scope"
    message = "This API key lacks a scope: create one with the scope that this needs."


class KeyNotAllowed(Forbidden):
    """The route needs a session: no API key is allowed."""

    code = "key_not_allowed"
    message = "API keys aren't allowed here: sign in."


class TwoCredentials(Invalid):
    """The request has a token and an API key that belong to different members."""

    code = "two_credentials"
    message = "The bearer token and the API key are of different members: send one of them."


class Carrier(Enum):
    """Where the credentials of a request were found."""

    BEARER = auto()
    COOKIE = auto()
    API_KEY = auto()


class Credentials(Struct, frozen=True):
    """The token or the API key of a request, and where it was found.

    A bearer token may come with an API key of the same member, which adds nothing to what it may.
    """

    text: str
    carrier: Carrier
    added_key: str | None = None


class RouteFacts(Struct, frozen=True):
    """The declarations of a route, looked up once."""

    access: Access
    scope: Scope | None
    activity: Activity | None
    publishes: bool
    goes_on: bool
    needs_space: bool
    takes_json: bool
    has_credentials: bool
    changes_nothing: bool
    step_up: StepUp | None
    enrols: bool
    right: Right | None


# More than there are routes; tests create routes of their own.
@lru_cache(maxsize=2048)
def facts_of(handler: BaseRouteHandler) -> RouteFacts:
    """Return what a route declares."""
    return RouteFacts(
        access=access_of(handler),
        scope=scope_of(handler),
        activity=activity_of(handler),
        publishes=publishes(handler),
        goes_on=goes_on(handler),
        needs_space=needs_space(handler),
        takes_json=takes_json(handler),
        has_credentials=handler.opt.get("credentials") != "ignored",
        changes_nothing=bool(handler.opt.get("changes_nothing")),
        step_up=step_up_of(handler),
        enrols=bool(handler.opt.get("enrols")),
        right=right_of(handler),
    )


async def authorize(connection: Request[Any, Any, Any]) -> None:
    """Check a request before its body is read. Raises a VezaError if it is refused.

    This is the `before_request` of all routes, and no guard of the framework: a guard is given a
    copy of the handler, which is made for each request and takes longer than all of these checks.
    """
    context = context_of(connection)
    facts = facts_of(connection.route_handler)
    if not facts.goes_on:
        context.ensure_open()
    if facts.needs_space:
        context.ensure_room()
    if not _is_safe(connection, facts) and _EXPLICIT_HEADERS.isdisjoint(connection.headers):
        context.csrf.ensure_origin(connection)
    if facts.has_credentials:
        await identify(connection, facts, context)
    if facts.step_up is not None:
        await _ensure_stepped_up(connection, facts.step_up, context)
    if facts.activity is not None:
        await _count_activity(connection, facts.activity, publishes=facts.publishes)
    if facts.takes_json:
        _ensure_json(connection)


async def _ensure_stepped_up(connection: Connection, needed: StepUp, context: HttpContext) -> None:
    """Raise StepUpNeeded if the session has to prove again whose it is."""
    if await context.is_step_up_due(connection.scope["user"], needed):
        raise StepUpNeeded


async def _count_activity(connection: Connection, activity: Activity, *, publishes: bool) -> None:
    """Count the activity of a route for its caller.

    Raises HourlyLimitReached, and EmailUnverified if the route publishes.
    """
    member: Member | None = connection.scope.get("user")
    if member is not None:
        limits = context_of(connection).hourly_limits
        await limits.count(activity, member, publishes=publishes)


async def identify(connection: Connection, facts: RouteFacts, context: HttpContext) -> None:
    """Store the member who sends a request in its scope. Raises a VezaError if it is refused."""
    wanted = facts.access
    credentials = find_credentials(connection, context)
    # Browsers send cookies with every request: they are ignored on routes for everybody.
    is_ignored = wanted is Access.NONE and credentials and credentials.carrier is Carrier.COOKIE
    if credentials is None or is_ignored:
        if wanted not in {Access.NONE, Access.OPTIONAL}:
            raise Unauthenticated
        return
    member = await _authenticate(credentials, context)
    # Set before the checks, so that the audit record of a refusal names the member.
    connection.scope["user"] = member
    if credentials.carrier is Carrier.API_KEY:
        _ensure_scope(member, facts.scope)
    elif credentials.carrier is Carrier.COOKIE and not _is_safe(connection, facts):
        context.csrf.ensure_token(connection, str(session_of(member)))
    if member.may_only_enrol and not facts.enrols:
        raise FactorsRequired
    if wanted is not Access.NONE:
        member = await act(connection, member, facts.right, context)
        connection.scope["user"] = member
    if not is_enough(member.role, wanted):
        raise RoleRequired


async def _authenticate(credentials: Credentials, context: HttpContext) -> Member:
    """Return whose credentials these are. Raises TwoCredentials if an added key is another's."""
    if credentials.carrier is Carrier.API_KEY:
        return await context.authenticate_key(credentials.text)
    member = await context.authenticate(credentials.text)
    if credentials.added_key is not None:
        owner = await context.authenticate_key(credentials.added_key)
        if owner.actor_id != member.id:
            raise TwoCredentials
    return member


def _is_safe(connection: Connection, facts: RouteFacts) -> bool:
    return facts.changes_nothing or connection.scope.get("method") in _SAFE_METHODS


def _ensure_scope(member: Member, wanted: Scope | None) -> None:
    if wanted is None:
        raise KeyNotAllowed
    if wanted not in member.scopes:
        raise InsufficientScope


def access_of(handler: BaseRouteHandler) -> Access:
    """Return the access that a route declares, by default none."""
    return handler.opt.get("access", Access.NONE)


def scope_of(handler: BaseRouteHandler) -> Scope | None:
    """Return the scope that a route declares; None if no API key is allowed."""
    return handler.opt.get("scope")


def step_up_of(handler: BaseRouteHandler) -> StepUp | None:
    """Return whose session needs a recent proof of identity for a route, if any."""
    return handler.opt.get("step_up")


def activity_of(handler: BaseRouteHandler) -> Activity | None:
    """Return the activity that a route declares: its hourly limit applies."""
    return handler.opt.get("activity")


def publishes(handler: BaseRouteHandler) -> bool:
    """Return whether a route publishes, as its activity does unless it declares otherwise."""
    return activity_of(handler) in PUBLISHING and handler.opt.get("publishes", True)


def right_of(handler: BaseRouteHandler) -> Right | None:
    """Return what a role in a profile must allow; None if only accounts may.

    As declared by the route or its router, but for what visitors may read as well.
    """
    if _is_for_staff(handler) or access_of(handler) is Access.NONE:
        return None
    if access_of(handler) is Access.OPTIONAL and _SAFE_METHODS.issuperset(_methods_of(handler)):
        return Right.READ
    return handler.opt.get("right")


def goes_on(handler: BaseRouteHandler) -> bool:
    """Return whether a route works during maintenance: as declared, else if it is for staff."""
    return handler.opt.get("goes_on", _is_for_staff(handler))


def needs_space(handler: BaseRouteHandler) -> bool:
    """Return whether a route is refused while the reserve of the disk is used up.

    As declared, else if it may store something new: not if it only reads or deletes, is for staff,
    who make room, goes on during maintenance, or serves to set up a second factor.
    """
    is_growing = not _GROWING_METHODS.isdisjoint(_methods_of(handler))
    opt = handler.opt
    is_exempt = _is_for_staff(handler) or goes_on(handler)
    is_exempt = is_exempt or bool(opt.get("changes_nothing") or opt.get("enrols"))
    return opt.get("needs_space", is_growing and not is_exempt)


def _methods_of(handler: BaseRouteHandler) -> set[str]:
    return set(map(str, getattr(handler, "http_methods", ())))


def _is_for_staff(handler: BaseRouteHandler) -> bool:
    return access_of(handler) in {Access.MODERATOR, Access.ADMIN}


def takes_json(handler: BaseRouteHandler) -> bool:
    """Return whether a route reads a JSON body."""
    return "data" in handler.parsed_fn_signature.parameters


def find_credentials(connection: Connection, context: HttpContext) -> Credentials | None:
    """Return the token or the API key of a request: headers take precedence over the cookie."""
    key = connection.headers.get(API_KEY_HEADER)
    if "authorization" in connection.headers:
        token = find_bearer_token(connection)
        if token is None:
            raise Unauthenticated("The Authorization header must read `Bearer <token>`.")
        if token == key:
            # Generated clients put what they have into each header that the document names.
            # Tokens are JWTs: three parts between points, which keys have none of.
            return Credentials(token, Carrier.BEARER if "." in token else Carrier.API_KEY)
        return Credentials(token, Carrier.BEARER, key)
    if key is not None:
        return Credentials(key, Carrier.API_KEY)
    cookie = context.cookies.find(connection, ACCESS_COOKIE)
    return Credentials(cookie, Carrier.COOKIE) if cookie else None


def find_bearer_token(connection: Connection) -> str | None:
    """Return the bearer token in the Authorization header, if any."""
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

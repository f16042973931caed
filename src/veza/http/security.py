"""Who is asking, and may they: one guard before every handler.

What a route asks of its caller stands beside its path, as `access`. The OpenAPI document is written
from the same word, so that neither can say what the other doesn't do.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from msgspec import Struct

from veza.core.access import Access, Member, is_enough, session_of
from veza.core.errors import Forbidden, Unauthenticated, WrongMediaType
from veza.http.csrf import Csrf

ACCESS_COOKIE = "veza_access"
REFRESH_COOKIE = "veza_refresh"

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

type Authenticate = Callable[[str], Awaitable[Member]]
type Connection = ASGIConnection[Any, Any, Any, Any]


class RoleRequired(Forbidden):
    """The caller's role doesn't suffice."""

    code = "role_required"
    message = "Your role doesn't allow this."


class Credentials(Struct, frozen=True):
    """The token of a request, and whether a cookie carried it."""

    token: str
    is_cookie: bool


async def gate(connection: Connection, handler: BaseRouteHandler) -> None:
    """Check a request before its body is read: let it pass, or raise what the caller is told.

    The application's state gives `authenticate` (an Authenticate) and `csrf` (a Csrf).
    """
    if handler.opt.get("credentials") != "ignored":
        await _identify(connection, access_of(handler))
    if takes_json(handler):
        _ensure_json(connection)


async def _identify(connection: Connection, wanted: Access) -> None:
    credentials = find_credentials(connection)
    if credentials is None:
        if wanted not in {Access.NONE, Access.OPTIONAL}:
            raise Unauthenticated
        return
    state = connection.app.state
    authenticate: Authenticate = state.authenticate
    member = await authenticate(credentials.token)
    if credentials.is_cookie and connection.scope.get("method") not in _SAFE_METHODS:
        csrf: Csrf = state.csrf
        csrf.ensure(connection, str(session_of(member)))
    if not is_enough(member.role, wanted):
        raise RoleRequired
    connection.scope["user"] = member


def access_of(handler: BaseRouteHandler) -> Access:
    """Tell what a route asks of its caller: nothing, unless it says so."""
    return handler.opt.get("access", Access.NONE)


def takes_json(handler: BaseRouteHandler) -> bool:
    """Tell whether a route reads a JSON body."""
    return "data" in handler.parsed_fn_signature.parameters


def find_credentials(connection: Connection) -> Credentials | None:
    """Find the token of a request: the header counts before the cookie."""
    if "authorization" in connection.headers:
        token = find_bearer_token(connection)
        if token is None:
            raise Unauthenticated("The Authorization header must read `Bearer <token>`.")
        return Credentials(token, is_cookie=False)
    cookie = connection.cookies.get(ACCESS_COOKIE)
    return Credentials(cookie, is_cookie=True) if cookie else None


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

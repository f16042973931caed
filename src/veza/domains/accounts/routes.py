"""HTTP for accounts: read the request, call the use case, set the cookies."""

from litestar import Router, get, post, put
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from veza.domains.accounts import errors, rules, service
from veza.domains.accounts.models import (
    Account,
    CreatorAnswer,
    CsrfToken,
    Device,
    Done,
    Login,
    LogoutRequest,
    PasswordChange,
    Profile,
    ProfileChange,
    RefreshRequest,
    Registration,
    SignedIn,
    TokenPair,
)
from veza.http.client import find_client
from veza.http.csrf import Csrf, CsrfFailed
from veza.http.dependencies import AnyRequest, Conn, Database, Tx, Viewer, Visitor
from veza.http.envelope import Envelope
from veza.http.security import ACCESS_COOKIE, REFRESH_COOKIE, find_credentials

Door = NamedDependency[service.Doorkeeper]
CsrfTokens = NamedDependency[Csrf]

_COOKIE_PATH = "/api/v1"


@post("/auth/register", errors=[errors.UsernameTaken, errors.EmailTaken, errors.WeakPassword])
async def register(
    request: AnyRequest, data: JSONBody[Registration], database: Database, door: Door
) -> Envelope[SignedIn]:
    """Register a new user, who is signed in at once."""
    signed_in = await service.register(database, door, _device(request), data)
    return _with_cookies(request, signed_in, status_code=201)


@post(
    "/auth/login",
    status_code=200,
    credentials="ignored",
    errors=[errors.InvalidCredentials, errors.TooManyLogins],
)
async def login(
    request: AnyRequest, data: JSONBody[Login], database: Database, door: Door
) -> Envelope[SignedIn]:
    """Login with email and password."""
    signed_in = await service.login(database, door, _device(request), data)
    return _with_cookies(request, signed_in)


@post(
    ["/auth/refresh", "/sessions/refresh"],
    status_code=200,
    credentials="ignored",
    errors=[errors.InvalidRefreshToken, CsrfFailed],
)
async def refresh(
    request: AnyRequest,
    data: JSONBody[RefreshRequest | None],
    database: Database,
    door: Door,
    csrf: CsrfTokens,
) -> Envelope[TokenPair]:
    """Refresh the access token, using the refresh token in the body or in its cookie.

    The refresh token is spent by it and comes back anew. A spent one that is used again ends the
    session.
    """
    token = (data and data.refresh_token) or _refresh_cookie(request, csrf)
    if token is None:
        raise errors.InvalidRefreshToken
    pair = await service.refresh(database, door, _device(request), token)
    return _with_cookies(request, pair)


@post("/auth/logout", status_code=200, credentials="ignored", errors=[CsrfFailed])
async def logout(
    request: AnyRequest, data: JSONBody[LogoutRequest | None], tx: Tx, door: Door, csrf: CsrfTokens
) -> Envelope[Done]:
    """Logout and invalidate the refresh token.

    The session is told by the refresh token in the body, the bearer token or the cookies.
    """
    refresh_token = data and data.refresh_token
    access_token = None
    if refresh_token is None:
        credentials = find_credentials(request)
        access_token = credentials and credentials.token
        if credentials is None or credentials.is_cookie:
            refresh_token = _refresh_cookie(request, csrf)
    await service.logout(tx, door, access_token=access_token, refresh_token=refresh_token)
    return _without_cookies(Done("Logged out"))


@get("/csrf-token")
async def show_csrf_token(request: AnyRequest, visitor: Visitor, csrf: CsrfTokens) -> CsrfToken:
    """Get the CSRF token for requests that a cookie authenticates.

    It belongs to the session; a request with a bearer token needs none.
    """
    if visitor is not None:
        return CsrfToken(csrf.token(str(visitor.session_id)))
    cookie = request.cookies.get(REFRESH_COOKIE, "")
    return CsrfToken(csrf.token(rules.session_in_refresh_token(cookie)))


@get("/users/me")
async def show_account(conn: Conn, viewer: Viewer) -> Account:
    """Show one's own account."""
    return await service.get_account(conn, viewer.id)


@put(
    "/users/me",
    errors=[errors.UsernameTaken, errors.EmailTaken, errors.WrongPassword, errors.TooManyLogins],
)
async def update_account(
    data: JSONBody[ProfileChange], database: Database, door: Door, viewer: Viewer
) -> Account:
    """Change one's own name, address or biography."""
    return await service.update_profile(database, door, viewer, data)


@put(
    "/users/me/password",
    errors=[errors.WrongPassword, errors.WeakPassword, errors.TooManyLogins],
)
async def change_password(
    data: JSONBody[PasswordChange], database: Database, door: Door, viewer: Viewer
) -> Done:
    """Change one's password. All other sessions end."""
    await service.change_password(database, door, viewer, data)
    return Done("Password changed")


@post("/users/me/creator", status_code=200, errors=[errors.ApprovalNeeded])
async def become_creator(
    request: AnyRequest, database: Database, door: Door, viewer: Viewer
) -> Envelope[CreatorAnswer]:
    """Become a creator, who may upload tracks and sell. Answers tokens that say so."""
    answer = await service.become_creator(database, door, viewer)
    return _with_cookies(request, answer)


@get("/users/{username:str}", errors=[errors.UserNotFound])
async def show_profile(username: FromPath[str], conn: Conn) -> Profile:
    """Show a member as everybody sees them."""
    return await service.get_profile(conn, username)


def _device(request: AnyRequest) -> Device:
    client = find_client(request, request.app.state.trusted_proxies)
    return Device(client.device, client.address)


def _refresh_cookie(request: AnyRequest, csrf: Csrf) -> str | None:
    """Read the cookie; what it authenticates needs the CSRF token too."""
    token = request.cookies.get(REFRESH_COOKIE)
    if token is not None:
        csrf.ensure(request, rules.session_in_refresh_token(token))
    return token


def _with_cookies[T: TokenPair](
    request: AnyRequest, answer: T, *, status_code: int = 200
) -> Envelope[T]:
    is_secure = bool(request.app.state.is_production)
    lifetimes = {
        ACCESS_COOKIE: (answer.access_token, answer.expires_in),
        REFRESH_COOKIE: (answer.refresh_token, int(rules.REFRESH_LIFETIME.total_seconds())),
    }
    cookies = [
        Cookie(
            name, _COOKIE_PATH, value, max_age=age, secure=is_secure, httponly=True, samesite="lax"
        )
        for name, (value, age) in lifetimes.items()
    ]
    headers = {"cache-control": "no-store"}
    return Envelope(answer, status_code=status_code, cookies=cookies, headers=headers)


def _without_cookies(answer: Done) -> Envelope[Done]:
    cookies = [
        Cookie(name, _COOKIE_PATH, "", max_age=0, httponly=True, samesite="lax")
        for name in (ACCESS_COOKIE, REFRESH_COOKIE)
    ]
    return Envelope(answer, cookies=cookies)


router = Router(
    "/",
    route_handlers=[
        register,
        login,
        refresh,
        logout,
        show_csrf_token,
        show_account,
        update_account,
        change_password,
        become_creator,
        show_profile,
    ],
    tags=["accounts"],
)

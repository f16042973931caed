"""HTTP for accounts: read the request, call the use case, set the cookies."""

from litestar import Router, get, post, put
from litestar.datastructures import Cookie
from litestar.params import FromPath, JSONBody

from veza.core.access import Access, session_of
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
from veza.http.csrf import Csrf, CsrfFailed
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    client_of,
    database_of,
    viewer_of,
    visitor_of,
)
from veza.http.envelope import Envelope
from veza.http.security import ACCESS_COOKIE, REFRESH_COOKIE, find_bearer_token

_COOKIE_PATH = "/api/v1"


@post("/auth/register", errors=[errors.UsernameTaken, errors.EmailTaken, errors.WeakPassword])
async def register(request: AnyRequest, data: JSONBody[Registration]) -> Envelope[SignedIn]:
    """Register a new user, who is signed in at once."""
    signed_in = await service.register(database_of(request), _door(request), _device(request), data)
    return _with_cookies(request, signed_in, status_code=201)


@post(
    "/auth/login",
    status_code=200,
    credentials="ignored",
    errors=[errors.InvalidCredentials, errors.TooManyLogins],
)
async def login(request: AnyRequest, data: JSONBody[Login]) -> Envelope[SignedIn]:
    """Login with email and password."""
    signed_in = await service.login(database_of(request), _door(request), _device(request), data)
    return _with_cookies(request, signed_in)


@post(
    ["/auth/refresh", "/sessions/refresh"],
    status_code=200,
    credentials="ignored",
    errors=[errors.InvalidRefreshToken, CsrfFailed],
)
async def refresh(
    request: AnyRequest, data: JSONBody[RefreshRequest | None] = None
) -> Envelope[TokenPair]:
    """Refresh the access token, using the refresh token in the body or in its cookie.

    The refresh token is spent by it and comes back anew. A spent one that is used again ends the
    session.
    """
    token = (data and data.refresh_token) or _refresh_cookie(request)
    if token is None:
        raise errors.InvalidRefreshToken
    pair = await service.refresh(database_of(request), _door(request), _device(request), token)
    return _with_cookies(request, pair)


@post("/auth/logout", status_code=200, credentials="ignored", errors=[CsrfFailed])
async def logout(
    request: AnyRequest, tx: Tx, data: JSONBody[LogoutRequest | None] = None
) -> Envelope[Done]:
    """Logout and invalidate the refresh token.

    The session is told by the refresh token in the body, the bearer token or the cookies.
    """
    refresh_token = data and data.refresh_token
    access_token = None if refresh_token else find_bearer_token(request)
    if refresh_token is None and access_token is None:
        refresh_token = _refresh_cookie(request)
    await service.logout(tx, _door(request), access_token=access_token, refresh_token=refresh_token)
    return _without_cookies(Done("Logged out"))


@get("/csrf-token", access=Access.OPTIONAL, sync_to_thread=False)
def show_csrf_token(request: AnyRequest) -> CsrfToken:
    """Get the CSRF token for requests that a cookie authenticates.

    It belongs to the session; a request with a bearer token needs none.
    """
    visitor = visitor_of(request)
    if visitor is not None:
        return CsrfToken(_csrf(request).token(str(session_of(visitor))))
    cookie = request.cookies.get(REFRESH_COOKIE, "")
    return CsrfToken(_csrf(request).token(rules.session_in_refresh_token(cookie)))


@get("/users/me", access=Access.USER)
async def show_account(request: AnyRequest, conn: Conn) -> Account:
    """Show one's own account."""
    return await service.get_account(conn, viewer_of(request).id)


@put(
    "/users/me",
    access=Access.USER,
    errors=[errors.UsernameTaken, errors.EmailTaken, errors.WrongPassword, errors.TooManyLogins],
)
async def update_account(request: AnyRequest, data: JSONBody[ProfileChange]) -> Account:
    """Change one's own name, address or biography."""
    return await service.update_profile(
        database_of(request), _door(request), viewer_of(request), data
    )


@put(
    "/users/me/password",
    access=Access.USER,
    errors=[errors.WrongPassword, errors.WeakPassword, errors.TooManyLogins],
)
async def change_password(request: AnyRequest, data: JSONBody[PasswordChange]) -> Done:
    """Change one's password. All other sessions end."""
    await service.change_password(database_of(request), _door(request), viewer_of(request), data)
    return Done("Password changed")


@post("/users/me/creator", status_code=200, access=Access.USER, errors=[errors.ApprovalNeeded])
async def become_creator(request: AnyRequest) -> Envelope[CreatorAnswer]:
    """Become a creator, who may upload tracks and sell. Answers tokens that say so."""
    answer = await service.become_creator(database_of(request), _door(request), viewer_of(request))
    return _with_cookies(request, answer)


@get("/users/{username:str}", errors=[errors.UserNotFound])
async def show_profile(username: FromPath[str], conn: Conn) -> Profile:
    """Show a member as everybody sees them."""
    return await service.get_profile(conn, username)


def _door(request: AnyRequest) -> service.Doorkeeper:
    return request.app.state.door


def _csrf(request: AnyRequest) -> Csrf:
    return request.app.state.csrf


def _device(request: AnyRequest) -> Device:
    client = client_of(request)
    return Device(client.device, client.address)


def _refresh_cookie(request: AnyRequest) -> str | None:
    """Read the cookie; what it authenticates needs the CSRF token too."""
    token = request.cookies.get(REFRESH_COOKIE)
    if token is not None:
        _csrf(request).ensure(request, rules.session_in_refresh_token(token))
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

"""HTTP for sessions: read the request, call the use case, take the cookies back."""

from litestar import Router, get, post
from litestar.params import JSONBody

from veza.core.access import Access, session_of
from veza.domains.sessions import rules, service
from veza.domains.sessions.models import CsrfToken, LogoutRequest
from veza.http.cookies import TokenCookies
from veza.http.csrf import Csrf, CsrfFailed
from veza.http.dependencies import AnyRequest, Tx, visitor_of
from veza.http.envelope import Done, Envelope
from veza.http.security import REFRESH_COOKIE, find_bearer_token


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
        refresh_token = _cookies(request).find_refresh_token(request)
    await service.logout(tx, _door(request), access_token=access_token, refresh_token=refresh_token)
    return _cookies(request).take_back(Done("Logged out"))


@get("/csrf-token", access=Access.OPTIONAL, sync_to_thread=False)
def show_csrf_token(request: AnyRequest) -> CsrfToken:
    """Get the CSRF token for requests that a cookie authenticates.

    It belongs to the session; a request with a bearer token needs none.
    """
    csrf: Csrf = request.app.state.csrf
    visitor = visitor_of(request)
    if visitor is not None:
        return CsrfToken(csrf.token(str(session_of(visitor))))
    cookie = request.cookies.get(REFRESH_COOKIE, "")
    return CsrfToken(csrf.token(rules.session_in_refresh_token(cookie)))


def _door(request: AnyRequest) -> service.Door:
    return request.app.state.door


def _cookies(request: AnyRequest) -> TokenCookies:
    return request.app.state.cookies


router = Router("/", route_handlers=[logout, show_csrf_token], tags=["sessions"])

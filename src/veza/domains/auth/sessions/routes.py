"""Sessions are listed and ended here, and the CSRF token of a cookie is given out."""

from litestar import Router, get, post
from litestar.params import JSONBody

from veza.core.access import Access, session_of
from veza.core.pages import BadCursor
from veza.domains.auth.sessions import rules, service
from veza.domains.auth.sessions.errors import SessionNotFound
from veza.domains.auth.sessions.models import (
    CsrfToken,
    LoggedOut,
    RefreshTokenForm,
    SessionLogout,
    SessionPage,
)
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Done, Envelope
from veza.http.route_classes import RateClass
from veza.http.security.authorization import find_bearer_token
from veza.http.security.cookies import REFRESH_COOKIE
from veza.http.security.csrf import CsrfFailed
from veza.http.services import service_of


@post(
    "/auth/logout",
    status_code=200,
    credentials="ignored",
    errors=[CsrfFailed],
    needs_space=False,
    rate_class=RateClass.AUTH,
)
async def logout(
    request: AnyRequest, tx: Tx, data: JSONBody[RefreshTokenForm | None] = None
) -> Envelope[Done]:
    """Log out and invalidate the refresh token.

    The session is identified by the refresh token in the body, the bearer token or the cookies.
    """
    refresh_token = data and data.refresh_token
    access_token = None if refresh_token else find_bearer_token(request)
    if refresh_token is None and access_token is None:
        refresh_token = context_of(request).cookies.find_refresh_token(request)
    await service.logout(
        tx,
        service_of(request, service.SessionTokens),
        access_token=access_token,
        refresh_token=refresh_token,
    )
    return context_of(request).cookies.clear_session(Done("Logged out"))


@get("/sessions", access=Access.USER, scope=None, errors=[BadCursor])
async def list_sessions(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> SessionPage:
    """List your active sessions, newest first.

    `last_seen_at` is when a session got its latest tokens: at most an hour ago while it is in use.
    """
    return await service.list_sessions(
        conn, viewer_of(request), limit=limit, cursor=read_cursor(cursor)
    )


@post(
    "/sessions/logout",
    status_code=200,
    access=Access.USER,
    scope=None,
    enrols=True,
    errors=[SessionNotFound],
)
async def logout_session(
    request: AnyRequest, tx: Tx, data: JSONBody[SessionLogout | None] = None
) -> Envelope[Done]:
    """End the given session of yours, by default the current session."""
    member = viewer_of(request)
    current = session_of(member)
    chosen = (data and data.session_id) or current
    await service.logout_session(tx, member, chosen)
    done = Done("Logged out")
    return context_of(request).cookies.clear_session(done) if chosen == current else Envelope(done)


@post("/sessions/logout-all", status_code=200, access=Access.USER, scope=None, enrols=True)
async def logout_everywhere(request: AnyRequest, tx: Tx) -> Envelope[LoggedOut]:
    """End all of your sessions, including the current one."""
    count = await service.end_sessions(tx, viewer_of(request).id)
    return context_of(request).cookies.clear_session(LoggedOut("Logged out everywhere", count))


@get(
    "/csrf-token",
    access=Access.OPTIONAL,
    scope=None,
    same_origin=True,
    goes_on=True,
    enrols=True,
    sync_to_thread=False,
)
def show_csrf_token(request: AnyRequest) -> CsrfToken:
    """Get the CSRF token for requests authenticated by a cookie.

    It belongs to the session; requests with a bearer token need none.
    """
    csrf = context_of(request).csrf
    visitor = visitor_of(request)
    if visitor is not None:
        return CsrfToken(csrf.token(str(session_of(visitor))))
    cookie = context_of(request).cookies.find(request, REFRESH_COOKIE) or ""
    return CsrfToken(csrf.token(rules.session_id_of_refresh_token(cookie)))


router = Router(
    "/",
    route_handlers=[logout, list_sessions, logout_session, logout_everywhere, show_csrf_token],
    tags=["sessions"],
    opt={"right": None},
)

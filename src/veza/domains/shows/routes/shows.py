"""Shows are created, listed and changed here."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ShowId
from veza.core.profiles import Right
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.shows import errors
from veza.domains.shows.models.shows import Show, ShowChange, ShowForm, ShowPage, ShowQuery
from veza.domains.shows.service import shows
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_SHOW = "/shows/{show_id:uuid}"
_FILTERED_TEXTS = ("title", "description", "owner_text", "funding", "license")


@post(
    "/shows",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[errors.TooManyShows, ImageNotFound, ImageInUse, TextRefused],
)
async def create_show(request: AnyRequest, data: JSONBody[ShowForm], tx: Tx) -> Show:
    """Create a show without episodes. You can have 50.

    Its feed is at `feed_url`: RSS 2.0, with the namespaces of iTunes and of Podcasting 2.0.
    """
    owner = viewer_of(request)
    screening = service_of(request, TextFilters).screen(owner, data, *_FILTERED_TEXTS)
    show = await shows.create_show(tx, owner, data, urls_of(request))
    await screening.report(tx, "show", show.id)
    return show


@get(
    "/shows",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[pages.BadCursor],
)
async def list_shows(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> ShowPage:
    """List public shows, newest first."""
    query = ShowQuery(limit, read_cursor(cursor))
    return await shows.list_shows(conn, query, visitor_of(request), urls_of(request))


@get(
    "/users/me/shows",
    access=Access.USER,
    right=Right.READ,
    scope=Scope.READ,
    errors=[pages.BadCursor],
)
async def list_own_shows(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> ShowPage:
    """List your shows, newest first."""
    viewer = viewer_of(request)
    query = ShowQuery(limit, read_cursor(cursor), viewer.id, with_hidden=True)
    return await shows.list_shows(conn, query, viewer, urls_of(request))


@get(
    "/users/{username:str}/shows",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[UserNotFound, pages.BadCursor],
)
async def list_shows_of_user(
    request: AnyRequest,
    username: FromPath[str],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> ShowPage:
    """List the public shows of a profile, newest first."""
    query = ShowQuery(limit, read_cursor(cursor))
    return await shows.list_shows_of(
        conn, username, query, viewer=visitor_of(request), urls=urls_of(request)
    )


@get(_SHOW, access=Access.OPTIONAL, scope=Scope.READ, errors=[errors.ShowNotFound])
async def show_show(request: AnyRequest, show_id: FromPath[UUID], conn: Conn) -> Show:
    """Get a show, without its episodes."""
    return await shows.get_show(conn, ShowId(show_id), visitor_of(request), urls_of(request))


@put(
    _SHOW,
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[errors.ShowNotFound, errors.NotYourShow, ImageNotFound, ImageInUse, TextRefused],
)
async def update_show(
    request: AnyRequest, show_id: FromPath[UUID], data: JSONBody[ShowChange], tx: Tx
) -> Show:
    """Change your show. Omitted fields keep their values.

    With `moved_to`, its feed sends podcast applications to another one (301). Feeds of single
    members stay.
    """
    owner = viewer_of(request)
    screening = service_of(request, TextFilters).screen(owner, data, *_FILTERED_TEXTS)
    show = await shows.update_show(tx, ShowId(show_id), owner, change=data, urls=urls_of(request))
    await screening.report(tx, "show", show.id)
    return show


@delete(
    _SHOW,
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ShowNotFound, errors.NotYourShow],
)
async def delete_show(request: AnyRequest, show_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete your show with its feed. Its tracks are not deleted."""
    await shows.delete_show(tx, ShowId(show_id), viewer_of(request))
    return Deleted(show_id)


router = Router(
    "/",
    route_handlers=[
        create_show,
        list_shows,
        list_own_shows,
        list_shows_of_user,
        show_show,
        update_show,
        delete_show,
    ],
    tags=["shows"],
    opt={"right": Right.PUBLISH},
)

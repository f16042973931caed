"""Shows a profile with all that its page needs, and a label the releases of its roster."""

from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath

from veza.core.access import Access, Scope
from veza.core.ids import ProfileId
from veza.core.pages import BadCursor
from veza.core.profiles import HandleMoved, NotYourProfile, Right
from veza.domains.profile_pages import service
from veza.domains.profile_pages.models import LabelReleasePage, ProfilePage
from veza.domains.profiles.errors import NotALabel, ProfileNotFound
from veza.http.dependencies import AnyRequest, Conn, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor


@get(
    "/profiles/{profile_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[ProfileNotFound],
)
async def show_profile_by_id(
    request: AnyRequest, profile_id: FromPath[UUID], conn: Conn
) -> ProfilePage:
    """Show a profile with all that its page needs. That of a member has the id of their account.

    The profile of a member who blocks the caller, or is blocked by them, is not found.
    """
    return await service.show_page(conn, ProfileId(profile_id), visitor_of(request))


@get(
    "/profiles/by-handle/{handle:str}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[ProfileNotFound, HandleMoved],
)
async def show_profile_by_handle(
    request: AnyRequest, handle: FromPath[str], conn: Conn
) -> ProfilePage:
    """Show the profile with a handle, which is compared without regard to case.

    A handle that was changed redirects for a year, and is given to nobody else meanwhile. So do the
    paths below `/users/{username}`.
    """
    return await service.show_page_of(conn, handle, visitor_of(request))


@get(
    "/profiles/{profile_id:uuid}/label/releases",
    access=Access.USER,
    # The role in the label of the path decides.
    right=Right.READ,
    scope=Scope.READ,
    errors=[ProfileNotFound, NotYourProfile, NotALabel, BadCursor],
)
async def list_label_releases(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> LabelReleasePage:
    """List the releases of the artists on the roster of a label of yours, newest first.

    With drafts, dates and prices. Of an artist who accepted with the scope `all` these are all,
    with `releases` those that have the label's name or handle as their `label`, or an accepted
    split with it. Those with an accepted split stay after an artist has left.
    """
    page = read_cursor(cursor)
    place = ProfileId(profile_id), viewer_of(request)
    return await service.list_label_releases(conn, *place, limit=limit, cursor=page)


router = Router(
    "/",
    route_handlers=[show_profile_by_id, show_profile_by_handle, list_label_releases],
    tags=["profiles"],
)

"""Lists the items that a profile has for its members."""

from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath

from veza.core.access import Access, Scope
from veza.core.ids import ProfileId
from veza.core.pages import BadCursor
from veza.domains.marketplace.exclusives import service
from veza.domains.marketplace.exclusives.models import ExclusivePage
from veza.http.dependencies import AnyRequest, Conn, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.security.signed_urls import urls_of


@get(
    "/profiles/{profile_id:uuid}/exclusives",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[BadCursor],
)
async def list_exclusives(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> ExclusivePage:
    """List the tracks, releases, posts and rooms of a profile for its members, newest first.

    Everybody sees that they exist: `has_access` says whether you may open them. A release stands
    for its tracks.
    """
    return await service.list_exclusives(
        conn,
        ProfileId(profile_id),
        visitor_of(request),
        page=(limit, read_cursor(cursor)),
        urls=urls_of(request),
    )


router = Router("/", route_handlers=[list_exclusives], tags=["marketplace"])

"""Shows a profile, by its id or its handle, with all that its page needs."""

from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath

from veza.core.access import Access, Scope
from veza.core.ids import ProfileId
from veza.core.profiles import HandleMoved
from veza.domains.profile_pages import service
from veza.domains.profile_pages.models import ProfilePage
from veza.domains.profiles.errors import ProfileNotFound
from veza.http.dependencies import AnyRequest, Conn, visitor_of


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


router = Router("/", route_handlers=[show_profile_by_id, show_profile_by_handle], tags=["profiles"])

"""Checks the links of a profile for links back, by jobs."""

from uuid import UUID

from litestar import Router, post
from litestar.params import FromPath

from veza.core.access import Access, Scope
from veza.core.ids import ProfileId
from veza.core.profiles import NotYourProfile, Right
from veza.domains.profiles import errors
from veza.domains.profiles.models.profiles import Profile
from veza.domains.profiles.service import links as service
from veza.http.dependencies import AnyRequest, Tx, viewer_of
from veza.http.services import service_of
from veza.infra.valkey.client import WindowCounters


@post(
    "/profiles/{profile_id:uuid}/links/verify",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=202,
    errors=[errors.ProfileNotFound, NotYourProfile, errors.LinkChecksLimited],
)
async def verify_profile_links(request: AnyRequest, profile_id: FromPath[UUID], tx: Tx) -> Profile:
    """Check the links of a profile that you manage, up to ten times a day.

    A link is verified while its page has `<a rel="me">` or `<link rel="me">`, or a `Link` header,
    with the address of the profile: `/@handle` or `/artists/handle`. Each `checked_at` changes
    within a minute. Verified links are checked again every week.
    """
    counters = service_of(request, WindowCounters)
    return await service.ask(tx, counters, ProfileId(profile_id), viewer_of(request))


router = Router(
    "/",
    route_handlers=[verify_profile_links],
    tags=["profiles"],
    # The role in the profile of the path decides.
    opt={"right": Right.READ},
)

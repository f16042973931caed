"""Placeholders are claimed by a mailed link, which their label sends again or revokes."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ProfileId
from veza.core.profiles import NotYourProfile, Right
from veza.domains.profiles import errors
from veza.domains.profiles.models.claims import OpenClaim, ProfileClaim, ProfileClaimForm
from veza.domains.profiles.models.profiles import OwnProfile, PageSettings
from veza.domains.profiles.service import claims as service
from veza.domains.profiles.service import invitations
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.responses.envelope import Deleted
from veza.http.services import service_of
from veza.infra.valkey.client import WindowCounters

_REFUSED = (errors.ProfileNotFound, NotYourProfile, errors.ProfileClaimNotFound)


@get(
    "/profiles/{profile_id:uuid}/claim",
    access=Access.USER,
    scope=None,
    errors=[*_REFUSED],
)
async def show_sent_claim(
    request: AnyRequest, profile_id: FromPath[UUID], conn: Conn
) -> ProfileClaim:
    """Get the address to which the link of a placeholder was mailed, and until when it works."""
    return await service.get_claim(conn, ProfileId(profile_id), viewer_of(request))


@post(
    "/profiles/{profile_id:uuid}/claim",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=None,
    status_code=200,
    errors=[*_REFUSED, errors.InvitationsLimited],
)
async def send_claim_again(
    request: AnyRequest, profile_id: FromPath[UUID], data: JSONBody[ProfileClaimForm], tx: Tx
) -> ProfileClaim:
    """Mail a new link for a placeholder, to the same address or another one.

    Links of before no longer work.
    """
    member = viewer_of(request)
    await invitations.count_mail(service_of(request, WindowCounters), member)
    return await service.send_again(tx, ProfileId(profile_id), member, data)


@delete(
    "/profiles/{profile_id:uuid}/claim",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[*_REFUSED],
)
async def revoke_claim(request: AnyRequest, profile_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Revoke the link of a placeholder. It stays one, and can be sent again."""
    await service.revoke(tx, ProfileId(profile_id), viewer_of(request))
    return Deleted(profile_id)


@get(
    "/profile-claims/{token:str}",
    access=Access.NONE,
    scope=Scope.READ,
    errors=[errors.ProfileClaimNotFound],
)
async def show_claim(token: FromPath[str], conn: Conn) -> OpenClaim:
    """Get the page that a mailed link claims, and the label that runs it."""
    return await service.show(conn, token)


@post(
    "/profile-claims/{token:str}",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    right=None,
    scope=None,
    status_code=200,
    errors=[errors.ProfileClaimNotFound, errors.TooManyPages],
)
async def claim_profile(request: AnyRequest, token: FromPath[str], tx: Tx) -> OwnProfile:
    """Claim the page of a mailed link: you own it, and its label has no role in it any more.

    What was published and agreed stays, and the page stays on the label's roster, until you end it.
    """
    settings = service_of(request, PageSettings)
    return await service.claim(tx, settings, viewer_of(request), token)


router = Router(
    "/",
    route_handlers=[show_sent_claim, send_claim_again, revoke_claim, show_claim, claim_profile],
    tags=["profiles"],
    # The role in the profile of the path decides.
    opt={"right": Right.READ},
)

"""Members of a profile and their roles."""

from uuid import UUID

from litestar import Router, delete, get, put
from litestar.params import FromPath, JSONBody

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ProfileId, UserId
from veza.core.profiles import NotYourProfile, Right
from veza.domains.profiles import errors
from veza.domains.profiles.models.members import MemberChange, ProfileMember, ProfileMemberList
from veza.domains.profiles.service import members as service
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.responses.envelope import Deleted

_REFUSED = (
    errors.ProfileNotFound,
    NotYourProfile,
    errors.ProfileMemberNotFound,
    errors.PersonalProfile,
    errors.PlaceholderPage,
    errors.LastOwner,
)


@get(
    "/profiles/{profile_id:uuid}/members",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.ProfileNotFound],
)
async def list_profile_members(
    request: AnyRequest, profile_id: FromPath[UUID], conn: Conn
) -> ProfileMemberList:
    """List the members of an artist, a band or a label.

    Its members see all, with their roles; everybody else those who are shown. Members of a band are
    shown unless they choose otherwise, all others only if they choose to be.
    """
    return await service.list_members(conn, ProfileId(profile_id), visitor_of(request))


@put(
    "/profiles/{profile_id:uuid}/members/{user_id:uuid}",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=None,
    errors=[*_REFUSED],
)
async def change_profile_member(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[MemberChange],
    tx: Tx,
) -> ProfileMember:
    """Give a member of a profile another role, or choose whether you are shown.

    Owners give any role; managers those that may do nothing beyond their own. A profile keeps an
    owner. Open WebSockets of the member as the profile are closed.
    """
    place = ProfileId(profile_id), viewer_of(request), UserId(user_id)
    return await service.change_member(tx, *place, data)


@delete(
    "/profiles/{profile_id:uuid}/members/{user_id:uuid}",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[*_REFUSED],
)
async def remove_profile_member(
    request: AnyRequest, profile_id: FromPath[UUID], user_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Remove a member from a profile, or leave it yourself. The last owner can't leave.

    Members who are shown stay in the list as former ones, until they or who manages the profile
    remove them once more.
    """
    await service.remove_member(tx, ProfileId(profile_id), viewer_of(request), UserId(user_id))
    return Deleted(user_id)


router = Router(
    "/",
    route_handlers=[list_profile_members, change_profile_member, remove_profile_member],
    tags=["profiles"],
    # The role in the profile of the path decides.
    opt={"right": Right.READ},
)

"""The artists of a label."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ProfileId, RosterEntryId
from veza.core.profiles import NotYourProfile, Right
from veza.domains.profiles import errors
from veza.domains.profiles.models.roster import Roster, RosterEntry, RosterForm
from veza.domains.profiles.service import roster as service
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.responses.envelope import Deleted


@get(
    "/profiles/{profile_id:uuid}/roster",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.ProfileNotFound],
)
async def list_roster(request: AnyRequest, profile_id: FromPath[UUID], conn: Conn) -> Roster:
    """List the artists of a label, or the labels of an artist, the oldest entries first.

    Those who manage the profile see entries, too, that the artist has not accepted yet.
    """
    return await service.list_roster(conn, ProfileId(profile_id), visitor_of(request))


@post(
    "/profiles/{profile_id:uuid}/roster",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=Scope.WRITE,
    errors=[
        errors.ProfileNotFound,
        NotYourProfile,
        errors.NotALabel,
        errors.AlreadyOnRoster,
        errors.TooManyOnRoster,
    ],
)
async def add_to_roster(
    request: AnyRequest, profile_id: FromPath[UUID], data: JSONBody[RosterForm], tx: Tx
) -> RosterEntry:
    """Ask an artist or a band to be on the roster of a label that you manage.

    Nobody sees it until who manages the artist accepts.
    """
    return await service.add_artist(tx, ProfileId(profile_id), viewer_of(request), data)


@post(
    "/profiles/{profile_id:uuid}/roster/{roster_entry_id:uuid}/accept",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ProfileNotFound, errors.RosterEntryNotFound, NotYourProfile],
)
async def accept_roster_entry(
    request: AnyRequest, profile_id: FromPath[UUID], roster_entry_id: FromPath[UUID], tx: Tx
) -> RosterEntry:
    """Accept, for an artist that you manage, to be on the roster of the label in the path."""
    entry_id = RosterEntryId(roster_entry_id)
    return await service.accept(tx, ProfileId(profile_id), viewer_of(request), entry_id)


@delete(
    "/profiles/{profile_id:uuid}/roster/{roster_entry_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ProfileNotFound, errors.RosterEntryNotFound, NotYourProfile],
)
async def remove_from_roster(
    request: AnyRequest, profile_id: FromPath[UUID], roster_entry_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """End or decline an entry of a label's roster, for the label or for the artist."""
    entry_id = RosterEntryId(roster_entry_id)
    await service.remove(tx, ProfileId(profile_id), viewer_of(request), entry_id)
    return Deleted(entry_id)


router = Router(
    "/",
    route_handlers=[list_roster, add_to_roster, accept_roster_entry, remove_from_roster],
    tags=["profiles"],
    # The role in the label, or in the artist, decides.
    opt={"right": Right.READ},
)

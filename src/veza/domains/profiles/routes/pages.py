"""Artists, bands, labels and podcasts: profiles that members create and run."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.profiles import AccountsOnly, NotYourProfile, Right
from veza.domains.auth.accounts.errors import NameOfVerified, UsernameTaken
from veza.domains.profiles import errors
from veza.domains.profiles.models.profiles import OwnProfile, PageForm, PageSettings
from veza.domains.profiles.service import claims, invitations
from veza.domains.profiles.service import pages as service
from veza.http.dependencies import AnyRequest, Tx, viewer_of
from veza.http.services import service_of
from veza.infra.valkey.client import WindowCounters


@post(
    "/profiles",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    right=Right.MANAGE,
    errors=[
        AccountsOnly,
        errors.CreatorsOnly,
        errors.InvitationsLimited,
        errors.LabelsOnly,
        NameOfVerified,
        errors.TooManyOnRoster,
        errors.TooManyPages,
        errors.TooManyPlaceholders,
        NotYourProfile,
        UsernameTaken,
    ],
)
async def create_profile(request: AnyRequest, data: JSONBody[PageForm], tx: Tx) -> OwnProfile:
    """Create an artist, a band or a label, which you own.

    Handles and usernames share their rules, and no two are the same. To publish as the profile,
    send its id as `X-Veza-Profile`.

    With `invite_email` a label makes a placeholder: the page of an artist or a band that is on its
    roster, and that the label's members run until somebody claims it by the link in that mail
    (`POST /profile-claims/{token}`). The label is the one in `X-Veza-Profile`, or the only one
    that you manage. As a placeholder nobody reaches its money: what it earns waits for the artist.
    """
    member = viewer_of(request)
    if data.invite_email is not None:
        await invitations.count_mail(service_of(request, WindowCounters), member)
        return await claims.create_placeholder(tx, member, data, data.invite_email)
    return await service.create_page(tx, service_of(request, PageSettings), member, data)


router = Router("/", route_handlers=[create_profile], tags=["profiles"])

"""Artists, bands and labels: profiles that members create and run."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.domains.auth.accounts.errors import UsernameTaken
from veza.domains.profiles import errors
from veza.domains.profiles.models import OwnProfile, PageForm, PageSettings
from veza.domains.profiles.service import pages as service
from veza.http.dependencies import AnyRequest, Tx, viewer_of
from veza.http.services import service_of


@post(
    "/profiles",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    right=None,
    errors=[errors.CreatorsOnly, errors.NameOfVerified, errors.TooManyPages, UsernameTaken],
)
async def create_profile(request: AnyRequest, data: JSONBody[PageForm], tx: Tx) -> OwnProfile:
    """Create an artist, a band or a label, which you own.

    Handles and usernames share their rules, and no two are the same. To publish as the profile,
    send its id as `X-Veza-Profile`.
    """
    settings = service_of(request, PageSettings)
    return await service.create_page(tx, settings, viewer_of(request), data)


router = Router("/", route_handlers=[create_profile], tags=["profiles"])

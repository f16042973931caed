"""Admins edit the profile of the site, and test mail and storage."""

from litestar import Router, get, post, put
from litestar.params import JSONBody

from veza.core.access import Access
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.site import errors, service
from veza.domains.site.models import SiteChange, SiteSettings, SiteTestResult
from veza.domains.site.service import SiteProfile
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.services import service_of
from veza.infra.valkey.client import WindowCounters


@get("/admin/site", access=Access.ADMIN, scope=None)
async def show_site_settings(request: AnyRequest, conn: Conn) -> SiteSettings:
    """Show the profile of the site as it was entered."""
    return await service.get_settings(conn, service_of(request, SiteProfile))


@put("/admin/site", access=Access.ADMIN, scope=None, errors=[ImageNotFound, ImageInUse])
async def change_site(request: AnyRequest, data: JSONBody[SiteChange], tx: Tx) -> SiteSettings:
    """Change name, description, accent, logo or legal pages, or what visitors hear.

    Omitted fields keep their value; null and blank texts clear them. All processes apply the change
    within a second. The accent may be any colour: `colors` are what is made of it, so that
    everything stays readable.
    """
    profile = service_of(request, SiteProfile)
    return await service.change_site(tx, profile, viewer_of(request), data)


@post(
    "/admin/site/mail-test",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.TooManySiteTests],
)
async def test_site_mail(request: AnyRequest) -> SiteTestResult:
    """Send a mail to your own address, and show what the mail server says.

    Ten times in ten minutes at most, on the whole server. It may take half a minute.
    """
    return await service.try_mail(
        database_of(request),
        service_of(request, SiteMailer),
        service_of(request, SiteProfile),
        viewer_of(request),
    )


@post(
    "/admin/site/storage-test",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.TooManySiteTests],
)
async def test_site_storage(request: AnyRequest) -> SiteTestResult:
    """Write, read and delete an object in the storage of files, and show how that went.

    Ten times in ten minutes at most, on the whole server.
    """
    counters = service_of(request, WindowCounters)
    return await service.try_storage(context_of(request).storage, counters)


router = Router(
    "/",
    route_handlers=[show_site_settings, change_site, test_site_mail, test_site_storage],
    tags=["admin"],
)

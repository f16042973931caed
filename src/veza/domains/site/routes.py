"""Anybody sees the site's profile and its legal pages."""

from typing import Annotated

from litestar import Router, get
from litestar.params import PathParameter

from veza.domains.auth.sign_up.service import registration
from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.domains.site import errors, service
from veza.domains.site.models import ShownSitePage, SitePage, SiteView
from veza.domains.site.service import SiteProfile
from veza.http.dependencies import AnyRequest, Conn
from veza.http.services import service_of

_PageName = Annotated[
    SitePage, PathParameter(description="`terms`, `imprint`, `privacy` or `copyright`.")
]


@get("/site", credentials="ignored", goes_on=True)
async def show_site(request: AnyRequest, conn: Conn) -> SiteView:
    """Show how the site presents itself, and who may create an account.

    `colors` are those nearest to the accent of the site that are readable by day and by night.
    """
    mode = await registration.find_mode(conn, service_of(request, SignUpContext))
    return service.show_site(service_of(request, SiteProfile), mode)


@get(
    "/site/pages/{page:str}",
    credentials="ignored",
    goes_on=True,
    errors=[errors.SitePageNotFound],
)
async def show_site_page(page: _PageName, conn: Conn) -> ShownSitePage:
    """Show the terms, the imprint, the privacy policy or the copyright contact: plain text."""
    return await service.show_page(conn, page)


router = Router("/", route_handlers=[show_site, show_site_page], tags=["control"])

"""Owners see the downloads of their shows."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath, QueryParameter

from veza.core.access import Access, Scope
from veza.core.clock import now
from veza.core.ids import ShowId
from veza.core.profiles import Right
from veza.domains.shows import errors
from veza.domains.shows.models.downloads import MAX_DAYS, ShowDownloads
from veza.domains.shows.service import downloads
from veza.http.dependencies import AnyRequest, reading, viewer_of
from veza.http.expensive import SEARCH

_Days = Annotated[int, QueryParameter(ge=1, le=MAX_DAYS, description="The last days, in UTC.")]


@get(
    "/shows/{show_id:uuid}/downloads",
    access=Access.USER,
    scope=Scope.READ,
    expensive=SEARCH,
    errors=[errors.ShowNotFound, errors.NotYourShow],
)
async def show_downloads(
    request: AnyRequest, show_id: FromPath[UUID], days: _Days = 30
) -> ShowDownloads:
    """Get how often podcast applications downloaded the episodes of your show.

    A minute of sound counts, once a day for each address and application; bots don't.
    """
    async with reading(request) as conn:
        return await downloads.report_downloads(
            conn, ShowId(show_id), viewer_of(request), today=now().date(), days=days
        )


router = Router("/", route_handlers=[show_downloads], tags=["shows"], opt={"right": Right.READ})

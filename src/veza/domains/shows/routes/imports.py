"""Creators import a show from its feed on another server, with its files."""

from typing import Annotated

from litestar import Router, delete, get, post
from litestar.params import JSONBody, QueryParameter

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.profiles import Right
from veza.domains.shows import errors
from veza.domains.shows.models.imports import MAX_ITEMS, ShowImport, ShowImportForm
from veza.domains.shows.service import imports
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.responses.envelope import Deleted

_IMPORT = "/users/me/show-import"

_After = Annotated[
    int, QueryParameter(ge=-1, le=MAX_ITEMS, description="The position of the last item you have.")
]


@post(
    _IMPORT,
    access=Access.CREATOR,
    activity=Activity.UPLOAD,
    scope=Scope.WRITE,
    errors=[errors.ImportRuns],
)
async def begin_show_import(
    request: AnyRequest, data: JSONBody[ShowImportForm], tx: Tx
) -> ShowImport:
    """Import a show from its feed. You can import one at a time.

    Put the `code` into the feed first, in a `podcast:txt` or the description, and retry: it proves
    that the feed is yours. Episodes keep their dates and guids.
    """
    return await imports.begin_import(tx, viewer_of(request), data)


@get(
    _IMPORT,
    access=Access.CREATOR,
    right=Right.READ,
    scope=Scope.READ,
    errors=[errors.NoImport],
)
async def show_show_import(request: AnyRequest, conn: Conn, after: _After = -1) -> ShowImport:
    """Get your import, with 100 of its items."""
    return await imports.get_import(conn, viewer_of(request), after)


@post(
    f"{_IMPORT}/retry",
    access=Access.CREATOR,
    activity=Activity.UPLOAD,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.NoImport, errors.ImportRuns],
)
async def retry_show_import(request: AnyRequest, tx: Tx) -> ShowImport:
    """Read the feed again, or import again what failed."""
    return await imports.retry_import(tx, viewer_of(request))


@delete(
    _IMPORT,
    access=Access.CREATOR,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.NoImport],
)
async def cancel_show_import(request: AnyRequest, tx: Tx) -> Deleted:
    """Cancel or forget your import. What was imported stays."""
    cancelled = await imports.cancel_import(tx, viewer_of(request))
    return Deleted(cancelled.id)


router = Router(
    "/",
    route_handlers=[begin_show_import, show_show_import, retry_show_import, cancel_show_import],
    tags=["shows"],
    opt={"right": Right.PUBLISH},
)

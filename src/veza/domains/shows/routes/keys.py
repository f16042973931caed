"""Members of a tier make and revoke the feed of their own; no API key reaches these routes."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath

from veza.core.access import Access
from veza.core.activities import Activity
from veza.core.ids import ShowId
from veza.domains.shows import errors
from veza.domains.shows.models.keys import OwnFeed, OwnFeedState
from veza.domains.shows.service import keys
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.responses.envelope import Deleted
from veza.http.security.signed_urls import urls_of

_KEY = "/shows/{show_id:uuid}/feed-key"


@get(_KEY, access=Access.USER, scope=None, errors=[errors.ShowNotFound])
async def show_own_feed(request: AnyRequest, show_id: FromPath[UUID], conn: Conn) -> OwnFeedState:
    """Get when you made a feed of your own for a show, if you did."""
    return await keys.get_state(conn, ShowId(show_id), viewer_of(request))


@post(
    _KEY,
    access=Access.USER,
    activity=Activity.EDIT,
    scope=None,
    errors=[errors.ShowNotFound, errors.NotAMember],
)
async def make_own_feed(request: AnyRequest, show_id: FromPath[UUID], tx: Tx) -> OwnFeed:
    """Make a feed of a show for your own podcast applications, with the episodes for your tier.

    Its address is shown once; another call makes another one, and ends the former. It works while
    your membership lasts. Keep it to yourself: whoever has it listens as you.
    """
    return await keys.make_feed(tx, ShowId(show_id), viewer_of(request), urls_of(request))


@delete(_KEY, access=Access.USER, scope=None, status_code=200, errors=[errors.ShowKeyNotFound])
async def revoke_own_feed(request: AnyRequest, show_id: FromPath[UUID], tx: Tx) -> Deleted:
    """End your own feed of a show."""
    await keys.revoke_feed(tx, ShowId(show_id), viewer_of(request))
    return Deleted(show_id)


# Members are accounts: a profile has no membership.
router = Router(
    "/",
    route_handlers=[show_own_feed, make_own_feed, revoke_own_feed],
    tags=["shows"],
    opt={"right": None},
)

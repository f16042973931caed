"""Profiles open their tip jar and list what they got; everybody sees whether a jar is open."""

from uuid import UUID

from litestar import Router, get, put
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import UserId
from veza.core.profiles import Right
from veza.domains.marketplace.tips import errors, service
from veza.domains.marketplace.tips.models import PublicJar, ReceivedTipPage, TipJar, TipJarForm
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.services import service_of


@get("/marketplace/tip-jar", access=Access.USER, scope=None)
async def get_tip_jar(request: AnyRequest, conn: Conn) -> TipJar:
    """Get the tip jar of your profile: whether it takes tips, and what it proposes."""
    return await service.get_jar(conn, viewer_of(request))


@put(
    "/marketplace/tip-jar",
    access=Access.CREATOR,
    activity=Activity.EDIT,
    scope=None,
    errors=[TextRefused],
)
async def set_tip_jar(request: AnyRequest, data: JSONBody[TipJarForm], tx: Tx) -> TipJar:
    """Open or close the tip jar of your profile, and choose its currency and what it proposes.

    `thanks` are shown to who gave a tip, with their paid order. Orders that wait for their payment
    stay as they are.
    """
    profile = viewer_of(request)
    service_of(request, TextFilters).screen(profile, data, "thanks")
    return await service.set_jar(tx, profile, data)


@get(
    "/marketplace/tips",
    access=Access.USER,
    scope=None,
    errors=[pages.BadCursor],
)
async def list_received_tips(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> ReceivedTipPage:
    """List the tips that your profile got, newest first, with the messages of who gave them."""
    return await service.list_received(
        conn, viewer_of(request), limit=limit, cursor=read_cursor(cursor)
    )


@get(
    "/profiles/{profile_id:uuid}/tip-jar",
    access=Access.OPTIONAL,
    right=Right.READ,
    scope=Scope.READ,
    errors=[errors.TipsNotTaken],
)
async def get_public_tip_jar(
    request: AnyRequest, profile_id: FromPath[UUID], conn: Conn
) -> PublicJar:
    """Get the open tip jar of a profile: its currency, and the amounts that it proposes."""
    return await service.get_public_jar(conn, UserId(profile_id), visitor_of(request))


_for_owners = Router(
    "/",
    route_handlers=[get_tip_jar, set_tip_jar, list_received_tips],
    tags=["seller"],
    opt={"right": Right.MONEY},
)
_for_all = Router("/", route_handlers=[get_public_tip_jar], tags=["marketplace"])

router = Router("/", route_handlers=[_for_owners, _for_all])

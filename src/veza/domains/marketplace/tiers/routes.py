"""Profiles create, list, change and delete tiers; visitors see those that take members."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import TierId, UserId
from veza.core.profiles import Right
from veza.domains.marketplace.tiers import errors, service
from veza.domains.marketplace.tiers.models import (
    OpenTierList,
    Tier,
    TierChange,
    TierForm,
    TierList,
    TierTarget,
)
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.services import service_of

_TIER = "/sell/tiers/{tier_id:uuid}"
_FILTERED_TEXTS = ("name", "description", "welcome")


@post(
    "/sell/tiers",
    access=Access.CREATOR,
    activity=Activity.UPLOAD,
    scope=None,
    errors=[errors.TooManyTiers, TextRefused],
)
async def create_tier(request: AnyRequest, data: JSONBody[TierForm], tx: Tx) -> Tier:
    """Create a tier, which members pay for by the month, by the year, or as they choose.

    A member of a tier has all of your tiers with the same or a lower `position`. Its currency stays
    as it is. You can have 10 open tiers.
    """
    service_of(request, TextFilters).ensure_accepted(data, *_FILTERED_TEXTS)
    return await service.create(tx, viewer_of(request), data)


@get("/sell/tiers", access=Access.USER, scope=None)
async def list_tiers(request: AnyRequest, conn: Conn) -> TierList:
    """List all of your tiers, by position."""
    return await service.list_tiers(conn, viewer_of(request))


@put(
    _TIER,
    access=Access.CREATOR,
    activity=Activity.EDIT,
    scope=None,
    errors=[errors.TierNotFound, errors.TooManyTiers, TextRefused],
)
async def update_tier(
    request: AnyRequest, tier_id: FromPath[UUID], data: JSONBody[TierChange], tx: Tx
) -> Tier:
    """Change your own tier. Fields that are left out stay as they are.

    A lower price holds for its members from their next period on. A higher one is for new members,
    and for those who agree to it. Without `is_open` it takes no new members; its members stay.
    """
    service_of(request, TextFilters).ensure_accepted(data, *_FILTERED_TEXTS)
    return await service.update(tx, _target(request, tier_id), data)


@delete(_TIER, access=Access.USER, scope=None, status_code=200, errors=[errors.TierNotFound])
async def delete_tier(request: AnyRequest, tier_id: FromPath[UUID], tx: Tx) -> Tier:
    """Delete your own tier. One that has ever had members, or has posts, is only closed."""
    return await service.delete(tx, _target(request, tier_id))


@get(
    "/profiles/{profile_id:uuid}/tiers",
    access=Access.OPTIONAL,
    scope=Scope.READ,
)
async def list_open_tiers(conn: Conn, profile_id: FromPath[UUID]) -> OpenTierList:
    """List the tiers of a profile that take new members, by position."""
    return await service.list_open(conn, UserId(profile_id))


def _target(request: AnyRequest, tier_id: UUID) -> TierTarget:
    return TierTarget(TierId(tier_id), viewer_of(request).id)


_for_all = Router("/", route_handlers=[list_open_tiers], tags=["marketplace"])
_for_sellers = Router(
    "/",
    route_handlers=[create_tier, list_tiers, update_tier, delete_tier],
    tags=["seller"],
    opt={"right": Right.MONEY},
)

router = Router("/", route_handlers=[_for_all, _for_sellers])

"""Owners split what they earn; each party accepts or declines a version."""

from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access
from veza.core.activities import Activity
from veza.core.ids import ProductId, ProfileId, ReleaseId, UserId
from veza.core.profiles import NotYourProfile, Right
from veza.domains.marketplace.products.errors import NotYourProduct, ProductNotFound
from veza.domains.marketplace.splits import service
from veza.domains.marketplace.splits.errors import SplitChanged, SplitNotFound
from veza.domains.marketplace.splits.models import (
    DefaultSplit,
    DefaultSplitForm,
    OwnSplits,
    SplitAnswer,
    SplitForm,
    Splits,
    SplitsQuery,
    SplitTarget,
)
from veza.domains.music.releases.errors import NotYourRelease, ReleaseNotFound
from veza.domains.profiles.errors import ProfileNotFound
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.requests.query_parameters import PageLimit, RowOffset

_OF_PRODUCT = "/marketplace/products/{product_id:uuid}/splits"
_OF_RELEASE = "/releases/{release_id:uuid}/splits"
_OF_SUPPORT = "/marketplace/profiles/{profile_id:uuid}/splits"


@get(_OF_PRODUCT, access=Access.USER, scope=None, errors=[SplitNotFound])
async def show_product_splits(
    request: AnyRequest, product_id: FromPath[UUID], conn: Conn
) -> Splits:
    """Get the parts by which the sales of a product are split, and the proposed ones.

    Only its seller and the parties see them. A product without a split of its own has that of the
    release that it is.
    """
    return await service.get_splits(conn, _product(product_id), viewer_of(request))


@put(
    _OF_PRODUCT,
    access=Access.USER,
    scope=None,
    activity=Activity.EDIT,
    errors=[ProductNotFound, NotYourProduct],
)
async def propose_product_splits(
    request: AnyRequest, product_id: FromPath[UUID], data: JSONBody[SplitForm], tx: Tx
) -> Splits:
    """Propose the parts by which the sales of your product are split.

    They hold once all who gain or lose by them have accepted, those who lose their part included;
    until then the former ones do. What was sold before is not changed. You accept by proposing.
    """
    return await service.propose(tx, _product(product_id), viewer_of(request), data)


@post(
    f"{_OF_PRODUCT}/accept",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[SplitNotFound, SplitChanged],
)
async def accept_product_splits(
    request: AnyRequest,
    product_id: FromPath[UUID],
    tx: Tx,
    data: JSONBody[SplitAnswer | None] = None,
) -> Splits:
    """Accept the proposed parts of a product. With an `id` only if they are that version."""
    split_id = data and data.id
    return await service.accept(tx, _product(product_id), viewer_of(request), split_id)


@post(
    f"{_OF_PRODUCT}/decline",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[SplitNotFound, SplitChanged],
)
async def decline_product_splits(
    request: AnyRequest,
    product_id: FromPath[UUID],
    tx: Tx,
    data: JSONBody[SplitAnswer | None] = None,
) -> Splits:
    """Decline the proposed parts of a product: those that hold stay."""
    split_id = data and data.id
    return await service.decline(tx, _product(product_id), viewer_of(request), split_id)


@get(_OF_RELEASE, access=Access.USER, scope=None, errors=[SplitNotFound])
async def show_release_splits(
    request: AnyRequest, release_id: FromPath[UUID], conn: Conn
) -> Splits:
    """Get the parts by which the sales of a release are split, and the proposed ones.

    Only its owner and the parties see them.
    """
    return await service.get_splits(conn, _release(release_id), viewer_of(request))


@put(
    _OF_RELEASE,
    access=Access.USER,
    scope=None,
    activity=Activity.EDIT,
    errors=[ReleaseNotFound, NotYourRelease],
)
async def propose_release_splits(
    request: AnyRequest, release_id: FromPath[UUID], data: JSONBody[SplitForm], tx: Tx
) -> Splits:
    """Propose the parts by which the sales of your release are split.

    They hold for all its products that have no split of their own, once all who gain or lose by
    them have accepted.
    """
    return await service.propose(tx, _release(release_id), viewer_of(request), data)


@post(
    f"{_OF_RELEASE}/accept",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[SplitNotFound, SplitChanged],
)
async def accept_release_splits(
    request: AnyRequest,
    release_id: FromPath[UUID],
    tx: Tx,
    data: JSONBody[SplitAnswer | None] = None,
) -> Splits:
    """Accept the proposed parts of a release. With an `id` only if they are that version."""
    split_id = data and data.id
    return await service.accept(tx, _release(release_id), viewer_of(request), split_id)


@post(
    f"{_OF_RELEASE}/decline",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[SplitNotFound, SplitChanged],
)
async def decline_release_splits(
    request: AnyRequest,
    release_id: FromPath[UUID],
    tx: Tx,
    data: JSONBody[SplitAnswer | None] = None,
) -> Splits:
    """Decline the proposed parts of a release: those that hold stay."""
    split_id = data and data.id
    return await service.decline(tx, _release(release_id), viewer_of(request), split_id)


@get(_OF_SUPPORT, access=Access.USER, scope=None, errors=[SplitNotFound])
async def show_support_splits(
    request: AnyRequest, profile_id: FromPath[UUID], conn: Conn
) -> Splits:
    """Get the parts by which tips and memberships of a profile are split, and the proposed ones.

    Only the profile and the parties see them.
    """
    return await service.get_splits(conn, _support(profile_id), viewer_of(request))


@put(
    _OF_SUPPORT,
    access=Access.USER,
    scope=None,
    activity=Activity.EDIT,
    errors=[ProfileNotFound, NotYourProfile],
)
async def propose_support_splits(
    request: AnyRequest, profile_id: FromPath[UUID], data: JSONBody[SplitForm], tx: Tx
) -> Splits:
    """Propose the parts by which tips and memberships of your profile are split.

    They hold for tips and payments from then on, once all who gain or lose by them have accepted.
    For a page, act as the page.
    """
    return await service.propose(tx, _support(profile_id), viewer_of(request), data)


@post(
    f"{_OF_SUPPORT}/accept",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[SplitNotFound, SplitChanged],
)
async def accept_support_splits(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    tx: Tx,
    data: JSONBody[SplitAnswer | None] = None,
) -> Splits:
    """Accept the proposed parts of tips and memberships. With an `id` only if they are that one."""
    split_id = data and data.id
    return await service.accept(tx, _support(profile_id), viewer_of(request), split_id)


@post(
    f"{_OF_SUPPORT}/decline",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[SplitNotFound, SplitChanged],
)
async def decline_support_splits(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    tx: Tx,
    data: JSONBody[SplitAnswer | None] = None,
) -> Splits:
    """Decline the proposed parts of tips and memberships: those that hold stay."""
    split_id = data and data.id
    return await service.decline(tx, _support(profile_id), viewer_of(request), split_id)


@get(
    "/profiles/{profile_id:uuid}/default-split",
    access=Access.USER,
    scope=None,
    errors=[ProfileNotFound, NotYourProfile],
)
async def show_default_split(
    request: AnyRequest, profile_id: FromPath[UUID], conn: Conn
) -> DefaultSplit:
    """Get the parts that are proposed for each new product and release of a profile of yours."""
    return await service.get_default(conn, ProfileId(profile_id), viewer_of(request))


@put(
    "/profiles/{profile_id:uuid}/default-split",
    access=Access.USER,
    scope=None,
    activity=Activity.EDIT,
    errors=[ProfileNotFound, NotYourProfile],
)
async def set_default_split(
    request: AnyRequest, profile_id: FromPath[UUID], data: JSONBody[DefaultSplitForm], tx: Tx
) -> DefaultSplit:
    """Set the parts that are proposed for each new product and release of a profile of yours.

    Each is a proposal like any other: it holds once all who gain or lose by it have accepted. A
    product that is a release has its split. What exists keeps its parts. Without parts, nothing is
    proposed.
    """
    return await service.set_default(tx, ProfileId(profile_id), viewer_of(request), data)


@get("/marketplace/splits", access=Access.USER, scope=None, errors=[pages.PageTooFar])
async def list_own_splits(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, offset: RowOffset = 0
) -> OwnSplits:
    """List the products, releases and profiles of whose earnings you have or are to have a part.

    With a `profile_id` it is a part of what that profile earns by tips and memberships.
    """
    return await service.list_own(conn, viewer_of(request), SplitsQuery(limit, offset))


def _product(product_id: UUID) -> SplitTarget:
    return SplitTarget(product_id=ProductId(product_id))


def _release(release_id: UUID) -> SplitTarget:
    return SplitTarget(release_id=ReleaseId(release_id))


def _support(profile_id: UUID) -> SplitTarget:
    return SplitTarget(profile_id=UserId(profile_id))


router = Router(
    "/",
    route_handlers=[
        show_product_splits,
        propose_product_splits,
        accept_product_splits,
        decline_product_splits,
        show_release_splits,
        propose_release_splits,
        accept_release_splits,
        decline_release_splits,
        show_support_splits,
        propose_support_splits,
        accept_support_splits,
        decline_support_splits,
        show_default_split,
        set_default_split,
        list_own_splits,
    ],
    tags=["marketplace"],
    opt={"right": Right.MONEY},
)

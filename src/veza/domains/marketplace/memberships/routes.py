"""Members see, cancel, pause and resume memberships; profiles list their members."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import MembershipId
from veza.core.profiles import Right
from veza.domains.marketplace.memberships import errors
from veza.domains.marketplace.memberships.models.changes import (
    CancelRequested,
    CancelTakenBack,
    PauseRequested,
    Resumed,
)
from veza.domains.marketplace.memberships.models.shown import (
    OwnMembership,
    OwnMembershipPage,
    PauseForm,
    PriceConsent,
    TierMemberPage,
)
from veza.domains.marketplace.memberships.service import own
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor

_MEMBERSHIP = "/marketplace/memberships/{membership_id:uuid}"


@get("/marketplace/memberships", access=Access.USER, scope=None, errors=[pages.BadCursor])
async def list_memberships(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> OwnMembershipPage:
    """List your memberships and monthly tips, newest first, those that have ended included."""
    return await own.list_own(conn, viewer_of(request).id, limit=limit, cursor=read_cursor(cursor))


@get(_MEMBERSHIP, access=Access.USER, scope=None, errors=[errors.MembershipNotFound])
async def show_membership(
    request: AnyRequest, membership_id: FromPath[UUID], conn: Conn
) -> OwnMembership:
    """Get a membership of yours."""
    return await own.get(conn, MembershipId(membership_id), viewer_of(request).id)


@post(
    f"{_MEMBERSHIP}/cancel",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[errors.MembershipNotFound, errors.MembershipEnded],
)
async def cancel_membership(
    request: AnyRequest, membership_id: FromPath[UUID], tx: Tx
) -> OwnMembership:
    """Cancel a membership. You keep what it gives until `paid_until`, and are not charged again.

    If a payment has failed, it ends now, and is not tried again.
    """
    membership = MembershipId(membership_id)
    return await own.change(tx, membership, viewer_of(request).id, CancelRequested())


@post(
    f"{_MEMBERSHIP}/stay",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=list(errors.CHANGE_ERRORS),
)
async def keep_membership(
    request: AnyRequest, membership_id: FromPath[UUID], tx: Tx
) -> OwnMembership:
    """Take the cancel of a membership back while it has not ended: it is renewed as before."""
    membership = MembershipId(membership_id)
    return await own.change(tx, membership, viewer_of(request).id, CancelTakenBack())


@post(
    f"{_MEMBERSHIP}/pause",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=list(errors.CHANGE_ERRORS),
)
async def pause_membership(
    request: AnyRequest, membership_id: FromPath[UUID], data: JSONBody[PauseForm], tx: Tx
) -> OwnMembership:
    """Pause a membership for up to three months after what is paid.

    You keep what it gives until `paid_until`, and are charged again at `paused_until`.
    """
    membership, event = MembershipId(membership_id), PauseRequested(data.months)
    return await own.change(tx, membership, viewer_of(request).id, event)


@post(
    f"{_MEMBERSHIP}/resume",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=list(errors.CHANGE_ERRORS),
)
async def resume_membership(
    request: AnyRequest, membership_id: FromPath[UUID], tx: Tx
) -> OwnMembership:
    """End the pause of a membership. If nothing is paid any more, it is charged now."""
    membership = MembershipId(membership_id)
    return await own.change(tx, membership, viewer_of(request).id, Resumed())


@post(
    f"{_MEMBERSHIP}/price",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[*errors.CHANGE_ERRORS, errors.MembershipPriceChanged],
)
async def accept_membership_price(
    request: AnyRequest, membership_id: FromPath[UUID], data: JSONBody[PriceConsent], tx: Tx
) -> OwnMembership:
    """Agree to the higher price of your tier, `asked_cents`, from the next renewal on.

    As long as you don't, you pay what you agreed to before.
    """
    membership = MembershipId(membership_id)
    return await own.accept_price(tx, membership, viewer_of(request).id, data)


@get("/sell/members", access=Access.USER, scope=None, errors=[pages.BadCursor])
async def list_tier_members(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> TierMemberPage:
    """List who is or was a member of your profile, newest first, monthly tips included."""
    return await own.list_members(
        conn, viewer_of(request).id, limit=limit, cursor=read_cursor(cursor)
    )


_for_members = Router(
    "/",
    route_handlers=[
        list_memberships,
        show_membership,
        cancel_membership,
        keep_membership,
        pause_membership,
        resume_membership,
        accept_membership_price,
    ],
    tags=["marketplace"],
)
_for_profiles = Router("/", route_handlers=[list_tier_members], tags=["seller"])

router = Router("/", route_handlers=[_for_members, _for_profiles], opt={"right": Right.MONEY})

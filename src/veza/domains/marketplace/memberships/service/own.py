"""Members see and change their memberships, and profiles see their members."""

from veza.core.errors import required
from veza.core.ids import MembershipId, UserId
from veza.core.pages import Cursor, cut
from veza.domains.marketplace.memberships.errors import (
    MembershipNotFound,
    MembershipPriceChanged,
)
from veza.domains.marketplace.memberships.models.changes import MembershipEvent, PriceAccepted
from veza.domains.marketplace.memberships.models.shown import (
    OwnMembership,
    OwnMembershipPage,
    PriceConsent,
    TierMemberPage,
)
from veza.domains.marketplace.memberships.queries import shown as queries
from veza.domains.marketplace.memberships.rules import views
from veza.domains.marketplace.memberships.service.store import apply, lock_own
from veza.infra.postgres.database import Conn, Tx


async def list_own(
    conn: Conn, member_id: UserId, *, limit: int, cursor: Cursor | None
) -> OwnMembershipPage:
    """Return a page of the memberships of a member, newest first."""
    found = await queries.list_own(conn, member_id, limit, cursor)
    page, next_cursor = cut(found, limit, lambda row: Cursor(row.created_at, row.id))
    shown = [views.show_own(row) for row in page]
    return OwnMembershipPage(shown, next_cursor, next_cursor is not None)


async def get(conn: Conn, membership_id: MembershipId, member_id: UserId) -> OwnMembership:
    """Return a membership of a member. Raises MembershipNotFound."""
    found = await queries.find_own(conn, membership_id, member_id)
    return views.show_own(required(found, MembershipNotFound))


async def change(
    tx: Tx, membership_id: MembershipId, member_id: UserId, event: MembershipEvent
) -> OwnMembership:
    """Apply what a member asks for to their membership. Raises the errors of `CHANGE_ERRORS`."""
    await apply(tx, await lock_own(tx, membership_id, member_id), event)
    return await get(tx, membership_id, member_id)


async def accept_price(
    tx: Tx, membership_id: MembershipId, member_id: UserId, consent: PriceConsent
) -> OwnMembership:
    """Agree to the higher price of a tier, which holds from the renewal on.

    Raises MembershipPriceChanged and the errors of `CHANGE_ERRORS`.
    """
    locked = await lock_own(tx, membership_id, member_id)
    if (await get(tx, membership_id, member_id)).asked_cents != consent.price_cents:
        raise MembershipPriceChanged
    await apply(tx, locked, PriceAccepted(consent.price_cents))
    return await get(tx, membership_id, member_id)


async def list_members(
    conn: Conn, profile_id: UserId, *, limit: int, cursor: Cursor | None
) -> TierMemberPage:
    """Return a page of the members of a profile, newest first."""
    found = await queries.list_members(conn, profile_id, limit, cursor)
    page, next_cursor = cut(found, limit, lambda row: Cursor(row.created_at, row.id))
    members = [views.show_member(row) for row in page]
    return TierMemberPage(members, next_cursor, next_cursor is not None)

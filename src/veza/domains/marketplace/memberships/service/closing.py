"""End the memberships of members who leave, and of profiles that close."""

from veza.core.ids import UserId
from veza.domains.marketplace.memberships.models.changes import CancelRequested, MemberErased
from veza.domains.marketplace.memberships.models.state import EndReason
from veza.domains.marketplace.memberships.queries import memberships as queries
from veza.domains.marketplace.memberships.service.store import apply
from veza.infra.postgres.database import Tx


async def erase(tx: Tx, user_id: UserId) -> None:
    """End a member's memberships now, and those of their profile with what is paid.

    What is paid to a profile that is gone gives nothing more, and is not charged again.
    """
    for membership in await queries.lock_of_member(tx, user_id):
        await apply(tx, membership, MemberErased())
    await close_profile(tx, user_id)
    await queries.update_member_gone(tx, user_id)
    await queries.update_profile_gone(tx, user_id)


async def close_profile(tx: Tx, profile_id: UserId) -> None:
    """End the memberships of a profile with what is paid: none is charged again."""
    for membership in await queries.lock_of_profile(tx, profile_id):
        await apply(tx, membership, CancelRequested(EndReason.CLOSED))

"""The steps of joining and renewing, for `marketplace/renewals`, which places the orders."""

from datetime import timedelta

from veza.core import clock
from veza.core.ids import MembershipId, OrderId, UserId
from veza.domains.marketplace.memberships.models.changes import ChargeDeclined, PeriodOver
from veza.domains.marketplace.memberships.models.state import (
    MembershipMethod,
    OpenOrder,
    ProfileMembership,
    StoredPeriod,
)
from veza.domains.marketplace.memberships.queries import memberships as queries
from veza.domains.marketplace.memberships.queries import periods as period_queries
from veza.domains.marketplace.memberships.rules.transitions import transition
from veza.domains.marketplace.memberships.service.store import apply, store
from veza.infra.postgres.database import Conn, Tx

_BATCH = 100
# A worker that is killed leaves what it renewed to others after this time.
_LEASE = timedelta(minutes=10)
# No order of a membership that is older than this can be paid in time.
_UNPAID_FOR = timedelta(days=2)


async def find(conn: Conn, membership_id: MembershipId) -> ProfileMembership | None:
    """Return a membership."""
    return await queries.find_membership(conn, membership_id)


async def lock(tx: Tx, membership_id: MembershipId) -> ProfileMembership | None:
    """Lock a membership; its member and profile are locked before it."""
    return await queries.lock_membership(tx, membership_id)


async def lock_between(tx: Tx, member_id: UserId, profile_id: UserId) -> ProfileMembership | None:
    """Lock the membership of a member and a profile that has not ended."""
    return await queries.lock_between(tx, member_id, profile_id)


async def lock_profile(tx: Tx, profile_id: UserId, newcomer_id: UserId | None = None) -> bool:
    """Lock a profile against erasure; return False if it is gone or suspended.

    Also if a newcomer and the profile block each other.
    """
    return await queries.lock_profile(tx, profile_id, newcomer_id)


async def start(tx: Tx, membership: ProfileMembership) -> bool:
    """Insert a pending membership; return False if a concurrent request was faster."""
    return await queries.insert_membership(tx, membership)


async def claim_due(tx: Tx) -> list[MembershipId]:
    """Lease and return memberships that are due to be charged."""
    return await queries.claim_due(tx, clock.now(), lease=_LEASE, limit=_BATCH)


async def list_open_orders(conn: Conn, membership: ProfileMembership) -> list[OpenOrder]:
    """Return the orders of the next period that may still be paid, newest first."""
    return await period_queries.list_open_orders(conn, membership.id, membership.last_number + 1)


async def find_attempt(conn: Conn, membership: ProfileMembership) -> OrderId | None:
    """Return the order of the present attempt to charge the next period, if it is placed."""
    number, attempt = membership.last_number + 1, membership.attempts
    return await period_queries.find_attempt(conn, membership.id, number, attempt)


async def find_by_order(conn: Conn, order_id: OrderId) -> MembershipId | None:
    """Return the membership of which an order pays a period."""
    return await period_queries.find_by_order(conn, order_id)


async def find_current_period(conn: Conn, membership: ProfileMembership) -> StoredPeriod | None:
    """Return the last period that was paid."""
    return await period_queries.find_paid(conn, membership.id, membership.last_number)


async def decline(tx: Tx, membership_id: MembershipId, attempt: int) -> ProfileMembership | None:
    """Plan the next attempt after one that took no money; return the membership."""
    membership = await queries.lock_membership(tx, membership_id)
    return None if membership is None else await apply(tx, membership, ChargeDeclined(attempt))


async def list_unread_methods(
    conn: Conn, provider: str, customer_id: str
) -> list[MembershipMethod]:
    """Return the memberships of a customer whose methods are not known yet."""
    return await queries.list_unread_methods(conn, provider, customer_id)


async def store_method(tx: Tx, kept: MembershipMethod) -> None:
    """Store the method of a membership."""
    await queries.update_method(tx, kept)


async def is_method_used(conn: Conn, provider: str, method_id: str) -> bool:
    """Return whether a membership that goes on is charged to a method."""
    return await queries.is_method_used(conn, provider, method_id)


async def end_some(tx: Tx) -> int:
    """End the next cancelled memberships whose time is over; return how many."""
    moment = clock.now()
    over = await queries.lock_over(tx, moment, limit=_BATCH)
    for membership in over:
        await store(tx, membership, transition(membership, PeriodOver(), moment))
    return len(over)


async def delete_unpaid(tx: Tx) -> int:
    """Delete the next memberships whose first order was never paid; return how many."""
    return await queries.delete_unpaid(tx, clock.now() - _UNPAID_FOR, limit=_BATCH)

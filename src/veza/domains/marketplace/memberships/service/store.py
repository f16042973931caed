"""Find, lock and store memberships, and forget the payment method of one that ended."""

from veza.core import clock
from veza.core.errors import required
from veza.core.ids import MembershipId, UserId
from veza.domains.marketplace.memberships.errors import MembershipNotFound
from veza.domains.marketplace.memberships.models.changes import MembershipEvent
from veza.domains.marketplace.memberships.models.state import (
    ForgetMethod,
    MailMember,
    MembershipState,
    ProfileMembership,
)
from veza.domains.marketplace.memberships.queries import memberships as queries
from veza.domains.marketplace.memberships.rules.notices import find_notice
from veza.domains.marketplace.memberships.rules.transitions import transition
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Tx


async def lock_own(tx: Tx, membership_id: MembershipId, member_id: UserId) -> ProfileMembership:
    """Lock a membership of a member. Raises MembershipNotFound."""
    found = required(await queries.lock_membership(tx, membership_id), MembershipNotFound)
    if found.member_id != member_id:
        raise MembershipNotFound
    return found


async def apply(tx: Tx, membership: ProfileMembership, event: MembershipEvent) -> ProfileMembership:
    """Apply an event to a locked membership, and return it. Raises the errors of the event."""
    changed = transition(membership, event, clock.now())
    await store(tx, membership, changed)
    return changed


async def store(tx: Tx, before: ProfileMembership, after: ProfileMembership) -> None:
    """Store a locked membership, if it changed."""
    if after == before:
        return
    await queries.update_membership(tx, after)
    notice = find_notice(before, after)
    if notice is not None:
        number = f"{after.last_number}.{after.attempts}.{after.cancelled_at or ''}"
        await enqueue(tx, MailMember(after.id, notice, number))
    has_ended = after.state is MembershipState.ENDED and before.state is not MembershipState.ENDED
    if has_ended:
        await release_method(tx, before)


async def release_method(tx: Tx, membership: ProfileMembership) -> None:
    """Enqueue that the provider forgets the method of a membership, unless another one uses it."""
    if membership.method_id is None and membership.method_order_id is None:
        return
    job = ForgetMethod(
        membership.provider,
        membership.customer_id,
        membership.method_id,
        membership.method_order_id,
    )
    await enqueue(tx, job)

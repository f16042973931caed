"""Begin and take back the periods that orders pay, in the transaction that settles them.

The order is locked, and its membership after it.
"""

from collections.abc import Sequence

from veza.core import clock
from veza.core.ids import OrderItemId
from veza.domains.marketplace.memberships.models.changes import PeriodPaid, PeriodReturned
from veza.domains.marketplace.memberships.models.state import (
    MembershipMethod,
    MembershipState,
    NewPeriod,
    PeriodKind,
    ProfileMembership,
    StoredPeriod,
)
from veza.domains.marketplace.memberships.queries import memberships as queries
from veza.domains.marketplace.memberships.queries import periods as period_queries
from veza.domains.marketplace.memberships.rules.periods import can_buy, plan_times
from veza.domains.marketplace.memberships.rules.transitions import transition
from veza.domains.marketplace.memberships.service.store import release_method, store
from veza.infra.postgres.database import Tx


async def insert(tx: Tx, periods: Sequence[NewPeriod]) -> None:
    """Store the periods that lines are to pay."""
    await period_queries.insert_periods(tx, periods)


async def begin_period(tx: Tx, item_id: OrderItemId) -> bool:
    """Give a member the period that a line has paid; return False if it buys nothing any more.

    So it is when another order has paid the period, or the membership was cancelled or has ended.
    """
    membership = await queries.lock_of_item(tx, item_id)
    period = await period_queries.find_period(tx, item_id)
    if membership is None or period is None:
        return False
    if not can_buy(membership, period.kind, period.number):
        return False
    moment = clock.now()
    times = plan_times(membership, period.kind, period.interval, moment)
    if period.kind is PeriodKind.UPGRADE:
        replaced = await period_queries.find_paid(tx, membership.id, membership.last_number)
        if replaced is not None:
            await period_queries.update_cut(tx, replaced.item_id, times)
    await period_queries.update_paid(tx, item_id, times)
    await store(
        tx, membership, transition(membership, PeriodPaid(period.kind, period.terms, times), moment)
    )
    if period.keeps_method:
        await _replace_method(tx, membership, period)
    return True


async def return_periods(tx: Tx, item_ids: Sequence[OrderItemId]) -> None:
    """Take back the periods of lines whose price was returned."""
    for item_id in item_ids:
        membership = await queries.lock_of_item(tx, item_id)
        period = await period_queries.find_period(tx, item_id)
        if membership is not None and period is not None and period.is_paid:
            await _return_period(tx, membership, period)


async def _return_period(tx: Tx, membership: ProfileMembership, period: StoredPeriod) -> None:
    await period_queries.update_returned(tx, period.item_id)
    if period.kind is PeriodKind.UPGRADE and period.number == membership.last_number:
        # The period that the upgrade replaced is paid, and gets its rest back.
        await period_queries.update_uncut(tx, membership.id, period.number - 1)
    last = await period_queries.find_last_paid(tx, membership.id)
    assert period.ends_at is not None
    returned = PeriodReturned(
        period.cut_at or period.ends_at,
        None if last is None else last.cut_at or last.ends_at,
        None if last is None else last.terms,
    )
    await store(tx, membership, transition(membership, returned, clock.now()))


async def _replace_method(tx: Tx, membership: ProfileMembership, period: StoredPeriod) -> None:
    """Store the method of this payment for later charges, and forget the former one."""
    kept = MembershipMethod(membership.id, period.provider, None, period.order_id)
    await queries.update_method(tx, kept)
    if membership.state is not MembershipState.PENDING:
        await release_method(tx, membership)

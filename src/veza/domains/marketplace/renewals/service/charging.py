"""Charge periods that are due to kept methods, and have methods forgotten.

Providers are called outside of transactions. The order of an attempt is stored before its charge,
so that a job that runs twice charges once.
"""

from functools import partial

from msgspec import Struct

from veza.core import clock
from veza.core.ids import OrderId, new_id
from veza.domains.marketplace.memberships.models.changes import Postponed
from veza.domains.marketplace.memberships.models.state import (
    ForgetMethod,
    MembershipMethod,
    OrderedPeriod,
    PeriodKind,
    ProfileMembership,
)
from veza.domains.marketplace.memberships.rules.periods import is_due, renewal_terms
from veza.domains.marketplace.memberships.service import engine
from veza.domains.marketplace.memberships.service.store import apply
from veza.domains.marketplace.orders.models.checkout import StoredOrder
from veza.domains.marketplace.orders.models.state import OrderStatus
from veza.domains.marketplace.orders.service import periods
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.renewals.models import RenewMembership
from veza.domains.marketplace.renewals.service.desk import RenewalDesk, close_open_orders
from veza.domains.marketplace.renewals.service.paying import find_offered
from veza.infra.payments.provider import Payment, PaymentProvider, PaymentState
from veza.infra.postgres.database import Database, Tx

_NO_METHOD = "no payment method is kept"


class _Attempt(Struct, frozen=True):
    """An attempt to charge a membership: its order, at the provider of the context."""

    membership: ProfileMembership
    order: StoredOrder
    context: CheckoutContext


async def renew(database: Database, desk: RenewalDesk, job: RenewMembership) -> None:
    """Charge the period of a membership that is due. It may run twice, and stop anywhere.

    Raises ProviderUnavailable: the next run goes on with the same order.
    """
    async with database.read() as conn:
        membership = await engine.find(conn, job.membership_id)
        placed = None if membership is None else await engine.find_attempt(conn, membership)
    if membership is None or not is_due(membership, clock.now()):
        return
    context = desk.context_of(membership.provider)
    if context is None:
        # The member pays on session, at the provider that is connected now.
        await database.transact(partial(_decline, membership=membership))
        return
    if not await close_open_orders(database, desk, membership, but=placed):
        await database.transact(partial(_postpone, membership=membership))
        return
    membership = await _read_method(database, context.payments, membership)
    place = partial(_place, context=context, membership=membership)
    order = await database.transact(place)
    if order is not None:
        await _charge(database, _Attempt(membership, order, context))


async def forget_method(database: Database, desk: RenewalDesk, job: ForgetMethod) -> None:
    """Delete a method at the provider, unless a membership that goes on is charged to it."""
    provider = desk.providers.find(job.provider)
    if provider is None:
        return
    method_id = job.method_id
    if method_id is None and job.order_id is not None:
        method_id = await periods.find_method(provider, job.order_id)
    if method_id is None:
        return
    async with database.read() as conn:
        unread = await engine.list_unread_methods(conn, job.provider, job.customer_id)
    for kept in unread:
        await _read_kept(database, provider, kept)
    async with database.read() as conn:
        is_used = await engine.is_method_used(conn, job.provider, method_id)
    if not is_used:
        await provider.forget_method(job.customer_id, method_id)


async def _read_method(
    database: Database, provider: PaymentProvider, membership: ProfileMembership
) -> ProfileMembership:
    """Return a membership with the method that its last payment on session kept."""
    if membership.method_id is not None or membership.method_order_id is None:
        return membership
    kept = MembershipMethod(membership.id, membership.provider, None, membership.method_order_id)
    await _read_kept(database, provider, kept)
    async with database.read() as conn:
        return await engine.find(conn, membership.id) or membership


async def _read_kept(database: Database, provider: PaymentProvider, kept: MembershipMethod) -> None:
    if kept.method_order_id is None:
        return
    method_id = await periods.find_method(provider, kept.method_order_id)
    if method_id is not None:
        found = MembershipMethod(kept.membership_id, kept.provider, method_id, kept.method_order_id)
        async with database.transaction() as tx:
            await engine.store_method(tx, found)


async def _place(
    tx: Tx, context: CheckoutContext, membership: ProfileMembership
) -> StoredOrder | None:
    """Place the order of the present attempt, or return it; None if nothing is due any more."""
    member_id, profile_id = membership.member_id, membership.profile_id
    if member_id is None or profile_id is None:
        return None
    is_there = await periods.lock_buyer(tx, member_id)
    is_there &= await engine.lock_profile(tx, profile_id)
    locked = await engine.lock(tx, membership.id)
    is_same = locked is not None and locked.attempts == membership.attempts
    if locked is None or not is_same or not is_due(locked, clock.now()):
        return None
    placed = await engine.find_attempt(tx, locked)
    if placed is not None:
        return await periods.find_order(tx, placed)
    if not is_there:
        # Renewals of suspended members and profiles wait.
        await apply(tx, locked, Postponed())
        return None
    period = OrderedPeriod(
        locked.id,
        profile_id,
        locked.last_number + 1,
        PeriodKind.RENEWAL,
        renewal_terms(locked, await find_offered(tx, locked)),
        locked.currency,
        attempt=locked.attempts,
    )
    return await periods.place(tx, context, member_id, OrderId(new_id()), period)


async def _charge(database: Database, attempt: _Attempt) -> None:
    """Charge the order of an attempt, and store what became of it."""
    membership, order = attempt.membership, attempt.order
    if order.status is not OrderStatus.PENDING or membership.method_id is None:
        await database.transact(partial(_fail, attempt=attempt))
        return
    method = (membership.customer_id, membership.method_id)
    payment = await periods.charge(attempt.context, order, method)
    await database.transact(partial(_settle, attempt=attempt, payment=payment))


async def _settle(tx: Tx, attempt: _Attempt, payment: Payment) -> None:
    await periods.settle_charge(tx, attempt.context, attempt.order, payment)
    if payment.state is not PaymentState.SUCCEEDED:
        await _decline(tx, attempt.membership)


async def _fail(tx: Tx, attempt: _Attempt) -> None:
    """Count an attempt that can't be charged, or whose order is over already."""
    if attempt.order.status is OrderStatus.PENDING:
        await periods.fail(tx, attempt.order.id, _NO_METHOD)
    await _decline(tx, attempt.membership)


async def _decline(tx: Tx, membership: ProfileMembership) -> None:
    await engine.decline(tx, membership.id, membership.attempts)


async def _postpone(tx: Tx, membership: ProfileMembership) -> None:
    locked = await engine.lock(tx, membership.id)
    if locked is not None and locked.attempts == membership.attempts:
        await apply(tx, locked, Postponed())

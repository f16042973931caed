"""Members pay a period that is due on session, or change to another tier."""

from functools import partial

from veza.core import clock
from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.core.ids import MembershipId, OrderId
from veza.core.keyed_request import KeyedRequest
from veza.domains.marketplace.memberships.errors import (
    MembershipEnded,
    MembershipNotFound,
    MembershipNotPossible,
)
from veza.domains.marketplace.memberships.models.changes import TierChanged
from veza.domains.marketplace.memberships.models.state import (
    OpenOrder,
    OrderedPeriod,
    PeriodKind,
    ProfileMembership,
    Terms,
)
from veza.domains.marketplace.memberships.rules.periods import (
    can_buy,
    can_pay,
    credit_cents,
    is_upgrade,
    renewal_terms,
)
from veza.domains.marketplace.memberships.service import engine, own
from veza.domains.marketplace.memberships.service.store import apply, lock_own
from veza.domains.marketplace.orders.service import periods
from veza.domains.marketplace.renewals.models import MembershipOrder, TierChoice, WantedTier
from veza.domains.marketplace.renewals.service.desk import (
    Placed,
    RenewalDesk,
    ensure_nothing_open,
    find_placed,
    open_order,
    place_on_session,
)
from veza.domains.marketplace.tiers import service as tiers
from veza.domains.platform.idempotency import service as idempotency
from veza.domains.platform.idempotency.models import KeyClaim
from veza.infra.postgres.database import Conn, Database, Tx


async def pay_now(
    database: Database,
    desk: RenewalDesk,
    member: Member,
    *,
    membership_id: MembershipId,
    sent: KeyedRequest | None,
) -> bytes:
    """Return an order of the period that is due, whose method replaces the former one.

    Raises MembershipNotFound, MembershipNotPossible, PaymentUnderWay, PaymentRefused,
    ProviderUnavailable and KeyReused.
    """
    async with idempotency.claimed(database, sent) as claim:
        if claim.answer:
            return claim.answer
        membership = await _read(database, membership_id, member)
        repeated = await _find_open(database, membership, PeriodKind.RENEWAL)
        if repeated is None:
            await ensure_nothing_open(database, desk, membership)
        place = partial(_place_due, desk=desk, membership=membership, claim=claim)
        placed = repeated or await database.transact(place)
        return await open_order(database, desk, placed, claim)


async def change_tier(
    database: Database,
    desk: RenewalDesk,
    member: Member,
    *,
    wanted: WantedTier,
    sent: KeyedRequest | None,
) -> bytes:
    """Change to another tier: at once by an order if it is dearer, else from the renewal on.

    Raises the errors of `pay_now` and of changes, TierNotFound and IntervalNotOffered.
    """
    async with idempotency.claimed(database, sent) as claim:
        if claim.answer:
            return claim.answer
        membership = await _read(database, wanted.membership_id, member)
        await ensure_nothing_open(database, desk, membership)
        place = partial(_change, desk=desk, membership=membership, choice=wanted, claim=claim)
        placed = await database.transact(place)
        if isinstance(placed, Placed):
            return await open_order(database, desk, placed, claim)
        return placed


async def _read(
    database: Database, membership_id: MembershipId, member: Member
) -> ProfileMembership:
    async with database.read() as conn:
        found = required(await engine.find(conn, membership_id), MembershipNotFound)
    if found.member_id != member.id:
        raise MembershipNotFound
    return found


async def _find_open(
    database: Database, membership: ProfileMembership, kind: PeriodKind
) -> Placed | None:
    """Return the order that the member began to pay on session, if it can still be paid."""
    async with database.read() as conn:
        for each in await engine.list_open_orders(conn, membership):
            if _is_own(each, kind):
                order = await periods.find_order(conn, each.id)
                return None if order is None else Placed(membership, order)
    return None


def _is_own(order: OpenOrder, kind: PeriodKind) -> bool:
    return order.is_payable and order.attempt is None and order.kind is kind


async def _place_due(
    tx: Tx, desk: RenewalDesk, membership: ProfileMembership, claim: KeyClaim
) -> Placed:
    placed = await find_placed(tx, OrderId(claim.id))
    if placed is not None:
        return placed
    locked = await _lock(tx, membership)
    if not can_pay(locked, clock.now()):
        raise MembershipNotPossible
    assert locked.profile_id is not None
    terms = renewal_terms(locked, await find_offered(tx, locked))
    number = locked.last_number + 1
    period = OrderedPeriod(
        locked.id, locked.profile_id, number, PeriodKind.RENEWAL, terms, locked.currency
    )
    return await place_on_session(tx, desk, locked, period, claim)


async def _change(
    tx: Tx, desk: RenewalDesk, membership: ProfileMembership, choice: TierChoice, claim: KeyClaim
) -> Placed | bytes:
    placed = await find_placed(tx, OrderId(claim.id))
    if placed is not None:
        return placed
    locked = await _lock(tx, membership)
    tier, cents = await tiers.lock_to_join(tx, choice.tier_id, choice.interval)
    if (tier.profile_id, tier.currency) != (locked.profile_id, locked.currency):
        raise MembershipNotPossible
    wanted = Terms(tier.id, tier.name, choice.interval, cents)
    current = await engine.find_current_period(tx, locked)
    is_running = locked.paid_until is not None and locked.paid_until > clock.now()
    if current is None or not is_running or not is_upgrade(current.terms, wanted):
        changed = await apply(tx, locked, TierChanged(wanted))
        assert changed.member_id is not None
        shown = await own.get(tx, changed.id, changed.member_id)
        return await idempotency.store_answer(tx, claim, MembershipOrder(shown, None))
    number = locked.last_number + 1
    if not can_buy(locked, PeriodKind.UPGRADE, number):
        raise MembershipNotPossible
    period = OrderedPeriod(
        locked.id,
        tier.profile_id,
        number,
        PeriodKind.UPGRADE,
        wanted,
        locked.currency,
        credit_cents=credit_cents(current, cents, clock.now()),
    )
    return await place_on_session(tx, desk, locked, period, claim)


async def _lock(tx: Tx, membership: ProfileMembership) -> ProfileMembership:
    """Lock member, profile and membership. Raises Unauthenticated and MembershipEnded."""
    member_id, profile_id = membership.member_id, membership.profile_id
    if member_id is None or not await periods.lock_buyer(tx, member_id):
        raise Unauthenticated
    if profile_id is None or not await engine.lock_profile(tx, profile_id):
        raise MembershipEnded
    return await lock_own(tx, membership.id, member_id)


async def find_offered(conn: Conn, membership: ProfileMembership) -> int | None:
    """Return the present price of the tier that the next period is for, if it is offered."""
    terms = membership.next_terms or membership.terms
    tier = None if terms.tier_id is None else await tiers.find_tier(conn, terms.tier_id)
    return None if tier is None else tier.find_price(terms.interval)

"""Three years of a membership: whatever its member, its profile and the banks do, day by day.

Nobody is charged twice for a period, nor after a cancel, and nobody loses a day that is paid.
"""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest
from msgspec import Struct

from tests.fakes.hyperswitch import ASKED, DECLINED, PAID, PROCESSING
from veza.core.access import Member, Role
from veza.core.errors import VezaError
from veza.core.ids import OrderItemId, RefundId, new_id
from veza.domains.marketplace.memberships.models.changes import (
    CancelRequested,
    CancelTakenBack,
    PauseRequested,
    Resumed,
)
from veza.domains.marketplace.memberships.models.shown import PriceConsent
from veza.domains.marketplace.memberships.models.state import MembershipState
from veza.domains.marketplace.memberships.service import engine, own
from veza.domains.marketplace.orders.models.state import (
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    RefundBegun,
    RefundMade,
)
from veza.domains.marketplace.orders.service.settlement import (
    parse_payment_ref,
    payment_ref,
    settle,
)
from veza.domains.marketplace.renewals import jobs
from veza.domains.marketplace.renewals.models import RenewMembership
from veza.domains.marketplace.splits import service as splits
from veza.domains.marketplace.splits.models import SplitForm, SplitPartForm, SplitTarget
from veza.domains.marketplace.tiers import service as tiers
from veza.domains.marketplace.tiers.models import BillingInterval, TierChange, TierTarget

DAY = timedelta(days=1)
_OVER = {MembershipState.ENDED, MembershipState.PENDING}
_MONTH, _YEAR = BillingInterval.MONTH, BillingInterval.YEAR
_DEEDS = (
    *("bank",) * 12,
    *("stay", "pause", "resume", "choose", "choose", "price", "consent", "cancel", "refund"),
    *("pay_now", "pay_now", "pay_open", "pay_open", "pay_open", "dispute", "leave_open", "stay"),
)


class _Paid(Struct, frozen=True):
    number: int
    item_id: OrderItemId
    order_id: object
    price_cents: int


class _Life:
    """A member, and everything that happens to them."""

    def __init__(self, club, seed):
        self.club, self.draw = club, Random(seed)
        self.membership_id = None
        self.tiers = []
        self.happened = Counter()
        self.charged_before_cancel = None
        self.is_behind = False

    async def begin(self):
        """Offer tiers; what they earn is split with another member."""
        other = self.club.shop.sellers[1].member
        await self._split({self.club.seller.member: 6665, other: 3335})
        prices = ((300, 3000), (500, None), (1200, 9900))
        for position, (month, year) in enumerate(prices, 1):
            fields = {"monthly_cents": month, "yearly_cents": year, "position": position}
            self.tiers.append(await self.club.tier(str(position), **fields))

    async def _split(self, parts):
        owner, target = self.club.seller.member, SplitTarget(profile_id=self.club.seller.id)
        form = SplitForm([SplitPartForm(party.id, each) for party, each in parts.items()])
        async with self.club.database.transaction() as tx:
            proposed = await splits.propose(tx, target, owner, form)
            for party_id in proposed.proposal.awaited:
                await splits.accept(tx, target, Member(party_id, Role.USER, None), None)

    async def live(self, days):
        await self.begin()
        for number in range(days):
            self.club.moment += DAY
            await self._age()
            await self._do()
            before = len(self._charges())
            await self._work()
            assert len(self._charges()) <= before + 1, "At most one attempt a day."
            await self._look()
            # The books are looked at each day; what else depends on them if they changed.
            if await self.club.ensure_balanced() or number % 60 == 0:
                self.happened["looked into"] += 1
                await self.club.ensure_right()
        await self.club.ensure_right()

    async def _do(self):
        if self.membership_id is None:
            await self._join()
        elif self.draw.random() < (0.3 if self.is_behind else 0.12):
            deed = self.draw.choice(_DEEDS)
            if self.is_behind and self.draw.random() < 0.6:
                deed = self.draw.choice(["pay_now", "pay_now", "leave_open", "cancel", "choose"])
            self.happened[deed] += 1
            with suppress(VezaError):
                await getattr(self, f"_{deed}")()

    async def _age(self):
        """Make the orders a day older, as their time is that of the database."""
        sql = """
            update orders
               set created_at = created_at - interval '1 day',
                   expires_at = expires_at - interval '1 day'
             where buyer_id = $1 and status in ('pending', 'failed')
            """
        async with self.club.database.transaction() as tx:
            await tx.run(sql, self.club.member.id)
        if self.draw.random() < 0.4:
            await self._pay_open()
        for order_id in await self._list_open():
            # Sometimes nobody hears of it for days.
            if self.draw.random() < 0.6:
                await self.club.poll(order_id, is_expired=True)

    async def _work(self):
        """Do what the worker does, sometimes twice, sometimes a day late."""
        if self.draw.random() < 0.1:
            return
        async with self.club.database.transaction() as tx:
            await engine.end_some(tx)
            due = await engine.claim_due(tx)
        for membership_id in due * self.draw.choice([1, 1, 2]):
            self.happened["renew"] += 1
            job = RenewMembership(membership_id)
            await jobs.renew(self.club.database, self.club.desk, job)

    async def _join(self):
        interval = self.draw.choice([_MONTH, _MONTH, _MONTH, _YEAR])
        with suppress(VezaError):
            made = await self.club.join(self.draw.choice(self.tiers), interval=interval)
            await self.club.pay(made, card=self.draw.choice(["4242", "5555"]))
            self.membership_id, self.charged_before_cancel = made.membership.id, None

    async def _bank(self):
        for method_id in self.club.shop.provider.methods:
            charges = self.draw.choices([PAID, DECLINED, ASKED, PROCESSING], [3, 3, 2, 2], k=8)
            self.club.shop.provider.decide(method_id, *charges, PAID)

    async def _cancel(self):
        await self.club.change(self.membership_id, CancelRequested())
        self.charged_before_cancel = len(self._charges())

    async def _stay(self):
        await self.club.change(self.membership_id, CancelTakenBack())
        self.charged_before_cancel = None

    async def _pause(self):
        await self.club.change(self.membership_id, PauseRequested(self.draw.randint(1, 3)))

    async def _resume(self):
        await self.club.change(self.membership_id, Resumed())

    async def _choose(self):
        interval = self.draw.choice([_MONTH, _MONTH, _MONTH, _YEAR])
        tier = self.draw.choice(self.tiers)
        made = await self.club.choose(self.membership_id, tier, interval=interval)
        if made.order is not None and self.draw.random() < 0.8:
            self.happened["upgrade"] += 1
            await self.club.pay(made)

    async def _price(self):
        tier = self.draw.choice(self.tiers)
        target = TierTarget(tier.id, self.club.seller.id)
        async with self.club.database.transaction() as tx:
            cents = self.draw.randint(50, 1500)
            await tiers.update(tx, target, TierChange(monthly_cents=cents))

    async def _consent(self):
        async with self.club.database.transaction() as tx:
            shown = await own.get(tx, self.membership_id, self.club.member.id)
            if shown.asked_cents is not None:
                self.happened["agreed"] += 1
                consent = PriceConsent(shown.asked_cents)
                await own.accept_price(tx, self.membership_id, self.club.member.id, consent)

    async def _pay_now(self):
        made = await self.club.pay_now(self.membership_id)
        self.happened["paid on session"] += 1
        if self.draw.random() < 0.7:
            await self.club.pay(made, card=self.draw.choice(["4242", "5555"]))

    async def _pay_open(self):
        """Let a waiting payment succeed without a webhook."""
        for payment_id, payment in self.club.shop.provider.payments.items():
            if payment["status"] in {"requires_customer_action", "processing"}:
                self.happened["late success"] += 1
                self.club.shop.provider.pay(payment_id)

    async def _leave_open(self):
        await self.club.pay_now(self.membership_id)

    async def _dispute(self):
        paid = await self._list_paid()
        if not paid:
            return
        chosen = self.draw.choice(paid)
        cents = self.draw.choice([chosen.price_cents, 50, 49, 20])
        ref = str(new_id())
        end = self.draw.choice([DisputeLost(ref), DisputeWon(ref)])
        async with self.club.database.transaction() as tx:
            await settle(tx, chosen.order_id, DisputeOpened(ref, cents))
            await settle(tx, chosen.order_id, end)

    async def _refund(self):
        paid = await self._list_paid()
        if not paid:
            return
        chosen = paid[-1]
        refund_id = RefundId(new_id())
        async with self.club.database.transaction() as tx:
            await settle(tx, chosen.order_id, RefundBegun(refund_id, [chosen.item_id]))
            await settle(tx, chosen.order_id, RefundMade(refund_id))

    async def _look(self):
        """See that the member has what is paid, and was not charged without reason."""
        if self.membership_id is None:
            return
        found = await self.club.see(self.membership_id)
        paid = await self._list_paid()
        assert len({each.number for each in paid}) == len(paid)
        if found.paid_until is not None and found.paid_until > self.club.moment:
            assert found.access_until >= found.paid_until
        if found.state is MembershipState.PAST_DUE and found.last_number:
            had_access = found.past_due_since < found.paid_until + 2 * DAY
            assert found.access_until > self.club.moment or not had_access
        if self.charged_before_cancel is not None:
            assert len(self._charges()) == self.charged_before_cancel
        self.is_behind = found.state is MembershipState.PAST_DUE
        if found.state in _OVER:
            self.happened[f"ended: {found.end_reason}"] += 1
            self.membership_id = None

    def _charges(self):
        payments = self.club.shop.provider.payments.values()
        return [each["payment_id"] for each in payments if each["off_session"]]

    async def _list_open(self):
        refs = self.club.shop.provider.payments
        ids = [parse_payment_ref(ref) for ref in refs]
        sql = (
            "select payment_ref from orders where id = any($1) and status in ('pending', 'failed')"
        )
        async with self.club.database.read() as conn:
            found = await conn.column(str, sql, ids)
        return [parse_payment_ref(ref) for ref in found if ref is not None]

    async def _list_paid(self):
        sql = """
            select p.number, p.item_id, i.order_id, i.price_cents
              from membership_periods p
              join order_items i on i.id = p.item_id
             where p.membership_id = $1 and p.is_paid
             order by p.number
        """
        async with self.club.database.read() as conn:
            return await conn.all(_Paid, sql, self.membership_id)


async def _ensure_each_payment_counts_once(life):
    """Compare what the provider took with the periods: what bought none is returned."""
    sql = """
        select count(*)
          from orders o
         where o.id = any($1) and o.paid_at is null
    """
    payments = life.club.shop.provider.payments.items()
    taken = [parse_payment_ref(ref) for ref, each in payments if each["status"] == "succeeded"]
    for order_id in taken:
        await life.club.poll(order_id)
    assert await life.club.shop.count(sql, taken) == 0
    sql = """
        select count(*)
          from order_items i
         where i.order_id = any($1)
           and (select count(*) from order_item_parts p where p.item_id = i.id) <> 2
    """
    assert await life.club.shop.count(sql, taken) == 0, "All of them are split."
    assert all(payment_ref(order_id) in dict(payments) for order_id in taken)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
async def test_half_a_year_of_a_membership(club, seed):
    life = _Life(club, seed)
    await life.live(180)
    await _ensure_each_payment_counts_once(life)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 104))
async def test_three_years_of_a_membership(club, seed):
    life = _Life(club, seed)
    await life.live(3 * 365 + 1)
    await _ensure_each_payment_counts_once(life)
    assert life.happened["renew"] > 4
    assert life.happened["looked into"] > 3 * 365 // 60 + 1, "Also on days between."

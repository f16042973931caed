"""A seller with tiers, a member, and a clock that tests move."""

from uuid import UUID

from msgspec import Struct, json

from tests import make
from veza.core import clock
from veza.core.ids import MembershipId, new_id
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.memberships import invariants
from veza.domains.marketplace.memberships.service import engine, own
from veza.domains.marketplace.orders import invariants as order_invariants
from veza.domains.marketplace.orders import jobs as order_jobs
from veza.domains.marketplace.orders.models.state import PollPayment
from veza.domains.marketplace.orders.service.settlement import payment_ref
from veza.domains.marketplace.renewals import jobs
from veza.domains.marketplace.renewals.models import (
    MembershipForm,
    MembershipOrder,
    RenewMembership,
    WantedTier,
)
from veza.domains.marketplace.renewals.service import joining, paying
from veza.domains.marketplace.renewals.service.desk import RenewalDesk
from veza.infra.payments.provider import PaymentProviders

# What was posted after an id, in the order of time; only this club posts while its test runs.
_POSTED = """
    select p.id, coalesce(sum(e.amount_cents), 1)::bigint as sum_cents
      from ledger_postings p
      left join ledger_entries e on e.posting_id = p.id
     where p.id > $1
     group by p.id
     order by p.id
"""
_UNBALANCED = """
    select a.key
      from ledger_accounts a
      join ledger_subjects s on s.id = a.subject_id
      left join ledger_balances b on b.account_number = a.number
      left join ledger_entries e on e.account_number = a.number
     where s.user_id = any($1)
     group by a.number, b.account_number
    having b.balance_cents is distinct from coalesce(sum(e.amount_cents), 0)
"""
_RULES = order_invariants.INVARIANTS | invariants.INVARIANTS


class _Posted(Struct, frozen=True):
    id: UUID
    sum_cents: int


class Club:
    """A seller with tiers, and the steps of a member."""

    def __init__(self, shop, monkeypatch):
        self.shop = shop
        self.database = shop.services.database
        self.desk = RenewalDesk(shop.checkout, PaymentProviders(shop.checkout.payments))
        self.seller, self.member = shop.sellers[0], shop.buyer
        self.moment = clock.now()
        self.last_posting_id = new_id()
        monkeypatch.setattr(clock, "now", lambda: self.moment)

    async def tier(self, name="Gold", **fields):
        async with self.database.transaction() as tx:
            return await make.tier(tx, self.seller.member, name, **fields)

    async def join(self, tier=None, member=None, **form):
        form = MembershipForm(tier_id=None if tier is None else tier.id, **form)
        answer = await joining.join(
            self.database, self.desk, (member or self.member).member, form=form, sent=None
        )
        return self._read(answer)

    async def pay(self, made, card="4242"):
        """Confirm an order with a card, and settle the payment."""
        order_id = made.order.id
        self.shop.provider.pay(payment_ref(order_id), card=card)
        await self.poll(order_id)

    async def poll(self, order_id, *, is_expired=False):
        providers = self.desk.providers
        job = PollPayment(order_id, providers.current.name, is_expired)
        await order_jobs.poll_payment(self.database, providers, job)

    async def joined(self, tier=None, **form):
        made = await self.join(tier or await self.tier(), **form)
        await self.pay(made)
        return made.membership.id

    async def see(self, membership_id):
        async with self.database.read() as conn:
            return await engine.find(conn, MembershipId(membership_id))

    async def change(self, membership_id, event):
        async with self.database.transaction() as tx:
            return await own.change(tx, membership_id, self.member.id, event)

    async def renew(self, membership_id):
        await jobs.renew(self.database, self.desk, RenewMembership(membership_id))
        return await self.see(membership_id)

    async def until_due(self, membership_id):
        self.moment = (await self.see(membership_id)).next_charge_at
        return self.moment

    async def pay_now(self, membership_id):
        answer = await paying.pay_now(
            self.database, self.desk, self.member.member, membership_id=membership_id, sent=None
        )
        return self._read(answer)

    async def choose(self, membership_id, tier, **form):
        wanted = WantedTier(tier.id, membership_id=membership_id, **form)
        answer = await paying.change_tier(
            self.database, self.desk, self.member.member, wanted=wanted, sent=None
        )
        return self._read(answer)

    async def ensure_right(self):
        """See that nothing of the member breaks a rule; others share the database."""
        sql = """
            select id from orders where buyer_id = $1
             union all
            select i.id from order_items i join orders o on o.id = i.order_id where o.buyer_id = $1
             union all
            select id from memberships where member_id = $1
        """
        async with self.database.read() as conn:
            own = {str(one) for one in await conn.column(UUID, sql, self.member.id)}
            found = await ledger.find_violations(conn, _RULES)
        assert [each for each in found if own & set(each.where.split())] == []

    async def ensure_balanced(self):
        """See that what was posted since the last look adds up; return whether anything was."""
        async with self.database.read() as conn:
            posted = await conn.all(_Posted, _POSTED, self.last_posting_id)
            sellers = [each.id for each in self.shop.sellers]
            wrong = await conn.column(str, _UNBALANCED, sellers) if posted else []
        assert [each for each in posted if each.sum_cents != 0] == []
        assert wrong == []
        if posted:
            self.last_posting_id = posted[-1].id
        return bool(posted)

    @property
    def payments(self):
        return list(self.shop.provider.payments.values())

    @property
    def paid(self):
        return [each["amount"] for each in self.payments if each["status"] == "succeeded"]

    def _read(self, answer):
        return json.decode(json.encode(json.decode(answer)["data"]), type=MembershipOrder)

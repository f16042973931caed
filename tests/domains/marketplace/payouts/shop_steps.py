"""A shop with sellers who are paid by a Stripe of our own, and what can go wrong with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from tests import make
from tests.fakes.stripe import SECRET_KEY, FakeStripe
from veza.core.access import Role
from veza.core.ids import OrderId, OrderItemId, RefundId, SubjectId, new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.orders.models.checkout import NewOrder, NewOrderLine
from veza.domains.marketplace.orders.models.state import PaymentMade, RefundBegun, RefundMade
from veza.domains.marketplace.orders.queries.checkout import insert_lines, insert_order
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.payouts import jobs, queries
from veza.domains.marketplace.payouts.models import SettleTransfer
from veza.domains.marketplace.payouts.service import transfers
from veza.domains.marketplace.sellers.events import SellerConnected
from veza.infra.payouts.stripe import Stripe, StripeSettings

TRANSFERS, REVERSALS = "/v1/transfers", "/v1/transfers/"


@dataclass
class Seller:
    person: make.Person
    subject: SubjectId
    account_ref: str


class Shop:
    """Sells, refunds and pays."""

    def __init__(self, services, fake, stripe):
        self.services, self.fake, self.stripe = services, fake, stripe
        self.database = services.database
        # Whom the job works with: tests put others in their place.
        self.job_database, self.payouts = self.database, stripe

    async def seller(self, *, is_connected=True):
        person = await make.person(self.services, Role.CREATOR)
        async with self.database.transaction() as tx:
            subject = await ledger.get_or_create_subject(tx, person.id)
        account_ref = await self.stripe.open_account(
            f"account:{person.id}", email="nova@example.com", country=None
        )
        seller = Seller(person, subject, account_ref)
        await self.know(seller, "onboarding")
        if is_connected:
            self.fake.connect(account_ref)
            await self.know(seller, "connected")
        return seller

    async def know(self, seller, status, reason=None):
        """Know how a seller's account stands."""
        sql = """
            insert into payout_accounts (user_id, provider, account_ref, status, reason,
                                         connected_at)
                 values ($1, 'stripe', $2, $3, $4, now())
            on conflict (user_id, mode) do update set status = $3, reason = $4
        """
        async with self.database.transaction() as tx:
            await tx.run(sql, seller.person.id, seller.account_ref, status, reason)

    async def connect(self, seller):
        """Have a seller tell who they are, so that they can be paid from now on."""
        self.fake.connect(seller.account_ref)
        await self.know(seller, "connected")
        async with self.database.transaction() as tx:
            await jobs.resume_seller(tx, SellerConnected(seller.person.id))

    async def sell(self, seller, *nets):
        """Have somebody buy something, of which the seller has so much; give the order.

        Each is a line of its own, with a fee of a euro.
        """
        order_id = OrderId(new_id())
        async with self.database.transaction() as tx:
            lines = [await make_line(tx, seller, net) for net in nets or (900,)]
            total = sum(line.price_cents for line in lines)
            buyer, _ = await make.member_in(tx)
            new = NewOrder(
                id=order_id,
                buyer_id=buyer.id,
                buyer_subject=await ledger.get_or_create_subject(tx, buyer.id),
                total_cents=total,
                currency="EUR",
                provider="hyperswitch",
                billing=None,
                lines=lines,
            )
            await insert_order(
                tx, new, expires_after=timedelta(hours=1), poll_after=timedelta(hours=1)
            )
            await insert_lines(tx, order_id, lines)
            await settlement.settle(tx, order_id, PaymentMade(total, "EUR"))
            await make.unheard(tx, order_id)
            await transfers.update_order_transfers(tx, order_id)
        return order_id

    async def refund(self, order_id, *places, is_heard_of=True):
        """Have a buyer get their money back: that of some lines, or of all that are left."""
        async with self.database.transaction() as tx:
            lines = (await settlement.read_state(tx, order_id)).lines
            chosen = [lines[place] for place in places] or lines
            item_ids = [line.id for line in chosen if not line.is_refunded]
            if item_ids:
                refund_id = RefundId(new_id())
                await settlement.settle(tx, order_id, RefundBegun(refund_id, item_ids))
                await settlement.settle(tx, order_id, RefundMade(refund_id))
                await make.unheard(tx, order_id)
        if is_heard_of:
            await self.hear_of(order_id)

    async def tell(self, order_id, fact):
        """Have something happen to an order."""
        async with self.database.transaction() as tx:
            await settlement.settle(tx, order_id, fact)
            await make.unheard(tx, order_id)
        await self.hear_of(order_id)

    async def hear_of(self, order_id):
        async with self.database.transaction() as tx:
            await transfers.update_order_transfers(tx, order_id)

    async def settle(self, transfer):
        job = SettleTransfer(transfer.id)
        await jobs.settle_transfer(self.job_database, {MoneyMode.LIVE: self.payouts}, job)

    async def pay(self, order_id):
        """Settle all that sellers get for an order; give it."""
        for transfer in await self.list(order_id):
            await self.settle(transfer)
        return await self.list(order_id)

    async def list(self, order_id):
        async with self.database.read() as conn:
            return await queries.list_transfers_of(conn, order_id)

    async def wait(self, order_id, interval="0"):
        """Let the time come at which an order's transfers are looked at again, or more."""
        sql = """
            update transfers
               set next_retry_at = now(), key_used_at = key_used_at - $2::text::interval
             where order_id = $1 and next_retry_at is not null
        """
        async with self.database.transaction() as tx:
            await tx.run(sql, order_id, interval)
            await tx.run(
                """
                update transfer_reversals r
                   set key_used_at = r.key_used_at - $2::text::interval
                  from transfers t
                 where t.id = r.transfer_id and t.order_id = $1
                """,
                *(order_id, interval),
            )

    async def retry(self, transfer):
        async with self.database.transaction() as tx:
            await transfers.retry(tx, transfer.id, uuid4())

    async def balance(self, seller):
        """What a seller earned that isn't transferred, and what was transferred."""
        async with self.database.read() as conn:
            balances = await ledger_queries.list_balances(conn, seller.person.id)
        return (balances[0].earned_cents, balances[0].paid_cents) if balances else (0, 0)


async def make_line(tx, seller, net_cents):
    price_cents = net_cents + 100
    return NewOrderLine(
        id=OrderItemId(new_id()),
        product_id=await make.product(
            tx, seller.person.member, "Night Ferry", price_cents=price_cents
        ),
        seller_id=seller.person.id,
        seller_subject=seller.subject,
        title="Night Ferry",
        licence="Personal use.",
        reductions=[],
        price_cents=price_cents,
        fee_cents=100,
        net_cents=net_cents,
    )


@asynccontextmanager
async def open_shop(services) -> AsyncIterator[Shop]:
    with FakeStripe() as fake:
        stripe = Stripe(StripeSettings(SECRET_KEY, fake.url))
        try:
            yield Shop(services, fake, stripe)
        finally:
            await stripe.close()
            async with services.database.transaction() as tx:
                # Else the worker of a later test would settle what was sold here.
                await tx.run("delete from jobs where name = 'SettleTransfer'")

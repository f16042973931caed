"""A shop with sellers who are paid by a Stripe of our own, and what can go wrong with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
from msgspec import structs

from tests import make
from tests.fakes.stripe import SECRET_KEY, FakeStripe
from veza.core.access import Role
from veza.core.ids import OrderId, SubjectId, new_id
from veza.domains.ledger import service as ledger
from veza.domains.ledger.models import Account, AccountKind, Entry, Posting, PostingKind
from veza.domains.transfers import jobs, queries, service
from veza.domains.transfers.jobs import Cashier
from veza.domains.transfers.models import Due, SettleTransfer, Sold
from veza.infra.payouts.stripe import Stripe, StripeSettings

TRANSFERS, REVERSALS = "/v1/transfers", "/v1/transfers/"


@dataclass
class Seller:
    person: make.Person
    subject: SubjectId
    account_ref: str


class Shop:
    """Sells, refunds and pays; `sold` is what orders know."""

    def __init__(self, services, fake, stripe):
        self.services, self.fake, self.stripe = services, fake, stripe
        self.database = services.database
        self.sold: dict[OrderId, Sold] = {}
        self.connected: dict[object, str] = {}
        self.cashier = Cashier(self.database, stripe, self.find_account)

    async def find_account(self, _, user_id):
        return self.connected.get(user_id)

    async def find_sold(self, _, order_id):
        return self.sold[order_id]

    async def seller(self, *, is_connected=True):
        person = await make.person(self.services, Role.CREATOR)
        async with self.database.transaction() as tx:
            subject = await ledger.open_subject(tx, person.id)
        account_ref = await self.stripe.open_account(
            f"account:{person.id}", email="nova@example.com", country=None
        )
        if is_connected:
            self.fake.connect(account_ref)
            self.connected[person.id] = account_ref
        return Seller(person, subject, account_ref)

    async def connect(self, seller):
        """Have a seller tell who they are, so that they can be paid from now on."""
        self.fake.connect(seller.account_ref)
        self.connected[seller.person.id] = seller.account_ref
        async with self.database.transaction() as tx:
            await service.resume(tx, seller.person.id)

    async def sell(self, seller, net_cents=900, fee_cents=100):
        """Have something be bought; give the order."""
        order_id = OrderId(new_id())
        due = Due(seller.person.id, seller.subject, "EUR", net_cents, fee_cents)
        self.sold[order_id] = Sold("hyperswitch", [due])
        async with self.database.transaction() as tx:
            await self.post(tx, PostingKind.SALE, order_id, due)
            await service.follow(tx, order_id, self.find_sold)
        return order_id

    async def refund(self, order_id, cents=None, *, is_heard_of=True):
        """Have a buyer get back what the seller had of it, or a part."""
        sold = self.sold[order_id]
        [due] = sold.dues
        cents = due.due_cents if cents is None else min(cents, due.due_cents)
        if not cents:
            return
        taken = structs.replace(due, due_cents=cents, fee_cents=0)
        left = structs.replace(due, due_cents=due.due_cents - cents)
        async with self.database.transaction() as tx:
            await self.post(tx, PostingKind.REFUND, uuid4(), taken, sign=-1)
        self.sold[order_id] = structs.replace(sold, dues=[left])
        if is_heard_of:
            await self.hear_of(order_id)

    async def win_dispute(self, order_id, cents):
        """Have a seller get again what a refund had taken."""
        sold = self.sold[order_id]
        [due] = sold.dues
        again = structs.replace(due, due_cents=cents, fee_cents=0)
        more = structs.replace(due, due_cents=due.due_cents + cents)
        async with self.database.transaction() as tx:
            await self.post(tx, PostingKind.DISPUTE_WON, uuid4(), again)
        self.sold[order_id] = structs.replace(sold, dues=[more])
        await self.hear_of(order_id)

    async def hear_of(self, order_id):
        async with self.database.transaction() as tx:
            await service.follow(tx, order_id, self.find_sold)

    async def post(self, tx, kind, reference_id, due, sign=1):
        earned = Account(AccountKind.EARNED, "EUR", due.seller_subject)
        entries = [
            Entry(earned, sign * due.due_cents),
            Entry(Account(AccountKind.FEES, "EUR"), sign * due.fee_cents),
            Entry(
                Account(AccountKind.PAYMENTS, "EUR", provider="hyperswitch"),
                -sign * (due.due_cents + due.fee_cents),
            ),
        ]
        assert await ledger.post(tx, Posting(kind, reference_id, entries))

    async def settle(self, transfer):
        await jobs.settle_transfer(self.cashier, SettleTransfer(transfer.id))

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
            await service.retry(tx, transfer.id, uuid4())

    async def balance(self, seller):
        """What a seller earned that isn't transferred, and what was transferred."""
        async with self.database.read() as conn:
            balances = await ledger.list_balances(conn, seller.person.id)
        return (balances[0].earned_cents, balances[0].paid_cents) if balances else (0, 0)


@pytest.fixture
async def shop(services) -> AsyncIterator[Shop]:
    async with open_shop(services) as opened:
        yield opened


@asynccontextmanager
async def open_shop(services) -> AsyncIterator[Shop]:
    with FakeStripe() as fake:
        stripe = Stripe(StripeSettings(SECRET_KEY, fake.url))
        try:
            yield Shop(services, fake, stripe)
        finally:
            await stripe.close()


@pytest.fixture
async def seller(shop):
    return await shop.seller()

"""Whatever fails in whatever order: the company's books are ours, and nobody is paid too much."""

import asyncio
from contextlib import contextmanager

import pytest
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.domains.marketplace.payouts.crashes_steps import die_after
from tests.domains.marketplace.payouts.payments_steps import BROKEN, NO_MONEY, SILENCES
from tests.domains.marketplace.payouts.shop_steps import REVERSALS, TRANSFERS, open_shop
from tests.fakes.company import Fault
from tests.lives import play_out
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders.models.state import DisputeLost, DisputeOpened, DisputeWon
from veza.domains.marketplace.payouts import queries
from veza.domains.marketplace.payouts.models import TransferStatus

pytestmark = pytest.mark.long

sellers = some.integers(0, 1)
places = some.integers(0, 9)
nets = some.lists(some.integers(1, 2000), min_size=1, max_size=3)
faults = some.one_of(
    some.builds(
        Fault,
        some.sampled_from(SILENCES),
        is_done=some.booleans(),
        body=some.just(BROKEN),
        path=some.sampled_from([TRANSFERS, REVERSALS]),
    ),
    some.builds(
        Fault,
        some.just(400),
        body=some.just(NO_MONEY),
        path=some.sampled_from([TRANSFERS, REVERSALS]),
    ),
    some.builds(
        Fault,
        some.sampled_from([0, 500]),
        body=some.just(BROKEN),
        method=some.just("GET"),
        path=some.just(TRANSFERS),
    ),
)
# How much time passes; after a day the company has forgotten its keys.
intervals = some.sampled_from(["0", "0", "0", "5 hours", "20 hours", "25 hours"])


class Watched:
    """The company, before which somebody looks whether what is paid was earned."""

    def __init__(self, shop):
        self.shop, self.name, self.keys = shop, shop.stripe.name, set()
        self.find_transfer, self.reverse = shop.stripe.find_transfer, shop.stripe.reverse
        self.find_account = shop.stripe.find_account

    async def transfer(self, wish):
        await self.look(wish.key, wish.account_ref, wish.amount_cents)
        return await self.shop.stripe.transfer(wish)

    async def look_at_started(self, transfers):
        """Look at payments whose worker died: they are sent later, however much is due then."""
        arrived = {one["metadata"]["transfer_id"] for one in self.shop.fake.transfers.values()}
        for transfer in transfers:
            if transfer.key_used_at is not None:
                key = f"{transfer.id}:{transfer.key_number}"
                more_cents = 0 if str(transfer.id) in arrived else transfer.amount_cents
                await self.look(key, transfer.account_ref, more_cents)

    async def look(self, key, account_ref, more_cents):
        """Look whether a payment was earned, when it is started: what is due may change later."""
        if key not in self.keys:
            self.keys.add(key)
            earned, paid = await self.shop.balance(self.shop.by_account[account_ref])
            has_cents = self.shop.fake.paid_cents(account_ref)
            assert has_cents + more_cents <= earned + paid, "More than was earned."


class Trade(RuleBasedStateMachine):
    """Two sellers sell, buyers want it back, and all that stands between them fails."""

    # Set by the test, for the library makes the machines itself.
    loop: asyncio.AbstractEventLoop
    shop = None

    def __init__(self):
        super().__init__()
        self.orders, self.disputes = [], {}
        self.do(self.begin())

    def do(self, work):
        return self.loop.run_until_complete(work)

    async def begin(self):
        self.shop.fake.faults.clear()
        self.shop.fake.funds = 10**9
        self.sellers = [await self.shop.seller() for _ in range(2)]
        self.shop.by_account = {seller.account_ref: seller for seller in self.sellers}
        self.shop.payouts = Watched(self.shop)

    def pick(self, place):
        return self.orders[place % len(self.orders)] if self.orders else None

    @rule(seller=sellers, nets=nets)
    def sell(self, seller, nets):
        order_id = self.do(self.shop.sell(self.sellers[seller], *nets))
        self.orders.append(order_id)

    @rule(seller=sellers, net=some.integers(1, 2000))
    def sell_and_pay(self, seller, net):
        self.sell(seller, [net])
        self.do(self.shop.pay(self.orders[-1]))

    @rule(place=places, line=some.none() | some.integers(0, 0), is_heard_of=some.booleans())
    def refund(self, place, line, is_heard_of):
        if order_id := self.pick(place):
            lines = () if line is None else (line,)
            self.do(self.shop.refund(order_id, *lines, is_heard_of=is_heard_of))

    @rule(place=places, cents=some.integers(1, 2000))
    def dispute(self, place, cents):
        order_id = self.pick(place)
        if order_id and order_id not in self.disputes:
            self.disputes[order_id] = f"dp_{len(self.disputes)}"
            self.do(self.shop.tell(order_id, DisputeOpened(self.disputes[order_id], cents)))

    @rule(place=places, is_won=some.booleans())
    def decide(self, place, is_won):
        order_id = self.pick(place)
        if dispute := self.disputes.get(order_id):
            fact = DisputeWon(dispute) if is_won else DisputeLost(dispute)
            self.do(self.shop.tell(order_id, fact))

    @rule(fault=faults)
    def fail(self, fault):
        self.shop.fake.faults.append(fault)

    @rule(funds=some.sampled_from([0, 1500, 10**9]))
    def have_funds(self, funds):
        self.shop.fake.funds = funds

    @rule(seller=sellers, is_connected=some.booleans())
    def restrict(self, seller, is_connected):
        self.shop.fake.connect(self.sellers[seller].account_ref, is_connected=is_connected)

    @rule(place=places)
    def settle(self, place):
        if order_id := self.pick(place):
            self.do(self.shop.pay(order_id))

    @rule(place=places, effects=some.integers(0, 6))
    def die(self, place, effects):
        if order_id := self.pick(place):
            self.do(die_after(self.shop, effects, order_id))
            self.do(self.shop.payouts.look_at_started(self.do(self.shop.list(order_id))))

    @rule(interval=intervals)
    def wait(self, interval):
        if interval == "25 hours":
            self.shop.fake.forget_keys()
        for order_id in self.orders:
            self.do(self.shop.wait(order_id, interval))

    @rule(place=places)
    def retry(self, place):
        order_id = self.pick(place)
        for transfer in self.do(self.shop.list(order_id)) if order_id else []:
            if transfer.status is TransferStatus.FAILED:
                self.do(self.shop.retry(transfer))

    @invariant()
    def nothing_is_paid_twice(self):
        paid = [one["metadata"]["transfer_id"] for one in self.shop.fake.transfers.values()]
        assert len(paid) == len(set(paid))

    def teardown(self):
        self.do(self.come_to_rest())

    async def come_to_rest(self):
        """Have all go well from now on, and look whether the books are right."""
        self.shop.fake.faults.clear()
        self.shop.fake.funds = 10**9
        for order_id in self.orders:
            await self.shop.hear_of(order_id)
        for seller in self.sellers:
            await self.shop.connect(seller)
        for _ in range(12):
            if not await self.go_on():
                break
        else:
            raise AssertionError("It never comes to rest.")
        for seller in self.sellers:
            await self.check(seller)
        async with self.shop.database.read() as conn:
            assert await ledger.find_violations(conn) == []

    async def go_on(self):
        """Settle all whose time has come; tell whether anything is left to be done."""
        is_left = False
        for order_id in self.orders:
            await self.shop.wait(order_id)
            for transfer in await self.shop.pay(order_id):
                if transfer.status is TransferStatus.FAILED:
                    await self.shop.retry(transfer)
                    is_left = True
                is_left = is_left or transfer.next_retry_at is not None
        return is_left

    async def check(self, seller):
        earned, paid = await self.shop.balance(seller)
        async with self.shop.database.read() as conn:
            debt = await queries.sum_debts(conn, seller.subject, "EUR", mode=MoneyMode.LIVE)
            under_way = await queries.sum_unresolved(
                conn, seller.subject, "EUR", mode=MoneyMode.LIVE
            )
        transfers = [
            transfer
            for order_id in self.orders
            for transfer in await self.shop.list(order_id)
            if transfer.seller_subject == seller.subject
        ]
        assert self.shop.fake.paid_cents(seller.account_ref) == paid
        assert under_way == 0
        # Whatever they have too much is known to be owed, and nothing else is left.
        assert earned == -debt <= 0
        assert earned + paid == sum(transfer.due_cents for transfer in transfers)


@contextmanager
def an_open_shop(loop, services):
    opening = open_shop(services)
    shop = loop.run_until_complete(opening.__aenter__())
    try:
        yield shop
    finally:
        loop.run_until_complete(opening.__aexit__(None, None, None))


def trade(loop, services, examples, steps, *, derandomize):
    with an_open_shop(loop, services) as shop:
        play_out(Trade, examples, steps, derandomize=derandomize, loop=loop, shop=shop)


def test_ledger_is_consistent_after_a_few_short_runs(loop, services):
    trade(loop, services, 8, 25, derandomize=True)


@pytest.mark.long
def test_ledger_is_consistent_after_many_long_runs(loop, services):
    trade(loop, services, 25, 50, derandomize=False)

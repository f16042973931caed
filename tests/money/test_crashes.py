"""A process dies after each effect of a life in turn: whatever it was at, the money is right."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from tests.fakes.company import Fault
from tests.money.books import ensure_possible, ensure_settled
from tests.money.market import Wish
from tests.money.worker import all_of
from veza.core.access import Role
from veza.core.errors import Conflict
from veza.core.ids import OrderId, RefundId, new_id
from veza.domains.marketplace.refunds.errors import AlreadyRefunded

pytestmark = pytest.mark.long

A_FEW_MINUTES, HALF_AN_HOUR = timedelta(minutes=3), timedelta(minutes=31)
A_DAY = timedelta(hours=25)


class Life:
    """What happens to two sellers and a buyer, act by act. Each may be played twice."""

    def __init__(self, market):
        self.market = market
        self.acts = [
            self.set_out,
            self.order,
            self.pay,
            self.connect,
            self.give_back,
            self.dispute,
            self.win,
            self.dispute_all,
            self.lose,
            self.order_late,
            self.pay_late,
        ]

    async def begin(self):
        market = self.market
        await market.begin_anew()
        self.ann, self.ben = [await market.person(Role.CREATOR) for _ in range(2)]
        self.buyer = await market.person()
        sold = [(self.ann, 1200), (self.ben, 999), (self.ann, 0)]
        self.wish = await self.want(sold)
        parts = {self.ann: 3333, self.ben: 6667}
        await market.split(self.wish.product_ids[0], self.ann, parts)
        self.late_wish = await self.want([(self.ann, 50), (self.ben, 333)])
        self.refund_id = RefundId(new_id())

    async def want(self, sold):
        products = [await self.market.product(seller, cents) for seller, cents in sold]
        return Wish(OrderId(new_id()), self.buyer, products)

    async def set_out(self):
        """Ann can be paid from the beginning."""
        self.market.connect(await self.market.set_out(self.ann))
        await self.go_on()

    async def order(self):
        await self.market.check_out(self.wish)

    async def pay(self):
        self.market.pay(self.wish.order_id)
        await self.go_on()

    async def connect(self):
        """Ben can be paid from now on: what he earned waited for that."""
        self.market.connect(await self.market.set_out(self.ben))
        await self.go_on()

    async def give_back(self):
        """The buyer gets a line of Ann's back, of which she has the money."""
        # Of an order that was given up nothing can go back.
        with suppress(Conflict):
            await self.market.ask_for_refund(self.wish.order_id, self.buyer, self.refund_id, 0)
        await self.go_on()

    async def dispute(self):
        self.market.dispute(self.wish.order_id, 500)
        await self.go_on()

    async def win(self):
        self.market.decide(self.wish.order_id, is_won=True)
        await self.go_on()

    async def dispute_all(self):
        self.market.dispute(self.wish.order_id, 999, at_most=2)
        await self.go_on()

    async def lose(self):
        self.market.decide(self.wish.order_id, is_won=False)
        await self.go_on()

    async def order_late(self):
        await self.market.check_out(self.late_wish)
        await self.market.wait(HALF_AN_HOUR)
        await self.market.worker.tick()
        await self.market.worker.work()

    async def pay_late(self):
        """The money comes when the order is over: it goes back."""
        self.market.pay(self.late_wish.order_id)
        await self.go_on()

    async def go_on(self):
        """Have come in, twice each, what companies have to tell, and do what comes of it."""
        for letter in self.market.letters:
            await self.market.deliver(letter)
            await self.market.deliver(letter)
        self.market.letters.clear()
        await self.market.worker.work()

    async def find_ends(self):
        """Tell how the orders stand in the end."""
        sql = "select status from orders where id = any($1) order by total_cents desc"
        order_ids = [self.wish.order_id, self.late_wish.order_id]
        async with self.market.database.read() as conn:
            return await conn.column(str, sql, order_ids)


async def live(market, *, is_asked_again=True, **trouble):
    """Live a life with the same trouble in each act; give the most effects, and calls, of an act.

    Whoever had no answer asks again, or gives it up: then what was begun has to end by itself.
    """
    life, effects, calls = Life(market), 0, 0
    await life.begin()
    for act in life.acts:
        has_ended = await market.attempt(act(), **trouble)
        effects, calls = max(effects, market.effects), max(calls, market.calls)
        if not has_ended:
            await ensure_possible(market)
            if is_asked_again:
                await market.attempt(act())
        elif "fails_at" in trouble and act != life.order:
            # What wasn't answered was forgotten by the company, too. An unpaid order would be over.
            await market.wait(A_DAY)
        else:
            continue
        # An order that waits for its money would be over when all has come to rest.
        if act != life.order or not is_asked_again:
            await market.come_to_rest()
            await ensure_settled(market)
    if is_asked_again:
        assert await life.find_ends() == ["partially_refunded", "refunded"]
    return effects, calls


async def test_a_crash_after_any_effect_is_recovered_from(market):
    effects, _ = await live(market)
    for dies_after in range(1, effects + 1):
        await live(market, dies_after=dies_after)


@pytest.mark.parametrize("fault", [Fault(0, is_done=True), Fault(429)], ids=["done", "not done"])
async def test_a_lost_provider_response_is_recovered_from(market, fault):
    _, calls = await live(market)
    for fails_at in range(1, calls + 1):
        await live(market, fails_at=fails_at, fault=fault)


async def test_concurrent_workers_move_money_once(market):
    life = Life(market)
    await life.begin()
    for act in (life.set_out, life.connect, life.order):
        await market.attempt(act())
    order_id, admin = life.wish.order_id, await market.person(Role.ADMIN)

    market.pay(order_id)
    market.tell_again(order_id, 5)
    await market.wait(A_FEW_MINUTES)
    await all_of(*map(market.deliver, market.letters), market.worker.tick())
    await market.worker.work(at_once=8)
    await ensure_possible(market)

    market.dispute(order_id, 999)
    people = [life.buyer, life.ann, admin, life.buyer]
    asking = [market.ask_for_refund(order_id, one, RefundId(new_id()), 0) for one in people]
    ends = await asyncio.gather(
        *asking, *map(market.deliver, market.letters), return_exceptions=True
    )
    assert sum(isinstance(end, AlreadyRefunded) for end in ends) == len(people) - 1
    await market.worker.work(at_once=8)
    await ensure_possible(market)

    await market.come_to_rest()
    await ensure_settled(market)


async def test_a_payment_after_a_failed_attempt_is_found_without_a_webhook(market):
    life = Life(market)
    await life.begin()
    await market.attempt(life.order())
    market.pay(life.wish.order_id, "failed")
    await market.attempt(life.go_on())

    market.pay(life.wish.order_id)
    market.letters.clear()

    await market.come_to_rest()
    await ensure_settled(market)
    assert await life.find_ends() == ["paid"]


@pytest.mark.long
async def test_unfinished_work_completes_after_a_crash(market):
    effects, _ = await live(market)
    for dies_after in range(1, effects + 1):
        await live(market, dies_after=dies_after, is_asked_again=False)

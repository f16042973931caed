"""Whatever anybody does in whatever order, and whatever dies or fails: the money is right."""

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.fakes.company import Fault
from tests.lives import play_out
from tests.money.books import ensure_possible, ensure_settled
from tests.money.market import Wish, open_market
from tests.money.worker import all_of
from veza.core.access import Role
from veza.core.errors import VezaError
from veza.core.ids import OrderId, RefundId, new_id
from veza.core.money import divide
from veza.domains.marketplace.orders.service import settlement

pytestmark = pytest.mark.long

SILENCES = [0, 409, 429, 500, 503]
BROKEN = {"error": {"type": "api_error", "message": "Something went wrong"}}
# By seller: the last one connects late, if ever.
# Those at `TO_COME` are releases that are bought before they are published.
TO_COME = {1, 2, 4}
PRICES = [(0, 1200), (1, 999), (2, 333), (0, 0), (1, 100_000), (0, 50), (2, 0)]
# How the products at these places are split at first, by the sellers and who only has parts.
SPLIT = {1: [1, 1, 1, 0], 3: [1, 0, 0, 1], 4: [0, 5, 2, 3], 5: [2, 1, 3, 1]}

places = some.integers(0, 9)
pauses = some.sampled_from(
    [timedelta(minutes=2), timedelta(minutes=31), timedelta(hours=13), timedelta(hours=25)]
)
products = some.lists(some.integers(0, len(PRICES) - 1), min_size=1, max_size=3, unique=True)
# Of the sellers, and of somebody who only has parts.
weights = some.lists(some.integers(0, 5), min_size=4, max_size=4)
faults_of_payments = some.builds(
    Fault,
    some.sampled_from(SILENCES),
    is_done=some.booleans(),
    method=some.sampled_from(["POST", "POST", "GET"]),
    path=some.sampled_from(["/payments", "/refunds"]),
)
faults_of_payouts = some.builds(
    Fault,
    some.sampled_from(SILENCES),
    is_done=some.booleans(),
    body=some.just(BROKEN),
    method=some.sampled_from(["POST", "POST", "GET"]),
    path=some.sampled_from(["/v1/transfers", "/v1/transfers/", "/v1/accounts"]),
)


@dataclass(frozen=True)
class Then:
    """What goes on after something was done, until the process dies, if it is to.

    Of the letters that wait some come in, by their places; some of these come again later. Where
    more are at it `at_once`, all of this happens while that is done.
    """

    dies_after: int | None = None
    letters: tuple[int, ...] = ()
    is_ticking: bool = False
    is_working: bool = True
    is_latest_first: bool = False
    at_once: int = 1


thens = some.builds(
    Then,
    dies_after=some.none() | some.integers(1, 12),
    letters=some.lists(places, max_size=3).map(tuple),
    is_ticking=some.booleans(),
    is_working=some.sampled_from([True, True, False]),
    is_latest_first=some.booleans(),
    at_once=some.sampled_from([1, 1, 4]),
)


def deed(name, **how):
    """Something that is done in a certain way: `Trade` has a method of that name."""
    return some.tuples(some.just(name), some.fixed_dictionaries(how))


# One strategy for all, rather than a rule for each: of rules many lives have but a few.
DEEDS = some.one_of(
    deed("order", buyer=some.integers(0, 1), wanted=products, is_new=some.booleans()),
    deed("order_again", place=places),
    deed("buy", wanted=products),
    deed("order_as_guest", address=some.integers(0, 2), wanted=products),
    deed("verify", buyer=some.integers(0, 1)),
    deed(
        "pay",
        place=places,
        status=some.sampled_from(["succeeded", "succeeded", "failed"]),
        received=some.none() | some.none() | some.integers(1, 3000),
    ),
    *[
        deed(
            "refund",
            place=places,
            who=some.sampled_from(["buyer", "seller", "admin"]),
            lines=some.sampled_from([(), (0,), (1,), (0, 2)]),
        )
    ]
    * 2,
    *[
        deed(
            "dispute",
            place=places,
            what=some.sampled_from(["opened", "opened", "won", "lost"]),
            cents=some.integers(1, 3000),
        )
    ]
    * 2,
    deed("publish", place=places),
    deed("cancel", place=places),
    deed("redeem", buyer=some.integers(0, 1), place=places, is_twice=some.booleans()),
    deed("set_out", seller=some.integers(0, 3), is_connected=some.booleans()),
    deed("split", place=places, weights=weights, declined_by=some.none() | some.integers(0, 3)),
    deed("erase"),
    deed("fail", fault=faults_of_payments),
    deed("fail", fault=faults_of_payouts),
    deed(
        "have_bad_luck",
        funds=some.sampled_from([0, 1500, 10**9, 10**9]),
        status=some.sampled_from(["succeeded", "succeeded", "pending", "failed"]),
        lost=places,
    ),
    deed("wait", pause=pauses, is_retried=some.booleans()),
)


class Trade(RuleBasedStateMachine):
    """Three sellers, one who has parts only, two buyers and an admin.

    The companies and the process fail as it happens.
    """

    # Set by the test, for the library makes the machines itself.
    loop: asyncio.AbstractEventLoop
    place = None

    def __init__(self):
        super().__init__()
        self.wishes, self.preorders = [], []
        self.wait_for(self.begin())
        for wanted in ([0, 1, 3], [4, 2]):
            self.buy(wanted, Then())

    def wait_for(self, work):
        return self.loop.run_until_complete(work)

    async def begin(self):
        self.market = market = await self.place.open()
        self.sellers = [await market.person(Role.CREATOR) for _ in range(3)]
        self.sellers.append(await market.person())
        self.buyers = [await market.person() for _ in range(2)]
        self.addresses = [f"{buyer.username}@example.com" for buyer in self.buyers]
        self.addresses.append(f"{new_id().hex}@example.com")
        self.admin = await market.person(Role.ADMIN)
        self.products = [await self.offer(place) for place in range(len(PRICES))]
        for seller in self.sellers[:2]:
            market.connect(await market.set_out(seller))

    async def offer(self, place):
        seller, cents = PRICES[place]
        if place in TO_COME:
            product_id = await self.market.preorder(self.sellers[seller], cents)
            self.preorders.append((product_id, self.sellers[seller]))
        else:
            product_id = await self.market.product(self.sellers[seller], cents)
        if place in SPLIT:
            await self.agree(place, product_id, SPLIT[place])
        return product_id

    async def agree(self, place, product_id, weights, declined_by=None):
        """Propose parts of a product, which all parties accept, or all but one."""
        if any(weights):
            shares = zip(self.sellers, divide(10_000, weights), strict=True)
            parts = {party: share for party, share in shares if share}
            owner = self.sellers[PRICES[place][0]]
            decliner = None if declined_by is None else self.sellers[declined_by]
            await self.market.split(product_id, owner, parts, declined_by=decliner)

    def do(self, what, then):
        """Have the process do something and go on, or die of it; what it refuses isn't done."""
        self.wait_for(self.market.attempt(self.play(what, then), dies_after=then.dies_after))

    async def play(self, what, then):
        if then.at_once > 1:
            await all_of(self.ask(what), self.go_on(then))
        else:
            await self.ask(what)
            await self.go_on(then)

    async def ask(self, what):
        with suppress(VezaError):
            await what

    async def go_on(self, then):
        market = self.market
        for place in then.letters[: len(market.letters)]:
            letter = market.letters[place % len(market.letters)]
            await market.deliver(letter)
            if place % 3:
                market.letters.remove(letter)
        if then.is_ticking:
            await market.worker.tick()
        if then.is_working:
            await market.worker.work(is_latest_first=then.is_latest_first, at_once=then.at_once)

    def pick(self, place, *statuses):
        """Pick an order whose payment stands like that with the company, if there is one."""
        known = self.market.payments.payments
        found = [
            wish
            for wish in self.wishes
            if known.get(settlement.payment_ref(wish.order_id), {}).get("status") in statuses
        ]
        return found[place % len(found)].order_id if found else None

    def order(self, buyer, wanted, is_new, then):
        # What isn't new they may have already, or are about to have by another order.
        chosen = [
            self.wait_for(self.offer(place)) if is_new else self.products[place] for place in wanted
        ]
        wish = Wish(OrderId(new_id()), self.buyers[buyer], chosen)
        self.wishes.append(wish)
        self.do(self.market.check_out(wish), then)

    def order_again(self, place, then):
        wish = self.wishes[place % len(self.wishes)]
        if wish.email is None:
            self.do(self.market.check_out(wish), then)

    def order_as_guest(self, address, wanted, then):
        """Order for the address of a buyer, or of nobody; after a crash once more."""
        email, key = self.addresses[address], str(new_id())
        chosen = [self.products[place] for place in wanted]
        self.do(self.market.order_as_guest(email, chosen, key), then)
        self.do(self.market.order_as_guest(email, chosen, key), Then())
        order_id = self.wait_for(self.market.find_guest_order(email, key))
        if order_id is not None:
            self.wishes.append(Wish(order_id, None, chosen, email))

    def verify(self, buyer, then):
        """Verify the address of a buyer, which claims the orders made with it."""
        self.do(self.market.verify(self.buyers[buyer]), then)

    def buy(self, wanted, then):
        """Have somebody order and pay, without anything that goes wrong before that."""
        self.order(0, wanted, is_new=True, then=Then())
        self.market.pay(self.wishes[-1].order_id)
        self.do(self.market.deliver_latest(), then)

    def pay(self, place, status, received, then):
        """Have a bank say yes or no; also when it is late, and also of another sum."""
        order_id = self.pick(place, "requires_payment_method", "failed", "cancelled")
        if order_id is not None:
            self.market.pay(order_id, status, received)
            self.do(self.market.deliver_latest(), then)

    def refund(self, place, who, lines, then):
        order_id = self.pick(place, "succeeded")
        if order_id is not None:
            buyers = {wish.order_id: wish.buyer for wish in self.wishes}
            people = {"buyer": buyers[order_id], "seller": self.sellers[place % 3]}
            member, refund_id = people.get(who, self.admin), RefundId(new_id())
            self.do(self.market.ask_for_refund(order_id, member, refund_id, *lines), then)

    def dispute(self, place, what, cents, then):
        """Have a bank take money back, or decide; that may be heard before that it did."""
        order_id = self.pick(place, "succeeded")
        if order_id is None:
            return
        if what in {"won", "lost"}:
            self.market.decide(order_id, is_won=what == "won")
        else:
            self.market.dispute(order_id, cents, at_most=2)
        self.do(self.market.deliver_latest(), then)

    def publish(self, place, then):
        """Publish a release; its pre-orders are delivered by the scheduled job."""
        product_id, _ = self.preorders[place % len(self.preorders)]
        self.wait_for(self.market.publish(product_id))
        self.do(self.market.worker.tick(), then)

    def cancel(self, place, then):
        product_id, seller = self.preorders[place % len(self.preorders)]
        self.do(self.market.cancel_preorders(product_id, seller), then)

    def redeem(self, buyer, place, is_twice, then):
        """Redeem one or two codes of a product that the buyer may already own."""
        offered = place % len(PRICES)
        seller = self.sellers[PRICES[offered][0]]
        redeeming = [
            self.ask(self.market.redeem(self.buyers[buyer], seller, self.products[offered]))
            for _ in range(1 + is_twice)
        ]
        self.do(all_of(*redeeming), then)

    def split(self, place, weights, declined_by, then):
        """Change the parts of a product for its next sales."""
        place %= len(PRICES)
        self.do(self.agree(place, self.products[place], weights, declined_by), then)

    def erase(self, then):
        """Erase a party without sales of its own and with nothing due; another one joins."""
        with suppress(VezaError):
            self.wait_for(self.market.erase(self.sellers[3]))
            self.sellers[3] = self.wait_for(self.market.person())
        self.do(self.market.worker.tick(), then)

    def set_out(self, seller, is_connected, then):
        account_ref = self.wait_for(self.market.find_account(self.sellers[seller]))
        if account_ref is not None:
            self.market.connect(account_ref, is_connected=is_connected)
        self.do(self.market.set_out(self.sellers[seller]), then)

    def fail(self, fault, then):
        """Have a company fail at the next call of a kind."""
        is_of_payouts = fault.path.startswith("/v1/")
        company = self.market.payouts if is_of_payouts else self.market.payments
        company.faults.append(fault)
        self.do(self.market.deliver_latest(), then)

    def have_bad_luck(self, funds, status, lost, then):
        """Have funds be short, refunds end otherwise, and a letter get lost."""
        market = self.market
        market.payouts.funds = funds
        market.payments.refund_status = status
        if status != "pending":
            market.end_refunds(status)
        may_go = self.wait_for(market.list_unneeded())
        if may_go:
            market.letters.remove(may_go[lost % len(may_go)])
        self.do(market.deliver_latest(), then)

    def wait(self, pause, is_retried, then):
        """Let time pass; then an admin may have tried again what failed."""
        self.wait_for(self.market.wait(pause))
        self.do(self.market.retry_failed() if is_retried else self.market.worker.tick(), then)

    @rule(what=DEEDS, then=thens)
    def happen(self, what, then):
        name, how = what
        getattr(self, name)(**how, then=then)

    @invariant()
    def nothing_is_wrong(self):
        self.wait_for(ensure_possible(self.market))

    def teardown(self):
        self.wait_for(self.end())

    async def end(self):
        market = self.market
        market.all_goes_well()
        await market.publish(*(product_id for product_id, _ in self.preorders))
        for seller in self.sellers:
            market.connect(await market.set_out(seller))
        await market.come_to_rest()
        await ensure_settled(market)
        self.place.is_clean = True


class Place:
    """Where markets are: the next life goes on in the same one, unless something went wrong."""

    def __init__(self, services):
        self.services, self.stack = services, AsyncExitStack()
        self.market, self.is_clean = None, False

    async def open(self):
        if not self.is_clean:
            await self.stack.aclose()
            self.market = await self.stack.enter_async_context(open_market(self.services))
        self.is_clean = False
        return self.market


def trade(loop, services, examples, steps, *, derandomize):
    place = Place(services)
    try:
        play_out(Trade, examples, steps, derandomize=derandomize, loop=loop, place=place)
    finally:
        loop.run_until_complete(place.stack.aclose())


def test_books_balance_after_a_few_short_histories(loop, services):
    trade(loop, services, 2, 20, derandomize=True)


@pytest.mark.long
def test_books_balance_after_many_long_histories(loop, services):
    trade(loop, services, 8, 40, derandomize=False)

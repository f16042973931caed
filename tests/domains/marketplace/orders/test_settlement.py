"""Events change an order with its licences, balances and announcements, once."""

import asyncio
from contextlib import suppress
from random import Random
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from tests import make
from veza.core.access import Role
from veza.core.ids import OrderId, RefundId, new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.ledger.models import Balance
from veza.domains.marketplace.orders import personal_data
from veza.domains.marketplace.orders.errors import OrderNotFound
from veza.domains.marketplace.orders.invariants import INVARIANTS
from veza.domains.marketplace.orders.models.state import (
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    PaymentExpired,
    PaymentFailed,
    PaymentMade,
    RefundBegun,
    RefundFailed,
    RefundMade,
)
from veza.domains.marketplace.orders.queries import settlement as queries
from veza.domains.marketplace.orders.rules import amounts, transitions
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.products import service as products

MADE = PaymentMade(1500, "EUR")


@pytest.fixture
async def shop(tx):
    """A buyer, two sellers, and a pending order of 10 and 5 euros."""
    return await _open_shop(tx)


class _Shop:
    """An order, and its effects in the database."""

    def __init__(self, tx, buyer, sellers, order_id):
        self.tx, self.buyer, self.sellers, self.order_id = tx, buyer, sellers, order_id

    async def settle(self, *events):
        settled = [await settlement.settle(self.tx, self.order_id, event) for event in events]
        return settled[-1]

    async def item_ids(self):
        sql = "select id from order_items where order_id = $1 order by position"
        return await self.tx.column(RefundId, sql, self.order_id)

    async def licences(self):
        sql = "select item_id from licences where buyer_id = $1 order by item_id"
        return await self.tx.column(RefundId, sql, self.buyer.id)

    async def sales(self):
        """Return the sales count of each product."""
        sql = """
            select p.sales_count
              from order_items i
              join products p on p.id = i.product_id
             where i.order_id = $1
             order by i.position
        """
        return await self.tx.column(int, sql, self.order_id)

    async def earned(self):
        """Return what each seller earned, in cents."""
        found = [await ledger_queries.list_balances(self.tx, seller.id) for seller in self.sellers]
        return [sum(balance.earned_cents for balance in balances) for balances in found]

    async def events(self):
        sql = """
            select name from outbox where payload->>'order_id' = $1::text order by id
        """
        return await self.tx.column(str, sql, str(self.order_id))


async def _open_shop(tx):
    buyer, _ = await make.member_in(tx)
    sellers = [(await make.member_in(tx, Role.CREATOR))[0] for _ in range(2)]
    order_id = await make.order(tx, buyer, (sellers[0], 1000), (sellers[1], 500))
    return _Shop(tx, buyer, sellers, order_id)


async def test_a_payment_grants_licences_and_credits_sellers(shop):
    settled = await shop.settle(MADE)

    assert (settled.status, settled.has_changed) == ("paid", True)
    assert await shop.licences() == sorted(await shop.item_ids())
    assert await shop.earned() == [900, 450]
    assert await shop.events() == ["OrderPaid"]
    assert await shop.sales() == [1, 1]
    assert await ledger.find_violations(shop.tx) == []


async def test_a_repeated_payment_event_changes_nothing(shop):
    for _ in range(3):
        again = await shop.settle(MADE)

    assert (again.status, again.has_changed) == ("paid", False)
    assert await shop.earned() == [900, 450]
    assert await shop.events() == ["OrderPaid"]


async def test_a_failure_reason_is_stored_and_a_later_success_wins(shop):
    assert (await shop.settle(PaymentFailed("No\0 funds" + "!" * 1000))).status == "failed"
    sql = "select reason from orders where id = $1"
    reason = await shop.tx.value(str, sql, shop.order_id)
    assert reason.startswith("No funds!!")
    assert len(reason) == 500

    assert (await shop.settle(MADE, PaymentFailed("Late"))).status == "paid"
    assert await shop.tx.value(str, sql, shop.order_id) is None
    assert await shop.events() == ["OrderFailed", "OrderPaid"]


async def test_a_payment_of_an_expired_order_buys_nothing(shop):
    settled = await shop.settle(PaymentExpired(), MADE)

    assert settled.status == "refund_pending"
    assert (await shop.licences(), await shop.earned()) == ([], [0, 0])
    assert await shop.events() == ["OrderToReturn"]

    refund_id = RefundId(new_id())
    begun = RefundBegun(refund_id, await shop.item_ids())
    assert (await shop.settle(begun, RefundMade(refund_id))).status == "refunded"
    sql = """
        select sum(e.amount_cents)::bigint
          from ledger_postings p
          join ledger_entries e on e.posting_id = p.id
          join ledger_accounts a on a.number = e.account_number
         where a.kind = 'returns' and p.reference_id = any($1)
    """
    assert await shop.tx.value(int, sql, [shop.order_id, refund_id]) == 0


async def test_a_payment_of_another_amount_only_flags_the_order(shop):
    settled = await shop.settle(PaymentMade(1, "EUR"))

    assert (settled.status, settled.has_changed) == ("pending", True)
    sql = "select is_flagged from orders where id = $1"
    assert await shop.tx.value(bool, sql, shop.order_id)
    assert (await shop.licences(), await shop.events()) == ([], [])


async def test_a_refund_of_a_line_revokes_its_licence_and_earnings(shop):
    first, second = await shop.item_ids()
    refund_id = RefundId(new_id())
    assert (await shop.settle(MADE, RefundBegun(refund_id, [first]))).status == "refund_pending"
    assert await shop.licences() == sorted([first, second])

    assert (await shop.settle(RefundMade(refund_id))).status == "partially_refunded"

    assert await shop.licences() == [second]
    assert await shop.sales() == [0, 1]
    assert await shop.earned() == [0, 450]
    assert await shop.events() == ["OrderPaid", "OrderRefunded"]
    assert [due.due_cents for due in await settlement.list_amounts_due(shop.tx, shop.order_id)] == [
        0,
        450,
    ]
    assert not (await shop.settle(RefundBegun(RefundId(new_id()), [first]))).has_changed


async def test_a_refund_that_failed_leaves_everything_as_it_was(shop):
    refund_id = RefundId(new_id())
    begun = RefundBegun(refund_id, (await shop.item_ids())[:1])

    assert (await shop.settle(MADE, begun, RefundFailed(refund_id))).status == "paid"
    assert await shop.earned() == [900, 450]
    # The same may be tried again.
    assert (await shop.settle(begun, RefundMade(refund_id))).status == "partially_refunded"


async def test_what_was_refunded_can_be_bought_again(shop):
    refund_id = RefundId(new_id())
    begun = RefundBegun(refund_id, await shop.item_ids())
    await shop.settle(MADE, begun, RefundMade(refund_id))
    again = await _order_the_same(shop)

    assert (await settlement.settle(shop.tx, again, MADE)).status == "paid"
    assert await shop.earned() == [900, 450]


async def test_a_dispute_is_charged_to_the_lines_until_it_is_won(shop):
    await shop.settle(MADE, DisputeOpened("dp_1", 300))
    assert await shop.earned() == [720, 360]
    assert not (await shop.settle(DisputeOpened("dp_1", 300))).has_changed

    await shop.settle(DisputeOpened("dp_2", 1200))
    assert await shop.earned() == [0, 0]
    assert len(await shop.licences()) == 2

    await shop.settle(DisputeWon("dp_1"))
    assert await shop.earned() == [180, 90]
    assert (await shop.settle(DisputeLost("dp_2"))).status == "partially_refunded"
    assert await ledger.find_violations(shop.tx) == []
    assert await shop.events() == ["OrderPaid", *["OrderDisputed"] * 4]


async def test_a_lost_dispute_of_the_whole_takes_everything_back(shop):
    await shop.settle(MADE, DisputeLost("dp_1"), DisputeOpened("dp_1", 1500))

    assert (await shop.licences(), await shop.earned()) == ([], [0, 0])
    assert (await shop.settle(DisputeLost("dp_1"))).status == "refunded"


async def test_an_unknown_order_is_not_found(tx):
    with pytest.raises(OrderNotFound):
        await settlement.settle(tx, OrderId(uuid4()), MADE)
    with pytest.raises(OrderNotFound):
        await settlement.list_amounts_due(tx, OrderId(uuid4()))


async def test_a_payment_of_an_erased_buyer_is_returned(shop):
    await personal_data.erase(shop.tx, shop.buyer.id)

    assert (await shop.settle(MADE)).status == "refund_pending"


async def test_of_two_orders_of_one_product_the_second_is_returned(shop):
    other = await _order_the_same(shop)
    await shop.tx.run("delete from order_items where order_id = $1 and net_cents = 450", other)
    await shop.tx.run("update orders set total_cents = 1000 where id = $1", other)

    assert (await settlement.settle(shop.tx, other, PaymentMade(1000, "EUR"))).status == "paid"
    assert (await shop.settle(MADE)).status == "refund_pending"

    # The buyer gets nothing of the second order, whose other product they didn't have.
    assert len(await shop.licences()) == 1
    assert await shop.earned() == [900, 0]


async def _order_the_same(shop):
    """Place another order of the same products."""
    other = await make.order(shop.tx, shop.buyer, *((one, 100) for one in shop.sellers))
    sql = """
        update order_items i
           set product_id = o.product_id,
               price_cents = o.price_cents, fee_cents = o.fee_cents, net_cents = o.net_cents
          from order_items o
         where i.order_id = $1 and o.order_id = $2 and o.position = i.position
    """
    await shop.tx.run(sql, other, shop.order_id)
    await shop.tx.run("update orders set total_cents = 1500 where id = $1", other)
    return other


async def _settle(services, order_id, event):
    async with services.database.transaction() as tx:
        return await settlement.settle(tx, order_id, event)


async def test_a_hundred_concurrent_events_apply_once(services):
    async with services.database.transaction() as tx:
        shop = await _open_shop(tx)

    settled = await asyncio.gather(*(_settle(services, shop.order_id, MADE) for _ in range(100)))

    assert [one.status for one in settled] == ["paid"] * 100
    assert sum(one.has_changed for one in settled) == 1
    async with services.database.read() as conn:
        balances = [await ledger_queries.list_balances(conn, one.id) for one in shop.sellers]
    assert balances == [
        [Balance("EUR", MoneyMode.TEST, 900, 0)],
        [Balance("EUR", MoneyMode.TEST, 450, 0)],
    ]


@pytest.mark.parametrize("run", range(5))
async def test_of_two_that_are_paid_at_once_one_is_returned(services, run):
    async with services.database.transaction() as tx:
        shop = await _open_shop(tx)
        other = await _order_the_same(shop)

    settled = await asyncio.gather(
        _settle(services, shop.order_id, MADE), _settle(services, other, MADE)
    )

    assert sorted(one.status for one in settled) == ["paid", "refund_pending"]
    async with services.database.read() as conn:
        sql = "select count(*) from licences where buyer_id = $1"
        assert await conn.value(int, sql, shop.buyer.id) == 2
        balances = [await ledger_queries.list_balances(conn, one.id) for one in shop.sellers]
    assert balances == [
        [Balance("EUR", MoneyMode.TEST, 900, 0)],
        [Balance("EUR", MoneyMode.TEST, 450, 0)],
    ], run


class _Crash(Exception):
    pass


# The writes of a payment and of a refund, in order.
EFFECTS = [
    (queries, "insert_licences"),
    (queries, "update_state"),
    (queries, "update_lines"),
    (queries, "delete_licences"),
    (products, "add_sales"),
    (ledger, "post"),
    (settlement, "emit"),
]


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect[1])
async def test_a_crash_between_any_two_effects_is_healed_by_the_same_event(
    services, monkeypatch, effect, is_done
):
    async with services.database.transaction() as tx:
        shop = await _open_shop(tx)
        item_ids = await shop.item_ids()
    refund_id = RefundId(new_id())
    place, name = effect
    real = getattr(place, name)

    async def crash(*given, **named):
        if is_done:
            await real(*given, **named)
        raise _Crash

    for event in (MADE, RefundBegun(refund_id, item_ids[:1]), RefundMade(refund_id)):
        with monkeypatch.context() as patched:
            patched.setattr(place, name, crash)
            with suppress(_Crash):
                await _settle(services, shop.order_id, event)
        settled = await _settle(services, shop.order_id, event)

    assert settled.status == "partially_refunded"
    async with services.database.transaction() as tx:
        seen = _Shop(tx, shop.buyer, shop.sellers, shop.order_id)
        assert await seen.licences() == item_ids[1:]
        assert await seen.earned() == [0, 450]
        assert await seen.sales() == [0, 1]
        names = ["OrderPaid", "OrderRefunded"]
        assert [name for name in await seen.events() if name in names] == names


REFUNDS = [RefundId(UUID(int=number)) for number in range(1, 4)]


def _events(item_ids, draw):
    return [
        MADE,
        PaymentMade(7, "EUR"),
        PaymentFailed("No"),
        RefundBegun(draw.choice(REFUNDS), draw.sample(item_ids, draw.randint(1, 2))),
        RefundMade(draw.choice(REFUNDS)),
        RefundFailed(draw.choice(REFUNDS)),
        DisputeOpened(draw.choice("ab"), draw.choice([1, 700, 1500, 1600])),
        DisputeWon(draw.choice("ab")),
        DisputeLost(draw.choice("ab")),
    ]


def _in_order(state):
    """Return the state with its disputes sorted."""
    disputes = [
        structs.replace(one, shares=sorted(one.shares, key=lambda share: share.item_id))
        for one in sorted(state.disputes, key=lambda one: one.id)
    ]
    return structs.replace(state, disputes=disputes)


@pytest.mark.parametrize("seed", range(20))
async def test_the_stored_state_follows_the_rules(shop, seed):
    draw = Random(seed)
    item_ids = await shop.item_ids()
    late = [PaymentExpired()] if seed % 4 == 0 else []
    await shop.settle(*late, MADE)
    for _ in range(12):
        event = draw.choice(_events(item_ids, draw))
        before = await settlement.read_state(shop.tx, shop.order_id)
        await shop.settle(event)

        after = await settlement.read_state(shop.tx, shop.order_id)

        assert _in_order(after) == _in_order(transitions.transition(before, event).order)
    dues = await settlement.list_amounts_due(shop.tx, shop.order_id)
    assert await shop.earned() == [due.due_cents for due in dues]
    held = [line.id for line in after.lines if amounts.is_licensed(after, line)]
    assert await shop.licences() == sorted(held)
    assert await ledger.find_violations(shop.tx) == []
    assert await _list_broken_rules(shop) == []


async def _list_broken_rules(shop):
    """Return violated invariants of this order only: other tests leave invalid ones."""
    sql = 'select count(*) from ({}) b where position(b."where" in $1) > 0'
    item_ids = await shop.item_ids()
    product_ids = "select 'product ' || product_id from order_items where order_id = $1"
    named = [
        f"order {shop.order_id}",
        *(f"licence of line {item_id}" for item_id in item_ids),
        *await shop.tx.column(str, product_ids, shop.order_id),
        *(f"{kind} {number}" for kind in ("refund", "return") for number in REFUNDS),
        *(
            f"{kind} {transitions.dispute_id(shop.order_id, ref)}"
            for kind in ("dispute", "dispute_won")
            for ref in "ab"
        ),
    ]
    return [
        rule
        for rule, violations in INVARIANTS.items()
        if await shop.tx.value(int, sql.format(violations), "; ".join(named))
    ]

"""Sales by day are what the ledger says that sellers earned, whatever became of their orders."""

from random import Random

import pytest

from tests import make
from veza.core.access import Member, Role
from veza.core.ids import OrderId, RefundId, new_id
from veza.domains.marketplace.orders.models.state import (
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    OrderEvent,
    PaymentMade,
    RefundBegun,
    RefundFailed,
    RefundMade,
)
from veza.domains.marketplace.orders.service import settlement
from veza.domains.music.statistics.jobs import count_statistics
from veza.infra.postgres.database import Conn, Database, Tx

_LONG = [pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 4)]
_CURRENCIES = ("EUR", "CHF")


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, *_LONG])
async def test_what_sellers_earned_is_what_the_ledger_says(own_database: Database, seed: int):
    random = Random(seed)
    async with own_database.transaction() as tx:
        buyers = [(await make.member_in(tx))[0] for _ in range(3)]
        sellers = [(await make.member_in(tx, Role.CREATOR))[0] for _ in range(3)]
    for _ in range(8):
        async with own_database.transaction() as tx:
            order_id = await _place_order(tx, random, random.choice(buyers), sellers)
        for event in await _make_up_events(own_database, random, order_id):
            async with own_database.transaction() as tx:
                await settlement.settle(tx, order_id, event)
            if random.random() < 0.2:
                await count_statistics(own_database)
    # An order that is refunded may not be among those drawn.
    async with own_database.transaction() as tx:
        await make.refunded_item(tx, await make.paid_order(tx, buyers[0], (sellers[0], 1999)))
    await count_statistics(own_database)

    async with own_database.read() as conn:
        assert await _list_earned(conn, sellers) == await _list_counted(conn, sellers) != []
        assert await _count_paid(conn, sellers) == await _count_sales(conn, sellers)


async def _place_order(tx: Tx, random: Random, buyer: Member, sellers: list[Member]) -> OrderId:
    sold = [(random.choice(sellers), random.choice((0, 500, 1999))) for _ in range(3)]
    part = random.randrange(1, 10_000)
    parts = dict(zip(random.sample(sellers, 2), (part, 10_000 - part), strict=True))
    order_id = await make.order(
        tx,
        buyer,
        *sold,
        currency=random.choice(_CURRENCIES),
        parts=parts if random.random() < 0.5 else None,
    )
    if random.random() < 0.5:
        # Live money is never added to test money.
        await tx.run("update orders set provider = 'hyperswitch' where id = $1", order_id)
    return order_id


async def _make_up_events(
    database: Database, random: Random, order_id: OrderId
) -> list[OrderEvent]:
    async with database.read() as conn:
        order = await settlement.read_state(conn, order_id)
    payment = PaymentMade(order.total_cents, order.currency)
    events: list[OrderEvent] = [payment] if random.random() < 0.9 else []
    for line in order.lines:
        refund_id = RefundId(new_id())
        kinds: list[OrderEvent] = [
            DisputeOpened(f"d{refund_id}", max(1, line.price_cents // random.choice((1, 2)))),
            random.choice((DisputeWon(f"d{refund_id}"), DisputeLost(f"d{refund_id}"))),
            RefundBegun(refund_id, [line.id]),
            random.choice((RefundMade(refund_id), RefundFailed(refund_id))),
        ]
        events += sorted(random.sample(kinds, random.randrange(5)), key=lambda _: random.random())
    return events


async def _list_earned(conn: Conn, sellers: list[Member]) -> list[str]:
    """Return what the ledger says, but for what was paid out."""
    sql = """
        select concat_ws(' ', u.user_id, a.currency, a.mode, sum(e.amount_cents))
          from ledger_entries e
          join ledger_accounts a on a.number = e.account_number and a.kind = 'earned'
          join ledger_subjects u on u.id = a.subject_id
         where u.user_id = any($1)
         group by u.user_id, a.currency, a.mode
        having sum(e.amount_cents) <> 0
         order by 1
    """
    return await conn.column(str, sql, [seller.id for seller in sellers])


async def _list_counted(conn: Conn, sellers: list[Member]) -> list[str]:
    sql = """
        select concat_ws(' ', seller_id, currency, mode, sum(net_cents))
          from seller_days
         where seller_id = any($1)
         group by seller_id, currency, mode
        having sum(net_cents) <> 0
         order by 1
    """
    ids = [seller.id for seller in sellers]
    # What all sellers earned is what all their products did.
    in_all = """
        select concat_ws(' ', currency, mode, sum(net_cents))
          from seller_days
         where seller_id = any($1)
         group by currency, mode
         order by 1
    """
    by_product = """
        select concat_ws(' ', d.currency, d.mode, sum(d.net_cents))
          from product_days d
          join products p on p.id = d.product_id
         where p.seller_id = any($1)
         group by d.currency, d.mode
         order by 1
    """
    assert await conn.column(str, in_all, ids) == await conn.column(str, by_product, ids)
    return await conn.column(str, sql, ids)


async def _count_paid(conn: Conn, sellers: list[Member]) -> list[str]:
    sql = """
        select concat_ws(' ', coalesce(p.party_id, i.seller_id), count(*), count(i.refunded_at))
          from order_items i
          join orders o on o.id = i.order_id
          left join order_item_parts p on p.item_id = i.id
         where i.seller_id = any($1) and o.paid_at is not null and not o.came_late
         group by coalesce(p.party_id, i.seller_id)
         order by 1
    """
    return await conn.column(str, sql, [seller.id for seller in sellers])


async def _count_sales(conn: Conn, sellers: list[Member]) -> list[str]:
    sql = """
        select concat_ws(' ', seller_id, sum(sales_count), sum(refunds_count))
          from seller_days
         where seller_id = any($1)
         group by seller_id
         order by 1
    """
    return await conn.column(str, sql, [seller.id for seller in sellers])

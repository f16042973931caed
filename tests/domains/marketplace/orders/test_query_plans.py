"""Lists of orders use an index."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests import make
from tests.plans import Catcher
from veza.core.access import Role
from veza.core.ids import OrderId
from veza.core.pages import Cursor
from veza.domains.marketplace.orders.queries.purchases import list_orders
from veza.domains.marketplace.orders.queries.sales import list_sales

pytestmark = pytest.mark.long

_CURSOR = Cursor(datetime(2026, 1, 1, tzinfo=UTC), OrderId(UUID(int=1 << 127)))
_MANY = """
    with made as (
        insert into orders (id, buyer_id, buyer_subject, status, total_cents, currency, provider,
                            expires_at, paid_at)
             select gen_random_uuid(), $1, $1, 'paid', 100, 'EUR', 'sandbox', now(), now()
               from generate_series(1, 300)
          returning id
    )
    insert into order_items (id, order_id, position, product_id, seller_id, seller_subject, title,
                             licence, minimum_cents, price_cents, fee_cents, net_cents)
         select gen_random_uuid(), id, 1, $3, $2, $2, 'A', '', 100, 100, 10, 90 from made
"""


@pytest.mark.parametrize("cursor", [None, _CURSOR], ids=["first", "next"])
@pytest.mark.parametrize("whose", ["buyer", "seller"])
async def test_lists_of_orders_use_an_index(owner_tx, whose, cursor):
    tx = owner_tx
    people = [(await make.member_in(tx, Role.CREATOR))[0] for _ in range(20)]
    for buyer, seller in zip(people, people[1:] + people[:1], strict=True):
        product_id = await make.product(tx, seller)
        await tx.run(_MANY, buyer.id, seller.id, product_id)
    await tx.value(str, "analyze")
    catcher = Catcher()
    lists = {"buyer": list_orders, "seller": list_sales}[whose]
    await lists(catcher, people[0].id, 20, cursor)

    plan = "\n".join(await tx.column(str, f"explain {catcher.sql}", *catcher.args))

    assert {"buyer": "orders_buyer_id", "seller": "order_items_seller_id"}[whose] in plan, plan
    assert "Seq Scan on order" not in plan, plan
    assert "Sort" not in plan, plan

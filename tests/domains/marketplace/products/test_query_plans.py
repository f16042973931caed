"""How the public list is read among many products: by its indexes, whatever is asked for."""

import pytest

from tests.plans import Catcher, Plan, explain
from veza.core.ids import UserId
from veza.domains.marketplace.products.models.forms import ProductType
from veza.domains.marketplace.products.models.lists import ProductQuery, ProductSort
from veza.domains.marketplace.products.queries import listings
from veza.infra.postgres.database import Tx

pytestmark = pytest.mark.long

PRODUCTS = 100_000
# A whole table of these has some thousands.
MAX_BUFFERS = 1000

_SELLERS = """
    insert into users (id, username, email, password_hash, role, suspended_at,
                       suspension_reason)
    select gen_random_uuid(), 'shelf' || n, 'shelf' || n || '@example.com', '!', 'creator',
           case when n % 50 = 0 then now() end, case when n % 50 = 0 then 'Enough.' end
      from generate_series(1, 1000) as n
"""
_PRODUCTS = """
    with sellers as (
        select row_number() over (order by id) - 1 as n, id from users where username like 'shelf%'
    )
    insert into products (id, seller_id, title, type, price_cents, currency, status, published_at,
                          sales_count, reviews_count, rating_sum)
    select gen_random_uuid(), s.id, 'x',
           case when p.n % 4 = 0 then 'preset' else 'album' end, 50 + p.n % 5000, 'EUR',
           case when p.n % 10 = 0 then 'draft' else 'published' end,
           now() - p.n * interval '1 minute', p.n % 97, p.n % 7, p.n % 7 * 4
      from generate_series(1, $1::integer) as p (n)
      join sellers s on s.n = p.n % 1000
"""


async def explain_list(tx: Tx, query: ProductQuery) -> Plan:
    catcher = Catcher()
    await listings.list_products(catcher, query)
    return await explain(tx, catcher.sql, *catcher.args)


@pytest.mark.long
async def test_lists_do_not_scan_or_sort_100000_products(owner_tx):
    await owner_tx.run(_SELLERS)
    assert await owner_tx.run(_PRODUCTS, PRODUCTS) == PRODUCTS
    await owner_tx.value(str, "analyze products, users")
    seller_id = await owner_tx.value(UserId, "select id from users where username = 'shelf7'")

    wishes = [
        ProductQuery(sort=sort, **narrowed)
        for sort in [None, *ProductSort]
        for narrowed in ({}, {"type": ProductType.PRESET}, {"seller_id": seller_id})
    ]
    for wish in wishes:
        plan = await explain_list(owner_tx, wish)
        assert "products" not in plan.read_whole(), (wish, plan)
        assert max(plan.sorted_rows(), default=0) <= PRODUCTS / 1000, (wish, plan)
        assert plan.buffers < MAX_BUFFERS, (wish, plan)

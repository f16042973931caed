"""How the public list is read among many products: by its indexes, whatever is asked for."""

import pytest

from tests.plans import Catcher, Plan, explain
from veza.core.ids import UserId
from veza.domains.marketplace.products import queries
from veza.domains.marketplace.products.models import ProductQuery, ProductType, Sort
from veza.infra.postgres.database import Tx

pytestmark = pytest.mark.long

PRODUCTS = 100_000
# A whole table of these has some thousands.
MAX_BUFFERS = 1000
WORDS = ["midnight", "harbour"]

_SELLERS = """
    insert into users (id, username, email, password_hash, role, suspended_at,
                       suspension_reason)
    select gen_random_uuid(), 'shelf' || n, 'shelf' || n || '@example.com', '!', 'creator',
           case when n % 50 = 0 then now() end, case when n % 50 = 0 then 'Enough.' end
      from generate_series(1, 1000) as n
"""
# Titles of three words out of some hundreds, of which two are those that are searched for.
_PRODUCTS = """
    with words as (
        select row_number() over () - 1 as n, word
          from (select unnest($2::text[]) as word
                union all
                select translate(left(md5(n::text), 7), '0123456789', 'ghijklmnop')
                  from generate_series(1, 398) as n) as drawn
    ), sellers as (
        select row_number() over (order by id) - 1 as n, id from users where username like 'shelf%'
    )
    insert into products (id, seller_id, title, type, price_cents, currency, status, published_at,
                          sales_count, reviews_count, rating_sum, search_text)
    select gen_random_uuid(), s.id, 'x',
           case when p.n % 4 = 0 then 'preset' else 'album' end, 50 + p.n % 5000, 'EUR',
           case when p.n % 10 = 0 then 'draft' else 'published' end,
           now() - p.n * interval '1 minute', p.n % 97, p.n % 7, p.n % 7 * 4,
           concat_ws(' ', a.word, b.word, c.word)
      from generate_series(1, $1::integer) as p (n)
      join sellers s on s.n = p.n % 1000
      join words a on a.n = p.n % 400
      join words b on b.n = (p.n / 7) % 400
      join words c on c.n = (p.n * 31) % 400
"""


async def explain_list(tx: Tx, wish: ProductQuery) -> Plan:
    catcher = Catcher()
    await queries.list_products(catcher, wish)
    return await explain(tx, catcher.sql, *catcher.args)


@pytest.mark.long
async def test_no_list_reads_or_sorts_a_hundred_thousand_products(owner_tx):
    await owner_tx.run(_SELLERS)
    assert await owner_tx.run(_PRODUCTS, PRODUCTS, WORDS) == PRODUCTS
    await owner_tx.value(str, "analyze products, users")
    seller_id = await owner_tx.value(UserId, "select id from users where username = 'shelf7'")

    wishes = [
        ProductQuery(sort=sort, words=words, **narrowed)
        for sort in [None, *Sort]
        for words in ([], WORDS)
        for narrowed in ({}, {"type": ProductType.PRESET}, {"seller_id": seller_id})
    ]
    for wish in wishes:
        plan = await explain_list(owner_tx, wish)
        assert "products" not in plan.read_whole(), (wish, plan)
        assert max(plan.sorted_rows(), default=0) <= PRODUCTS / 1000, (wish, plan)
        assert plan.buffers < MAX_BUFFERS, (wish, plan)

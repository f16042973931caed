"""What orders ask of products: to lock what is sold, and to count it."""

import asyncio

from tests import make
from tests.infra.waiting import until
from tests.raw import borrowed
from veza.core.ids import ProductId, new_id
from veza.domains.marketplace.products import personal_data, service


async def sold(services, *product_ids):
    async with services.database.transaction() as tx:
        return [product.id for product in await service.lock_for_sale(tx, product_ids)]


async def test_only_published_products_can_be_bought(services, seller, other, add):
    shown, free = await add("shown"), await add("free", price_cents=0)
    hidden = [await add(status=status) for status in ("draft", "withdrawn")]
    suspended = await add(by=other)
    await make.suspended(services, other)

    found = await sold(services, free, suspended, *hidden, shown, shown, ProductId(new_id()))

    assert found == [shown, free]
    assert await sold(services) == []


async def test_a_product_locked_for_sale_has_its_current_attributes(services, seller, add):
    product_id = await add("Night Ferry", price_cents=99)
    async with services.database.transaction() as tx:
        (found,) = await service.lock_for_sale(tx, [product_id])
    assert found == service.PurchasableProduct(
        product_id, seller.id, "Night Ferry", 99, "EUR", "Personal use."
    )


async def test_changes_wait_for_a_running_order(client, services, seller, add):
    product_id = await add("Night Ferry")
    path = f"marketplace/products/{product_id}"
    async with services.database.transaction() as tx:
        await service.lock_for_sale(tx, [product_id])
        deletion = asyncio.create_task(client.delete(path, headers=seller.headers))
        await until(lambda: is_somebody_waiting(services))
        assert not deletion.done()
    answer = await deletion
    assert answer.status_code == 200
    # It was ordered by then, and so it stays.
    assert (await client.get(path, headers=seller.headers)).status_code == 200


async def is_somebody_waiting(services):
    sql = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    async with borrowed(services) as raw:
        return await raw.fetchval(sql) > 0


async def test_an_order_that_waited_for_a_change_has_its_price_in_a_further_currency(services, add):
    product_id = await add("Night Ferry")

    async def sell():
        async with services.database.transaction() as tx:
            [found] = await service.lock_for_sale(tx, [product_id], "CHF")
            return found.price_cents, found.currency

    async with services.database.transaction() as tx:
        await service.lock_for_sale(tx, [product_id])
        sale = asyncio.create_task(sell())
        await until(lambda: is_somebody_waiting(services))
        sql = "insert into product_prices (product_id, currency, price_cents) values ($1, $2, 99)"
        await tx.run(sql, product_id, "CHF")
    assert await sale == (99, "CHF")


async def test_concurrent_orders_of_the_same_products_do_not_deadlock(services, add):
    ids = [await add(str(n)) for n in range(4)]

    async def count(product_ids):
        async with services.database.transaction() as tx:
            await service.lock_for_sale(tx, product_ids)
            await service.add_sales(tx, dict.fromkeys(product_ids, 1))

    await asyncio.gather(*(count(ids if n % 2 else ids[::-1]) for n in range(20)))

    async with services.database.read() as conn:
        sql = "select sales_count from products where id = any($1)"
        assert await conn.column(int, sql, ids) == [20] * 4


async def test_sales_counts_decrease_and_are_never_negative(services, add):
    product_id = await add()
    for more in (2, -1, 1):
        async with services.database.transaction() as tx:
            await service.add_sales(tx, {product_id: more, ProductId(new_id()): 1})
    async with services.database.read() as conn:
        sql = "select sales_count from products where id = $1"
        assert await conn.value(int, sql, product_id) == 2


async def test_an_ordered_product_outlives_its_seller(services, seller, add):
    kept, gone = await add("kept"), await add("gone")
    await sold(services, kept)
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, seller.id)

    sql = """
        select id, seller_id is null and status = 'withdrawn'
          from products
         where id = any($1)
    """
    async with borrowed(services) as raw:
        rows = await raw.fetch(sql, [kept, gone])
    assert [tuple(row) for row in rows] == [(kept, True)]


async def test_a_concurrent_order_and_erasure_end_consistently(services, add):
    """Either it was ordered, and stays; or it is gone, and wasn't ordered."""
    for _ in range(5):
        seller = await make.person(services)
        product_id = await add("raced", by=seller)

        async def erase(seller=seller):
            async with services.database.transaction() as tx:
                await personal_data.erase(tx, seller.id)

        found, _ = await asyncio.gather(sold(services, product_id), erase())
        async with services.database.read() as conn:
            sql = "select count(*) from products where id = $1"
            assert await conn.value(int, sql, product_id) == len(found)

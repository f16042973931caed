"""The number of products beside a page: from a counter, or counted as far as pages reach."""

import asyncio
from contextlib import suppress
from random import Random

import pytest

from tests import make
from veza.core.pages import MAX_COUNTED
from veza.domains.marketplace.products import jobs

COUNTED = "select count(*) from products where status = 'published' and not is_hidden"
CHANGES = "select count(*) from product_count_changes"


async def page_of(client, **query):
    answer = await client.get("marketplace/products", params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()["data"]
    return page["total"], page["total_is_exact"]


async def test_the_unfiltered_total_follows_every_change(client, seller, create, count):
    async def put(product_id, status):
        path = f"marketplace/products/{product_id}"
        answer = await client.put(path, headers=seller.headers, json={"status": status})
        assert answer.status_code == 200, answer.text

    before = await count(COUNTED)
    first, second = await create(status="published"), await create()
    assert await page_of(client) == (before + 1, True)
    await put(second["id"], "published")
    assert await page_of(client) == (before + 2, True)
    await put(second["id"], "withdrawn")
    assert await page_of(client) == (before + 1, True)
    deleted = await client.delete(f"marketplace/products/{first['id']}", headers=seller.headers)
    assert deleted.status_code == 200
    assert await page_of(client) == (before, True)
    assert await count(COUNTED) == before


async def test_concurrent_changes_and_sums_lose_nothing(client, services, seller, create, count):
    ids = [(await create())["id"] for _ in range(8)]

    async def change(product_id, draw):
        for _ in range(6):
            status = draw.choice(["draft", "published", "withdrawn"])
            path = f"marketplace/products/{product_id}"
            await client.put(path, headers=seller.headers, json={"status": status})

    async def sum_up():
        for _ in range(10):
            await jobs.sum_product_counts(services.database)

    changes = (change(product_id, Random(n)) for n, product_id in enumerate(ids))
    await asyncio.gather(sum_up(), sum_up(), *changes)

    assert await page_of(client) == (await count(COUNTED), True)
    await jobs.sum_product_counts(services.database)
    assert await count(CHANGES) <= 1
    assert await page_of(client) == (await count(COUNTED), True)


async def test_a_change_that_is_rolled_back_counts_nothing(client, services, seller):
    before = await page_of(client)
    with suppress(ZeroDivisionError):
        async with services.database.transaction() as tx:
            await make.product(tx, seller.member)
            raise ZeroDivisionError
    assert await page_of(client) == before


@pytest.mark.long
async def test_products_of_suspended_sellers_are_not_counted(client, services, seller, add, work):
    # Suspensions of other tests.
    await work()
    before, _ = await page_of(client)
    # More than a batch of the job.
    async with services.database.transaction() as tx:
        for _ in range(501):
            await make.product(tx, seller.member)
    await add("draft", status="draft")
    assert await page_of(client) == (before + 501, True)
    await make.suspended(services, seller)
    await work()
    assert await page_of(client) == (before, True)
    await make.unsuspended(services, seller)
    await work()
    assert await page_of(client) == (before + 501, True)
    async with services.database.transaction() as tx:
        await tx.run("delete from products where seller_id = $1", seller.id)
    assert await page_of(client) == (before, True)


@pytest.mark.long
async def test_a_filtered_total_is_counted_as_far_as_pages_reach(client, services, seller):
    insert = """
        insert into products (id, seller_id, title, type, price_cents, currency, status,
                              published_at)
        select gen_random_uuid(), $1, 'x', 'preset', 100, 'EUR', 'published', now()
          from generate_series(1, $2::integer) n
    """
    query = {"seller_id": str(seller.id), "type": "preset", "limit": 1}
    async with services.database.transaction() as tx:
        await tx.run(insert, seller.id, MAX_COUNTED)
    assert await page_of(client, **query) == (MAX_COUNTED, True)
    async with services.database.transaction() as tx:
        await tx.run(insert, seller.id, 1)
    assert await page_of(client, **query) == (MAX_COUNTED, False)
    own = await client.get("sell/products", params={"limit": 1}, headers=seller.headers)
    own_page = own.json()["data"]
    assert (own_page["total"], own_page["total_is_exact"]) == (MAX_COUNTED, False)
    async with services.database.transaction() as tx:
        await tx.run("delete from products where seller_id = $1", seller.id)


async def test_a_search_without_words_finds_nothing(client):
    assert await page_of(client, search="?!") == (0, True)

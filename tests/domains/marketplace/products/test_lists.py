"""The list of products: what is in it, in which order, and how far pages reach."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests import make
from tests.domains.marketplace.products.forms_steps import FORM
from veza.core.clock import now


@pytest.fixture
async def word():
    """A word that no other product is found by."""
    return f"zq{uuid4().hex[:12]}"


async def listed(client, path="marketplace/products", viewer=None, **query):
    answer = await client.get(path, params=query, headers=viewer.headers if viewer else {})
    assert answer.status_code == 200, answer.text
    page = answer.json()["data"]
    return [product["title"] for product in page["products"]], page["total"]


async def test_only_published_products_are_listed(client, seller, other, add):
    for status in ("draft", "published", "withdrawn"):
        await add(status, status=status)
    for viewer in (None, other, seller):
        found = await listed(client, viewer=viewer, seller_id=str(seller.id))
        assert found == (["published"], 1)


async def test_sellers_list_all_of_their_products(client, seller, other, add):
    for status in ("draft", "published", "withdrawn"):
        await add(status, status=status)

    assert await listed(client, "sell/products", seller) == (
        ["withdrawn", "published", "draft"],
        3,
    )
    assert await listed(client, "sell/products", seller, status="draft") == (["draft"], 1)
    assert await listed(client, "sell/products", seller, release_id=str(uuid4())) == ([], 0)
    assert await listed(client, "sell/products", other) == ([], 0)
    assert (await client.get("sell/products")).status_code == 401


@pytest.mark.parametrize(
    ("sort", "titles"),
    [
        ("newest", ["dear", "loved", "cheap"]),
        ("price_asc", ["cheap", "loved", "dear"]),
        ("price_desc", ["dear", "loved", "cheap"]),
        ("popular", ["cheap", "loved", "dear"]),
        ("rating", ["loved", "cheap", "dear"]),
    ],
)
@pytest.mark.parametrize("is_search", [False, True])
async def test_the_list_is_sorted(client, seller, add, sort, titles, is_search):
    rows = {
        "cheap": {"price_cents": 0, "sales_count": 9, "reviews_count": 2, "rating_sum": 8},
        "loved": {"price_cents": 500, "sales_count": 2, "reviews_count": 2, "rating_sum": 10},
        "dear": {"price_cents": 900},
    }
    for age, (title, columns) in enumerate(rows.items()):
        moment = now() - timedelta(hours=9 - age)
        await add(title, published_at=moment, **columns)

    query = {"search": seller.username} if is_search else {"seller_id": str(seller.id)}
    assert await listed(client, sort=sort, **query) == (titles, 3)
    first, total = await listed(client, sort=sort, limit=2, **query)
    rest, _ = await listed(client, sort=sort, limit=2, offset=2, **query)
    assert (first + rest, total) == (titles, 3)


async def test_ratings_are_an_average_of_two_digits(client, add):
    product_id = await add(reviews_count=3, rating_sum=13)
    product = (await client.get(f"marketplace/products/{product_id}")).json()["data"]
    assert (product["rating_average"], product["reviews_count"]) == (4.33, 3)


async def test_the_list_is_filtered_by_type(client, seller, add):
    await add("an album")
    await add("a preset", type="preset")
    query = {"seller_id": str(seller.id), "type": "preset"}
    assert await listed(client, **query) == (["a preset"], 1)


async def test_a_page_behind_the_last_is_empty_and_still_counts(client, seller, add):
    await add("one")
    assert await listed(client, seller_id=str(seller.id), offset=5) == ([], 1)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "offset=-1",
        "offset=9990&limit=20",
        "offset=99999999999999999999",
        "sort=best",
        "type=poster",
        "seller_id=me",
        f"search={'a' * 201}",
    ],
)
async def test_a_wrong_page_is_refused(client, query):
    assert (await client.get(f"marketplace/products?{query}")).status_code == 400


@pytest.mark.parametrize("search", ["%", "_", "'; drop table products;--", "\\", "?!", " ", "\0"])
async def test_special_characters_have_no_meaning_in_a_search(client, search):
    await listed(client, search=search)


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("midnight harbour", 0),
        ("midnihgt harbour", 0),
        ("MIDNIGHT", 0),
        ("vogel im kafig", 1),
        ("Vögel", 1),
        ("harbour", 2),
    ],
)
async def test_the_best_match_comes_first(client, services, seller, word, typed, place):
    titles = [f"Midnight Harbour {word}", f"Vögel im Käfig {word}", f"Harbour {word}"]
    async with services.database.transaction() as tx:
        for title in titles:
            await make.product(tx, seller.member, title)

    found, total = await listed(client, search=f"{typed} {word}")

    assert found[0] == titles[place]
    assert total == len(found)


async def test_all_products_of_a_seller_are_found_by_the_name(client, seller, create, work):
    product = await create(type="service")
    path = f"marketplace/products/{product['id']}"
    await client.put(path, headers=seller.headers, json={"status": "published"})
    assert await listed(client, search=seller.username) == ([FORM["title"]], 1)

    renamed = f"n{uuid4().hex[:20]}"
    await client.put("users/me", headers=seller.headers, json={"username": renamed})
    await work()

    assert await listed(client, search=renamed) == ([FORM["title"]], 1)
    assert await listed(client, search=seller.username) == ([], 0)


async def test_products_of_suspended_sellers_are_hidden_until_unsuspended(
    client, services, seller, other, add
):
    product_id = await add("hidden")
    path = f"marketplace/products/{product_id}"

    async def is_found():
        query = {"seller_id": str(seller.id)}
        lists = [
            await listed(client, viewer=other, **each)
            for each in (query, {"search": seller.username})
        ]
        status = (await client.get(path, headers=other.headers)).status_code
        return [total for _, total in lists], status

    assert await is_found() == ([1, 1], 200)
    await make.suspended(services, seller)
    assert await is_found() == ([0, 0], 404)
    await make.unsuspended(services, seller)
    assert await is_found() == ([1, 1], 200)

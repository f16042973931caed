"""Posts with products."""

import pytest

from tests import make
from tests.domains.social.posts.routes_steps import read, show


async def sell(services, seller, title="Night Ferry", **columns):
    async with services.database.transaction() as tx:
        return await make.product(tx, seller.member, title, **columns)


async def test_a_post_can_show_anybody_s_published_product(
    client, services, publish, author, reader
):
    product_id = await sell(services, reader)

    post = await publish(product_id=str(product_id))

    assert post["product"] == {
        "id": str(product_id),
        "title": "Night Ferry",
        "type": "album",
        "price_cents": 1200,
        "currency": "EUR",
        "is_sold_out": False,
        "seller": make.shown(reader),
    }
    assert post["track"] is None
    assert (await show(client, post)).json()["data"]["product"] == post["product"]
    listed = await read(client, f"users/{author.username}/posts")
    assert listed["posts"][0]["product"] == post["product"]


async def test_a_post_shows_a_track_or_a_product(client, services, author):
    product_id = await sell(services, author)
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, author.member, "Night Ferry")
    form = {"content": "Both", "track_id": str(track_id), "product_id": str(product_id)}

    answer = await client.post("social/posts", headers=author.headers, json=form)

    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["details"]] == ["product_id"]


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
async def test_a_product_that_isn_t_published_can_t_be_shown(
    client, services, author, reader, status
):
    product_id = await sell(services, author, status=status)
    for person, code in ((author, "product_not_published"), (reader, "product_not_found")):
        form = {"content": "Buy", "product_id": str(product_id)}
        answer = await client.post("social/posts", headers=person.headers, json=form)
        status_code = 409 if person is author else 404
        assert (answer.status_code, answer.json()["code"]) == (status_code, code)


async def test_a_post_shows_its_product_while_everybody_may_buy_it(
    client, services, publish, reader
):
    product_id = await sell(services, reader)
    post = await publish(product_id=str(product_id))

    async def shown():
        return (await show(client, post)).json()["data"]["product"]

    await make.suspended(services, reader)
    assert await shown() is None
    await make.unsuspended(services, reader)
    assert await shown() == post["product"]
    async with services.database.transaction() as tx:
        await tx.run("update products set status = 'withdrawn' where id = $1", product_id)
    assert await shown() is None


async def test_a_post_outlives_its_product(client, services, publish, reader):
    product_id = await sell(services, reader)
    post = await publish("Buy this", product_id=str(product_id))
    path = f"marketplace/products/{product_id}"
    assert (await client.delete(path, headers=reader.headers)).status_code == 200

    kept = (await show(client, post)).json()["data"]

    assert (kept["content"], kept["product"]) == ("Buy this", None)


async def test_a_report_keeps_which_product_a_post_showed(client, services, publish, reader):
    product_id = await sell(services, reader)
    post = await publish(product_id=str(product_id))
    form = {"content_type": "post", "content_id": post["id"], "reason": "An advertisement."}
    assert (await client.post("reports", headers=reader.headers, json=form)).status_code == 201
    async with services.database.read() as conn:
        sql = "select evidence->>'product_id' from reports where content_id = $1"
        assert await conn.value(str, sql, post["id"]) == str(product_id)

"""Reviews over HTTP: who may say what of a product, who answers, and that averages are exact."""

import asyncio
from uuid import UUID, uuid4

import pytest

from tests import make
from tests.domains.marketplace.reviews.routes_steps import answer_to, delete, listed, rated
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.marketplace.orders.models.state import RefundBegun, RefundMade
from veza.domains.marketplace.orders.service import settlement


async def refund(services, order_id):
    """Give the money of an order back."""
    async with services.database.transaction() as tx:
        items = await tx.column(UUID, "select id from order_items where order_id = $1", order_id)
        refund_id = new_id()
        await settlement.settle(tx, order_id, RefundBegun(refund_id, items))
        await settlement.settle(tx, order_id, RefundMade(refund_id))


async def test_a_buyer_reviews_a_product(client, product_id, buy, say):
    buyer = await buy()

    answer = await say(buyer, rating=4, comment=" Lovely 🌊 ")

    assert answer.status_code == 201, answer.text
    review = answer.json()["data"]
    assert review["product_id"] == str(product_id)
    assert review["buyer_id"] == str(buyer.id)
    assert review["buyer"] == make.shown(buyer)
    assert (review["rating"], review["comment"]) == (4, "Lovely 🌊")
    assert (review["is_refunded"], review["answer"]) == (False, None)
    assert await listed(client, product_id) == ([review], 1)
    assert await rated(client, product_id) == (4, 1)


async def test_the_comment_is_optional(say, buy):
    review = (await say(await buy(), comment="")).json()["data"]
    assert review["comment"] == ""


@pytest.mark.parametrize(
    "form",
    [
        {"rating": 0},
        {"rating": 6},
        {"rating": 4.5},
        {"rating": "5"},
        {"rating": None},
        {"comment": "x" * 5001},
        {"comment": "a\0b"},
        {"comment": None},
    ],
)
async def test_invalid_reviews_are_refused(client, product_id, buy, say, form):
    answer = await say(await buy(), **form)
    assert answer.status_code == 400, answer.text
    assert await rated(client, product_id) == (None, 0)


async def test_only_buyers_may_review(client, services, seller, product_id, say):
    waiting = await make.person(services)
    async with services.database.transaction() as tx:
        await make.order(tx, waiting.member, (seller.member, 100))
    for person in (seller, waiting, await make.person(services, Role.ADMIN)):
        answer = await say(person)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_purchased")
    path = f"marketplace/products/{product_id}/reviews"
    assert (await client.post(path, json={"rating": 5})).status_code == 401


async def test_a_product_is_reviewed_once_by_each(client, product_id, buy, say):
    buyer, other = await buy(), await buy()
    answers = await asyncio.gather(*(say(buyer, rating=2) for _ in range(4)), say(other))

    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]
    codes = {answer.json().get("code") for answer in answers}
    assert codes == {None, "already_reviewed"}
    assert await rated(client, product_id) == (3.5, 2)


async def test_concurrent_reviews_are_counted_exactly(client, product_id, buy, say):
    buyers = [await buy() for _ in range(8)]
    await asyncio.gather(*(say(buyer, rating=1 + n % 5) for n, buyer in enumerate(buyers)))

    reviews, total = await listed(client, product_id)
    assert total == 8
    average = sum(review["rating"] for review in reviews) / 8
    assert await rated(client, product_id) == (round(average, 2), 8)


async def test_reviews_come_newest_first_in_pages(client, product_id, buy, say):
    for rating in (1, 2, 3):
        await say(await buy(), rating=rating)

    assert [r["rating"] for r in (await listed(client, product_id))[0]] == [3, 2, 1]
    page, total = await listed(client, product_id, limit=1, offset=1)
    assert ([r["rating"] for r in page], total) == ([2], 3)
    for query in ("limit=0", "limit=101", "offset=-1", "offset=9999&limit=2"):
        path = f"marketplace/products/{product_id}/reviews?{query}"
        assert (await client.get(path)).status_code == 400


async def test_reviews_of_unpublished_products_are_hidden_from_others(client, services, seller):
    async with services.database.transaction() as tx:
        hidden = await make.product(tx, seller.member, status="draft")
    for product_id in (hidden, uuid4()):
        path = f"marketplace/products/{product_id}/reviews"
        for answer in (
            await client.get(path),
            await client.post(
                path, headers=(await make.person(services)).headers, json={"rating": 1}
            ),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "product_not_found")


async def test_the_review_of_a_refunded_buyer_stays_and_is_marked(
    client, services, product_id, buy, say
):
    buyer = await buy()
    review = (await say(buyer, rating=1)).json()["data"]

    await refund(services, review["order_id"])

    [marked], _ = await listed(client, product_id)
    assert marked == review | {"is_refunded": True}
    assert await rated(client, product_id) == (1, 1)
    await buy(buyer)
    [again], _ = await listed(client, product_id)
    assert again["is_refunded"] is False


async def test_a_refunded_buyer_cannot_review(client, services, buy, say, product_id):
    buyer = await make.person(services)
    async with services.database.transaction() as tx:
        order_id = await make.bought(tx, buyer.member, product_id)
    await refund(services, order_id)
    answer = await say(buyer)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_purchased")


async def test_the_seller_answers_and_replaces_the_answer(client, product_id, seller, buy, say):
    review = (await say(await buy())).json()["data"]
    for text, kept in ((" Thank you! ", "Thank you!"), ("Thanks!", "Thanks!"), (None, None)):
        answered = await answer_to(client, seller, review, text)
        assert answered.status_code == 200, answered.text
        shown = answered.json()["data"]
        assert shown["answer"] == kept
        assert (shown["answered_at"] is None) == (kept is None)
        assert await listed(client, product_id) == ([shown], 1)


async def test_only_the_seller_answers(client, services, product_id, seller, buy, say):
    buyer = await buy()
    review = (await say(buyer)).json()["data"]
    for person in (buyer, await make.person(services, Role.CREATOR)):
        answer = await answer_to(client, person, review, "Me!")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_product")
    for wrong in ("", "   ", "x" * 5001):
        assert (await answer_to(client, seller, review, wrong)).status_code == 400
    unknown = review | {"id": str(uuid4())}
    answer = await answer_to(client, seller, unknown, "Hm?")
    assert (answer.status_code, answer.json()["code"]) == (404, "review_not_found")


async def test_a_review_is_found_under_its_own_product_only(client, services, seller, buy, say):
    review = (await say(await buy())).json()["data"]
    async with services.database.transaction() as tx:
        another = await make.product(tx, seller.member)
    moved = review | {"product_id": str(another)}
    answer = await answer_to(client, seller, moved, "Hm?")
    assert (answer.status_code, answer.json()["code"]) == (404, "review_not_found")


@pytest.mark.parametrize(
    ("who", "status"), [("author", 200), ("moderator", 200), ("seller", 403), ("somebody", 403)]
)
async def test_its_author_and_moderators_delete_a_review(
    client, services, product_id, seller, buy, say, who, status
):
    buyer = await buy()
    people = {
        "author": buyer,
        "seller": seller,
        "moderator": await make.person(services, Role.MODERATOR),
        "somebody": await make.person(services),
    }
    review = (await say(buyer, rating=2)).json()["data"]
    await say(await buy(), rating=4)

    answer = await delete(client, people[who], review)

    assert answer.status_code == status, answer.text
    if status == 200:
        assert await rated(client, product_id) == (4, 1)
        assert (await delete(client, people[who], review)).status_code == 404
        assert (await say(buyer, rating=5)).status_code == 201
    else:
        assert answer.json()["code"] == "not_your_review"
        assert await rated(client, product_id) == (3, 2)


async def test_a_review_of_a_withdrawn_product_can_be_deleted_by_its_author(
    client, services, product_id, buy, say
):
    buyer = await buy()
    review = (await say(buyer)).json()["data"]
    async with services.database.transaction() as tx:
        await tx.run("update products set status = 'withdrawn' where id = $1", product_id)
    answer = await delete(client, await make.person(services), review)
    assert (answer.status_code, answer.json()["code"]) == (404, "product_not_found")
    assert (await delete(client, buyer, review)).status_code == 200


async def test_concurrent_deletions_are_counted_once(client, product_id, buy, say):
    buyer = await buy()
    review = (await say(buyer)).json()["data"]
    answers = await asyncio.gather(*(delete(client, buyer, review) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    assert await rated(client, product_id) == (None, 0)


async def test_a_review_is_changed_by_its_author_alone(client, services, product_id, buy, say):
    buyer, other = await buy(), await buy()
    review = (await say(buyer, rating=2, comment="Hm.")).json()["data"]
    await say(other, rating=4)
    path = f"marketplace/products/{product_id}/reviews/{review['id']}"

    async def change(person, **form):
        return await client.put(path, json={"rating": 5} | form, headers=person.headers)

    changed = await change(buyer, rating=5, comment=" Better. ")
    assert changed.json()["data"] == review | {"rating": 5, "comment": "Better."}
    assert await rated(client, product_id) == (4.5, 2)
    answers = await asyncio.gather(*(change(buyer, rating=rating) for rating in (1, 2, 3, 1)))
    assert {answer.status_code for answer in answers} == {200}
    page, _ = await listed(client, product_id)
    shown = next(each for each in page if each["id"] == review["id"])
    assert await rated(client, product_id) == ((shown["rating"] + 4) / 2, 2)

    refused = await change(other)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_review")
    await refund(services, UUID(review["order_id"]))
    refused = await change(buyer)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_purchased")

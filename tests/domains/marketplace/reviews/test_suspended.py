"""Reviews of suspended and erased members: in no list and no average, exactly."""

import asyncio
from contextlib import suppress
from random import Random

import pytest

from tests import make
from tests.domains.marketplace.reviews.routes_steps import answer_to, delete, listed, rated
from tests.support.waiting import deliver, until_somebody_waits
from veza.core.access import Role
from veza.core.errors import Unauthenticated, Unavailable
from veza.domains.auth.accounts.service import suspensions
from veza.domains.marketplace.reviews import jobs, personal_data, service
from veza.domains.marketplace.reviews.errors import AlreadyReviewed
from veza.domains.marketplace.reviews.models import RecountReviews, ReviewForm


async def test_reviews_of_suspended_members_are_hidden_and_not_counted(
    client, services, product_id, buy, say, work
):
    rude = await buy()
    await say(rude, rating=1)
    await say(await buy(), rating=4)

    await make.suspended(services, rude)
    reviews, total = await listed(client, product_id)
    assert ([review["rating"] for review in reviews], total) == ([4], 1)
    await work()
    assert await rated(client, product_id) == (4, 1)

    await make.unsuspended(services, rude)
    assert (await listed(client, product_id))[1] == 2
    await work()
    assert await rated(client, product_id) == (2.5, 2)
    job = RecountReviews(rude.id)
    await asyncio.gather(*(jobs.recount_reviews(services.database, job) for _ in range(2)))
    assert await rated(client, product_id) == (2.5, 2)


async def test_a_hidden_review_is_neither_answered_nor_deleted(
    client, services, seller, buy, say, work
):
    rude = await buy()
    review = (await say(rude, rating=1)).json()["data"]
    await make.suspended(services, rude)
    moderator = await make.person(services, Role.MODERATOR)
    for answer in (
        await answer_to(client, seller, review, "Well."),
        await delete(client, moderator, review),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "review_not_found")


@pytest.mark.parametrize("is_suspended", [False, True])
async def test_erasing_a_buyer_leaves_the_averages_exact(
    client, services, product_id, buy, say, work, is_suspended
):
    gone = await buy()
    await say(gone, rating=1)
    await say(await buy(), rating=4)
    if is_suspended:
        await make.suspended(services, gone)
        await work()

    for _ in range(2):
        async with services.database.transaction() as tx:
            await personal_data.erase(tx, gone.id)

    assert await rated(client, product_id) == (4, 1)


async def test_erasing_a_seller_deletes_their_answers(client, services, seller, buy, say):
    review = (await say(await buy())).json()["data"]
    await answer_to(client, seller, review, "Thank you!")
    async with services.database.snapshot() as conn:
        [handed_out] = (await personal_data.export(conn, seller.id)).answers
    assert handed_out.answer == "Thank you!"

    async with services.database.transaction() as tx:
        await personal_data.erase(tx, seller.id)

    [left], _ = await listed(client, review["product_id"])
    assert (left["answer"], left["comment"]) == (None, "Amazing!")


async def test_a_seller_suspended_concurrently_cannot_answer(client, services, seller, buy, say):
    review = (await say(await buy())).json()["data"]
    async with services.database.transaction() as tx:
        await suspensions.suspend(tx, seller.id, "Enough.")
        answering = asyncio.create_task(answer_to(client, seller, review, "Late."))
        await until_somebody_waits(services.database)

    assert (await answering).status_code == 401
    await make.unsuspended(services, seller)
    [left], _ = await listed(client, review["product_id"])
    assert left["answer"] is None


async def test_averages_are_exact_after_concurrent_changes(client, services, product_id, buy, work):
    buyers = [await buy() for _ in range(4)]
    chance = Random(5)
    lives = (_live(services, product_id, person, chance) for person in buyers)
    await asyncio.gather(*lives, deliver(work))
    await make.recounted(services)

    reviews, total = await listed(client, product_id)
    average = round(sum(review["rating"] for review in reviews) / total, 2) if total else None
    assert await rated(client, product_id) == (average, total)


async def _live(services, product_id, person, chance):
    """Review, take it back, and be suspended, in any order, whatever of that is refused."""
    for _ in range(15):
        with suppress(Unauthenticated, AlreadyReviewed, Unavailable):
            async with services.database.transaction() as tx:
                match chance.choice(["review", "review", "erase", "suspend"]):
                    case "review":
                        form = ReviewForm(chance.randint(1, 5))
                        await service.create_review(tx, product_id, person.member, form)
                    case "erase":
                        await personal_data.erase(tx, person.id)
                    case _ if not await suspensions.suspend(tx, person.id, "Enough."):
                        await suspensions.lift_suspension(tx, person.id)
                    case _:
                        pass

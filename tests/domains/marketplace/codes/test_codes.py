"""Download codes: each gives its product once, and stays unused where it gives nothing."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from tests import make
from veza.core.access import Role
from veza.core.clock import now
from veza.core.redeem_codes import generate_code, hash_of
from veza.core.visibility import Visibility


def refusal(response):
    return response.status_code, response.json()["code"]


async def test_a_batch_is_shown_once_and_stored_as_hashes(codes):
    batch = await codes.create(3, label="  Promo  ")

    assert (batch["label"], batch["codes_count"], batch["used_count"]) == ("Promo", 3, 0)
    assert batch["csv"].splitlines() == ["code", *batch["codes"]]
    assert len(set(batch["codes"])) == 3
    [listed] = await codes.batches()
    assert listed == {name: batch[name] for name in listed}
    assert "codes" not in listed
    hashes = [hash_of(code) for code in batch["codes"]]
    sql = "select count(*) from download_codes where code_hash = any($1)"
    assert await codes.count(sql, hashes) == 3


async def test_a_code_gives_a_licence_by_an_order_without_money(codes, fan):
    batch = await codes.create(2)

    response = await codes.redeem(fan, batch["codes"][0].lower())

    order = response.json()["data"]
    assert response.status_code == 201
    assert (order["status"], order["total_cents"], order["payment"]) == ("paid", 0, None)
    assert order["items"][0]["product_id"] == str(codes.product_id)
    assert [batch["used_count"] for batch in await codes.batches()] == [1]
    assert (
        await codes.count("select sales_count from products where id = $1", codes.product_id) == 1
    )
    path = f"marketplace/orders/{order['id']}"
    downloads = await codes.client.get(f"{path}/downloads", headers=fan.headers)
    assert downloads.status_code == 200
    refund = await codes.client.post(
        f"{path}/refund", headers=fan.headers, json={"reason": "Changed my mind"}
    )
    assert refusal(refund) == (409, "nothing_to_refund")
    sql = "select count(*) from ledger_postings where reference_id::text = $1"
    assert await codes.count(sql, order["id"]) == 0


async def test_the_same_request_again_returns_the_same_order(codes, fan):
    [code] = (await codes.create())["codes"]
    first, again = await codes.redeem(fan, code), await codes.redeem(fan, code)
    assert first.json() == again.json()
    assert [batch["used_count"] for batch in await codes.batches()] == [1]


async def test_of_many_members_at_once_one_redeems_a_code(codes, services):
    [code] = (await codes.create())["codes"]
    fans = [await make.person(services) for _ in range(5)]

    responses = await asyncio.gather(*(codes.redeem(each, code) for each in fans))

    assert sorted(response.status_code for response in responses) == [201, 409, 409, 409, 409]
    refused = {response.json()["code"] for response in responses if response.status_code == 409}
    assert refused == {"code_used"}
    sql = "select count(*) from licences where product_id = $1"
    assert await codes.count(sql, codes.product_id) == 1


async def test_of_many_codes_at_once_a_member_uses_one(codes, fan):
    batch = await codes.create(4)
    responses = await asyncio.gather(*(codes.redeem(fan, code) for code in batch["codes"]))
    assert sorted(response.status_code for response in responses) == [201, 409, 409, 409]
    assert [batch["used_count"] for batch in await codes.batches()] == [1]


async def test_a_code_that_gives_nothing_stays_unused(codes, fan, services):
    [code] = (await codes.create())["codes"]
    async with services.database.transaction() as tx:
        await make.bought(tx, fan.member, codes.product_id)
    assert refusal(await codes.redeem(fan, code)) == (409, "already_owned")
    assert refusal(await codes.redeem(codes.seller, code)) == (409, "own_product")
    friend = await make.person(services)
    assert (await codes.redeem(friend, code)).status_code == 201


async def test_expired_codes_are_refused(codes, fan):
    batch = await codes.create(expires_at=(now() + timedelta(hours=1)).isoformat())
    sql = "update code_batches set expires_at = now() where product_id = $1"
    await codes.run(sql, codes.product_id)
    assert refusal(await codes.redeem(fan, batch["codes"][0])) == (409, "code_expired")


async def test_unused_codes_of_a_deleted_batch_die_and_used_ones_stay(codes, fan, services):
    used, unused = await codes.create(2), await codes.create()
    assert (await codes.redeem(fan, used["codes"][0])).status_code == 201

    for batch in (used, unused):
        response = await codes.delete(batch["id"])
        assert response.status_code == 200
        assert response.json()["data"]["revoked_at"] is not None

    assert [batch["id"] for batch in await codes.batches()] == [used["id"]]
    friend = await make.person(services)
    for code in (used["codes"][1], unused["codes"][0]):
        assert refusal(await codes.redeem(friend, code)) == (404, "code_not_found")
    assert refusal(await codes.delete(unused["id"])) == (404, "code_batch_not_found")
    assert (await codes.redeem(fan, used["codes"][0])).status_code == 201


async def test_codes_work_while_the_product_is_not_for_sale_unless_the_seller_is_suspended(
    codes, fan, services
):
    first, second = (await codes.create(2))["codes"]
    await codes.run("update products set status = 'withdrawn' where id = $1", codes.product_id)
    assert (await codes.redeem(fan, first)).status_code == 201
    await make.suspended(services, codes.seller)
    friend = await make.person(services)
    assert refusal(await codes.redeem(friend, second)) == (404, "code_not_found")


async def test_a_code_of_a_release_to_come_is_a_preorder(codes, fan, services):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, codes.seller, "Prelude")
        release_id = await make.release(
            tx,
            codes.seller.member,
            "Night Ferry",
            track_id,
            publish_at=now() + timedelta(days=1),
        )
        sql = "update products set type = 'album', release_id = $2, status = 'draft' where id = $1"
        await tx.run(sql, codes.product_id, release_id)
    first, second = (await codes.create(2))["codes"]
    order = (await codes.redeem(fan, first)).json()["data"]
    assert order["items"][0]["available_at"] is not None
    sql = "update releases set publish_at = null, visibility = $2 where id = $1"
    await codes.run(sql, release_id, Visibility.PRIVATE)
    friend = await make.person(services)
    assert refusal(await codes.redeem(friend, second)) == (409, "release_not_available")


async def test_guessing_is_limited(codes, fan, services):
    [code] = (await codes.create())["codes"]
    wrong = [await codes.redeem(fan, generate_code()) for _ in range(30)]
    statuses = [response.status_code for response in wrong]
    assert set(statuses) == {404, 429}
    assert statuses == sorted(statuses)
    assert refusal(await codes.redeem(fan, code)) == (429, "too_many_codes")
    friend = await make.person(services)
    assert (await codes.redeem(friend, code)).status_code == 201


@pytest.mark.parametrize(
    "form",
    [
        *({"count": count} for count in (0, -1, 1001, 1.5, "2", 2**63, None)),
        *({"label": label} for label in ("", "   ", "a" * 101, 1)),
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "2126-01-01T00:00:00"},
    ],
)
async def test_batches_are_checked(codes, form):
    form = {"count": 1, "label": "Vinyl"} | form
    response = await codes.client.post(codes.path, headers=codes.seller.headers, json=form)
    assert response.status_code == 400
    assert await codes.batches() == []


async def test_only_the_seller_manages_codes(codes, services):
    batch = await codes.create()
    other = await make.person(services, Role.CREATOR)
    path = f"{codes.path}/{batch['id']}"
    form = {"count": 1, "label": "Mine"}
    for response in (
        await codes.client.post(codes.path, headers=other.headers, json=form),
        await codes.client.get(codes.path, headers=other.headers),
        await codes.client.delete(path, headers=other.headers),
    ):
        assert refusal(response) == (403, "not_your_product")
    unknown = f"marketplace/products/{uuid4()}/codes"
    response = await codes.client.get(unknown, headers=other.headers)
    assert refusal(response) == (404, "product_not_found")


async def test_the_number_of_batches_is_limited(codes):
    sql = """
        insert into code_batches (id, product_id, label, codes_count)
             select gen_random_uuid(), $1, 'Old', 1 from generate_series(1, 100)
    """
    await codes.run(sql, codes.product_id)
    form = {"count": 1, "label": "One more"}
    response = await codes.client.post(codes.path, headers=codes.seller.headers, json=form)
    assert refusal(response) == (409, "too_many_code_batches")

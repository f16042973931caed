"""An admin refunds all buyers of a product that was taken down, in one step."""

from uuid import UUID

import pytest

from tests import make
from tests.domains.auth.factors.steps import let_proofs_age
from tests.infra.databases import execute
from veza.core.ids import TakedownId
from veza.domains.marketplace.refunds.jobs import RefundsNotBegun, refund_buyers
from veza.domains.marketplace.refunds.models import RefundBuyers

_REFUSE = """
    create function refuse_refund() returns trigger language plpgsql as
    $$ begin raise exception 'refused'; end $$
"""


@pytest.fixture
def take_down(client, services, admin):
    """Take a product down; returns the path of the take-down."""

    async def send(product_id, category):
        await let_proofs_age(services, admin.id, -11)
        body = {
            "content_type": "product",
            "content_id": str(product_id),
            "category": category,
            "reason": "It must not be sold.",
        }
        answer = await client.post("admin/takedowns", headers=admin.headers, json=body)
        assert answer.status_code == 201, answer.text
        return f"admin/takedowns/{answer.json()['data']['id']}"

    return send


async def product_of(services, order_id, seller):
    async with services.database.read() as conn:
        sql = "select product_id::text from order_items where order_id = $1 and seller_id = $2"
        return await conn.value(str, sql, order_id, seller.id)


async def refunded(count, order_id):
    sql = "select count(*)::int from order_items where order_id = $1 and refund_id is not null"
    return await count(sql, order_id)


async def test_all_buyers_get_what_they_paid_for_it_and_nothing_else_back(
    client, services, shop, take_down, admin, moderator, count
):
    order_id = await shop.buy((shop.ben, 500), (shop.cat, 300))
    path = await take_down(await product_of(services, order_id, shop.ben), "illegal")

    job = RefundBuyers(TakedownId(UUID(path.rpartition("/")[2])), admin.id)

    refused = await client.post(f"{path}/refunds", headers=moderator.headers)
    assert refused.status_code == 403
    for items in (1, 0):
        answer = await client.post(f"{path}/refunds", headers=admin.headers)
        assert (answer.status_code, answer.json()["data"]) == (202, {"items": items})
        # A repeated run begins nothing twice.
        for _ in range(2):
            await refund_buyers(services.database, job)
        assert await refunded(count, order_id) == 1
    listed = await client.get(f"marketplace/orders/{order_id}/refunds", headers=shop.ann.headers)
    [refund] = listed.json()["data"]["refunds"]
    assert refund["amount_cents"] == 500


async def test_nothing_is_refunded_of_what_buyers_keep_or_have_back(
    client, services, shop, take_down, admin, count
):
    order_id = await shop.buy((shop.ben, 500), (shop.cat, 300))
    kept = await take_down(await product_of(services, order_id, shop.ben), "copyright")
    undone = await take_down(await product_of(services, order_id, shop.cat), "illegal")
    assert (await client.delete(undone, headers=admin.headers)).status_code == 200
    for path in (kept, undone):
        answer = await client.post(f"{path}/refunds", headers=admin.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "takedown_not_found")
    await make.delivered(services)
    assert await refunded(count, order_id) == 0


async def test_a_refund_that_always_fails_holds_up_no_other(
    services, shop, take_down, admin, count
):
    first, second = [await shop.buy((shop.ben, 500)) for _ in range(2)]
    product_id = await product_of(services, first, shop.ben)
    async with services.database.transaction() as tx:
        sql = "update order_items set product_id = $2 where order_id = $1"
        await tx.run(sql, second, UUID(product_id))
    path = await take_down(product_id, "illegal")
    job = RefundBuyers(TakedownId(UUID(path.rpartition("/")[2])), admin.id)

    owner = services.addresses.migration
    await execute(owner, _REFUSE)
    try:
        trigger = f"""
            create trigger refused before insert on refunds for each row
              when (new.order_id = '{first}') execute function refuse_refund()
        """
        await execute(owner, trigger)
        with pytest.raises(RefundsNotBegun):
            await refund_buyers(services.database, job)
    finally:
        await execute(owner, "drop function refuse_refund cascade")
    assert [await refunded(count, order_id) for order_id in (first, second)] == [0, 1]

    await refund_buyers(services.database, job)
    assert await refunded(count, first) == 1

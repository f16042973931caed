"""A product or bundle that is taken from its buyers is also taken from buyers of the bundle."""

import asyncio
from itertools import permutations
from uuid import UUID

import pytest

from tests import make
from tests.domains.auth.factors.steps import let_proofs_age
from veza.core.access import Role
from veza.core.ids import OrderId, TakedownId
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import invariants as orders
from veza.domains.marketplace.orders.queries import purchases
from veza.domains.marketplace.payouts import invariants as payouts
from veza.domains.marketplace.refunds import invariants as refunds
from veza.domains.marketplace.refunds.jobs import refund_buyers
from veza.domains.marketplace.refunds.models import RefundBuyers

# No provider is asked for the payments and refunds of these orders.
_RULES = {
    rule: sql
    for rule, sql in (orders.INVARIANTS | refunds.INVARIANTS | payouts.INVARIANTS).items()
    if "sandbox" not in rule
}


class Staff:
    """An admin who takes things of a stall down, and returns their price to all buyers."""

    def __init__(self, stall, admin):
        self.stall, self.admin = stall, admin

    async def take_down(self, content_type, content_id, category="illegal"):
        """Return the path of the take-down."""
        await let_proofs_age(self.stall.services, self.admin.id, -11)
        body = {"content_type": content_type, "content_id": str(content_id)}
        body |= {"category": category, "reason": "It must not be sold."}
        answer = await self.stall.client.post(
            "admin/takedowns", headers=self.admin.headers, json=body
        )
        assert answer.status_code == 201, answer.text
        return f"admin/takedowns/{answer.json()['data']['id']}"

    async def undo(self, path):
        answer = await self.stall.client.delete(path, headers=self.admin.headers)
        assert answer.status_code == 200, answer.text

    async def refund(self, path):
        """Return how many lines were to be refunded; their refunds are begun, by two at once."""
        answer = await self.stall.client.post(f"{path}/refunds", headers=self.admin.headers)
        assert answer.status_code == 202, answer.text
        job = RefundBuyers(TakedownId(UUID(path.rpartition("/")[2])), self.admin.id)
        await asyncio.gather(*(refund_buyers(self.stall.services.database, job) for _ in range(2)))
        return answer.json()["data"]["items"]

    async def held(self, order):
        """Return the products that an order gives its buyer."""
        async with self.stall.services.database.read() as conn:
            found = await purchases.list_licensed_products(conn, OrderId(UUID(order["id"])))
        return {each.product_id for each in found}

    async def refunded(self, *of):
        """Return how much of each order is refunded or is about to be, and check the books."""
        await make.delivered(self.stall.services)
        async with self.stall.services.database.read() as conn:
            found = await ledger.find_violations(conn, _RULES)
        ids = [order["id"] for order in of]
        assert [each for each in found if any(one in each.where for one in ids)] == []
        sql = """
            select coalesce(sum(price_cents), 0)::int
              from order_items
             where order_id = $1 and refund_id is not null
        """
        twice = """
            select count(*)::int from refund_items r join order_items i on i.id = r.item_id
             where i.order_id = $1 and r.refund_id <> i.refund_id
        """
        assert [await self.stall.count(twice, one) for one in ids] == [0 for _ in ids]
        return [await self.stall.count(sql, one) for one in ids]


@pytest.fixture
async def staff(stall, services):
    return Staff(stall, await make.person(services, Role.ADMIN))


async def bought(stall, *items, bundle=None, by=None):
    """Return a paid order of products, in a bundle or alone."""
    if bundle is None:
        sent = {"items": [{"product_id": str(each)} for each in items]}
        response = await stall.client.post(
            "marketplace/orders", headers=(by or stall.fan).headers, json=sent
        )
    else:
        response = await stall.order(bundle, *items, by=by)
    assert response.status_code == 201, response.text
    order = response.json()["data"]
    await stall.pay(order)
    return order


async def test_a_bundle_is_taken_from_its_buyers_and_what_was_bought_alone_stays(stall, staff):
    ten, twenty, thirty = stall.product_ids
    alone = await bought(stall, ten)
    bundle = await stall.bundle()
    order = await bought(stall, twenty, thirty, bundle=bundle)
    path = f"marketplace/orders/{order['id']}/downloads"

    taken = await staff.take_down("bundle", bundle["id"])
    answer = await stall.client.get(path, headers=stall.fan.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "purchase_taken_down")
    assert (await staff.held(order), await staff.held(alone)) == (set(), {ten})
    await staff.undo(taken)
    assert await staff.held(order) == {twenty, thirty}

    kept = await staff.take_down("bundle", bundle["id"], "copyright")
    assert await staff.held(order) == {twenty, thirty}
    answer = await stall.client.post(f"{kept}/refunds", headers=staff.admin.headers)
    assert answer.json()["code"] == "takedown_not_found"
    assert await staff.refunded(order, alone) == [0, 0]


async def test_all_buyers_of_a_bundle_get_back_what_they_paid_for_it(stall, staff, services):
    ten, twenty, thirty = stall.product_ids
    other = await stall.product(700)
    fan, third = [await make.person(services) for _ in range(2)]
    bundle = await stall.bundle()
    whole = await bought(stall, ten, twenty, thirty, other, bundle=bundle)
    partly = await bought(stall, ten, twenty, thirty, bundle=bundle, by=fan)
    alone = await bought(stall, ten, thirty, by=third)
    async with services.database.transaction() as tx:
        await make.refunded_item(tx, partly["id"])

    taken = await staff.take_down("bundle", bundle["id"])
    assert await staff.held(whole) == {other}
    assert [await staff.refund(taken) for _ in range(2)] == [5, 0]
    # Half of the prices, of one of which the second buyer had the money back before.
    assert await staff.refunded(whole, partly, alone) == [3000, 3000, 0]
    assert await staff.held(alone) == {ten, thirty}
    await staff.undo(taken)
    assert (await staff.held(whole), await staff.held(partly)) == ({other}, set())


async def test_what_a_bundle_made_no_cheaper_is_taken_with_it(stall, staff):
    ten, twenty, _ = stall.product_ids
    free, other = await stall.product(0), await stall.product(300)
    chosen = [str(each) for each in (ten, twenty, free)]
    bundle = await stall.bundle(*chosen, percent_off=None, price_cents=2500)
    await stall.run("update products set status = 'withdrawn' where id = $1", twenty)
    order = await bought(stall, ten, free, other, bundle=bundle)
    assert [each["reductions"] for each in order["items"]] == [[], [], []]

    taken = await staff.take_down("bundle", bundle["id"])
    assert await staff.held(order) == {other}
    assert [await staff.refund(taken) for _ in range(2)] == [1, 0]
    assert await staff.refunded(order) == [1000]
    # Lines of before have their bundle in what it took off.
    older = await stall.bundle(other, ten)
    sql = "update order_items set bundle_id = null where order_id = $1"
    half = await bought(stall, other, ten, bundle=older, by=staff.admin)
    await stall.run(sql, half["id"])
    await staff.take_down("bundle", older["id"])
    assert (await staff.held(half), await staff.held(order)) == (set(), {other})


@pytest.mark.parametrize("contents", ["products", "all_albums"])
async def test_a_product_is_taken_from_those_who_bought_it_in_a_bundle(
    stall, staff, services, contents
):
    ten, twenty, thirty = stall.product_ids
    chosen = {"product_ids": [str(each) for each in stall.product_ids]}
    made = await stall.create(
        contents=contents, percent_off=50, **(chosen if contents == "products" else {})
    )
    bundle = made.json()["data"]
    fan = await make.person(services)
    order = await bought(stall, *stall.product_ids, bundle=bundle)
    alone = await bought(stall, twenty, by=fan)

    taken = await staff.take_down("product", twenty)
    assert (await staff.held(order), await staff.held(alone)) == ({ten, thirty}, set())
    assert [await staff.refund(taken) for _ in range(2)] == [2, 0]
    assert await staff.refunded(order, alone) == [1000, 2000]


@pytest.mark.long
@pytest.mark.parametrize("steps", list(permutations(["bundle", "product", "line"])))
async def test_each_line_is_refunded_once_in_any_order(stall, staff, services, steps):
    ten, twenty, _ = stall.product_ids
    bundle = await stall.bundle()
    fan = await make.person(services)
    order = await bought(stall, *stall.product_ids, bundle=bundle)
    alone = await bought(stall, ten, twenty, by=fan)
    for step in steps:
        if step == "line":
            if await staff.refunded(order) == [0]:
                async with services.database.transaction() as tx:
                    await make.refunded_item(tx, order["id"], place=1)
        else:
            content_id = bundle["id"] if step == "bundle" else twenty
            await staff.refund(await staff.take_down(step, content_id))
        await staff.refunded(order, alone)
    assert await staff.refunded(order, alone) == [3000, 2000]
    assert (await staff.held(order), await staff.held(alone)) == (set(), {ten})

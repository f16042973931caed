"""Releases that are bought before they are published: paid at once, delivered on the day."""

from datetime import UTC, datetime, time, timedelta

import pytest

from tests import make
from veza.core.clock import now
from veza.core.ids import LOWEST_ID, ProductFileId, RefundId, TrackId, UserId, new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.orders import jobs, personal_data
from veza.domains.marketplace.orders import shared_queries as order_queries
from veza.domains.marketplace.orders.errors import DownloadNotFound, NotDelivered
from veza.domains.marketplace.orders.models.state import DisputeOpened, PaymentMade, RefundMade
from veza.domains.marketplace.orders.service import purchases, settlement
from veza.domains.marketplace.refunds import jobs as refund_jobs
from veza.domains.marketplace.refunds.models import CancelPreorders
from veza.domains.marketplace.refunds.queries import list_preorders
from veza.domains.music.releases.jobs import publish_release
from veza.domains.music.releases.models.releases import PublishRelease
from veza.domains.notifications.preferences.models import NotificationKind

TOMORROW = now() + timedelta(days=1)


class Preorders:
    """A release of the first seller that is to be published tomorrow, and is for sale."""

    def __init__(self, shop, client, release_id, track_id, product_id):
        self.shop, self.client, self.database = shop, client, shop.services.database
        self.release_id, self.track_id, self.product_id = release_id, track_id, product_id
        self.seller = shop.sellers[0]

    async def buy(self, *more):
        """Order the release, and other products, and pay."""
        order = await self.shop.order(self.product_id, *more)
        return order.id, await self.pay(order)

    async def pay(self, order):
        if order.payment is not None:
            self.shop.provider.pay(order.payment.payment_id)
        async with self.database.transaction() as tx:
            event = PaymentMade(order.total_cents, order.currency)
            return (await settlement.settle(tx, order.id, event)).status

    async def publish(self):
        """Set the publication date to the past."""
        sql = "update releases set publish_at = now() - interval '1 second' where id = $1"
        async with self.database.transaction() as tx:
            await tx.run(sql, self.release_id)
        await publish_release(self.database, PublishRelease(self.release_id))

    async def deliver(self):
        await jobs.deliver_preorders(self.database)

    async def change(self, **fields):
        path = f"releases/{self.release_id}"
        return await self.client.put(path, headers=self.seller.headers, json=fields)

    async def delete(self):
        return await self.client.delete(f"releases/{self.release_id}", headers=self.seller.headers)

    async def cancel(self):
        """Cancel the pre-orders, with what the job then does."""
        path = f"marketplace/products/{self.product_id}/cancel-preorders"
        response = await self.client.post(path, headers=self.seller.headers)
        assert response.status_code == 200, response.text
        assert response.json()["data"]["status"] == "withdrawn"
        job = CancelPreorders(self.product_id, UserId(self.seller.id))
        await refund_jobs.cancel_preorders(self.database, job)

    async def held_release(self):
        async with self.database.read() as conn:
            buyer = self.shop.buyer.member
            return await purchases.get_held_release(conn, self.product_id, buyer)

    async def refund(self, order_id):
        return await self.client.post(
            f"marketplace/orders/{order_id}/refund",
            headers=self.shop.buyer.headers,
            json={"reason": "Changed my mind"},
        )


@pytest.fixture
async def preorders(shop, client, services):
    seller = shop.sellers[0]
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, seller, "Prelude", visibility="private")
        release_id = await make.release(
            tx, seller.member, "Night Ferry", track_id, publish_at=TOMORROW
        )
    columns = {"type": "album", "release_id": release_id}
    product_id = await shop.product(1000, **columns)
    await make.product_file(services, seller, product_id)
    return Preorders(shop, client, release_id, track_id, product_id)


async def test_a_release_to_come_is_paid_now_and_delivered_when_it_is_published(
    preorders, services
):
    order_id, status = await preorders.buy()
    await preorders.deliver()

    assert status == "paid"
    [item] = (await preorders.shop.see(order_id)).items
    assert (item.available_at, item.delivered_at) == (TOMORROW, None)
    with pytest.raises(NotDelivered):
        await preorders.held_release()
    path = f"marketplace/orders/{order_id}/downloads"
    buyer = preorders.shop.buyer
    early = await preorders.client.get(path, headers=buyer.headers)
    assert (early.status_code, early.json()["code"]) == (409, "not_delivered")

    await preorders.publish()
    await preorders.deliver()

    [item] = (await preorders.shop.see(order_id)).items
    assert item.delivered_at is not None
    assert await preorders.held_release() == preorders.release_id
    found = await preorders.client.get(path, headers=buyer.headers)
    assert len(found.json()["data"]["downloads"]) == 1
    sql = """select count(*) from outbox
              where name = 'PreorderDelivered' and payload ->> 'order_id' = $1"""
    assert await preorders.shop.count(sql, str(order_id)) == 1
    await preorders.deliver()
    assert await preorders.shop.count(sql, str(order_id)) == 1
    [notification] = [
        each
        for each in await make.told(services, buyer)
        if each.kind is NotificationKind.PREORDER_DELIVERED
    ]
    assert (notification.sale.id, notification.sale.title) == (order_id, "More")


async def test_a_file_is_not_downloaded_early_by_a_guessed_url(preorders, services):
    order_id, _ = await preorders.buy()
    async with services.database.read() as conn:
        sql = "select id from product_files where product_id = $1"
        file_id = await conn.value(ProductFileId, sql, preorders.product_id)
        with pytest.raises(DownloadNotFound):
            await purchases.open_download(conn, order_id, file_id)
        assert not await order_queries.has_track(conn, preorders.shop.buyer.id, preorders.track_id)


async def test_buyers_of_a_release_keep_its_tracks(preorders, services):
    await preorders.buy()
    await preorders.publish()
    await preorders.deliver()
    buyer_id, track_id = preorders.shop.buyer.id, preorders.track_id
    async with services.database.transaction() as tx:
        assert await order_queries.has_track(tx, buyer_id, track_id)
        assert not await order_queries.has_track(tx, preorders.seller.id, track_id)
        await tx.run("delete from release_tracks where release_id = $1", preorders.release_id)
        assert await order_queries.has_track(tx, buyer_id, track_id)
        await tx.run("delete from tracks where id = $1", track_id)
        assert await order_queries.is_track_ordered(tx, track_id)
        assert not await order_queries.is_track_ordered(tx, TrackId(new_id()))
    assert (await preorders.delete()).status_code == 200
    async with services.database.read() as conn:
        assert await order_queries.has_track(conn, buyer_id, track_id)


async def test_a_date_to_come_makes_a_public_release_a_preorder(preorders):
    day = now().date() + timedelta(days=3)
    changed = await preorders.change(visibility="public", release_date=day.isoformat())
    assert changed.status_code == 200, changed.text
    order_id, _ = await preorders.buy()

    await preorders.deliver()

    [item] = (await preorders.shop.see(order_id)).items
    assert (item.available_at, item.delivered_at) == (datetime.combine(day, time(), UTC), None)
    await preorders.change(release_date=now().date().isoformat())
    await preorders.deliver()
    [item] = (await preorders.shop.see(order_id)).items
    assert item.delivered_at is not None


async def test_a_release_that_members_paid_for_is_neither_deleted_nor_unscheduled(preorders):
    await preorders.buy()
    for response in (
        await preorders.delete(),
        await preorders.change(publish_at=None),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "release_preordered")
    postponed = await preorders.change(publish_at=(TOMORROW + timedelta(days=7)).isoformat())
    assert postponed.status_code == 200
    await preorders.publish()
    hidden = await preorders.change(visibility="private")
    assert (hidden.status_code, hidden.json()["code"]) == (409, "release_preordered")
    await preorders.deliver()
    assert (await preorders.change(visibility="private")).status_code == 200
    assert await preorders.held_release() == preorders.release_id


async def test_cancelled_preorders_are_refunded_and_then_the_release_can_be_deleted(preorders):
    order_id, _ = await preorders.buy(preorders.shop.product_ids[1])

    await preorders.cancel()

    order = await preorders.shop.see(order_id)
    assert order.status == "refund_pending"
    async with preorders.database.read() as conn:
        assert await list_preorders(conn, preorders.product_id, LOWEST_ID) == []
    assert (await preorders.delete()).status_code == 409
    sql = "select count(*) from refund_items b join refunds r on r.id = b.refund_id"
    sql += " where r.order_id = $1 and r.amount_cents = 1000"
    assert await preorders.shop.count(sql, order_id) == 1
    await preorders.cancel()
    assert await preorders.shop.count(sql, order_id) == 1
    async with preorders.database.transaction() as tx:
        refund = "select refund_id from order_items where order_id = $1 and refund_id is not null"
        refund_id = await tx.value(RefundId, refund, order_id)
        await settlement.settle(tx, order_id, RefundMade(refund_id))
    assert (await preorders.shop.see(order_id)).status == "partially_refunded"
    assert (await preorders.delete()).status_code == 200


async def test_preorders_to_refund_are_paid_and_undelivered(preorders, tx):
    async def list_items(product_id=preorders.product_id, after=LOWEST_ID):
        return [item.id for item in await list_preorders(tx, product_id, after)]

    order = await preorders.shop.order(preorders.product_id)
    assert await list_items() == [], "It is not paid."
    await preorders.pay(order)
    [item_id] = await list_items()
    assert item_id == order.items[0].id
    assert await list_items(after=item_id) == []
    assert await list_items(preorders.shop.product_ids[0]) == []
    sql = "update order_items set delivered_at = case when $2 then now() end where id = $1"
    await tx.run(sql, item_id, True)
    assert await list_items() == []
    await tx.run(sql, item_id, False)
    sql = "update order_items set minimum_cents = 0, price_cents = 0, fee_cents = 0, net_cents = 0"
    sql += " where id = $1"
    await tx.run(sql, item_id)
    assert await list_items() == [], "It is free."


async def test_only_the_seller_cancels_preorders(preorders):
    path = f"marketplace/products/{preorders.product_id}/cancel-preorders"
    other = preorders.shop.sellers[1]
    refused = await preorders.client.post(path, headers=other.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_product")


@pytest.mark.parametrize("ending", ["deleted", "withdrawn"])
async def test_a_payment_for_a_release_that_is_gone_meanwhile_is_returned(preorders, ending):
    order = await preorders.shop.order(preorders.product_id)
    if ending == "deleted":
        assert (await preorders.delete()).status_code == 200
    else:
        await preorders.cancel()

    assert await preorders.pay(order) == "refund_pending"

    sql = "select count(*) from licences where product_id = $1"
    assert await preorders.shop.count(sql, preorders.product_id) == 0
    sql = "select count(*) from products where id = $1 and status = 'withdrawn'"
    assert await preorders.shop.count(sql, preorders.product_id) == 1


async def test_a_payment_that_arrives_after_the_delivery_counts(preorders):
    order = await preorders.shop.order(preorders.product_id)
    await preorders.publish()
    await preorders.deliver()
    assert await preorders.pay(order) == "paid"
    assert await preorders.held_release() == preorders.release_id


async def test_a_preorder_is_refunded_however_long_ago_it_was_paid(preorders):
    order_id, _ = await preorders.buy()
    async with preorders.database.transaction() as tx:
        await tx.run(
            "update orders set paid_at = now() - interval '2 years' where id = $1", order_id
        )
    assert (await preorders.refund(order_id)).status_code == 200


async def test_a_release_without_a_date_is_not_sold(preorders, client):
    assert (await preorders.change(publish_at=None)).status_code == 200
    items = [{"product_id": str(preorders.product_id)}]
    response = await client.post(
        "marketplace/orders", headers=preorders.shop.buyer.headers, json={"items": items}
    )
    assert (response.status_code, response.json()["code"]) == (409, "release_not_available")


async def test_an_ordered_product_keeps_its_release(preorders, client):
    await preorders.shop.order(preorders.product_id)
    response = await client.put(
        f"marketplace/products/{preorders.product_id}",
        headers=preorders.seller.headers,
        json={"release_id": None},
    )
    assert (response.status_code, response.json()["code"]) == (409, "product_keeps_release")


async def test_a_seller_with_preorders_keeps_their_account_until_the_delivery(preorders):
    await preorders.buy()
    async with preorders.database.transaction() as tx:
        with pytest.raises(OpenBalance):
            await personal_data.ensure_no_open_sales(tx, preorders.seller.id, [*MoneyMode])
    await preorders.publish()
    await preorders.deliver()
    async with preorders.database.transaction() as tx:
        await personal_data.ensure_no_open_sales(tx, preorders.seller.id, [*MoneyMode])


async def test_a_free_preorder_is_delivered_too_and_keeps_nobody_from_deleting(preorders):
    async with preorders.database.transaction() as tx:
        await tx.run("update products set price_cents = 0 where id = $1", preorders.product_id)
    order_id, _ = await preorders.buy()
    assert (await preorders.shop.see(order_id)).status == "paid"
    with pytest.raises(NotDelivered):
        await preorders.held_release()
    await preorders.publish()
    await preorders.deliver()
    assert await preorders.held_release() == preorders.release_id


async def test_an_open_dispute_is_left_to_the_bank(preorders):
    order_id, _ = await preorders.buy()
    async with preorders.database.transaction() as tx:
        await settlement.settle(tx, order_id, DisputeOpened("d", 1000))
    await preorders.cancel()
    sql = "select count(*) from refunds where order_id = $1"
    assert await preorders.shop.count(sql, order_id) == 0

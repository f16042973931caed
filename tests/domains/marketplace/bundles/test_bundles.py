"""Sellers make bundles, and everybody sees what of them can be bought."""

import asyncio
from uuid import uuid4

import pytest

from tests import make
from veza.core.access import Role
from veza.core.visibility import Visibility
from veza.domains.marketplace.bundles.models import MAX_BUNDLES


def said(response):
    return response.status_code, response.json().get("code")


def shown_ids(bundle):
    return [item["product"]["id"] for item in bundle["items"]]


def sums(bundle):
    names = ("products_count", "list_cents", "total_cents", "owned_count", "due_cents")
    return tuple(bundle[name] for name in names)


async def test_a_bundle_shows_its_products_and_what_is_due(stall):
    ten, twenty, thirty = stall.product_ids
    bundle = await stall.bundle(thirty, ten, twenty, title="  All  ", description=" Of it. ")

    assert (bundle["title"], bundle["description"]) == ("All", "Of it.")
    assert (bundle["currency"], bundle["percent_off"], bundle["price_cents"]) == ("EUR", 50, None)
    await stall.own(twenty)
    of_guest, of_fan = await stall.see(bundle), await stall.see(bundle, stall.fan)
    assert shown_ids(of_guest) == [str(each) for each in (thirty, ten, twenty)]
    assert sums(of_guest) == (3, 6000, 3000, 0, 3000)
    assert sums(of_fan) == (3, 6000, 3000, 1, 2000)
    assert [item["price_cents"] for item in of_fan["items"]] == [1500, 500, 1000]
    assert [item["is_owned"] for item in of_fan["items"]] == [False, False, True]
    listed = await stall.list()
    assert (listed["total"], listed["bundles"][0]["id"]) == (1, bundle["id"])
    assert len(listed["bundles"][0]["covers"]) == 3
    [with_it] = (await stall.list(seller_id=None, product_id=str(ten)))["bundles"]
    assert with_it["id"] == bundle["id"]


async def test_all_albums_are_those_of_the_moment_newest_first_in_one_currency(stall):
    bundle = (await stall.create(percent_off=20)).json()["data"]
    await stall.product(700, type="track")
    await stall.product(700, currency="USD")
    await stall.product(700, status="draft")
    newest = await stall.product(4000)
    shown = await stall.see(bundle)
    assert shown_ids(shown) == [str(each) for each in (newest, *reversed(stall.product_ids))]
    assert sums(shown) == (4, 10_000, 8000, 0, 8000)
    changed = (await stall.change(bundle, contents="all_products")).json()["data"]
    assert sums(changed) == (5, 10_700, 8560, 0, 8560)


async def test_what_cannot_be_bought_alone_is_not_in_a_bundle(stall, services, client):
    ten, twenty, thirty = stall.product_ids
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, stall.seller.member, "Heard")
    sells_track = await stall.product(500, type="track", track_id=track_id)
    bundle = await stall.bundle(ten, twenty, thirty, sells_track)
    await make.taken_down(services, "track", track_id)
    await make.taken_down(services, "product", thirty)
    path = f"marketplace/products/{twenty}"
    await client.put(path, headers=stall.seller.headers, json={"status": "withdrawn"})
    assert shown_ids(await stall.see(bundle)) == [str(ten)]
    await client.delete(f"marketplace/products/{ten}", headers=stall.seller.headers)
    assert said(await stall.ask(bundle)) == (404, "bundle_not_found")
    assert (await stall.list())["total"] == 0
    assert sums(await stall.see(bundle, stall.seller))[0] == 0
    own = await client.get("sell/bundles", headers=stall.seller.headers)
    assert [each["id"] for each in own.json()["data"]["bundles"]] == [bundle["id"]]


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
async def test_only_its_seller_sees_and_changes_a_bundle(stall, services, status):
    other = await make.person(services, Role.CREATOR)
    bundle = await stall.bundle(status=status)
    for by in (None, stall.fan, other):
        assert said(await stall.ask(bundle, by)) == (404, "bundle_not_found")
    assert (await stall.list(stall.seller))["total"] == 0
    assert (await stall.see(bundle, stall.seller))["status"] == status
    assert said(await stall.change(bundle, other, title="Mine")) == (404, "bundle_not_found")
    await stall.change(bundle, status="published")
    assert said(await stall.change(bundle, other, title="Mine")) == (403, "not_your_bundle")
    assert said(await stall.delete(bundle, other)) == (403, "not_your_bundle")
    assert (await stall.delete(bundle)).status_code == 200
    assert said(await stall.delete(bundle)) == (404, "bundle_not_found")


async def test_only_own_published_products_of_one_currency_are_put_into_a_bundle(stall, services):
    other = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        others = await make.product(tx, other.member, "Others")
    ten = stall.product_ids[0]
    refused = {
        (404, "product_not_found"): [others, uuid4()],
        (409, "product_not_published"): [await stall.product(status="draft")],
        (409, "bundle_currencies"): [await stall.product(currency="USD")],
    }
    bundle = await stall.bundle()
    for refusal, wrong in refused.items():
        for product_id in wrong:
            listed = [str(ten), str(product_id)]
            response = await stall.create(contents="products", product_ids=listed, percent_off=20)
            assert said(response) == refusal
            assert said(await stall.change(bundle, product_ids=listed)) == refusal
    assert said(await stall.change(bundle, currency="USD")) == (409, "bundle_currencies")
    assert said(await stall.create(percent_off=20, price_cents=500))[0] == 400
    assert shown_ids(await stall.see(bundle)) == [str(each) for each in stall.product_ids]


async def test_a_price_and_contents_are_replaced(stall):
    bundle = await stall.bundle()
    ten, twenty, _ = [str(each) for each in stall.product_ids]
    changed = await stall.change(
        bundle, percent_off=None, price_cents=1500, product_ids=[twenty, ten], title="Two"
    )
    assert sums(changed.json()["data"]) == (2, 3000, 1500, 0, 1500)
    assert shown_ids(changed.json()["data"]) == [twenty, ten]


async def test_a_hidden_release_and_a_suspended_seller_sell_nothing(stall, services):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, stall.seller.member, "Heard")
        release_id = await make.release(tx, stall.seller.member, "Album", track_id)
        sql = "update releases set visibility = $2 where id = $1"
        await tx.run(sql, release_id, Visibility.PUBLIC)
    album = await stall.product(500, release_id=release_id)
    bundle = await stall.bundle(album, stall.product_ids[0])
    assert sums(await stall.see(bundle))[0] == 2
    await stall.run("update releases set visibility = 'private' where id = $1", release_id)
    assert shown_ids(await stall.see(bundle)) == [str(stall.product_ids[0])]
    await make.suspended(services, stall.seller)
    assert said(await stall.ask(bundle)) == (404, "bundle_not_found")
    assert (await stall.list())["total"] == 0


async def test_a_taken_down_bundle_is_hidden_and_keeps_what_its_seller_chose(stall, services):
    bundle = await stall.bundle()
    await make.taken_down(services, "bundle", bundle["id"])
    assert said(await stall.ask(bundle)) == (404, "bundle_not_found")
    own = (await stall.change(bundle, status="published", title="Better")).json()["data"]
    assert (own["status"], own["taken_down"]["category"]) == ("published", "copyright")
    assert said(await stall.ask(bundle)) == (404, "bundle_not_found")
    refused = await stall.order(bundle, *stall.product_ids)
    assert said(refused) == (409, "bundle_changed")


async def test_a_seller_has_a_bounded_number_even_at_once(stall):
    sql = """
        insert into bundles (id, seller_id, title, description, contents, percent_off, currency,
                             status)
             select gen_random_uuid(), $1, 'One', '', 'all_albums', 10, 'EUR', 'draft'
               from generate_series(1, $2)
    """
    await stall.run(sql, stall.seller.id, MAX_BUNDLES - 1)
    answers = await asyncio.gather(*(stall.create(percent_off=20) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_the_list_wants_a_seller_or_a_product_and_has_pages(stall, client):
    assert said(await client.get("marketplace/bundles")) == (400, "invalid_input")
    for number in range(3):
        await stall.bundle(title=f"Bundle {number}")
    first, second = [await stall.list(limit=2, offset=offset) for offset in (0, 2)]
    assert [each["title"] for each in first["bundles"]] == ["Bundle 2", "Bundle 1"]
    assert [each["title"] for each in second["bundles"]] == ["Bundle 0"]
    assert first["total"] == second["total"] == 3

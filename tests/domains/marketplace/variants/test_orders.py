"""A line of an order keeps the variant that was sold: title, files, terms and licence."""

from tests import make
from tests.domains.marketplace.guests.guest_steps import address
from tests.domains.subsonic.players import sounding_track
from veza.domains.marketplace.orders.models.state import DisputeLost, DisputeOpened
from veza.domains.marketplace.orders.shared_queries import has_track
from veza.domains.subsonic.queries import songs


async def test_one_variant_is_chosen_priced_and_frozen(beats):
    variants = await beats.offer()
    assert await beats.refusal(beats.item(None)) == "variant_needed"
    other = beats.item(None, variant_id=str(beats.product_id))
    assert await beats.refusal(other) == "variant_not_found"
    assert await beats.refusal(beats.item("stems", price_cents=2000)) == "price_changed"
    quote = (await beats.post("stems", path="quotes")).json()["data"]
    assert (quote["total_cents"], quote["items"][0]["title"]) == (5000, "Night Ferry – Stems")

    order = await beats.buy("lease")
    await beats.offer(beats.form("lease", 1, "midi") | {"price_cents": 100, "title": "Cheap"})
    [item] = (await beats.client.get("marketplace/orders", headers=beats.fan.headers)).json()[
        "data"
    ]["orders"][0]["items"]
    assert (item["title"], item["price_cents"]) == ("Night Ferry – Lease", 2000)
    assert item["variant"]["terms"] == variants["lease"]["terms"]
    sale = (await beats.client.get("sell/orders", headers=beats.seller.headers)).json()["data"]
    assert sale["orders"][0]["items"][0]["title"] == "Night Ferry – Lease"
    assert await beats.downloads(order) == ["wav"]
    # A file of another variant is not opened by a signed link of this order either.
    assert await beats.refusal("lease") == 201
    await beats.ensure_right()


async def test_who_has_a_lease_buys_more_but_nothing_twice(beats):
    await beats.offer()
    lease = await beats.buy("lease")
    assert await beats.refusal("lease") == "already_owned"
    quote = (await beats.post("lease", path="quotes")).json()["data"]
    assert quote["items"][0]["is_owned"] is True
    # Two orders of the same variant: the one that is paid second goes back.
    stems, again = await beats.order("stems"), await beats.order("stems")
    assert await beats.pay(stems) == "paid"
    assert await beats.pay(again) == "refund_pending"
    assert await beats.downloads(lease) == ["wav"]
    assert await beats.downloads(stems) == ["wav", "stems"]
    purchase = (await beats.see("/purchase", beats.fan))["purchase"]
    owned = [beats.variants[kind]["id"] for kind in ("lease", "stems")]
    assert purchase["variant_ids"] == owned
    await beats.ensure_right()

    # The lease is charged back: the other licence takes its place.
    lost = [DisputeOpened("d", 2000), DisputeLost("d")]
    assert await beats.settle(lease, *lost) == "refunded"
    assert await beats.downloads(lease) == "order_not_paid"
    assert await beats.downloads(stems) == ["wav", "stems"]
    assert await beats.refusal("stems") == "already_owned"
    await beats.buy("lease")
    await beats.ensure_right()


async def test_who_has_bought_the_whole_product_buys_a_variant(beats):
    whole = await beats.buy(beats.item(None))
    await beats.offer()
    await beats.buy("lease")
    assert await beats.downloads(whole) == ["wav", "stems", "midi"]
    await beats.ensure_right()


async def test_who_has_a_lease_buys_the_whole_product_later(beats):
    await beats.offer()
    lease = await beats.buy("lease")
    assert (await beats.set()).is_success
    quote = (await beats.post(None, path="quotes")).json()["data"]
    assert quote["items"][0]["is_owned"] is False
    bought = await beats.see("/purchase", beats.fan)
    assert bought["purchase"]["is_variant"] is True

    whole, again = await beats.order(None), await beats.order(None)
    assert await beats.pay(whole) == "paid"
    assert await beats.pay(again) == "refund_pending"
    assert await beats.refusal(None) == "already_owned"
    assert await beats.downloads(whole) == ["wav", "stems", "midi"]
    bought = await beats.see("/purchase", beats.fan)
    assert (bought["purchase"]["is_variant"], bought["purchase"]["order_id"]) == (
        False,
        whole["id"],
    )
    await beats.ensure_right()
    # The lease is charged back, and the product stays.
    await beats.settle(lease, DisputeOpened("d", 2000), DisputeLost("d"))
    assert await beats.downloads(whole) == ["wav", "stems", "midi"]
    assert await beats.refusal(None) == "already_owned"
    await beats.ensure_right()


async def test_discounts_take_off_the_price_of_the_variant(beats):
    await beats.offer()
    async with beats.services.database.transaction() as tx:
        await make.discount(tx, beats.seller.member, "HALF", percent=50)
    order = await beats.order("stems", discount_code="half")
    assert order["total_cents"] == 2500
    assert order["items"][0]["list_cents"] == 5000


async def test_long_titles_fit_the_line(beats):
    await beats.run("update products set title = $2 where id = $1", beats.product_id, "x" * 200)
    await beats.offer(beats.form("lease", 500) | {"title": "y" * 40})
    title = (await beats.order("lease"))["items"][0]["title"]
    assert len(title) == 200
    assert title.endswith("… \N{EN DASH} " + "y" * 40)


async def test_guests_buy_variants_under_a_name(beats):
    await beats.offer()
    nameless = await beats.post("lease", by="guest", email=address())
    assert nameless.json()["code"] in {"buyer_name_needed", "proof_required"}
    order = await beats.guest_order("lease")
    assert await beats.pay(order) == "paid"
    other = await beats.guest_order("stems")
    assert await beats.pay(other) == "paid"
    await beats.ensure_right()


async def song_of(conn, member, track_id):
    """Return whether a player gets the original of a track."""
    [song] = await songs.list_songs_by_id(conn, member.id, [track_id])
    return song.has_original


async def test_the_contents_of_a_product_belong_to_variants_that_include_them(beats, services):
    track_id = await sounding_track(services, beats.seller, "Night Ferry")
    sql = "update products set type = 'track', track_id = $2 where id = $1"
    await beats.run(sql, beats.product_id, track_id)
    await beats.offer(
        beats.form("lease", 500, "midi"), beats.form("stems", 900, includes_contents=True)
    )
    lease = await beats.buy("lease")
    async with services.database.read() as conn:
        assert not await has_track(conn, beats.fan.id, track_id)
        assert not await song_of(conn, beats.fan, track_id)
    await beats.buy("stems")
    async with services.database.read() as conn:
        assert await has_track(conn, beats.fan.id, track_id)
        assert await song_of(conn, beats.fan, track_id)
    assert await beats.downloads(lease) == ["midi"]
    await beats.ensure_right()

    # What a variant includes is not taken out of the product.
    path = f"marketplace/products/{beats.product_id}"
    for contents, code in (({"type": "preset", "track_id": None}, "kept_by_variants"), ({}, None)):
        answer = await beats.client.put(path, headers=beats.seller.headers, json=contents)
        assert answer.json().get("code") == code, answer.text
    await beats.offer(beats.form("lease", 500, "midi"))
    form = {"type": "preset", "track_id": None}
    assert (await beats.client.put(path, headers=beats.seller.headers, json=form)).is_success


async def test_products_with_variants_are_in_no_bundle(beats):
    async with beats.services.database.transaction() as tx:
        other = await make.product(tx, beats.seller.member)
    form = {"title": "All", "contents": "products", "percent_off": 50, "status": "published"}
    form["product_ids"] = [str(beats.product_id), str(other)]
    headers = beats.seller.headers
    made = await beats.client.post("marketplace/bundles", headers=headers, json=form)
    assert len(made.json()["data"]["items"]) == 2
    await beats.offer()
    path = f"marketplace/bundles/{made.json()['data']['id']}"
    assert len((await beats.client.get(path)).json()["data"]["items"]) == 1
    refused = await beats.client.post("marketplace/bundles", headers=headers, json=form)
    assert refused.json()["code"] == "bundled_variants"

    # A product that was sold exclusively, and then whole again, comes back only with its licences.
    exclusive = await beats.buy("exclusive")
    assert (await beats.set()).is_success
    for _ in range(2):
        assert len((await beats.client.get(path)).json()["data"]["items"]) == 1
        refused = await beats.post(beats.item(None), {"product_id": str(other)}, by=beats.seller)
        assert refused.json()["code"] in {"own_product", "product_not_found"}
    order = await beats.post({"product_id": str(other)}, by=await beats.person())
    assert await beats.pay(order.json()["data"]) == "paid"
    assert await beats.downloads(exclusive) == ["wav", "stems", "midi"]
    await beats.ensure_right()

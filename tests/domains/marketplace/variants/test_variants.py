"""Sellers set variants together; the product costs what the cheapest one does."""

import pytest

from tests import make
from veza.core.ids import new_id


async def test_the_product_has_the_price_of_the_cheapest_variant(beats):
    assert (await beats.see())["has_variants"] is False
    assert await beats.see("/variants") == {"variants": [], "is_exclusive_held": False}
    await beats.offer()
    product = await beats.see()
    assert (product["price_cents"], product["has_variants"]) == (2000, True)
    shown = (await beats.see("/variants"))["variants"]
    assert [(each["title"], each["price_cents"]) for each in shown] == [
        ("Lease", 2000),
        ("Stems", 5000),
        ("Exclusive", 90_000),
    ]
    assert shown[0]["terms"]["max_streams"] == 10_000
    assert shown[1]["file_ids"] == [str(beats.files[name]) for name in ("wav", "stems")]

    # Kept by its id, and dearer; the others go. Then the product is sold whole again.
    kept = beats.form("lease", 3000, id=shown[0]["id"])
    assert (await beats.offer(kept))["lease"]["id"] == shown[0]["id"]
    assert (await beats.see())["price_cents"] == 3000
    assert (await beats.set()).json()["data"]["variants"] == []
    product = await beats.see()
    assert (product["price_cents"], product["has_variants"]) == (3000, False)


async def test_prices_of_a_product_with_variants_are_theirs(beats):
    path = f"marketplace/products/{beats.product_id}"
    headers = beats.seller.headers
    chf = {"prices": [{"currency": "CHF", "price_cents": 900}]}
    assert (await beats.client.put(path, headers=headers, json=chf)).is_success
    await beats.offer()
    assert (await beats.see())["prices"] == []
    for change in ({"price_cents": 100}, chf):
        answer = await beats.client.put(path, headers=headers, json=change)
        assert answer.json()["code"] == "priced_by_variants"
    same = {"price_cents": 2000, "prices": [], "title": "Day Ferry"}
    assert (await beats.client.put(path, headers=headers, json=same)).is_success
    assert await beats.refusal("lease", currency="CHF") == "mixed_currencies"


async def test_a_file_of_a_variant_is_not_deleted(beats):
    await beats.offer(beats.form("lease", 500))
    path = f"marketplace/products/{beats.product_id}/files/"
    kept = await beats.client.delete(path + str(beats.files["wav"]), headers=beats.seller.headers)
    assert kept.json()["code"] == "file_in_variant"
    gone = await beats.client.delete(path + str(beats.files["midi"]), headers=beats.seller.headers)
    assert gone.is_success


async def test_a_product_is_deleted_with_its_variants(beats):
    await beats.offer()
    path = f"marketplace/products/{beats.product_id}"
    assert (await beats.client.delete(path, headers=beats.seller.headers)).is_success
    assert await beats.see("/variants", beats.seller) == "product_not_found"


WRONG = {
    "price of 1 to 49 cents": {"price_cents": 49},
    "blank title": {"title": "  "},
    "file of others": {"file_ids": [str(new_id())]},
    "nothing in it": {"file_ids": []},
    "contents that the product has not": {"includes_contents": True},
    "too many streams": {"terms": {"max_streams": 10**9 + 1}},
    "no years": {"terms": {"years": 0}},
    "long title": {"title": "x" * 41},
    "unknown kind": {"kind": "free"},
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_variant_is_refused_with(beats, wrong):
    await beats.offer(beats.form("stems", 700))
    answer = await beats.set(beats.form("lease", 500) | WRONG[wrong])
    assert answer.status_code == 400, answer.text
    assert [each["kind"] for each in (await beats.see("/variants"))["variants"]] == ["stems"]


async def test_variants_are_a_sellers_own_few_and_different(beats):
    lease, exclusive = beats.form("lease", 500), beats.form("exclusive", 500)
    assert (await beats.set(lease, by=beats.fan)).status_code == 403
    stranger = await make.person(beats.services, beats.seller.member.role)
    assert (await beats.set(lease, by=stranger)).json()["code"] == "not_your_product"
    assert (await beats.set(lease, lease)).status_code == 400
    assert (await beats.set(exclusive, exclusive | {"title": "Other"})).status_code == 400
    many = [lease | {"title": f"Lease {n}"} for n in range(7)]
    assert (await beats.set(*many)).status_code == 400
    assert (await beats.set(*many[:6])).is_success
    other = lease | {"id": str(new_id())}
    assert (await beats.set(other)).json()["code"] == "variant_not_found"
    twice = beats.form("lease", 500, id=(await beats.offer(lease))["lease"]["id"])
    assert (await beats.set(twice, twice | {"title": "B"})).status_code == 404
    assert (await beats.set(lease, product_id=new_id())).status_code == 404
    await beats.run("update products set status = 'draft' where id = $1", beats.product_id)
    assert await beats.see("/variants") == "product_not_found"
    assert len((await beats.see("/variants", beats.seller))["variants"]) == 1

"""A gift out of a bundle that is taken from its buyers is taken from who received it."""

from tests import make
from tests.domains.auth.factors.steps import let_proofs_age
from veza.core.access import Role


async def test_a_bundle_is_taken_from_those_who_received_its_products(
    giving, services, seller, buyer, recipient
):
    friend = await make.person(services)
    async with services.database.transaction() as tx:
        other = await make.product(tx, seller.member, "Day Ferry", price_cents=1000)
    ids = [str(giving.product_id), str(other)]
    form = {"title": "Both", "contents": "products", "product_ids": ids, "percent_off": 50}
    made = await giving.client.post(
        "marketplace/bundles", headers=seller.headers, json=form | {"status": "published"}
    )
    assert made.status_code == 201, made.text
    bundle = made.json()["data"]
    [given] = giving.form(recipient)["items"]
    sent = {"items": [given, given | {"product_id": str(other)}], "language": "en"}
    answer = await giving.client.post(
        "marketplace/orders", json=sent | {"bundle_id": bundle["id"]}, headers=buyer.headers
    )
    assert answer.status_code == 201, answer.text
    await giving.pay(answer.json()["data"], buyer.headers)
    received = [
        (await giving.redeem(code, friend)).json()["data"]["id"] for code in giving.codes(recipient)
    ]

    async def downloads():
        paths = [f"marketplace/orders/{each}/downloads" for each in received]
        return [
            (await giving.client.get(path, headers=friend.headers)).status_code for path in paths
        ]

    assert await downloads() == [200, 200]
    staff = await make.person(services, Role.ADMIN)
    await let_proofs_age(services, staff.id, -11)
    body = {"content_type": "bundle", "content_id": bundle["id"], "category": "illegal"}
    taken = await giving.client.post(
        "admin/takedowns", headers=staff.headers, json=body | {"reason": "It must not be sold."}
    )
    assert taken.status_code == 201, taken.text
    assert await downloads() == [409, 409]

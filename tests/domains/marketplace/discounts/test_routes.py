"""Sellers manage their own discounts over HTTP."""

from datetime import timedelta

from tests import make
from veza.core.access import Role
from veza.core.clock import now
from veza.domains.marketplace.discounts import personal_data, service
from veza.domains.marketplace.discounts.models import MAX_DISCOUNTS

PATH = "sell/discounts"


async def send(client, person, method, path=PATH, **json):
    return await client.request(method, path, headers=person.headers, json=json or None)


async def create(client, seller, **fields):
    answer = await send(client, seller, "POST", **{"code": "SPRING", "percent": 20} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def test_a_seller_creates_changes_ends_and_deletes_a_discount(client, seller, product_id):
    own = str(product_id)
    made = await create(client, seller, label="  Newsletter ", product_ids=[own, own])
    assert (made["label"], made["product_ids"], made["used_count"]) == ("Newsletter", [own], 0)
    path = f"{PATH}/{made['id']}"
    changed = (await send(client, seller, "PUT", path, product_ids=None, max_uses=5)).json()["data"]
    assert (changed["product_ids"], changed["max_uses"]) == (None, 5)
    assert changed["label"] == "Newsletter"
    later = (now() + timedelta(days=2)).isoformat()
    await send(client, seller, "PUT", path, starts_at=later)
    ended = (await send(client, seller, "POST", f"{path}/end")).json()["data"]
    assert (ended["starts_at"], ended["ends_at"] is None) == (None, False)
    again = (await send(client, seller, "POST", f"{path}/end")).json()["data"]
    assert again == ended
    [listed] = (await send(client, seller, "GET")).json()["data"]["discounts"]
    assert listed == ended
    assert (await send(client, seller, "DELETE", path)).status_code == 200
    assert (await send(client, seller, "GET")).json()["data"]["discounts"] == []


async def test_what_is_not_ones_own_is_refused(client, services, seller, refusal):
    made = await create(client, seller)
    other, path = await make.person(services, Role.CREATOR), f"{PATH}/{made['id']}"
    async with services.database.transaction() as tx:
        product_id = await make.product(tx, other.member)
    for method, where, fields in (
        ("PUT", path, {"max_uses": 1}),
        ("POST", f"{path}/end", {}),
        ("DELETE", path, {}),
    ):
        answer = await send(client, other, method, where, **fields)
        assert refusal(answer) == (404, "discount_not_found")
    foreign = {"product_ids": [str(product_id)]}
    form = {"code": "OTHER", "percent": 1}
    assert refusal(await send(client, seller, "POST", **form | foreign)) == (
        404,
        "product_not_found",
    )
    assert refusal(await send(client, seller, "PUT", path, **foreign)) == (404, "product_not_found")
    taken = await send(client, seller, "POST", code="spring", percent=1)
    assert refusal(taken) == (409, "discount_code_taken")
    assert (await create(client, other))["code"] == "SPRING"


async def test_a_discount_is_a_percentage_or_an_amount_in_a_period(client, seller):
    for wrong, field in (
        ({}, "percent"),
        ({"percent": 5, "amount_cents": 100}, "percent"),
        ({"percent": 101}, "percent"),
        ({"amount_cents": 100, "currency": "XXX"}, "currency"),
        ({"percent": 5, "code": "A B"}, "code"),
        (
            {
                "percent": 5,
                "starts_at": now().isoformat(),
                "ends_at": (now() - timedelta(1)).isoformat(),
            },
            "ends_at",
        ),
    ):
        answer = await send(client, seller, "POST", **{"code": "SPRING"} | wrong)
        assert answer.status_code == 400, answer.text
        assert field in answer.text
    amount = await create(client, seller, code="AMOUNT", percent=None, amount_cents=100)
    assert amount["currency"] == "EUR"


async def test_a_seller_has_no_more_than_200(client, services, seller, refusal):
    async with services.database.transaction() as tx:
        sql = """
            insert into discounts (id, seller_id, code, percent, is_for_all)
                 select gen_random_uuid(), $1, 'CODE-' || n, 5, true
                   from generate_series(1, $2) n
        """
        await tx.run(sql, seller.id, MAX_DISCOUNTS)
    answer = await send(client, seller, "POST", code="MORE", percent=5)
    assert refusal(answer) == (409, "too_many_discounts")


async def test_a_merge_gives_the_codes_that_the_other_profile_does_not_have(services, seller):
    other = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        for person, code in ((seller, "A"), (seller, "B"), (other, "b")):
            await make.discount(tx, person.member, f"{code}-CODE")
        await personal_data.move(tx, seller.id, other.id)
        moved = await service.list_discounts(tx, other.member)
    assert [each.code for each in moved.discounts] == ["b-CODE", "A-CODE"]

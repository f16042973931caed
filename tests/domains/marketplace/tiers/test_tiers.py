"""Profiles write their tiers, and everybody sees those that take members."""

from veza.domains.marketplace.tiers.models import MAX_OPEN_TIERS

PATH = "sell/tiers"


async def send(client, person, method, path=PATH, **json):
    return await client.request(method, path, headers=person.headers, json=json or None)


async def create(client, seller, **fields):
    form = {"name": " Gold ", "currency": "EUR", "monthly_cents": 500}
    answer = await send(client, seller, "POST", **form | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def refusal(answer):
    return answer.status_code, answer.json()["code"]


async def see(client, seller):
    answer = await client.get(f"profiles/{seller.id}/tiers")
    return [tier["name"] for tier in answer.json()["data"]["tiers"]]


async def test_a_profile_creates_changes_closes_and_deletes_tiers(client, seller):
    gold = await create(client, seller, position=2, percent_off=10)
    await create(client, seller, name="Silver", yearly_cents=5000, monthly_cents=None)
    assert (gold["name"], gold["is_open"], gold["percent_off"]) == ("Gold", True, 10)
    assert await see(client, seller) == ["Silver", "Gold"]
    path = f"{PATH}/{gold['id']}"
    changed = await send(client, seller, "PUT", path, monthly_cents=700, is_open=False)
    assert changed.json()["data"]["monthly_cents"] == 700
    assert changed.json()["data"]["currency"] == "EUR"
    assert await see(client, seller) == ["Silver"]
    listed = (await send(client, seller, "GET")).json()["data"]["tiers"]
    assert [tier["name"] for tier in listed] == ["Silver", "Gold"]
    assert (await send(client, seller, "DELETE", path)).status_code == 200
    assert len((await send(client, seller, "GET")).json()["data"]["tiers"]) == 1


async def test_what_makes_no_tier_is_refused(client, seller, buyer):
    gold = await create(client, seller)
    path = f"{PATH}/{gold['id']}"
    free = await send(client, seller, "PUT", path, monthly_cents=None)
    assert free.status_code == 400
    cheap = await send(client, seller, "PUT", path, monthly_cents=49)
    assert cheap.status_code == 400
    unknown = {"name": "Gold", "currency": "XXX", "monthly_cents": 500}
    assert (await send(client, seller, "POST", **unknown)).status_code == 400
    assert refusal(await send(client, buyer, "DELETE", path)) == (404, "tier_not_found")


async def test_a_profile_has_a_few_open_tiers(client, seller):
    made = [await create(client, seller, name=str(number)) for number in range(MAX_OPEN_TIERS)]
    form = {"name": "More", "currency": "EUR", "monthly_cents": 500}
    assert refusal(await send(client, seller, "POST", **form)) == (409, "too_many_tiers")
    await send(client, seller, "PUT", f"{PATH}/{made[0]['id']}", is_open=False)
    await create(client, seller, name="More")
    again = await send(client, seller, "PUT", f"{PATH}/{made[0]['id']}", is_open=True)
    assert refusal(again) == (409, "too_many_tiers")

"""What sellers say of themselves, and what they are told to have."""

import pytest

from tests import make
from tests.domains.marketplace.sellers.profile_steps import balance_of, earned, paid
from veza.core.access import Role
from veza.core.money import vat_within
from veza.domains.marketplace.sellers import service

NOTHING = {
    "legal_name": None,
    "address": None,
    "country": None,
    "vat_id": None,
    "vat_regime": "none",
    "vat_rate": None,
    "currency": "EUR",
}
FILLED = {
    "legal_name": "Night Ferry Records",
    "address": "1 Quay Street\nCork",
    "country": "IE",
    "vat_id": "IE1234567FA",
    "vat_regime": "domestic",
    "vat_rate": 0.23,
    "currency": "GBP",
}


async def say(client, person, **said):
    return await client.put("sell/profile", headers=person.headers, json=said)


async def test_the_default_currency_is_euro(client, services, seller):
    answer = await client.get("sell/profile", headers=seller.headers)
    assert answer.json()["data"] == NOTHING
    async with services.database.read() as conn:
        assert (await service.get_profile(conn, seller.id)).currency == "EUR"


async def test_a_profile_is_stored_and_changed_in_part(client, seller):
    assert (await say(client, seller, **FILLED)).json()["data"] == FILLED

    changed = await say(client, seller, vat_id=None, legal_name="  Ferry Ltd ")

    expected = FILLED | {"vat_id": None, "legal_name": "Ferry Ltd"}
    assert changed.json()["data"] == expected
    again = await client.get("sell/profile", headers=seller.headers)
    assert again.json()["data"] == expected


@pytest.mark.parametrize("rate", [0, 0.055, 0.081, 0.2, 0.255, 1])
async def test_rates_are_kept_to_the_digit(client, services, seller, rate):
    answer = await say(client, seller, vat_rate=rate)

    assert answer.json()["data"]["vat_rate"] == rate
    async with services.database.read() as conn:
        kept = (await service.get_profile(conn, seller.id)).vat_rate
    assert kept is not None
    assert float(kept) == rate
    assert vat_within(1200, kept) == round(1200 * rate / (1 + rate))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"legal_name": ""}, "legal_name"),
        ({"legal_name": "   "}, "legal_name"),
        ({"legal_name": "x" * 201}, "legal_name"),
        ({"address": "x" * 1001}, "address"),
        ({"country": "Ireland"}, "country"),
        ({"country": "ie"}, "country"),
        ({"vat_id": "x" * 31}, "vat_id"),
        ({"vat_rate": 20}, "vat_rate"),
        ({"vat_rate": -0.1}, "vat_rate"),
        ({"vat_rate": "0.2"}, "vat_rate"),
        ({"currency": "JPY"}, "currency"),
        ({"currency": None}, "currency"),
        ({"legal_name": "a\0b"}, None),
    ],
)
async def test_invalid_profiles_are_refused(client, seller, said, field):
    answer = await say(client, seller, **said)
    assert answer.status_code == 400, answer.text
    if field is not None:
        assert [fault["field"] for fault in answer.json()["details"]] == [field]


async def test_only_creators_have_a_profile(client, services):
    person = await make.person(services)
    for answer in (
        await client.get("sell/profile", headers=person.headers),
        await say(client, person, legal_name="Me"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
    assert (await client.get("sell/profile")).status_code == 401


async def test_products_are_sold_in_the_sellers_currency_unless_they_say_so(client, seller):
    await say(client, seller, currency="GBP")
    form = {"title": "Night Ferry", "type": "album", "price_cents": 1200}
    for said, currency in (({}, "GBP"), ({"currency": "USD"}, "USD")):
        answer = await client.post("marketplace/products", headers=seller.headers, json=form | said)
        assert answer.json()["data"]["currency"] == currency


async def test_the_balance_without_sales_is_empty(client, services):
    assert await balance_of(client, await make.person(services)) == {
        "connected": False,
        "available": 0,
        "pending": 0,
        "currency": "EUR",
        "by_currency": [],
        "account_status": None,
        "account_reason": None,
        "mode": "test",
        "other_mode": None,
        "fee_rate": 0.1,
    }


async def test_the_balance_matches_the_ledger(client, services, seller):
    await earned(services, seller, 3200)
    await earned(services, seller, 500, "GBP")
    await paid(services, seller, 2500)

    balance = await balance_of(client, seller)

    assert (balance["available"], balance["pending"], balance["currency"]) == (2500, 700, "EUR")
    assert balance["by_currency"] == [
        {"currency": "EUR", "available": 2500, "pending": 700},
        {"currency": "GBP", "available": 0, "pending": 500},
    ]
    await say(client, seller, currency="GBP")
    balance = await balance_of(client, seller)
    assert (balance["available"], balance["pending"], balance["currency"]) == (0, 500, "GBP")


async def test_a_debt_is_a_negative_balance(client, services, seller):
    await earned(services, seller, -300)
    assert (await balance_of(client, seller))["pending"] == -300


async def test_each_sees_their_own_balance(client, services, seller):
    await earned(services, seller, 3200)
    other = await make.person(services, Role.ADMIN)
    assert (await balance_of(client, other))["by_currency"] == []

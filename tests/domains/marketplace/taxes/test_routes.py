"""Admins keep the rates of the site; sellers read what counts for the threshold."""

from datetime import timedelta

import pytest

from tests import make
from veza.core import clock
from veza.core.access import Role


@pytest.fixture
async def admin(services):
    made = await make.person(services, Role.ADMIN)
    yield made
    async with services.database.transaction() as tx:
        await tx.run("delete from tax_rates")


def day(offset):
    return (clock.now().date() + timedelta(days=offset)).isoformat()


# Others share the database.
OWN = ("FR", "LI")


async def own_rates(client, admin):
    answer = await client.get("admin/tax-rates", headers=admin.headers)
    rates = answer.json()["data"]["rates"]
    assert len(
        {(rate["country"], rate["valid_from"], rate["is_of_site"]) for rate in rates}
    ) == len(rates)
    return [
        (rate["country"], rate["percent"], rate["valid_from"])
        for rate in rates
        if rate["is_of_site"] and rate["country"] in OWN
    ]


async def test_admins_set_replace_and_delete_rates_of_days_to_come(client, admin):
    async def put(country, percent, valid_from):
        form = {"country": country, "percent": percent, "valid_from": valid_from}
        return await client.post("admin/tax-rates", headers=admin.headers, json=form)

    async def delete(*path):
        path = "/".join(("admin/tax-rates", *path))
        answer = await client.delete(path, headers=admin.headers)
        return answer.status_code, answer.json().get("code")

    assert (await put("LI", 8.1, day(0))).status_code == 201
    assert (await put("LI", 8.4, day(30))).status_code == 201
    assert (await put("LI", 8.5, day(30))).json()["data"]["percent"] == 8.5
    # Monaco is taxed as France.
    assert (await put("MC", 20.55, day(1))).json()["data"]["country"] == "FR"
    assert await own_rates(client, admin) == [
        ("FR", 20.55, day(1)),
        ("LI", 8.5, day(30)),
        ("LI", 8.1, day(0)),
    ]
    assert (await put("LI", 8.1, day(-1))).status_code == 400
    assert (await put("LI", 100.5, day(1))).status_code == 400
    assert await delete("LI", day(0)) == (409, "tax_rate_in_force")
    assert await delete("LI", day(30)) == (200, None)
    assert await delete("LI", day(30)) == (404, "tax_rate_not_found")
    assert await delete("LI", "someday") == (404, "tax_rate_not_found")
    # Those of the program can't be deleted.
    assert await delete("DE", "2021-01-01") == (404, "tax_rate_not_found")
    assert len(await own_rates(client, admin)) == 2


async def test_a_seller_chooses_a_regime_that_has_what_it_needs(client, services):
    seller = await make.person(services, Role.CREATOR)

    async def say(**said):
        answer = await client.put("sell/profile", headers=seller.headers, json=said)
        data = answer.json().get("data")
        return answer.status_code, data and (data["vat_regime"], data["vat_rate"])

    assert await say(vat_regime="domestic") == (400, None)
    assert await say(vat_regime="destination") == (400, None)
    assert await say(vat_rate=0.19) == (200, ("domestic", 0.19))
    assert await say(vat_regime="destination", country="DE") == (200, ("destination", None))
    assert await say(country=None) == (400, None)
    assert await say(vat_regime="none", country=None) == (200, ("none", None))
    answer = await client.get("sell/taxes", headers=seller.headers)
    assert answer.json()["data"] == {
        "year": clock.now().year,
        "threshold_cents": 1_000_000,
        "threshold_currency": "EUR",
        "by_currency": [],
        "preceding_by_currency": [],
        "unproven_orders": 0,
    }

"""What people do in the sandbox: pay, tell who they are, and say how transfers end."""

import re

import pytest
from msgspec import structs

from tests import make
from tests.domains.marketplace.webhooks.events_steps import Checkout, check_out
from tests.http.apps import replaced
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.sandbox.queries import find_account_by_key
from veza.domains.marketplace.sandbox.service.payouts import account_key
from veza.domains.marketplace.sandbox.service.simulation import Sandbox


@pytest.fixture
async def checkout(services) -> Checkout:
    return await check_out(services, services.payments)


@pytest.fixture
async def link(payouts) -> str:
    """The path of a page where a seller tells who they are."""
    account = await payouts.open_account("account:of-a-test", email="ann@example.com", country=None)
    url = await payouts.find_onboarding_url(
        account, refresh_url="http://veza.test/a", return_url='http://veza.test/b?c="d"&e=<f>'
    )
    return url.removeprefix("http://veza.test/api/v1/")


async def confirm(client, checkout, outcome="succeeded", headers=None):
    return await client.post(
        f"sandbox/payments/{checkout.payment_id}/confirm",
        json={"outcome": outcome},
        headers=checkout.buyer.headers if headers is None else headers,
    )


async def status_of(services, checkout):
    async with services.database.read() as conn:
        return await conn.value(str, "select status from orders where id = $1", checkout.order_id)


async def test_a_payment_that_is_confirmed_pays_its_order(services, client, checkout, work):
    answer = await confirm(client, checkout)

    assert answer.status_code == 202
    assert answer.json()["data"] == {"payment_id": checkout.payment_id, "outcome": "succeeded"}
    await work()
    assert await status_of(services, checkout) == "paid"
    async with services.database.read() as conn:
        [balance] = await ledger_queries.list_balances(conn, checkout.seller.id)
    assert (balance.earned_cents, balance.paid_cents) == (1125, 0)


@pytest.mark.long
async def test_a_failed_payment_fails_the_order_and_may_succeed_later(
    services, client, checkout, work
):
    assert (await confirm(client, checkout, "failed")).status_code == 202
    await work()
    assert await status_of(services, checkout) == "failed"

    assert (await confirm(client, checkout)).status_code == 202
    await work()
    assert await status_of(services, checkout) == "paid"

    assert (await confirm(client, checkout, "failed")).status_code == 202
    await work()
    assert await status_of(services, checkout) == "paid"
    assert (await services.payments.find_payment(checkout.payment_id)).state == "succeeded"


async def test_confirming_twice_sends_one_event(services, client, checkout, work):
    for _ in range(2):
        assert (await confirm(client, checkout)).status_code == 202
        await work()

    async with services.database.read() as conn:
        sql = "select count(*) from webhook_events where event_id like '%' || $1 || '%'"
        assert await conn.value(int, sql, checkout.payment_id) == 1


async def test_a_lost_webhook_leaves_the_payment_made(services, client, checkout):
    await confirm(client, checkout)
    async with services.database.transaction() as tx:
        await tx.run("delete from webhook_events")

    # What asks for payments that stay pending finds it.
    assert (await services.payments.find_payment(checkout.payment_id)).state == "succeeded"


async def test_only_the_buyer_confirms(services, client, checkout):
    stranger = await make.person(services, Role.ADMIN)

    for headers in (stranger.headers, checkout.seller.headers):
        answer = await confirm(client, checkout, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "payment_not_found")
    assert (await confirm(client, checkout, headers={})).status_code == 401
    key = await make.key_headers(services, checkout.buyer)
    assert (await confirm(client, checkout, headers=key)).status_code == 403
    assert (await confirm(client, checkout, headers=checkout.buyer.headers)).status_code == 202


@pytest.mark.parametrize("payment_id", ["none", "p" * 27, "p%00", "é", "%F0%9F%92%B8", "p" * 3000])
async def test_an_unknown_payment_is_404(client, checkout, payment_id):
    answer = await confirm(client, naming(checkout, payment_id))

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"outcome": "maybe"}, {"outcome": None}, {"outcome": ["succeeded"]}, []]
)
async def test_an_invalid_outcome_is_refused(client, checkout, body):
    answer = await client.post(
        f"sandbox/payments/{checkout.payment_id}/confirm",
        json=body,
        headers=checkout.buyer.headers,
    )
    assert answer.status_code == 400


async def test_a_seller_connects_on_the_onboarding_page(services, client, link):
    shown = await client.get(link)
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert '<form method="post">' in shown.text

    done = await client.post(link, headers={"sec-fetch-site": "same-origin"})
    assert done.status_code == 200
    assert "You are connected" in done.text
    [href] = re.findall('<a href="([^"]*)"', done.text)
    assert href == "http://veza.test/b?c=&quot;d&quot;&amp;e=&lt;f&gt;"
    async with services.database.read() as conn:
        account = await find_account_by_key(conn, "account:of-a-test")
    assert account.is_connected


async def test_a_link_works_once_and_a_newer_one_takes_its_place(services, client, payouts, link):
    account = await payouts.open_account("account:of-a-test", email="", country=None)
    newer = await payouts.find_onboarding_url(
        account, refresh_url="http://veza.test/a", return_url="http://veza.test/b"
    )
    assert (await client.post(link)).status_code == 404

    newer = newer.removeprefix("http://veza.test/api/v1/")
    assert (await client.post(newer)).status_code == 200
    for ask in (client.get, client.post):
        answer = await ask(newer)
        assert (answer.status_code, answer.json()["code"]) == (404, "onboarding_over")


async def test_a_link_expires_after_five_minutes(services, client, link):
    async with services.database.transaction() as tx:
        await tx.run("update sandbox_accounts set link_expires_at = now() where key like '%test'")

    assert (await client.get(link)).status_code == 404
    assert (await client.post(link)).status_code == 404


async def test_a_form_of_another_site_connects_nobody(client, link):
    answer = await client.post(link, headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403


async def test_an_admin_sets_how_a_sellers_transfers_end(services, client):
    admin, seller = await make.person(services, Role.ADMIN), await make.person(services)
    for outcome in ("failed", "unavailable", "succeeded", "failed"):
        wanted = {"seller_id": str(seller.id), "outcome": outcome}
        answer = await client.post("sandbox/payouts/outcome", json=wanted, headers=admin.headers)
        assert (answer.status_code, answer.json()["data"]) == (200, wanted)

    # Before the seller has an account, too: it is the one that they will open.
    key = account_key(seller.id)
    async with services.database.read() as conn:
        account = await find_account_by_key(conn, key)
    assert (account.outcome, account.is_connected) == ("failed", False)
    assert await services.payouts.open_account(key, email="", country=None) == account.ref


async def test_only_admins_set_how_transfers_end(services, client):
    seller = await make.person(services, Role.CREATOR)
    wanted = {"seller_id": str(seller.id), "outcome": "failed"}
    answer = await client.post("sandbox/payouts/outcome", json=wanted, headers=seller.headers)
    assert answer.status_code == 403

    admin = await make.person(services, Role.ADMIN)
    for body, status in (
        (wanted | {"seller_id": str(new_id())}, 404),
        (wanted | {"seller_id": "somebody"}, 400),
        (wanted | {"outcome": "lost"}, 400),
        ({}, 400),
    ):
        answer = await client.post("sandbox/payouts/outcome", json=body, headers=admin.headers)
        assert answer.status_code == status


async def test_there_is_no_sandbox_with_real_providers(app, client, services, checkout):
    sandbox = app.state.services.get(Sandbox)
    admin = await make.person(services, Role.ADMIN)

    with replaced(app, structs.replace(sandbox, payments=None, payouts=None)):
        answers = [
            await confirm(client, checkout),
            await client.get("sandbox/onboarding/anything"),
            await client.post("sandbox/onboarding/anything"),
            await client.post(
                "sandbox/payouts/outcome",
                json={"seller_id": str(admin.id), "outcome": "failed"},
                headers=admin.headers,
            ),
        ]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "no_sandbox")}


def naming(checkout: Checkout, payment_id: str) -> Checkout:
    return Checkout(checkout.order_id, payment_id, checkout.buyer, checkout.seller)

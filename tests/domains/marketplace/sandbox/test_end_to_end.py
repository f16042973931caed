"""The whole road on one machine: a seller sets out to be paid, somebody buys, and has it back."""

import pytest

from tests import make
from veza.core.access import Role
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import jobs as order_jobs
from veza.infra.payouts.provider import SellerFunds


@pytest.fixture
async def product_id(services, seller):
    async with services.database.transaction() as tx:
        return await make.product(tx, seller.member, "Night Ferry", price_cents=1250)


async def order(client, buyer, product_id):
    wanted = {"items": [{"product_id": str(product_id), "quantity": 1}]}
    answer = await client.post("marketplace/orders", json=wanted, headers=buyer.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def confirm(client, buyer, made, outcome="succeeded"):
    path = f"sandbox/payments/{made['payment']['payment_id']}/confirm"
    answer = await client.post(path, json={"outcome": outcome}, headers=buyer.headers)
    assert answer.status_code == 202


async def status_of(client, buyer, made):
    answer = await client.get(f"marketplace/orders/{made['id']}", headers=buyer.headers)
    return answer.json()["data"]["status"]


async def test_a_seller_is_connected_after_the_onboarding(client, seller):
    begun = await client.post("sell/connect/onboard", headers=seller.headers)
    url = begun.json()["data"]["onboarding_url"]
    balance = await client.get("sell/balance", headers=seller.headers)
    assert balance.json()["data"]["connected"] is False

    assert url.startswith("http://veza.test/api/v1/sandbox/onboarding/")
    assert (await client.get(url)).status_code == 200
    assert (await client.post(url)).status_code == 200

    balance = await client.get("sell/balance", headers=seller.headers)
    assert balance.json()["data"]["connected"] is True


async def test_a_purchase_is_paid_and_can_be_refunded(
    client, services, seller, buyer, product_id, work
):
    made = await order(client, buyer, product_id)
    assert (made["status"], made["payment"]["provider"]) == ("pending", "sandbox")

    await confirm(client, buyer, made, "failed")
    await work()
    assert await status_of(client, buyer, made) == "failed"
    await confirm(client, buyer, made)
    await work()
    assert await status_of(client, buyer, made) == "paid"

    wish = {"reason": "Not as described"}
    path = f"marketplace/orders/{made['id']}/refund"
    assert (await client.post(path, json=wish, headers=buyer.headers)).is_success
    await work()
    assert await status_of(client, buyer, made) == "refunded"
    async with services.database.read() as conn:
        sql = "select sum(amount_cents)::bigint from sandbox_refunds where payment_id = $1"
        assert await conn.value(int, sql, made["payment"]["payment_id"]) == 1250


async def test_a_payment_for_a_cancelled_order_is_refunded(
    client, services, buyer, product_id, work
):
    made = await order(client, buyer, product_id)
    payment_id = made["payment"]["payment_id"]
    async with services.database.transaction() as tx:
        sql = "update orders set status = 'cancelled', poll_at = null where payment_ref = $1"
        assert await tx.run(sql, payment_id) == 1
    await services.payments.cancel_payment(payment_id)

    await confirm(client, buyer, made)
    await work()
    await work()

    assert await status_of(client, buyer, made) == "refunded"
    async with services.database.read() as conn:
        sql = "select sum(amount_cents)::bigint from sandbox_refunds where payment_id = $1"
        assert await conn.value(int, sql, payment_id) == 1250


@pytest.mark.long
async def test_a_failed_transfer_is_paid_after_a_retry(
    client, services, seller, buyer, product_id, work
):
    admin = await make.person(services, Role.ADMIN)

    async def say(outcome):
        wish = {"seller_id": str(seller.id), "outcome": outcome}
        answer = await client.post("sandbox/payouts/outcome", json=wish, headers=admin.headers)
        assert answer.status_code == 200

    async def find_transfer():
        answer = await client.get("sell/transfers", headers=seller.headers)
        [transfer] = answer.json()["data"]["transfers"]
        return transfer

    begun = await client.post("sell/connect/onboard", headers=seller.headers)
    assert (await client.post(begun.json()["data"]["onboarding_url"])).status_code == 200
    await say("failed")
    await confirm(client, buyer, await order(client, buyer, product_id))
    await work()
    await work()
    transfer = await find_transfer()
    assert transfer["status"] == "failed"

    await say("succeeded")
    retry = f"admin/transfers/{transfer['id']}/retry"
    assert (await client.post(retry, headers=admin.headers)).is_success
    await work()
    assert (await find_transfer())["status"] == "completed"
    account = await services.payouts.open_account(f"account:{seller.id}", email="", country=None)
    assert await services.payouts.list_funds(account) == [SellerFunds("EUR", 1125, 0)]


@pytest.mark.parametrize("has_job_run", [True, False])
async def test_a_failed_payment_that_is_confirmed_40_days_later_is_refunded_in_full(
    client, services, seller, buyer, product_id, work, has_job_run
):
    made = await order(client, buyer, product_id)
    await confirm(client, buyer, made, "failed")
    await work()
    async with services.database.transaction() as tx:
        sql = """
            update orders
               set created_at = created_at - interval '40 days',
                   expires_at = expires_at - interval '40 days', poll_at = now()
             where id = $1
        """
        await tx.run(sql, made["id"])
    if has_job_run:
        await order_jobs.poll_payments(services.database)
        await work()
        assert await status_of(client, buyer, made) == "cancelled"

    await confirm(client, buyer, made)
    await work()
    # The event that has it returned, and the refund.
    await work()

    assert await status_of(client, buyer, made) == "refunded"
    downloads = f"marketplace/orders/{made['id']}/downloads"
    assert (await client.get(downloads, headers=buyer.headers)).status_code == 409
    balance = await client.get("sell/balance", headers=seller.headers)
    assert (balance.json()["data"]["available"], balance.json()["data"]["pending"]) == (0, 0)
    async with services.database.read() as conn:
        sql = "select sum(amount_cents)::bigint from sandbox_refunds where payment_id = $1"
        assert await conn.value(int, sql, made["payment"]["payment_id"]) == 1250
        assert await ledger.find_violations(conn) == []

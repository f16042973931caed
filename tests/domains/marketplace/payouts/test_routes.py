"""What sellers and admins see of transfers, and who may."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from tests import make
from tests.domains.marketplace.payouts.shop_steps import TRANSFERS
from tests.fakes.company import Fault
from tests.infra.waiting import until
from veza.core.access import Scope
from veza.domains.marketplace.payouts.service import transfers


async def failed(shop, seller):
    """Have a transfer fail; the seller's account is mended after it."""
    shop.fake.connect(seller.account_ref, is_connected=False)
    [transfer] = await shop.pay(await shop.sell(seller))
    shop.fake.connect(seller.account_ref)
    return transfer


async def get(client, path, person, **params):
    answer = await client.get(path, headers=person.headers, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_a_seller_sees_what_they_are_paid_newest_first(shop, seller, client):
    first = await shop.sell(seller)
    await shop.pay(first)
    refused = await failed(shop, seller)
    await shop.pay(await shop.sell(await shop.seller()))

    page = await get(client, "sell/transfers", seller.person)

    assert page["total"] == 2
    newest, oldest = page["transfers"]
    assert (newest["id"], newest["status"]) == (str(refused.id), "failed")
    assert "transfers capability" in newest["reason"]
    assert (newest["amount_cents"], newest["retry_count"]) == (900, 1)
    assert newest["next_retry_at"] is None
    assert oldest["order_id"] == str(first)
    assert (oldest["amount_cents"], oldest["platform_fee_cents"]) == (900, 100)
    assert (oldest["status"], oldest["reversed_cents"]) == ("completed", 0)
    assert oldest["completed_at"] is not None
    page = await get(client, "sell/transfers", seller.person, limit=1, offset=1)
    assert [one["id"] for one in page["transfers"]] == [oldest["id"]]


async def test_a_seller_without_sales_has_no_transfers(services, client):
    someone = await make.person(services)

    page = await get(client, "sell/transfers", someone)

    assert page == {"transfers": [], "total": 0}


async def test_a_transfer_shows_its_next_retry(shop, seller, client):
    shop.fake.funds = 0
    await shop.pay(await shop.sell(seller))

    [shown] = (await get(client, "sell/transfers", seller.person))["transfers"]

    assert (shown["status"], shown["amount_cents"]) == ("pending", 900)
    assert datetime.fromisoformat(shown["next_retry_at"]) > datetime.fromisoformat(
        shown["created_at"]
    )


async def test_admins_find_transfers_by_status_seller_and_time(shop, seller, client, admin):
    other = await shop.seller()
    paid = await shop.pay(await shop.sell(seller))
    refused = [await failed(shop, seller)]
    others = await shop.pay(await shop.sell(other))
    seller_id = str(seller.person.id)

    async def found(**params):
        page = await get(client, "admin/transfers", admin, **params)
        assert page["total"] == len(page["transfers"])
        return {one["id"] for one in page["transfers"]}

    def ids(transfers):
        return {str(one.id) for one in transfers}

    assert await found(seller_id=seller_id) == ids(paid + refused)
    assert await found(seller_id=seller_id, status="failed") == ids(refused)
    assert await found(seller_id=seller_id, status="reversed") == set()
    assert await found(seller_id=str(other.person.id)) == ids(others)
    assert await found(seller_id=str(uuid4())) == set()
    moment = refused[0].created_at
    assert await found(seller_id=seller_id, **{"from": moment.isoformat()}) == ids(refused)
    assert await found(seller_id=seller_id, to=moment.isoformat()) == ids(paid)
    later = (moment + timedelta(seconds=1)).isoformat()
    assert await found(seller_id=seller_id, to=later) == ids(paid + refused)
    everything = await get(client, "admin/transfers", admin, limit=1)
    assert everything["total"] >= 3
    assert [one["id"] for one in everything["transfers"]] == [str(others[0].id)]


@pytest.mark.parametrize(
    "params",
    [
        {"status": "lost"},
        {"seller_id": "somebody"},
        {"from": "yesterday"},
        {"to": "2026-02-30T00:00:00Z"},
        {"limit": "0"},
        {"limit": "101"},
        {"offset": "-1"},
        {"offset": "10000"},
    ],
)
async def test_invalid_parameters_are_refused(client, admin, params):
    answer = await client.get("admin/transfers", headers=admin.headers, params=params)

    assert answer.status_code == 400, answer.text


async def test_only_admins_see_and_retry_others(shop, seller, client):
    transfer = await failed(shop, seller)

    listed = await client.get("admin/transfers", headers=seller.person.headers)
    retried = await client.post(
        f"admin/transfers/{transfer.id}/retry", headers=seller.person.headers
    )

    assert (listed.status_code, retried.status_code) == (403, 403)
    assert (await client.get("sell/transfers")).status_code == 401


async def test_no_api_key_sees_transfers(services, seller, client):
    headers = await make.key_headers(services, seller.person, Scope.READ)
    answer = await client.get("sell/transfers", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "key_not_allowed")


async def retry(client, shop, transfer, headers):
    """Retry as an admin while the worker settles what is to be settled."""

    async def work():
        await until(lambda: is_ordered(shop, transfer))
        await shop.settle(transfer)

    path = f"admin/transfers/{transfer.id}/retry"
    answer, _ = await asyncio.gather(client.post(path, headers=headers), work())
    return answer


async def is_ordered(shop, transfer):
    [now] = await shop.list(transfer.order_id)
    return now.retry_count > transfer.retry_count


async def test_an_admin_retries_a_failed_transfer_and_gets_the_outcome(shop, seller, client, admin):
    transfer = await failed(shop, seller)

    answer = await retry(client, shop, transfer, admin.headers)

    assert answer.status_code == 200, answer.text
    shown = answer.json()["data"]
    assert (shown["id"], shown["status"]) == (str(transfer.id), "completed")
    assert shown["retry_count"] == transfer.retry_count + 1
    assert shop.fake.paid_cents(seller.account_ref) == 900


async def test_a_retry_for_an_unconnected_seller_waits(shop, seller, client, admin):
    transfer = await failed(shop, seller)
    shop.fake.connect(seller.account_ref, is_connected=False)

    answer = await retry(client, shop, transfer, admin.headers)

    # It isn't tried, but waits for the seller.
    shown = answer.json()["data"]
    assert (shown["status"], shown["retry_count"]) == ("pending", transfer.retry_count + 1)
    assert "The payout provider says: requirements.past_due" in shown["reason"]


async def test_a_retry_may_fail_again(shop, seller, client, admin):
    transfer = await failed(shop, seller)
    never = {"error": {"type": "invalid_request_error", "message": "We don't like them."}}
    shop.fake.faults.append(Fault(400, path=TRANSFERS, body=never))

    answer = await retry(client, shop, transfer, admin.headers)

    shown = answer.json()["data"]
    assert (shown["status"], shown["retry_count"]) == ("failed", transfer.retry_count + 1)
    assert shown["reason"] == "We don't like them."


async def test_a_retry_without_an_outcome_in_time_proceeds(
    shop, seller, client, admin, monkeypatch
):
    transfer = await failed(shop, seller)
    monkeypatch.setattr(transfers, "RETRY_POLLS", 1)

    answer = await client.post(f"admin/transfers/{transfer.id}/retry", headers=admin.headers)

    assert answer.json()["data"]["status"] == "pending"
    [paid] = await shop.pay(transfer.order_id)
    assert paid.status == "completed"


async def test_only_failed_transfers_are_retried(shop, seller, client, admin):
    [paid] = await shop.pay(await shop.sell(seller))
    [waiting] = await shop.list(await shop.sell(seller))

    for transfer in (paid, waiting):
        answer = await client.post(f"admin/transfers/{transfer.id}/retry", headers=admin.headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "transfer_not_failed")
    answer = await client.post(f"admin/transfers/{uuid4()}/retry", headers=admin.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "transfer_not_found")


async def test_a_retry_with_the_same_idempotency_key_is_made_once(shop, seller, client, admin):
    transfer, other = await failed(shop, seller), await failed(shop, seller)
    headers = admin.headers | {"Idempotency-Key": "once more"}

    answer = await retry(client, shop, transfer, headers)
    again = await client.post(f"admin/transfers/{transfer.id}/retry", headers=headers)

    assert again.status_code == 200, again.text
    assert again.json()["data"] == answer.json()["data"]
    answer = await client.post(f"admin/transfers/{other.id}/retry", headers=headers)
    assert answer.status_code == 422


async def test_a_retry_that_crashed_before_its_answer_is_not_made_twice(shop, seller):
    transfer, retry_id = await failed(shop, seller), uuid4()
    for _ in range(2):
        async with shop.database.transaction() as tx:
            await transfers.retry(tx, transfer.id, retry_id)

    [again] = await shop.list(transfer.order_id)

    assert again.retry_count == transfer.retry_count + 1

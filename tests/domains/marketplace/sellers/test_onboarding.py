"""The way to be paid: one account each, and whatever order its news comes in, the newest counts."""

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec import structs

from tests import make
from tests.domains.marketplace.sellers.profile_steps import balance_of
from tests.fakes.company import Fault
from tests.fakes.stripe import SECRET_KEY, FakeStripe
from tests.http.apps import replaced
from veza.core.access import Role
from veza.core.ids import new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.sellers import jobs, rules, service
from veza.domains.marketplace.sellers import shared_queries as seller_queries
from veza.domains.marketplace.sellers.models import RefreshPayoutAccount
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payouts.provider import PayoutProvider
from veza.infra.payouts.stripe import Stripe, StripeSettings

CONNECTED = "select count(*) from outbox where name = 'SellerConnected'"


async def begin(client, person):
    return await client.post("sell/connect/onboard", headers=person.headers)


async def row_of(services, person, mode=MoneyMode.LIVE):
    async with services.database.read() as conn:
        return await seller_queries.find_payout_account(conn, person.id, mode)


async def refresh(services, payouts, person):
    row = await row_of(services, person)
    await service.refresh_account(services.database, payouts, row.account_ref)
    return await row_of(services, person)


async def announced(services, person):
    sql = f"{CONNECTED} and payload->>'user_id' = $1"
    async with services.database.read() as conn:
        return await conn.value(int, sql, str(person.id))


async def test_onboarding_returns_the_url_of_the_provider(client, services, payouts, seller):
    await client.put("sell/profile", headers=seller.headers, json={"country": "IE"})

    answer = await begin(client, seller)

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"] == {"onboarding_url": "https://payouts.example/1?a=1&b=2"}
    assert payouts.opened == [(f"account:{seller.id}", f"{seller.username}@example.com", "IE")]
    balance = await balance_of(client, seller)
    assert (balance["connected"], balance["account_status"]) == (False, "onboarding")


async def test_repeated_onboarding_opens_one_account(client, services, payouts, seller):
    answers = await asyncio.gather(*(begin(client, seller) for _ in range(6)))
    await begin(client, seller)

    assert {answer.status_code for answer in answers} == {200}
    assert {key for key, _, _ in payouts.opened} == {f"account:{seller.id}"}
    assert {ref for ref, _, _ in payouts.links} == {(await row_of(services, seller)).account_ref}
    opened = len(payouts.opened)
    await begin(client, seller)
    assert len(payouts.opened) == opened, "Who has an account opens none."


async def test_an_account_is_found_again_after_a_crash_before_it_was_stored(
    client, services, payouts, seller
):
    made = await payouts.open_account(f"account:{seller.id}", email="a@example.com", country=None)
    await begin(client, seller)
    assert (await row_of(services, seller)).account_ref == made


async def test_members_can_start_onboarding_and_others_cannot(client, services, payouts):
    assert (await begin(client, await make.person(services))).status_code == 200
    assert (await client.post("sell/connect/onboard")).status_code == 401


async def test_an_unavailable_or_refusing_provider_creates_no_account(
    client, services, payouts, seller
):
    payouts.failure = ProviderUnavailable()
    answer = await begin(client, seller)
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
    payouts.failure = ProviderRefused("Ireland isn't served.")
    answer = await begin(client, seller)
    assert (answer.status_code, answer.json()["code"]) == (409, "onboarding_refused")
    assert answer.json()["error"] == "Ireland isn't served."
    assert await row_of(services, seller) is None


async def test_connecting_is_announced_once(client, services, payouts, seller):
    await begin(client, seller)
    row = await refresh(services, payouts, seller)
    assert (row.status, row.reason, row.connected_at) == ("onboarding", "past_due", None)

    payouts.connect(row.account_ref)
    for _ in range(3):
        row = await refresh(services, payouts, seller)

    assert (row.status, row.reason) == ("connected", None)
    assert await announced(services, seller) == 1
    assert (await balance_of(client, seller))["connected"] is True


async def test_an_account_may_be_restricted_and_come_back(client, services, payouts, seller):
    await begin(client, seller)
    ref = (await row_of(services, seller)).account_ref
    payouts.connect(ref)
    first = await refresh(services, payouts, seller)

    payouts.connect(ref, is_connected=False)
    row = await refresh(services, payouts, seller)

    assert (row.status, row.reason) == ("restricted", "requirements.past_due")
    balance = await balance_of(client, seller)
    assert (balance["connected"], balance["account_reason"]) == (False, "requirements.past_due")
    payouts.connect(ref)
    row = await refresh(services, payouts, seller)
    assert (row.status, row.connected_at) == ("connected", first.connected_at)
    assert await announced(services, seller) == 2


async def test_an_outdated_answer_is_not_stored(client, services, payouts, seller):
    await begin(client, seller)
    ref = (await row_of(services, seller)).account_ref

    async def connect_and_refresh():
        payouts.connect(ref)
        await service.refresh_account(services.database, payouts, ref)

    payouts.before_answer = connect_and_refresh
    row = await refresh(services, payouts, seller)

    assert row.status == "connected"
    assert await announced(services, seller) == 1


async def test_concurrent_refreshes_announce_the_connection_once(client, services, payouts, seller):
    await begin(client, seller)
    ref = (await row_of(services, seller)).account_ref
    payouts.connect(ref)
    asking = (service.refresh_account(services.database, payouts, ref) for _ in range(4))
    await asyncio.gather(*asking)
    assert (await row_of(services, seller)).status == "connected"
    assert await announced(services, seller) == 1


async def test_an_unknown_account_is_ignored(services, payouts):
    await service.refresh_account(services.database, payouts, "acct_of_nobody")
    assert payouts.asked == 0


async def test_an_account_unknown_to_the_provider_is_restricted(client, services, payouts, seller):
    await begin(client, seller)
    payouts.connect((await row_of(services, seller)).account_ref)
    await refresh(services, payouts, seller)
    payouts.failure = ProviderRefused("No such account.")
    row = await refresh(services, payouts, seller)
    assert (row.status, row.reason) == ("restricted", "No such account.")


async def test_with_another_provider_a_seller_onboards_again(
    client, app, services, payouts, seller
):
    await begin(client, seller)
    payouts.connect((await row_of(services, seller)).account_ref)
    await refresh(services, payouts, seller)
    payouts.name = f"other_{new_id().hex[-12:]}"
    balance = await balance_of(client, seller)
    assert (balance["connected"], balance["account_status"]) == (False, None)

    await begin(client, seller)

    row = await row_of(services, seller)
    assert (row.provider, row.status) == (payouts.name, "onboarding")


async def poll(services, payouts):
    """Do what the clock starts, and the jobs that come of it; tell of which accounts."""
    await jobs.poll_payout_accounts(services.database, {MoneyMode.LIVE: payouts})
    async with services.database.transaction() as tx:
        sql = """
            delete from jobs
             where name = 'RefreshPayoutAccount'
               and convert_from(payload, 'UTF8')::json ->> 'account_ref' in (
                       select account_ref from payout_accounts where provider = $1
                   )
         returning payload
        """
        payloads = await tx.column(bytes, sql, payouts.name)
    found = [msgspec.json.decode(payload, type=RefreshPayoutAccount) for payload in payloads]
    for job in found:
        with suppress(ProviderUnavailable):
            await jobs.refresh_payout_account(services.database, {MoneyMode.LIVE: payouts}, job)
    return [job.account_ref for job in found]


async def make_due(services, *people):
    async with services.database.transaction() as tx:
        sql = "update payout_accounts set next_check_at = now() where user_id = any($1)"
        await tx.run(sql, [person.id for person in people])


async def test_due_accounts_are_polled(client, services, payouts, seller):
    await begin(client, seller)
    ref = (await row_of(services, seller)).account_ref
    payouts.connect(ref)
    assert await poll(services, payouts) == [], "It isn't time yet."
    await make_due(services, seller)

    assert await poll(services, payouts) == [ref]
    assert await poll(services, payouts) == []

    assert (await row_of(services, seller)).status == "connected"
    assert payouts.asked == 1


async def test_an_account_without_an_answer_does_not_block_others(
    client, services, payouts, seller
):
    other = await make.person(services, Role.CREATOR)
    for person in (seller, other):
        await begin(client, person)
        payouts.connect((await row_of(services, person)).account_ref)
    payouts.silent.add((await row_of(services, seller)).account_ref)
    await make_due(services, seller, other)

    assert len(await poll(services, payouts)) == 2

    assert (await row_of(services, other)).status == "connected"
    assert (await row_of(services, seller)).status == "onboarding"
    assert await poll(services, payouts) == [], "Not again at once."
    payouts.silent.clear()
    await make_due(services, seller)
    await poll(services, payouts)
    assert (await row_of(services, seller)).status == "connected"


@pytest.mark.parametrize(
    ("since", "pause"),
    [
        (timedelta(0), timedelta(minutes=1)),
        (timedelta(hours=1), timedelta(minutes=15)),
        (timedelta(days=90), timedelta(days=1)),
    ],
)
def test_accounts_are_checked_less_often_over_time(since, pause):
    moment = datetime(2026, 5, 4, tzinfo=UTC)
    assert rules.next_check_at(moment, moment - since) == moment + pause


async def test_a_connected_seller_who_returns_sees_it(client, services, payouts, seller):
    await begin(client, seller)
    ref, refresh_url, return_url = payouts.links[-1]
    assert refresh_url == return_url
    payouts.connect(ref)

    answer = await client.get(return_url)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "You are connected" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (await row_of(services, seller)).status == "connected"
    assert await announced(services, seller) == 1


async def test_a_seller_who_returns_too_early_gets_a_new_link(client, services, payouts, seller):
    await begin(client, seller)
    ref, _, return_url = payouts.links[-1]
    payouts.connect(ref, is_connected=False)

    answer = await client.get(return_url)

    assert "Not quite yet" in answer.text
    assert "requirements.past_due" in answer.text
    assert 'href="https://payouts.example/2?a=1&amp;b=2"' in answer.text


async def test_a_suspended_seller_who_returns_gets_no_link(client, services, payouts, seller):
    await begin(client, seller)
    await make.suspended(services, seller)

    answer = await client.get(payouts.links[-1][2])

    assert (answer.status_code, answer.json()["code"]) == (404, "onboarding_link_over")
    assert len(payouts.links) == 1


async def test_the_providers_reason_is_escaped_on_the_page(client, services, payouts, seller):
    await begin(client, seller)
    ref, _, return_url = payouts.links[-1]
    payouts.accounts[ref] = structs.replace(payouts.accounts[ref], reason="<b>$style</b>")
    answer = await client.get(return_url)
    assert "&lt;b&gt;$style&lt;/b&gt;" in answer.text


@pytest.mark.parametrize("change", ["expires", "signature", "user_id", "bare", "odd"])
async def test_an_invalid_return_url_is_refused(client, services, payouts, seller, change):
    await begin(client, seller)
    url = payouts.links[-1][2]
    path, expires, signature = url.rsplit(".", 2)
    changed = {
        "expires": f"{path}.9{expires}.{signature}",
        "signature": f"{path}.{expires}.{signature[::-1]}",
        "user_id": url.replace(str(seller.id), str(new_id())),
        "bare": path,
        "odd": f"{path}.²².{signature}",
    }[change]
    answer = await client.get(changed)
    assert (answer.status_code, answer.json()["code"]) == (404, "onboarding_link_over")
    assert payouts.asked == 0


async def test_onboarding_in_the_sandbox(client, services, seller):
    url = (await begin(client, seller)).json()["data"]["onboarding_url"]
    assert (await row_of(services, seller, MoneyMode.TEST)).status == "onboarding"

    page = await client.post(url)

    assert page.status_code == 200, page.text
    assert (await balance_of(client, seller))["connected"] is True
    assert await announced(services, seller) == 1
    [back] = re.findall(r'<a href="([^"]+)"', page.text)
    assert "You are connected" in (await client.get(back)).text


async def test_onboarding_at_stripe(client, app, services, seller):
    with FakeStripe() as company:
        stripe = Stripe(StripeSettings(SECRET_KEY, company.url))
        with replaced(app, stripe, PayoutProvider):
            company.faults.append(Fault(0, is_done=True, path="/v1/accounts"))
            assert (await begin(client, seller)).status_code == 503
            answer = await begin(client, seller)
            assert answer.json()["data"]["onboarding_url"].startswith("https://connect.stripe.com")
            [account_ref] = company.accounts
            company.connect(account_ref)
            assert (await refresh(services, stripe, seller)).status == "connected"
            company.connect(account_ref, is_connected=False)
            row = await refresh(services, stripe, seller)
            assert (row.status, row.reason) == ("restricted", "requirements.past_due")
        await stripe.close()
    assert await announced(services, seller) == 1

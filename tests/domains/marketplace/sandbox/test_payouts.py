"""The company that pays sellers in the sandbox: each thing once for its key."""

import asyncio

import pytest
from msgspec import structs

from veza.core.ids import new_id
from veza.domains.marketplace.sandbox import queries
from veza.domains.marketplace.sandbox.models import PayoutOutcome
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payouts.provider import ReversalRequest, SellerFunds, TransferRequest


@pytest.fixture
async def account(payouts):
    """The name of an account whose owner hasn't told who they are."""
    return await _open(payouts, f"account:{new_id()}")


@pytest.fixture
async def connected(services, account):
    async with services.database.transaction() as tx:
        await tx.run("update sandbox_accounts set is_connected = true where ref = $1", account)
    return account


async def _open(payouts, key):
    return await payouts.open_account(key, email="ann@example.com", country="FR")


async def _set_outcome(services, account, outcome):
    async with services.database.transaction() as tx:
        await tx.run("update sandbox_accounts set outcome = $2 where ref = $1", account, outcome)


def transfer(account, cents=900, **parts):
    drawn = str(new_id())
    fields = {"key": f"{drawn}:1", "transfer_id": drawn, "group": str(new_id())}
    fields |= {"account_ref": account, "amount_cents": cents, "currency": "EUR"}
    return TransferRequest(**(fields | parts))


async def test_an_account_is_opened_once_for_its_key(payouts):
    key = f"account:{new_id()}"
    refs = await asyncio.gather(*(_open(payouts, key) for _ in range(10)))

    assert len(set(refs)) == 1
    assert await _open(payouts, f"{key}:other") != refs[0]


async def test_an_account_is_not_connected_before_the_onboarding(payouts, account):
    found = await payouts.find_account(account)

    assert (found.ref, found.is_connected) == (account, False)
    assert found.reason
    with pytest.raises(ProviderRefused, match="connected"):
        await payouts.transfer(transfer(account))


async def test_an_unknown_account_is_refused(payouts):
    with pytest.raises(ProviderRefused, match="no such account"):
        await payouts.find_account("acct_none")
    with pytest.raises(ProviderRefused, match="no such account"):
        await payouts.transfer(transfer("acct_none"))
    with pytest.raises(ProviderRefused, match="no such account"):
        await payouts.find_onboarding_url(
            "acct_none", refresh_url="http://a.test/", return_url="http://a.test/"
        )
    assert await payouts.list_funds("acct_none") == []


async def test_a_link_leads_to_the_origin_of_the_return_url(payouts, account):
    urls = {
        await payouts.find_onboarding_url(
            account,
            refresh_url="https://api.veza.test/again",
            return_url="https://api.veza.test:8443/api/v1/back?a=b",
        )
        for _ in range(2)
    }

    assert len(urls) == 2
    for url in urls:
        assert url.startswith("https://api.veza.test:8443/api/v1/sandbox/onboarding/")


async def test_a_transfer_is_made_once_for_its_key(payouts, connected):
    wanted = transfer(connected)
    made = await asyncio.gather(*(payouts.transfer(wanted) for _ in range(10)))

    assert len(set(made)) == 1
    assert (made[0].amount_cents, made[0].currency, made[0].reversed_cents) == (900, "EUR", 0)
    assert await payouts.list_funds(connected) == [SellerFunds("EUR", 900, 0)]
    assert await payouts.find_transfer(wanted.group, wanted.transfer_id) == made[0]
    assert await payouts.find_transfer(wanted.group, "none") is None
    assert await payouts.find_transfer("none", wanted.transfer_id) is None


@pytest.mark.parametrize(
    "change", [{"amount_cents": 901}, {"currency": "USD"}, {"group": "another"}]
)
async def test_a_key_is_valid_for_one_transfer(payouts, connected, change):
    wanted = transfer(connected)
    await payouts.transfer(wanted)

    # To be refused would mean that nothing was done, and another key would pay once more.
    with pytest.raises(ProviderUnavailable):
        await payouts.transfer(structs.replace(wanted, **change))


async def test_transfers_end_as_an_admin_sets(services, payouts, connected):
    wanted = transfer(connected)
    await _set_outcome(services, connected, PayoutOutcome.FAILED)
    with pytest.raises(ProviderRefused, match="set to refuse") as refused:
        await payouts.transfer(wanted)
    assert not refused.value.is_passing

    await _set_outcome(services, connected, PayoutOutcome.UNAVAILABLE)
    with pytest.raises(ProviderUnavailable):
        await payouts.transfer(wanted)
    assert await payouts.list_funds(connected) == []

    await _set_outcome(services, connected, PayoutOutcome.SUCCEEDED)
    made = await payouts.transfer(wanted)
    await _set_outcome(services, connected, PayoutOutcome.FAILED)
    assert await payouts.transfer(wanted) == made, "What was done under a key stays done."


async def test_a_reversal_is_made_once_for_its_key(payouts, connected):
    paid = await payouts.transfer(transfer(connected))
    wanted = ReversalRequest(f"{paid.ref}:r1", paid.ref, 300)
    refs = await asyncio.gather(*(payouts.reverse(wanted) for _ in range(10)))

    assert len(set(refs)) == 1
    assert await payouts.list_funds(connected) == [SellerFunds("EUR", 600, 0)]
    with pytest.raises(ProviderUnavailable):
        await payouts.reverse(structs.replace(wanted, amount_cents=301))


async def test_concurrent_reversals_never_exceed_the_transfer(payouts, connected):
    wanted = transfer(connected)
    paid = await payouts.transfer(wanted)
    wishes = [ReversalRequest(f"{paid.ref}:{n}", paid.ref, 400) for n in range(6)]
    answers = await asyncio.gather(*map(payouts.reverse, wishes), return_exceptions=True)

    assert sum(isinstance(answer, ProviderRefused) for answer in answers) == 4
    found = await payouts.find_transfer(wanted.group, wanted.transfer_id)
    assert (found.amount_cents, found.reversed_cents) == (900, 800)


async def test_an_unknown_transfer_is_not_reversed(payouts):
    with pytest.raises(ProviderRefused, match="no such transfer"):
        await payouts.reverse(ReversalRequest("k", "tr_none", 1))


async def test_transfers_of_an_erased_seller_stay(services, payouts, connected):
    wanted = transfer(connected)
    paid = await payouts.transfer(wanted)
    async with services.database.transaction() as tx:
        await tx.run("delete from sandbox_accounts where ref = $1", connected)

    assert await payouts.find_transfer(wanted.group, wanted.transfer_id) == paid
    async with services.database.read() as conn:
        assert await queries.find_account(conn, connected) is None

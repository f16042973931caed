"""Stripe through its official SDK: whatever gets lost, nobody is paid twice."""

import pytest
from msgspec import structs

from tests.fakes.company import Fault
from tests.fakes.stripe import SECRET_KEY, FakeStripe
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payouts.provider import PaidTransfer, ReversalRequest, SellerFunds, TransferRequest
from veza.infra.payouts.stripe import Stripe, StripeSettings


@pytest.fixture
def fake():
    with FakeStripe() as company:
        yield company


@pytest.fixture
async def client(fake):
    stripe = Stripe(StripeSettings(SECRET_KEY, fake.url))
    yield stripe
    await stripe.close()


@pytest.fixture
async def seller(fake, client):
    account_ref = await client.open_account("seller:1", email="nova@example.com", country="FR")
    fake.connect(account_ref)
    return account_ref


@pytest.fixture
def wish(seller):
    return TransferRequest("t1:1", "t1", "order-1", seller, 2699, "EUR")


async def test_a_seller_comes_in_by_a_link(fake, client):
    account_ref = await client.open_account("seller:1", email="nova@example.com", country=None)
    assert await client.open_account("seller:1", email="nova@example.com", country=None) == (
        account_ref
    )
    begun = await client.find_account(account_ref)
    assert (begun.is_connected, begun.reason) == (False, "requirements.past_due")

    url = await client.find_onboarding_url(
        account_ref, refresh_url="https://a.example/again", return_url="https://a.example/done"
    )
    assert url.startswith("https://connect.stripe.com/")
    fake.connect(account_ref)

    connected = await client.find_account(account_ref)
    assert (connected.ref, connected.is_connected, connected.reason) == (account_ref, True, None)


async def test_who_says_something_else_of_themselves_at_the_second_try_is_not_refused(client):
    said = {"email": "nova@example.com", "country": None}
    first = await client.open_account("seller:1", **said)

    moved = await client.open_account("seller:1", **said | {"country": "IE"})
    renamed = await client.open_account("seller:1", **said | {"email": "new@example.com"})

    assert len({first, moved, renamed}) == 3
    assert await client.open_account("seller:1", **said) == first


async def test_a_seller_is_paid_and_it_is_taken_back_in_parts(fake, client, seller, wish):
    paid = await client.transfer(wish)
    assert (paid.amount_cents, paid.currency) == (2699, "EUR")
    assert await client.list_funds(seller) == [SellerFunds("EUR", 2699, 0)]

    assert await client.reverse(ReversalRequest("r1:1", paid.ref, 699))
    assert await client.find_transfer("order-1", "t1") == PaidTransfer(paid.ref, 2699, "EUR", 699)
    assert fake.paid_cents(seller) == 2000


@pytest.mark.parametrize("status", [0, 409, 429, 500, 503])
async def test_a_transfer_whose_answer_got_lost_is_made_once(fake, client, seller, wish, status):
    fault = {"error": {"type": "api_error", "message": "Something went wrong"}}
    fake.faults.append(Fault(status, is_done=True, path="/v1/transfers", body=fault))
    with pytest.raises(ProviderUnavailable):
        await client.transfer(wish)
    assert fake.count("POST", "/v1/transfers") == 1

    assert await client.transfer(wish) == await client.find_transfer("order-1", "t1")
    assert fake.paid_cents(seller) == 2699


async def test_once_keys_are_forgotten_a_transfer_is_found_by_its_group(fake, client, seller, wish):
    assert await client.find_transfer("order-1", "t1") is None
    fake.faults.append(Fault(0, is_done=True, path="/v1/transfers"))
    with pytest.raises(ProviderUnavailable):
        await client.transfer(wish)
    fake.forget_keys()

    found = await client.find_transfer("order-1", "t1")

    assert found is not None
    assert (found.amount_cents, found.currency) == (2699, "EUR")
    assert await client.find_transfer("order-1", "t2") is None


@pytest.mark.long
async def test_a_transfer_is_found_among_many_of_its_group(fake, client, seller, wish):
    paid = await client.transfer(structs.replace(wish, transfer_id="the first"))
    for number in range(100):
        await client.transfer(structs.replace(wish, key=f"t:{number}", transfer_id=f"t{number}"))

    assert await client.find_transfer("order-1", "the first") == paid
    assert fake.count("GET", "/v1/transfers") == 2


async def test_who_tells_of_ever_more_transfers_has_told_nothing(fake, client, seller, wish):
    await client.transfer(wish)
    endless = {"data": list(fake.transfers.values()), "has_more": True}
    fake.faults += [Fault(200, method="GET", path="/v1/transfers", body=endless)] * 10

    with pytest.raises(ProviderUnavailable):
        await client.find_transfer("order-1", "t2")


async def test_a_transfer_of_somebody_elses_making_is_none_of_ours(fake, client, seller, wish):
    await client.transfer(wish)
    [transfer] = fake.transfers.values()
    transfer["metadata"] = None

    assert await client.find_transfer("order-1", "t1") is None


async def test_a_reversal_whose_answer_got_lost_is_made_once(fake, client, seller, wish):
    paid = await client.transfer(wish)
    fake.faults.append(Fault(0, is_done=True, path="/v1/transfers/"))
    reversal = ReversalRequest("r1:1", paid.ref, 500)
    with pytest.raises(ProviderUnavailable):
        await client.reverse(reversal)

    assert await client.reverse(reversal) == fake.reversals[0]["id"]
    assert (len(fake.reversals), fake.paid_cents(seller)) == (1, 2199)


async def test_what_may_be_granted_later_is_told_from_what_never_will(fake, client, seller, wish):
    fake.funds = 0
    with pytest.raises(ProviderRefused, match="insufficient available funds") as refused:
        await client.transfer(wish)
    assert refused.value.is_passing

    fake.connect(seller, is_connected=False)
    with pytest.raises(ProviderRefused, match="transfers capability") as refused:
        await client.transfer(structs.replace(wish, key="t1:2"))
    assert not refused.value.is_passing

    with pytest.raises(ProviderRefused, match="No such object") as refused:
        await client.transfer(structs.replace(wish, key="t1:3", account_ref="acct_nobody"))
    assert not refused.value.is_passing


async def test_a_key_that_is_known_for_another_call_is_no_refusal(fake, client, seller, wish):
    """What was done under it has to be found out, or it would be paid once more by another key."""
    await client.transfer(wish)

    with pytest.raises(ProviderUnavailable):
        await client.transfer(structs.replace(wish, amount_cents=1))
    assert fake.paid_cents(seller) == 2699


@pytest.mark.parametrize(
    "body", [b"<html>welcome</html>", b"\xff", [1], {"object": "transfer"}, {"id": "tr_1"}, b"{}"]
)
async def test_an_answer_that_nobody_can_read_is_an_outage(fake, client, seller, wish, body):
    fake.faults.append(Fault(200, is_done=True, path="/v1/transfers", body=body))
    with pytest.raises(ProviderUnavailable):
        await client.transfer(wish)

    assert await client.transfer(wish) == await client.find_transfer("order-1", "t1")
    assert fake.paid_cents(seller) == 2699


@pytest.mark.long
async def test_an_answer_that_does_not_end_is_an_outage(fake, client, seller, wish):
    """Each of its bytes comes soon enough, and what was asked for was done."""
    fake.faults.append(Fault(200, is_done=True, path="/v1/transfers", trickles=True))
    hasty = Stripe(StripeSettings(SECRET_KEY, fake.url), timeout_s=0.5)

    with pytest.raises(ProviderUnavailable):
        await hasty.transfer(wish)
    await client.transfer(wish)

    assert fake.paid_cents(seller) == 2699
    await hasty.close()


async def test_an_account_of_which_little_is_said_can_not_be_paid(fake, client, seller):
    fake.accounts[seller] = {"id": seller, "object": "account"}

    found = await client.find_account(seller)

    assert (found.is_connected, found.reason) == (False, None)


async def test_a_wrong_secret_and_a_company_that_is_gone_are_outages(fake):
    for settings in (StripeSettings("sk_wrong", fake.url), StripeSettings("sk", "http://[::1]:1")):
        client = Stripe(settings)
        with pytest.raises(ProviderUnavailable):
            await client.find_account("acct_1")
        await client.close()

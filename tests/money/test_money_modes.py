"""Money of the sandbox is never real: whatever the settings become, the two modes stay apart."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from msgspec import structs

from tests import make
from tests.money.provider_switch import Server, Shop, open_shop
from veza.app.admin_stats import list_statistics
from veza.app.services import Services, open_services
from veza.app.settings.setting_types import PayoutProviderName
from veza.core.access import Role
from veza.core.errors import CannotStart
from veza.core.ids import OrderId, new_id
from veza.core.money_mode import MoneyMode, mode_of
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.orders.models.state import DisputeLost, DisputeOpened
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.payouts.service import transfers
from veza.domains.marketplace.sandbox.errors import NoSandbox
from veza.domains.marketplace.sellers.models import CurrencyBalance, OtherModeBalance
from veza.domains.privacy.service import erase
from veza.infra.postgres.database import ConstraintViolation
from veza.operations.verification import ledger as verify_ledger


@pytest.fixture(scope="module")
async def shop(services) -> AsyncIterator[Shop]:
    async with open_shop(services) as opened:
        yield opened


@pytest.fixture
async def seller(services: Services, shop: Shop) -> make.Person:
    """A creator who hasn't onboarded anywhere."""
    async with shop.running(is_live=False) as server:
        return await server.person(Role.CREATOR)


async def _breaches(server: Server):
    async with server.database.snapshot() as conn:
        found = await verify_ledger.find_violations(conn)
    return [one for one in found if not one.is_under_way]


async def _statuses(server: Server, seller: make.Person) -> list[str]:
    return [status for _, status in await server.transfers(seller)]


async def _leave(server: Server, seller: make.Person) -> None:
    async with server.database.transaction() as tx:
        context = server.services.personal_data
        await erase(tx, context.domains, seller.id, balance_modes=context.balance_modes)


async def test_a_transfer_that_waited_in_the_sandbox_never_reaches_stripe(shop, seller):
    async with shop.running(is_live=False) as server:
        await server.buy(await server.person(), seller, 900_000)
        assert await _statuses(server, seller) == ["pending"]

    async with shop.running(is_live=True) as server:
        account_ref = await server.connect(seller)
        assert shop.stripe.accounts[account_ref]["payouts_enabled"]
        await server.work()

        assert shop.stripe.transfers == {}
        assert await _statuses(server, seller) == ["pending"]
        assert await _breaches(server) == []


@pytest.mark.long
async def test_an_admins_retry_of_a_sandbox_transfer_never_reaches_stripe(shop, seller):
    async with shop.running(is_live=False) as server:
        await server.buy(await server.person(), seller, 900_000)
        [(transfer_id, _)] = await server.transfers(seller)

    async with shop.running(is_live=True) as server:
        await server.connect(seller)
        async with server.database.transaction() as tx:
            await tx.run("update transfers set status = 'failed' where id = $1", transfer_id)
            await transfers.retry(tx, transfer_id, uuid4())
        await server.work()

        assert shop.stripe.transfers == {}


@pytest.mark.long
async def test_what_a_seller_owes_in_the_sandbox_is_not_kept_back_from_real_sales(shop, seller):
    async with shop.running(is_live=False) as server:
        await server.connect(seller)
        order_id = await server.buy(await server.person(), seller, 900_000)
        # The sandbox refuses to take back what was paid: the seller owes it.
        async with server.database.transaction() as tx:
            await tx.run("update sandbox_transfers set reversed_cents = amount_cents")
        await server.refund(order_id)
        async with server.database.transaction() as tx:
            await tx.run("update sandbox_transfers set reversed_cents = 0")

    async with shop.running(is_live=True) as server:
        account_ref = await server.connect(seller)
        await server.buy(await server.person(), seller, 1000)

        assert shop.stripe.paid_cents(account_ref) == 900
        balance = await server.balance(seller)
        assert (balance.available, balance.pending) == (900, 0)
        owed = OtherModeBalance(MoneyMode.TEST, [CurrencyBalance("EUR", 810_000, -810_000)])
        assert balance.other_mode == owed


@pytest.mark.long
async def test_the_balance_is_of_the_current_mode_and_shows_the_other_one_apart(shop, seller):
    async with shop.running(is_live=False) as server:
        await server.buy(await server.person(), seller, 5000)
        balance = await server.balance(seller)
        assert (balance.mode, balance.pending, balance.other_mode) == (MoneyMode.TEST, 4500, None)
    async with shop.running(is_live=True) as server:
        assert (await server.balance(seller)).pending == 0
        await server.buy(await server.person(), seller, 2000)
        balance = await server.balance(seller)

    assert (balance.mode, balance.available, balance.pending) == (MoneyMode.LIVE, 0, 1800)
    assert balance.by_currency == [CurrencyBalance("EUR", 0, 1800)]
    in_sandbox = OtherModeBalance(MoneyMode.TEST, [CurrencyBalance("EUR", 0, 4500)])
    assert balance.other_mode == in_sandbox


async def test_admins_see_what_moved_in_each_mode_apart(shop, seller):
    async def count(server: Server, area: str) -> int:
        figures = list_statistics(server.services.settings)
        async with server.database.read() as conn:
            return dict(await figures[area](conn)).get("eur_revenue_cents", 0)

    async with shop.running(is_live=False) as server:
        before = await count(server, "money"), await count(server, "money_of_other_mode")
        await server.buy(await server.person(), seller, 5000)
        after = await count(server, "money"), await count(server, "money_of_other_mode")
        assert after == (before[0] + 5000, before[1])
    async with shop.running(is_live=True) as server:
        assert await count(server, "money_of_other_mode") == after[0]
        assert await count(server, "money") == after[1]


@pytest.mark.long
async def test_who_onboarded_in_the_sandbox_is_not_onboarded_at_stripe(shop, seller):
    async with shop.running(is_live=False) as server:
        sandbox_ref = await server.connect(seller)
        assert (await server.balance(seller)).connected

    async with shop.running(is_live=True) as server:
        await server.buy(await server.person(), seller, 2000)
        balance = await server.balance(seller)
        assert (balance.connected, balance.account_status, balance.pending) == (False, None, 1800)
        stripe_ref = await server.connect(seller)
        assert shop.stripe.paid_cents(stripe_ref) == 1800

    async with shop.running(is_live=False) as server:
        assert (await server.balance(seller)).connected
        assert await server.connect(seller) == sandbox_ref


@pytest.mark.long
async def test_a_refund_after_the_switch_ends_in_the_sandbox(shop, seller):
    async with shop.running(is_live=False) as server:
        await server.connect(seller)
        order_id = await server.buy(await server.person(), seller, 5000)
        assert await _statuses(server, seller) == ["completed"]

    async with shop.running(is_live=True) as server:
        await server.connect(seller)
        reversals = len(shop.stripe.reversals)
        await server.refund(order_id)

        assert await server.status(order_id) == "refunded"
        assert await _statuses(server, seller) == ["reversed"]
        assert (shop.bank.count("POST", "/refunds"), len(shop.stripe.reversals)) == (0, reversals)
        assert await _breaches(server) == []


@pytest.mark.long
async def test_a_dispute_after_the_switch_takes_nothing_back_from_stripe(shop, seller):
    async with shop.running(is_live=False) as server:
        await server.connect(seller)
        order_id = await server.buy(await server.person(), seller, 5000)

    async with shop.running(is_live=True) as server:
        account_ref = await server.connect(seller)
        await server.buy(await server.person(), seller, 7000)
        await server.tell(order_id, DisputeOpened("dp_1", 5000))
        await server.tell(order_id, DisputeLost("dp_1"))

        assert await _statuses(server, seller) == ["reversed", "completed"]
        assert shop.stripe.paid_cents(account_ref) == 6300
        assert await _breaches(server) == []


async def test_a_pending_order_of_the_sandbox_cannot_be_paid_after_the_switch(shop, seller):
    async with shop.running(is_live=False) as server:
        buyer = await server.person()
        order_id = await server.order(buyer, seller, 5000)

    async with shop.running(is_live=True) as server:
        with pytest.raises(NoSandbox):
            await server.confirm(buyer, order_id)
        async with server.database.transaction() as tx:
            await tx.run("update orders set expires_at = now() where id = $1", order_id)
        await server.work()

        assert await server.status(order_id) == "cancelled"
        assert shop.bank.count("GET", f"/payments/{settlement.payment_ref(order_id)}") == 0


@pytest.mark.long
async def test_a_sandbox_webhook_from_before_the_switch_is_applied_in_the_sandbox(shop, seller):
    async with shop.running(is_live=False) as server:
        buyer = await server.person()
        order_id = await server.order(buyer, seller, 5000)
        await server.confirm(buyer, order_id)

    async with shop.running(is_live=True) as server:
        await server.connect(seller)
        await server.work()

        assert await server.status(order_id) == "paid"
        assert await _statuses(server, seller) == ["pending"]
        assert await _breaches(server) == []


@pytest.mark.long
async def test_a_payment_in_the_sandbox_pays_no_order_whose_payment_is_real(shop, seller):
    """Begin a payment in the sandbox, and let the same order's payment begin at Hyperswitch."""
    order_id = OrderId(new_id())
    async with shop.running(is_live=False) as server:
        buyer = await server.person()
        await server.order(buyer, seller, 5000, order_id)
        # The process died before it could keep which payment there is.
        async with server.database.transaction() as tx:
            sql = "update orders set payment_ref = null, client_secret = null where id = $1"
            await tx.run(sql, order_id)
    async with shop.running(is_live=True) as server:
        await server.order(buyer, seller, 5000, order_id)
        assert settlement.payment_ref(order_id) in shop.bank.payments

    async with shop.running(is_live=False) as server:
        await server.confirm(buyer, order_id)
        await server.work()

        assert await server.status(order_id) == "pending"
        assert await _breaches(server) == []


@pytest.mark.long
async def test_real_money_waits_while_the_settings_name_the_sandbox(shop, seller):
    async with shop.running(is_live=True) as server:
        await server.buy(await server.person(), seller, 3000)

    async with shop.running(is_live=False) as server:
        await server.connect(seller)
        await server.work()
        assert await _statuses(server, seller) == ["pending"]
        assert (await server.balance(seller)).pending == 0

    async with shop.running(is_live=True) as server:
        account_ref = await server.connect(seller)
        assert shop.stripe.paid_cents(account_ref) == 2700


@pytest.mark.long
async def test_a_free_order_is_of_the_mode_in_which_it_was_placed_and_moves_nothing(shop, seller):
    async with shop.running(is_live=False) as server:
        free = await server.order(await server.person(), seller, 0)
        await server.work()
    async with shop.running(is_live=True) as server:
        await server.work()
        assert await server.status(free) == "paid"
        assert await _statuses(server, seller) == []
        assert await _breaches(server) == []
        async with server.database.read() as conn:
            mode = await conn.value(str, "select mode from orders where id = $1", free)
    assert mode == "test"


@pytest.mark.long
async def test_a_sandbox_balance_does_not_prevent_erasure_after_the_switch(shop, seller):
    async with shop.running(is_live=False) as server:
        await server.buy(await server.person(), seller, 5000)
        with pytest.raises(OpenBalance):
            await _leave(server, seller)

    async with shop.running(is_live=True) as server:
        await _leave(server, seller)
        await server.work()
        assert await _breaches(server) == []


@pytest.mark.long
async def test_a_live_balance_prevents_erasure_in_either_mode(shop, seller):
    async with shop.running(is_live=True) as server:
        await server.buy(await server.person(), seller, 5000)
    for is_live in (True, False):
        async with shop.running(is_live=is_live) as server:
            with pytest.raises(OpenBalance):
                await _leave(server, seller)


async def test_a_payout_provider_of_real_money_beside_the_sandbox_does_not_start(services):
    mixed = structs.replace(
        services.settings,
        payout_provider=PayoutProviderName.STRIPE,
        stripe_secret_key="sk_live_ours",
        stripe_webhook_secret="whsec_ours",
    )

    with pytest.raises(CannotStart, match="can't be used together"):
        async with open_services(mixed):
            pass


REFUSED = [
    "update transfers set provider = 'stripe', account_ref = 'acct_1' where seller_id = $1",
    "update transfers set payment_provider = 'hyperswitch' where seller_id = $1",
    """
    update orders o set provider = 'hyperswitch'
      from transfers t
     where t.order_id = o.id and t.seller_id = $1
    """,
    """
    insert into refunds (id, order_id, mode, amount_cents, currency, reason)
         select gen_random_uuid(), order_id, 'live', 1, 'EUR', 'Broken'
           from transfers
          where seller_id = $1
    """,
    """
    insert into ledger_accounts (kind, provider, currency, mode)
         select 'payouts', 'stripe', 'JPY', 'test' from users where id = $1
    """,
    """
    with p as (
        insert into ledger_postings (id, kind, reference_id, currency, mode)
             select gen_random_uuid(), 'transfer', t.id, 'EUR', 'live'
               from transfers t
              where t.seller_id = $1
          returning id
    )
    insert into ledger_entries (posting_id, account_number, currency, mode, amount_cents)
         select p.id, a.number, 'EUR', m.mode, m.cents
           from p
           join (values ('live', 5), ('test', -5)) as m (mode, cents) on true
           join ledger_accounts a on a.kind = 'payments' and a.mode = m.mode
    """,
]


async def test_the_database_refuses_what_mixes_the_modes(shop, seller):
    async with shop.running(is_live=True) as server:
        await server.buy(await server.person(), await server.person(Role.CREATOR), 1000)
    async with shop.running(is_live=False) as server:
        await server.buy(await server.person(), seller, 5000)
        for sql in REFUSED:
            with pytest.raises(ConstraintViolation):
                async with server.database.transaction() as tx:
                    await tx.run(sql, seller.id)


@pytest.mark.parametrize("provider", ["sandbox", "stripe", "hyperswitch", "another", "Sandbox"])
async def test_the_database_and_the_program_agree_on_the_mode_of_a_provider(services, provider):
    async with services.database.read() as conn:
        assert await conn.value(str, "select money_mode($1)", provider) == mode_of(provider)

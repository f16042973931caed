"""A shop on its own database, whose operator switches between the sandbox and real money."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from msgspec import structs

from tests import make
from tests.fakes import hyperswitch, stripe
from tests.fakes.hyperswitch import FakeHyperswitch
from tests.fakes.stripe import FakeStripe
from tests.infra.databases import migrated
from tests.money.worker import Worker
from tests.support.ordering import place_order
from veza.app.api import fill_state
from veza.app.services import Services, open_services
from veza.app.settings.setting_types import PaymentProviderName, PayoutProviderName
from veza.core.access import Member, Role
from veza.core.ids import OrderId, RefundId, TransferId, new_id
from veza.domains.marketplace.orders.models.checkout import OrderForm, OrderItemForm
from veza.domains.marketplace.orders.models.state import OrderEvent
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.refunds.models import RefundClaim, RefundForm
from veza.domains.marketplace.refunds.service import requested_refunds
from veza.domains.marketplace.sandbox.models import PaymentConfirmation, PaymentOutcome
from veza.domains.marketplace.sandbox.service import simulation as sandbox
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers.models import SellerBalance
from veza.infra.postgres.database import Database

_WINDOW = timedelta(days=30)


class _State:
    """Stand-in for the state of the application, which `fill_state` fills."""


class Shop:
    """One database, and the server that the settings of the moment make of it."""

    def __init__(self, settings, bank: FakeHyperswitch, stripe_: FakeStripe) -> None:
        self._test_settings = settings
        self.bank, self.stripe = bank, stripe_

    @asynccontextmanager
    async def running(self, *, is_live: bool) -> AsyncIterator["Server"]:
        """Run the shop with the real providers, or with the sandbox."""
        settings = self._test_settings
        if is_live:
            settings = structs.replace(
                settings,
                payment_provider=PaymentProviderName.HYPERSWITCH,
                hyperswitch_url=self.bank.url,
                hyperswitch_api_key=hyperswitch.API_KEY,
                hyperswitch_webhook_secret=hyperswitch.SECRET,
                payout_provider=PayoutProviderName.STRIPE,
                stripe_url=self.stripe.url,
                stripe_secret_key=stripe.SECRET_KEY,
                stripe_webhook_secret=stripe.WEBHOOK_SECRET,
            )
        async with open_services(settings) as services:
            yield Server(self, services)


class Server:
    """What members, admins and the worker do while the shop runs with some settings."""

    def __init__(self, shop: Shop, services: Services) -> None:
        self.shop, self.services = shop, services
        self.database: Database = services.database
        self._worker = Worker(services, services.database)
        self.state = _State()
        fill_state(self.state, services)

    async def work(self) -> None:
        """Do all that is due now: events, jobs, and what the clock starts."""
        await self._worker.work()
        async with self.database.transaction() as tx:
            for table, column in (
                ("orders", "poll_at"),
                ("refunds", "poll_at"),
                ("payout_accounts", "next_check_at"),
                ("transfers", "next_retry_at"),
            ):
                await tx.run(f"update {table} set {column} = now() where {column} is not null")
        await self._worker.tick()
        await self._worker.work()

    async def person(self, role: Role = Role.USER) -> make.Person:
        return await make.person(self.services, role)

    async def order(
        self, buyer: make.Person, seller: make.Person, cents: int, order_id: OrderId | None = None
    ) -> OrderId:
        """Check out a new product of a seller."""
        order_id = order_id or OrderId(new_id())
        async with self.database.transaction() as tx:
            product_id = await make.product(tx, seller.member, "Night Ferry", price_cents=cents)
        form = OrderForm([OrderItemForm(product_id)])
        await place_order(self.database, self.services.checkout, buyer.member, form, order_id)
        return order_id

    async def confirm(self, buyer: make.Person, order_id: OrderId) -> None:
        """Pay an order in the sandbox, as its buyer does."""
        ref = settlement.payment_ref(order_id)
        await sandbox.confirm_payment(
            self.state.services.get(sandbox.Sandbox),
            self.database,
            buyer.member,
            ref,
            PaymentConfirmation(PaymentOutcome.SUCCEEDED),
        )

    async def buy(self, buyer: make.Person, seller: make.Person, cents: int) -> OrderId:
        """Have somebody order something and pay for it, by the provider of now."""
        order_id = await self.order(buyer, seller, cents)
        if self.services.payments.name == "sandbox":
            await self.confirm(buyer, order_id)
        else:
            self.shop.bank.pay(settlement.payment_ref(order_id))
            self.shop.bank.events.clear()
        await self.work()
        return order_id

    async def connect(self, seller: make.Person) -> str:
        """Have a seller onboard with the payout provider of now; give the account."""
        await sellers.start_onboarding(
            self.database, self.services.payouts, seller.id, return_url="https://veza.test/back"
        )
        sql = "select account_ref from payout_accounts where user_id = $1 and provider = $2"
        async with self.database.transaction() as tx:
            ref = await tx.value(str, sql, seller.id, self.services.payouts.name)
            sql = "update sandbox_accounts set is_connected = true where ref = $1"
            await tx.run(sql, ref)
        if ref in self.shop.stripe.accounts:
            self.shop.stripe.connect(ref)
        await sellers.refresh_account(self.database, self.services.payouts, ref)
        await self.work()
        return ref

    async def tell(self, order_id: OrderId, fact: OrderEvent) -> None:
        """Have something happen to an order, and all that follows."""
        async with self.database.transaction() as tx:
            await settlement.settle(tx, order_id, fact)
        await self.work()

    async def balance(self, seller: make.Person) -> SellerBalance:
        """Show a seller their balance, as `GET /sell/balance` does."""
        async with self.database.read() as conn:
            name, rate = self.services.payouts.name, self.services.settings.fee_rate
            return await sellers.get_balance(conn, seller.member, name, fee_rate=rate)

    async def refund(self, order_id: OrderId) -> None:
        """Have an admin give all of an order back."""
        admin = Member((await self.person(Role.ADMIN)).id, Role.ADMIN, None)
        claim = RefundClaim(RefundForm("Broken"), _WINDOW)
        async with self.database.transaction() as tx:
            await requested_refunds.request_refund(
                tx, order_id, admin, refund_id=RefundId(new_id()), claim=claim
            )
        await self.work()

    async def transfers(self, seller: make.Person) -> list[tuple[TransferId, str]]:
        """List the transfers of a seller, oldest first, and how each stands."""
        sql = "select id, status from transfers where seller_id = $1 order by created_at, id"
        async with self.database.read() as conn:
            ids = await conn.column(TransferId, sql, seller.id)
            sql = "select status from transfers where id = $1"
            return [(one, await conn.value(str, sql, one) or "") for one in ids]

    async def status(self, order_id: OrderId) -> str | None:
        async with self.database.read() as conn:
            return await conn.value(str, "select status from orders where id = $1", order_id)


@asynccontextmanager
async def open_shop(services: Services) -> AsyncIterator[Shop]:
    """Open a shop in a database that nobody else uses."""
    with FakeHyperswitch() as bank, FakeStripe() as fake_stripe:
        async with migrated(services) as urls:
            settings = structs.replace(
                services.settings,
                database_url=urls.app_url,
                migration_database_url=urls.owner_url,
                valkey_url=services.addresses.valkey,
            )
            yield Shop(settings, bank, fake_stripe)

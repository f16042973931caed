"""A market in a database of its own, with two companies over HTTP; its process dies as told.

What members, banks and companies do is called by tests; what the worker does is done by hand: the
events, the jobs and the schedules are the real ones, and so are the clients of the companies.
"""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from msgspec import structs

from tests import make
from tests.fakes import hyperswitch, stripe
from tests.fakes.company import Fault
from tests.fakes.hyperswitch import FakeHyperswitch
from tests.fakes.stripe import FakeStripe
from tests.infra.databases import migrated
from tests.money.crashing_services import Crash, Fate, make_mortal
from tests.money.worker import Worker
from tests.support.addresses import own_address
from tests.support.ordering import order_in, place_order
from veza.app.domains import PERSONAL_DATA
from veza.app.services import Services, open_services
from veza.app.settings.setting_types import PaymentProviderName, PayoutProviderName
from veza.core.access import Member, Role
from veza.core.clock import now
from veza.core.guest_request import GuestRequest
from veza.core.ids import OrderId, OrderItemId, ProductId, RefundId, TransferId
from veza.core.keyed_request import KeyedRequest
from veza.core.languages import Language
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.guests.service import claim_orders
from veza.domains.marketplace.orders.models.checkout import Order, OrderForm, OrderItemForm
from veza.domains.marketplace.orders.models.guests import LinkScope, OrderLink
from veza.domains.marketplace.orders.rules import links
from veza.domains.marketplace.orders.service import checkout, guest_orders, settlement
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.marketplace.payouts.service import transfers
from veza.domains.marketplace.refunds.models import RefundClaim, RefundForm
from veza.domains.marketplace.refunds.service import requested_refunds
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers import shared_queries as seller_queries
from veza.domains.marketplace.splits import service as splits
from veza.domains.marketplace.splits.models import SplitForm, SplitPartForm, SplitTarget
from veza.domains.marketplace.webhooks import service as webhooks
from veza.domains.privacy import service as privacy
from veza.infra.payments.errors import ProviderUnavailable

WINDOW = timedelta(days=30)
# Whose times decide what happens when.
_TIMED = (
    *("orders", "transfers", "transfer_reversals", "refunds", "payout_accounts"),
    *("order_disputes", "dispute_checks", "dispute_polls"),
    *("outbox", "jobs"),
)
_FUNDS = 10**9
_A_DAY = timedelta(days=1)
# A lease is over after the first; after the second all that waits for a pause is tried again.
_PAUSES = (timedelta(minutes=3), timedelta(hours=13))
_MAX_ROUNDS = 40

_IS_AT_REST = """
    select not exists (select from outbox)
       and not exists (select from jobs)
       and not exists (select from webhook_events where done_at is null)
       and not exists (select from orders where poll_at is not null)
       and not exists (select from refunds where status = 'pending')
       and not exists (select from transfers t
                         join payout_accounts p on p.user_id = t.seller_id
                        where p.status = 'connected'
                          and (t.next_retry_at is not null
                               or t.status in ('pending', 'processing')))
"""


@dataclass(frozen=True)
class Letter:
    """What a company has to tell us.

    What `is_asked_for` we would find out without it, and so we would what it says of an order that
    may still be paid.
    """

    company: FakeHyperswitch | FakeStripe
    body: bytes
    is_asked_for: bool = False
    order_id: OrderId | None = None


@dataclass(frozen=True)
class Wish:
    """The form of an order, with the id that is derived from its idempotency key.

    A guest has an address, and no account.
    """

    order_id: OrderId
    buyer: make.Person | None
    product_ids: Sequence[ProductId]
    email: str | None = None


def _member_of(wish: Wish) -> Member:
    assert wish.buyer is not None
    return wish.buyer.member


class Market:
    """Sellers, buyers, the companies, and the process that stands between them."""

    def __init__(self, services: Services, payments: FakeHyperswitch, payouts: FakeStripe) -> None:
        self.services, self.payments, self.payouts = services, payments, payouts
        self.database = services.database
        self.fate = Fate()
        # All that the process does goes through these.
        self.process = make_mortal(services, self.fate)
        self.letters: list[Letter] = []
        self.effects = self.calls = 0
        self._timed: dict[str, str] = {}
        # The accounts of those who were erased.
        self.erased: set[str | None] = set()
        self.worker = Worker(self.process, self.database)

    async def attempt(
        self,
        work: Awaitable[object],
        *,
        dies_after: int | None = None,
        fails_at: int | None = None,
        fault: Fault | None = None,
    ) -> bool:
        """Have the process do something; False where whoever asked for it got no answer.

        It may die of it after so many effects: then another one goes on. Or a fault may meet the
        nth call to a company. After that `effects` and `calls` tell how many there were.
        """

        def fail(nth: int) -> None:
            if nth == fails_at and fault is not None:
                self.payments.faults.append(fault)
                self.payouts.faults.append(fault)

        self.fate.be_born(dies_after)
        self.fate.hear_of_call = fail
        try:
            await work
        except Crash:
            await self.worker.requeue_taken()
            return False
        except ProviderUnavailable:
            return False
        finally:
            self.effects, self.calls = self.fate.effects, self.fate.calls
            self.fate.be_born(None)
            self.fate.hear_of_call = lambda _: None
            for company in (self.payments, self.payouts):
                company.faults = deque(one for one in company.faults if one is not fault)
            # Of refunds, which the company made meanwhile.
            self._collect(is_asked_for=True)
        return True

    async def begin_anew(self) -> None:
        """Have nobody ask any more of those who sold before: that takes long, and tells nothing."""
        async with self.database.transaction() as tx:
            await tx.run("update payout_accounts set next_check_at = 'infinity'")

    # What members do.

    async def person(self, role: Role = Role.USER) -> make.Person:
        return await make.person(self.services, role)

    async def product(
        self, seller: make.Person, price_cents: int, currency: str = "EUR"
    ) -> ProductId:
        async with self.database.transaction() as tx:
            return await make.product(
                tx, seller.member, "Night Ferry", price_cents=price_cents, currency=currency
            )

    async def preorder(self, seller: make.Person, price_cents: int) -> ProductId:
        """Offer a release that is to be published in a hundred years."""
        to_come = now() + timedelta(days=36_500)
        async with self.database.transaction() as tx:
            release_id = await make.release(tx, seller.member, "To come", publish_at=to_come)
            return await make.product(
                tx, seller.member, "To come", price_cents=price_cents, release_id=release_id
            )

    async def split(
        self,
        product_id: ProductId,
        owner: make.Person,
        parts: Mapping[make.Person, int],
        *,
        declined_by: make.Person | None = None,
    ) -> None:
        """Propose parts, which all affected parties accept but `declined_by`, if given."""
        target = SplitTarget(product_id=product_id)
        form = SplitForm([SplitPartForm(party.id, each) for party, each in parts.items()])
        async with self.process.database.transaction() as tx:
            proposed = await splits.propose(tx, target, owner.member, form)
        for party_id in proposed.proposal.awaited if proposed.proposal else []:
            answer = splits.decline if declined_by and party_id == declined_by.id else splits.accept
            async with self.process.database.transaction() as tx:
                await answer(tx, target, Member(party_id, Role.USER, None), None)

    async def erase(self, member: make.Person) -> None:
        """Erase the account of somebody, unless money is due to them or owed by them."""
        account_ref = await self.find_account(member)
        async with self.process.database.transaction() as tx:
            await privacy.erase(tx, PERSONAL_DATA, member.id)
        self.erased.add(account_ref)

    async def publish(self, *product_ids: ProductId) -> None:
        """Set the publication date of releases to the past."""
        sql = """
            update releases
               set visibility = 'public', publish_at = null
             where id in (select release_id from products where id = any($1))
        """
        async with self.database.transaction() as tx:
            await tx.run(sql, product_ids)

    async def cancel_preorders(self, product_id: ProductId, seller: make.Person) -> None:
        async with self.process.database.transaction() as tx:
            await requested_refunds.cancel_preorders(tx, product_id, seller.member, make.NO_LINKS)

    async def redeem(self, member: make.Person, seller: make.Person, product_id: ProductId) -> None:
        """Redeem a code that the seller gave to a member."""
        async with self.database.transaction() as tx:
            batch = await make.code_batch(tx, seller.member, product_id)
        await make.redeemed(self.process, member, batch.codes[0])

    async def check_out(self, wish: Wish) -> None:
        form = OrderForm([OrderItemForm(product_id) for product_id in wish.product_ids])
        await place_order(
            self.process.database, self.process.checkout, _member_of(wish), form, wish.order_id
        )

    async def order_as_guest(self, email: str, product_ids: Sequence[ProductId], key: str) -> None:
        """Order something for an address, from a network where nobody has ordered yet."""
        form = OrderForm([OrderItemForm(product_id) for product_id in product_ids], email=email)
        request = GuestRequest(own_address(), Language.ENGLISH, key, key.encode().ljust(32)[:32])
        desk = self._desk_of(self.process)
        await guest_orders.check_out(self.process.database, desk, form, request)

    async def find_guest_order(self, email: str, key: str) -> OrderId | None:
        """Return the order of a guest, unless the process died before it was placed."""
        request_key = links.request_key(self._desk_of(self.services).key, email, key)
        sql = "select order_id from guest_orders where request_key = $1"
        async with self.database.read() as conn:
            return await conn.value(OrderId, sql, request_key)

    async def verify(self, member: make.Person) -> str:
        """Verify the address of a member, which claims the orders made with it."""
        async with self.process.database.transaction() as tx:
            sql = "update users set email_verified_at = now() where id = $1 returning email"
            email = await tx.value(str, sql, member.id)
            await claim_orders(tx, member.id)
        assert email is not None
        return email

    def _desk_of(self, services: Services) -> GuestDesk:
        key = services.keys.derive(guest_orders.KEY_PURPOSE)
        return GuestDesk(services.checkout, services.sign_up.gate, key)

    async def send_order(self, wish: Wish, sent: KeyedRequest) -> Order:
        """Order something as a request with a key does, whose claim makes up the order's id."""
        form = OrderForm([OrderItemForm(product_id) for product_id in wish.product_ids])
        body = await checkout.check_out(
            self.process.database, self.process.checkout, _member_of(wish), form=form, sent=sent
        )
        return order_in(body)

    async def ask_for_refund(
        self,
        order_id: OrderId,
        member: make.Person | None,
        refund_id: RefundId,
        *places: int,
    ) -> None:
        """Want the money of some lines back, by their places; without any, of all that may be."""
        asker = OrderLink(order_id, LinkScope.OPEN) if member is None else member.member
        lines = await self.list_lines(order_id)
        item_ids = [lines[place % len(lines)] for place in places] or None
        claim = RefundClaim(RefundForm("It isn't what was said", item_ids=item_ids), WINDOW)
        async with self.process.database.transaction() as tx:
            await requested_refunds.request_refund(
                tx, order_id, asker, refund_id=refund_id, claim=claim
            )

    async def set_out(self, seller: make.Person) -> str:
        """Have a seller set out to be paid; give their account."""
        database, payouts = self.process.database, self.process.payouts
        await sellers.start_onboarding(
            database, payouts, seller.id, return_url="https://veza.test/back"
        )
        account_ref = await self.find_account(seller)
        assert account_ref is not None
        return account_ref

    async def retry_failed(self) -> None:
        """Have an admin try all transfers again that failed."""
        sql = "select id from transfers where status = 'failed' order by id"
        async with self.database.read() as conn:
            failed = await conn.column(TransferId, sql)
        for transfer_id in failed:
            async with self.process.database.transaction() as tx:
                await transfers.retry(tx, transfer_id, uuid4())

    # What banks and companies do.

    def pay(
        self, order_id: OrderId, status: str = "succeeded", received_cents: int | None = None
    ) -> None:
        """Have the bank say yes or no, where there is a payment that can end like that."""
        payment = self.payments.payments.get(settlement.payment_ref(order_id))
        if payment is None or payment["status"] == "succeeded":
            return
        if payment["status"] == "cancelled" and status != "succeeded":
            return
        self.payments.pay(payment["payment_id"], status, received_cents)
        self._collect(order_id=order_id)

    def tell_again(self, order_id: OrderId, times: int) -> None:
        """Have the company write several letters of a payment that was made."""
        payment = self.payments.payments[settlement.payment_ref(order_id)]
        for _ in range(times):
            event = self.payments.make_event("payment_succeeded", payment)
            self.letters.append(Letter(self.payments, event, order_id=order_id))

    def end_refunds(self, status: str) -> None:
        """Have the company decide all refunds that it hasn't decided."""
        for refund in list(self.payments.refunds.values()):
            if refund["status"] == "pending":
                refund["status"] = status
                event = self.payments.make_event(f"refund_{status}", refund, "refund_details")
                self.letters.append(Letter(self.payments, event, is_asked_for=True))

    def dispute(self, order_id: OrderId, cents: int, *, at_most: int = 1) -> None:
        """Have a buyer's bank take back what was paid, or a part, unless it did so often enough."""
        payment_id = settlement.payment_ref(order_id)
        payment = self.payments.payments.get(payment_id)
        known = [one["payment_id"] for one in self.payments.disputes.values()]
        if payment and payment["status"] == "succeeded" and known.count(payment_id) < at_most:
            self.payments.dispute(payment_id, min(cents, payment["amount_received"]))
            # The company is asked which disputes began.
            self._collect(is_asked_for=True)

    def decide(self, order_id: OrderId, *, is_won: bool) -> None:
        """Have the bank decide what it took back."""
        for dispute in self.payments.disputes.values():
            is_meant = dispute["payment_id"] == settlement.payment_ref(order_id)
            if is_meant and dispute["dispute_status"] == "dispute_opened":
                self.payments.end_dispute(dispute["dispute_id"], "won" if is_won else "lost")
        self._collect()

    def connect(self, account_ref: str, *, is_connected: bool = True) -> None:
        """Have the company be content with what a seller told it, or not any more."""
        self.payouts.connect(account_ref, is_connected=is_connected)
        event = self.payouts.make_event("account.updated", self.payouts.accounts[account_ref])
        self.letters.append(Letter(self.payouts, event, is_asked_for=True))

    def all_goes_well(self) -> None:
        """Have nothing go wrong from now on."""
        self.payments.faults.clear()
        self.payments.refund_status = "succeeded"
        self.end_refunds("succeeded")
        self.payouts.faults.clear()
        self.payouts.funds = _FUNDS

    async def deliver(self, letter: Letter) -> None:
        """Have a letter come in; it may come again."""
        database, secrets = self.process.database, self.services.webhook_secrets
        if letter.company is self.payouts:
            signature = stripe.sign(letter.body)
            await webhooks.receive_stripe_event(database, secrets, letter.body, signature)
        else:
            signature = hyperswitch.sign(hyperswitch.SECRET, letter.body)
            await webhooks.receive_payment_event(database, secrets, letter.body, [signature])

    async def list_unneeded(self) -> list[Letter]:
        """List the letters that may get lost."""
        sql = "select id from orders where poll_at is not null"
        async with self.database.read() as conn:
            asked = set(await conn.column(OrderId, sql))
        return [one for one in self.letters if one.is_asked_for or one.order_id in asked]

    def _collect(self, *, is_asked_for: bool = False, order_id: OrderId | None = None) -> None:
        """Take what the company of payments has to tell."""
        while self.payments.events:
            body = self.payments.events.pop(0).body
            self.letters.append(Letter(self.payments, body, is_asked_for, order_id))

    async def deliver_latest(self) -> None:
        """Have the letter come in that was written last."""
        if self.letters:
            await self.deliver(self.letters[-1])

    # What time does.

    async def wait(self, pause: timedelta) -> None:
        """Let time pass: all that is written down was so much longer ago."""
        self._timed = self._timed or await self._list_timed()
        async with self.database.transaction() as tx:
            for table, changes in self._timed.items():
                await tx.run(f"update {table} set {changes}", pause)
        if pause >= _A_DAY:
            self.payouts.forget_keys()

    async def come_to_rest(self) -> None:
        """Have all go well from now on, and go on until there is nothing left to be done.

        Only those who haven't told the company who they are wait for what they earned.
        """
        self.all_goes_well()
        for turn in range(_MAX_ROUNDS):
            for letter in self.letters:
                await self.deliver(letter)
            self.letters.clear()
            await self.retry_failed()
            await self.worker.tick()
            await self.worker.work()
            self._collect(is_asked_for=True)
            if await self._is_idle() and not self.letters:
                return
            await self.wait(_PAUSES[turn % len(_PAUSES)])
        raise AssertionError("It never comes to rest.")

    async def _is_idle(self) -> bool:
        async with self.database.read() as conn:
            return bool(await conn.value(bool, _IS_AT_REST))

    async def _list_timed(self) -> dict[str, str]:
        sql = """
            select table_name || ' ' || string_agg(format('%1$I = %1$I - $1::interval',
                                                          column_name), ', ')
              from information_schema.columns
             where table_schema = 'public' and table_name = any($1)
               and data_type = 'timestamp with time zone'
             group by table_name
        """
        async with self.database.read() as conn:
            found = await conn.column(str, sql, list(_TIMED))
        return dict(one.split(" ", 1) for one in found)

    # What tests want to know.

    async def list_lines(self, order_id: OrderId) -> list[OrderItemId]:
        sql = "select id from order_items where order_id = $1 order by position"
        async with self.database.read() as conn:
            return await conn.column(OrderItemId, sql, order_id)

    async def find_account(self, seller: make.Person) -> str | None:
        async with self.database.read() as conn:
            account = await seller_queries.find_payout_account(conn, seller.id, MoneyMode.LIVE)
        return None if account is None else account.account_ref


@asynccontextmanager
async def open_market(services: Services) -> AsyncIterator[Market]:
    """Open a market in a database that nobody else uses."""
    with FakeHyperswitch() as payments, FakeStripe() as payouts:
        async with migrated(services) as urls:
            settings = structs.replace(
                services.settings,
                database_url=urls.app_url,
                migration_database_url=urls.owner_url,
                valkey_url=services.addresses.valkey,
                payment_provider=PaymentProviderName.HYPERSWITCH,
                hyperswitch_url=payments.url,
                hyperswitch_api_key=hyperswitch.API_KEY,
                hyperswitch_webhook_secret=hyperswitch.SECRET,
                payout_provider=PayoutProviderName.STRIPE,
                stripe_url=payouts.url,
                stripe_secret_key=stripe.SECRET_KEY,
                stripe_webhook_secret=stripe.WEBHOOK_SECRET,
            )
            async with open_services(settings) as opened:
                yield Market(opened, payments, payouts)

"""Orders that wait for their money, and events that say what became of it."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from tests import make
from tests.fakes.hyperswitch import sign
from veza.app.payment_providers import create_event_consumers
from veza.app.services import Services
from veza.core.ids import OrderId, new_id
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.orders.models.state import OrderStatus
from veza.domains.marketplace.orders.queries.checkout import update_payment
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.webhooks import jobs, queries
from veza.domains.marketplace.webhooks.models import ProcessWebhook, WebhookEvent, WebhookOutcome
from veza.infra.payments.provider import PaymentRequest

TOTAL = 1250


@dataclass(frozen=True)
class Checkout:
    """An order whose payment waits, with its buyer and its seller."""

    order_id: OrderId
    payment_id: str
    buyer: make.Person
    seller: make.Person


@dataclass(frozen=True)
class Wire:
    """Sends events as a company does, and looks at what became of them."""

    services: Services
    client: httpx.AsyncClient
    sent: list[bytes] = field(default_factory=list)

    async def send(self, body: bytes, **headers: str) -> httpx.Response:
        """Send an event, signed in the reference's header unless others are given."""
        given = headers or {"x-hyperswitch-signature": self.sign(body)}
        named = {name.replace("_", "-"): value for name, value in given.items()}
        self.sent.append(body)
        return await self.client.post("webhooks/hyperswitch", content=body, headers=named)

    async def tell(self, checkout: Checkout, kind: str = "payment.succeeded", **facts: Any) -> str:
        """Tell of a payment in the reference's form, process it, and give what became of it."""
        body = write(checkout, kind, **facts)
        assert (await self.send(body)).status_code == 200
        await self.process()
        return await self.outcome_of(msgspec.json.decode(body)["event_id"])

    def sign(self, body: bytes) -> str:
        return sign(self.services.webhook_secrets.payments_secret, body)

    async def process(self, payments=None) -> None:
        """Process what was sent, as the worker does, with another company if one is given."""
        companies = self.services.providers
        if payments is not None:
            companies = msgspec.structs.replace(companies, payments=payments)
        consumers = create_event_consumers(self.services.database, companies)
        for job in await self.list_waiting():
            await jobs.process_webhook(self.services.database, consumers, job)

    async def list_waiting(self) -> list[ProcessWebhook]:
        sql = "select id as event_id from webhook_events where body = any($1) and done_at is null"
        async with self.services.database.read() as conn:
            return await conn.all(ProcessWebhook, sql, self.sent)

    async def outcome_of(self, event_id: str) -> WebhookOutcome | None:
        sql = "select outcome from webhook_events where event_id = $1"
        async with self.services.database.read() as conn:
            return await conn.value(WebhookOutcome, sql, event_id)

    async def last_outcome(self) -> WebhookOutcome | None:
        sql = "select outcome from webhook_events where body = $1"
        async with self.services.database.read() as conn:
            return await conn.value(WebhookOutcome, sql, self.sent[-1])

    async def count_events(self, event_id: str) -> int:
        sql = "select count(*) from webhook_events where event_id = $1"
        async with self.services.database.read() as conn:
            return await conn.value(int, sql, event_id) or 0

    async def status_of(self, checkout: Checkout) -> OrderStatus:
        sql = "select status from orders where id = $1"
        async with self.services.database.read() as conn:
            found = await conn.value(OrderStatus, sql, checkout.order_id)
        assert found is not None
        return found

    async def is_flagged(self, checkout: Checkout) -> bool:
        sql = "select is_flagged from orders where id = $1"
        async with self.services.database.read() as conn:
            return bool(await conn.value(bool, sql, checkout.order_id))

    async def earned_by_seller(self, checkout: Checkout) -> int:
        async with self.services.database.read() as conn:
            balances = await ledger_queries.list_balances(conn, checkout.seller.id)
        return sum(balance.earned_cents for balance in balances)

    async def held_by_company(self, checkout: Checkout) -> int:
        """What the company has for an order, as the books say."""
        sql = """
            select coalesce(-sum(e.amount_cents), 0)::bigint
              from ledger_entries e
              join ledger_accounts a on a.number = e.account_number
              join ledger_postings p on p.id = e.posting_id
             where a.kind = 'payments'
               and p.reference_id in (
                       select $1 union all select id from order_disputes where order_id = $1
                   )
        """
        async with self.services.database.read() as conn:
            return await conn.value(int, sql, checkout.order_id) or 0


async def events_of(services: Services, provider: str, kind: str) -> list[WebhookEvent]:
    """The events of a kind that a company sent."""
    async with services.database.read() as conn:
        found = await queries.list_events(conn, None, limit=100, before=None)
    return [event for event in found if (event.provider, event.kind) == (provider, kind)]


def write(checkout: Checkout, kind: str = "payment.succeeded", **facts: Any) -> bytes:
    """Write an event in the reference's form."""
    event = {
        "event": kind,
        "event_id": f"evt_{new_id().hex}",
        "payment_id": checkout.payment_id,
        "amount": TOTAL,
        "currency": "EUR",
    }
    return msgspec.json.encode(event | facts)


async def check_out(services: Services, payments: Any) -> Checkout:
    """Order something, as its buyer's browser would, and begin the payment with a provider."""
    buyer, seller = await make.person(services), await make.person(services)
    async with services.database.transaction() as tx:
        order_id = await make.order(tx, buyer.member, (seller.member, TOTAL))
    payment_id = settlement.payment_ref(order_id)
    payment = await payments.create_payment(PaymentRequest(payment_id, TOTAL, "EUR", "Night Ferry"))
    async with services.database.transaction() as tx:
        await update_payment(tx, order_id, payment, provider=payments.name)
    return Checkout(order_id, payment_id, buyer, seller)

"""A webhook's signature is checked, and its event stored to be processed once."""

from msgspec import Struct
from prometheus_client import Counter

from veza.core.ids import WebhookEventId, new_id
from veza.core.pages import Cursor, cut
from veza.domains.marketplace.webhooks import queries, rules
from veza.domains.marketplace.webhooks.errors import BadSignature
from veza.domains.marketplace.webhooks.models import (
    ProcessWebhook,
    WebhookEventPage,
    WebhookOutcome,
)
from veza.infra.jobs.queue import enqueue
from veza.infra.payments import hyperswitch_signatures as hyperswitch
from veza.infra.payouts import stripe_signatures as stripe
from veza.infra.payouts.provider import STRIPE
from veza.infra.postgres.database import Conn, Database

_REFUSED = Counter(
    "veza_webhooks_refused_total", "Webhooks refused for their signature.", ["provider"]
)
_RECEIVED = Counter(
    "veza_webhooks_total", "Webhooks stored for the first time, or again.", ["provider", "is_new"]
)


class WebhookSecrets(Struct, frozen=True):
    """The secrets that sign webhooks, and the payment provider that sends them.

    Without a secret of Stripe all its webhooks are refused.
    """

    payment_provider: str
    payments_secret: str
    stripe_secret: str | None


async def receive_payment_event(
    database: Database, secrets: WebhookSecrets, body: bytes, signatures: list[str]
) -> None:
    """Store an event of the payment provider, to be processed once.

    One of the signatures has to be valid. Raises BadSignature and UnreadableEvent.
    """
    secret = secrets.payments_secret
    if not any(hyperswitch.is_signed(secret, body, signature) for signature in signatures):
        _refuse(secrets.payment_provider)
    await _store(database, secrets.payment_provider, body)


async def receive_stripe_event(
    database: Database, secrets: WebhookSecrets, body: bytes, signature: str
) -> None:
    """Store an event of Stripe, to be processed once. Raises BadSignature and UnreadableEvent."""
    secret = secrets.stripe_secret
    if secret is None or not stripe.is_signed(secret, body, signature):
        _refuse(STRIPE)
    await _store(database, STRIPE, body)


async def list_events(
    conn: Conn, outcome: WebhookOutcome | None, *, limit: int, cursor: Cursor | None
) -> WebhookEventPage:
    """List events, newest first."""
    before = None if cursor is None else WebhookEventId(cursor.id)
    found = await queries.list_events(conn, outcome, limit=limit, before=before)
    shown, next_cursor = cut(found, limit, lambda event: Cursor(event.received_at, event.id))
    return WebhookEventPage(shown, next_cursor, next_cursor is not None)


async def _store(database: Database, provider: str, body: bytes) -> None:
    header = rules.read_header(body)
    event_id = WebhookEventId(new_id())
    async with database.transaction() as tx:
        is_new = await queries.insert_event(tx, event_id, provider, header=header, body=body)
        if is_new:
            await enqueue(tx, ProcessWebhook(event_id))
    _RECEIVED.labels(provider, "yes" if is_new else "no").inc()


def _refuse(provider: str) -> None:
    _REFUSED.labels(provider).inc()
    raise BadSignature

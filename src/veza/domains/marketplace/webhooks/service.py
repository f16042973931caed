"""What one can do with events: have them in, once each, and show them to admins."""

from msgspec import Struct
from prometheus_client import Counter

from veza.core.ids import WebhookEventId, new_id
from veza.core.pages import Cursor, cut
from veza.domains.marketplace.webhooks import queries, rules
from veza.domains.marketplace.webhooks.errors import BadSignature
from veza.domains.marketplace.webhooks.models import EventPage, Outcome, ProcessWebhook
from veza.infra.jobs.queue import enqueue
from veza.infra.payments import hyperswitch
from veza.infra.payouts import stripe
from veza.infra.postgres.database import Conn, Database

_REFUSED = Counter(
    "veza_webhooks_refused_total", "Webhooks refused for their signature.", ["provider"]
)


class Doors(Struct, frozen=True):
    """By which secrets companies are told from others, and who speaks at the door of payments.

    Without a secret nobody is let in.
    """

    payments: str
    payments_secret: str
    stripe_secret: str | None


async def receive_payment_event(
    database: Database, doors: Doors, body: bytes, signatures: list[str]
) -> None:
    """Keep what the company of payments tells, to be processed once.

    One of the signatures has to be the one of the body. Raises BadSignature and UnreadableEvent.
    """
    if not any(hyperswitch.is_signed(doors.payments_secret, body, one) for one in signatures):
        _refuse(doors.payments)
    await _keep(database, doors.payments, body)


async def receive_stripe_event(
    database: Database, doors: Doors, body: bytes, signature: str
) -> None:
    """Keep what Stripe tells, to be processed once. Raises BadSignature and UnreadableEvent."""
    if doors.stripe_secret is None or not stripe.is_signed(doors.stripe_secret, body, signature):
        _refuse(stripe.Stripe.name)
    await _keep(database, stripe.Stripe.name, body)


async def list_events(
    conn: Conn, outcome: Outcome | None, *, limit: int, cursor: Cursor | None
) -> EventPage:
    """List events for admins, the latest first."""
    before = None if cursor is None else WebhookEventId(cursor.id)
    found = await queries.list_events(conn, outcome, limit=limit, before=before)
    shown, following = cut(found, limit, lambda event: Cursor(event.received_at, event.id))
    return EventPage(shown, following, following is not None)


async def _keep(database: Database, provider: str, body: bytes) -> None:
    letter = rules.read_letter(body)
    event_id = WebhookEventId(new_id())
    async with database.transaction() as tx:
        if await queries.insert_event(tx, event_id, provider, letter, body):
            await enqueue(tx, ProcessWebhook(event_id))


def _refuse(provider: str) -> None:
    _REFUSED.labels(provider).inc()
    raise BadSignature

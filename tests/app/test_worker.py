"""The worker as it is put together: what may keep what waiting."""

import asyncio
from uuid import uuid4

import msgspec
import pytest
from msgspec import structs

from tests.infra.waiting import until
from veza.app.services import Services
from veza.app.worker import list_handlers
from veza.core.ids import new_id
from veza.domains.marketplace.invoices.models import IssueDocument
from veza.domains.marketplace.payouts.models import SettleTransfer
from veza.domains.marketplace.refunds.models import SettleRefund
from veza.domains.marketplace.webhooks import service as webhooks
from veza.domains.music.audio.models import ProcessTrack
from veza.infra.jobs.queue import enqueue
from veza.infra.jobs.worker import Worker
from veza.infra.payments.hyperswitch_signatures import sign

# More than a worker does side by side.
MANY = 12


async def hear(services: Services) -> str:
    """Have the company of payments tell something; give the event's name."""
    event_id = f"evt_{uuid4().hex}"
    body = msgspec.json.encode({"event": "payout.created", "event_id": event_id})
    secrets = services.webhook_secrets
    signature = sign(secrets.payments_secret, body)
    await webhooks.receive_payment_event(services.database, secrets, body, [signature])
    return event_id


@pytest.mark.parametrize("kind", [ProcessTrack, IssueDocument, SettleRefund, SettleTransfer])
async def test_payments_are_heard_of_while_much_waits_for_a_slow_machine(services, kind):
    async def wait(_: object) -> None:
        await asyncio.Event().wait()

    async with services.database.transaction() as tx:
        for _ in range(MANY):
            await enqueue(tx, kind(new_id()))
    event_id = await hear(services)
    handlers = dict(list_handlers(services))
    handlers[kind] = structs.replace(handlers[kind], run=wait)
    worker = Worker(services.addresses.database, handlers, {})
    working = asyncio.create_task(worker.run())

    async def is_heard() -> bool:
        sql = "select done_at is not null from webhook_events where event_id = $1"
        async with services.database.read() as conn:
            return bool(await conn.value(bool, sql, event_id))

    try:
        await until(is_heard)
    finally:
        await worker.stop(grace_s=0)
        await working
        async with services.database.transaction() as tx:
            await tx.run("delete from pgqueuer where entrypoint = $1", kind.__name__)

"""The worker as it is put together: what may keep what waiting."""

import asyncio
from typing import Any

from msgspec import Struct, structs

from tests.infra.waiting import until
from veza.app.services import Services
from veza.app.worker import list_handlers
from veza.core.clock import now
from veza.core.ids import OrderId, WebhookEventId, new_id
from veza.domains.auth.recovery.models import MailPurpose, SendMail
from veza.domains.marketplace.archives.models import BuildArchive
from veza.domains.marketplace.invoices.models import IssueDocument
from veza.domains.marketplace.orders.models.state import PollPayment
from veza.domains.marketplace.payouts.models import SettleTransfer
from veza.domains.marketplace.refunds.models import SettleRefund
from veza.domains.marketplace.webhooks.models import ProcessWebhook
from veza.domains.music.audio.models import ProcessTrack
from veza.domains.platform.uploads.models import CompleteUpload
from veza.domains.privacy.models import BuildExport, EraseMember
from veza.infra.jobs.queue import enqueue
from veza.infra.jobs.worker import Handlers, Worker

# Of each kind more than a worker does side by side.
MANY = 9
# Each takes one id.
SLOW = (
    *(ProcessTrack, BuildArchive, BuildExport, CompleteUpload, EraseMember, IssueDocument),
    *(SettleRefund, SettleTransfer),
)


def _replace(handlers: Handlers, kind: type[Struct], run: Any) -> dict[type, Any]:
    return {**handlers, kind: structs.replace(handlers[kind], run=run)}


async def test_mails_and_payments_wait_for_nothing_that_is_slow(services: Services) -> None:
    done: list[Struct] = []
    running: list[Struct] = []

    async def note(job: Struct) -> None:
        done.append(job)

    async def wait(job: Struct) -> None:
        running.append(job)
        await asyncio.Event().wait()

    handlers = list_handlers(services)
    for kind in SLOW:
        handlers = _replace(handlers, kind, wait)
    vital = [
        SendMail(MailPurpose.PASSWORD_RESET, "ada@example.com", now()),
        PollPayment(OrderId(new_id()), "sandbox", is_expired=False),
        ProcessWebhook(WebhookEventId(new_id())),
    ]
    for job in vital:
        handlers = _replace(handlers, type(job), note)
    async with services.database.transaction() as tx:
        for kind in SLOW:
            for _ in range(MANY):
                await enqueue(tx, kind(new_id()))
    worker = Worker(services.addresses.database, handlers, {})
    working = asyncio.create_task(worker.run())

    try:
        # Every slot that slow jobs can take is taken.
        await until(lambda: len(running) == sum(handlers[kind].at_once for kind in SLOW))
        async with services.database.transaction() as tx:
            for job in vital:
                await enqueue(tx, job)
        await until(lambda: len(done) == len(vital))
    finally:
        await worker.stop(grace_s=0)
        await working
        async with services.database.transaction() as tx:
            names = [kind.__name__ for kind in SLOW]
            await tx.run("delete from jobs where name = any($1)", names)
    assert len(running) == sum(handlers[kind].at_once for kind in SLOW)

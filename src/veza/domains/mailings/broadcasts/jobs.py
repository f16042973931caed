"""Broadcasts are sent, a part in each run; their recipients are forgotten after a month."""

from veza.domains.mailings.broadcasts.models import (
    NoteReport,
    SendBroadcast,
    SendBroadcastTest,
)
from veza.domains.mailings.broadcasts.queries import broadcasts as queries
from veza.domains.mailings.broadcasts.queries import recipients as recipient_queries
from veza.domains.mailings.broadcasts.rules import limits
from veza.domains.mailings.broadcasts.service import reported, sending, written
from veza.domains.mailings.broadcasts.service.context import BroadcastContext
from veza.domains.mailings.broadcasts.service.drafts import job_key
from veza.domains.mailings.subscribers.events import Unsubscribed
from veza.domains.platform.suppressions.events import MailReported
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def send_broadcast(database: Database, context: BroadcastContext, job: SendBroadcast) -> None:
    """Send a part of a broadcast, and enqueue the next one.

    Running twice sends to nobody twice: each recipient is claimed, and marked when sent to.
    """
    if not await sending.send_some(database, context, job.broadcast_id):
        return
    async with database.transaction(recorded=False) as tx:
        found = await queries.find_sent(tx, job.broadcast_id)
        # The broadcasts of other profiles have their turn before the next part.
        await enqueue(
            tx,
            SendBroadcast(job.broadcast_id),
            key=job_key(job.broadcast_id),
            also_while_running=True,
            owner_id=found and found.profile_id,
        )


async def send_due(database: Database) -> None:
    """Enqueue broadcasts that are due, or that continue after a pause or a crash."""
    async with database.read() as conn:
        due = await queries.list_due(conn)
    async with database.transaction(recorded=False) as tx:
        for broadcast_id in due:
            await enqueue(tx, SendBroadcast(broadcast_id), key=job_key(broadcast_id))


async def send_test(database: Database, context: BroadcastContext, job: SendBroadcastTest) -> None:
    """Mail a broadcast to its author as a test. Running twice sends two mails."""
    async with database.read() as conn:
        broadcast = await queries.find_sent(conn, job.broadcast_id)
        email = await recipient_queries.find_test_address(conn, job.user_id)
    if broadcast is None or email is None:
        return
    async with context.bulk.session() as session:
        await session.send(
            written.write(context, broadcast, is_test=True).to_one(email, job.user_id)
        )


async def enqueue_report(tx: Tx, event: MailReported) -> None:
    """Enqueue the note of a report, which needs the key of tokens."""
    await enqueue(tx, NoteReport(event))


async def note_report(database: Database, context: BroadcastContext, job: NoteReport) -> None:
    """Note a report about a recipient. Running twice does no harm."""
    async with database.transaction(recorded=False) as tx:
        await reported.note(tx, context.tokens, job.event)


async def count_unsubscribed(tx: Tx, event: Unsubscribed) -> None:
    """Count somebody who unsubscribed by a broadcast."""
    await queries.add_unsubscribed(tx, event.broadcast_id)


async def sweep_recipients(database: Database) -> None:
    """Forget recipients of broadcasts that are over for a month."""
    deleted = limits.DELETED_AT_ONCE
    while deleted == limits.DELETED_AT_ONCE:
        async with database.transaction() as tx:
            deleted = await recipient_queries.delete_old(
                tx, limits.KEPT_FOR, limit=limits.DELETED_AT_ONCE
            )

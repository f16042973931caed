"""A broadcast begins, its recipients are collected, and each is claimed, sent to and marked.

SMTP knows no delivery that happens exactly once: a process that dies between the server's answer
and the mark leaves a mail of which nobody knows. It is sent again, with the same Message-ID.
"""

import asyncio
import time
from collections import deque

from msgspec import Struct, structs

from veza.core.errors import Unavailable
from veza.core.ids import BroadcastId
from veza.domains.mailings.broadcasts.models import (
    BroadcastStatus,
    ClaimedRecipient,
    CollectStage,
    MarkedRecipient,
    RecipientStatus,
    SentBroadcast,
)
from veza.domains.mailings.broadcasts.queries import broadcasts as queries
from veza.domains.mailings.broadcasts.queries import recipients as recipient_queries
from veza.domains.mailings.broadcasts.rules import limits
from veza.domains.mailings.broadcasts.service.context import BroadcastContext
from veza.domains.mailings.broadcasts.service.marks import RecipientMarks, SendOutcome
from veza.domains.mailings.broadcasts.service.written import WrittenBroadcast, write
from veza.infra.mail.bulk_mailer import BulkSession
from veza.infra.mail.mailer import MailUnavailable
from veza.infra.mail.refusals import MailRefusal
from veza.infra.postgres.database import Database, Tx

_COLLECT = {
    CollectStage.FOLLOWERS: recipient_queries.collect_followers,
    CollectStage.MEMBERS: recipient_queries.collect_members,
    CollectStage.SUBSCRIPTIONS: recipient_queries.collect_subscriptions,
}


async def send_some(
    database: Database, context: BroadcastContext, broadcast_id: BroadcastId
) -> bool:
    """Send a broadcast for some seconds; return whether there is more to send at once.

    Raises MailUnavailable if the server can't be used; those that were not sent to wait.
    """
    broadcast = await _begin(database, broadcast_id)
    if broadcast is None:
        return False
    until = time.monotonic() + limits.RUN_FOR_S
    while broadcast.stage is not None:
        broadcast = await _collect(database, broadcast)
        if time.monotonic() > until:
            return True
    sending = _Sending(database, context, broadcast)
    async with context.bulk.session() as session:
        while time.monotonic() < until:
            if not await sending.send_batch(session, until):
                break
    return await _settle(database, broadcast_id)


async def _begin(database: Database, broadcast_id: BroadcastId) -> SentBroadcast | None:
    """Return a broadcast that is to be sent now; None if it isn't any more."""
    async with database.transaction(recorded=False) as tx:
        broadcast = await queries.lock_due(tx, broadcast_id)
        if broadcast is None or broadcast.status is BroadcastStatus.SENDING:
            return broadcast
        stage = limits.first_stage(broadcast.audience)
        await queries.update_started(tx, broadcast_id, stage)
        return structs.replace(broadcast, status=BroadcastStatus.SENDING, stage=stage)


async def _collect(database: Database, broadcast: SentBroadcast) -> SentBroadcast:
    """Collect the next recipients, and store how far that is in the same transaction."""

    async def collect(tx: Tx) -> SentBroadcast:
        current = await queries.lock_due(tx, broadcast.id)
        if current is None or current.stage is None:
            return structs.replace(broadcast, stage=None)
        collected = await _COLLECT[current.stage](tx, current, limit=limits.COLLECTED_AT_ONCE)
        if collected is not None:
            await recipient_queries.update_collected(tx, current.id, collected)
            return current
        stage = limits.next_stage(current.audience, current.stage)
        await recipient_queries.update_stage(tx, current.id, stage)
        return structs.replace(current, stage=stage)

    return await database.transact(collect, recorded=False)


async def _settle(database: Database, broadcast_id: BroadcastId) -> bool:
    """End a broadcast without open recipients; return whether some can be sent to at once."""
    async with database.transaction(recorded=False) as tx:
        current = await queries.lock_due(tx, broadcast_id)
        if current is None:
            return False
        if await recipient_queries.has_open(tx, broadcast_id):
            return await recipient_queries.has_open(tx, broadcast_id, due=True)
        await recipient_queries.update_left_out(tx, broadcast_id)
        await queries.update_ended(tx, broadcast_id, BroadcastStatus.SENT)
        return False


class _Batch(Struct):
    """Recipients that are claimed, until when they may be sent to, and what ended that early."""

    waiting: deque[ClaimedRecipient]
    usable_until: float
    error: Unavailable | None = None


class _Sending:
    """Sends a broadcast batch by batch, over as many connections as the settings allow."""

    def __init__(
        self, database: Database, context: BroadcastContext, broadcast: SentBroadcast
    ) -> None:
        self._database = database
        self._context = context
        self._broadcast = broadcast
        self._written: WrittenBroadcast = write(context, broadcast)
        self._marks = RecipientMarks(database, broadcast.id, context.bulk.connections)

    async def send_batch(self, session: BulkSession, until: float) -> bool:
        """Send to the next recipients; return False if there were none.

        After `until`, and with it in the first part of their lease, those that are left wait
        again. Raises MailUnavailable.
        """
        claimed = await self._claim()
        if not claimed:
            return False
        wanted = await self._hold_back(claimed)
        batch = _Batch(deque(wanted), until)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._context.bulk.connections, len(wanted))):
                    group.create_task(self._work(session, batch))
        finally:
            await self._release(batch.waiting)
        if batch.error is not None:
            raise batch.error
        return True

    async def _claim(self) -> list[ClaimedRecipient]:
        async with self._database.transaction(recorded=False) as tx:
            if await queries.lock_due(tx, self._broadcast.id) is None:
                # It was cancelled, or its profile suspended.
                return []
            ids = await recipient_queries.claim_recipients(
                tx, self._broadcast.id, limit=limits.CLAIMED_AT_ONCE, lease=limits.CLAIM_LEASE
            )
            return await recipient_queries.list_claimed(tx, self._broadcast, ids) if ids else []

    async def _hold_back(self, claimed: list[ClaimedRecipient]) -> list[ClaimedRecipient]:
        """Mark recipients that are left out or beyond the rate of a domain; return the rest."""
        wanted = [each for each in claimed if each.email is not None]
        outcomes = [
            SendOutcome(each, MarkedRecipient(each.id, RecipientStatus.LEFT_OUT))
            for each in claimed
            if each.email is None
        ]
        admitted = await self._context.rates.admit([each.email or "" for each in wanted])
        for place, wait_s in admitted.wait_s.items():
            outcomes.append(_later(wanted[place], wait_s))
        if outcomes:
            await self._marks.write(*outcomes)
        return [wanted[place] for place in admitted.places]

    async def _work(self, session: BulkSession, batch: _Batch) -> None:
        """Send to one recipient after the other, until none is left or the server is lost."""
        while batch.waiting and batch.error is None:
            recipient = batch.waiting.popleft()
            try:
                refusal = await session.send(self._written.to(recipient))
            except MailUnavailable as error:
                batch.error = error
                batch.waiting.append(recipient)
                return
            try:
                await self._marks.write(_outcome_of(recipient, refusal))
            except Unavailable as error:
                # Without the database nothing can be marked: who was claimed is tried later.
                batch.error = error
                return
            if time.monotonic() > batch.usable_until:
                return

    async def _release(self, recipients: deque[ClaimedRecipient] | list[ClaimedRecipient]) -> None:
        """Return claimed recipients that were not sent to to the waiting ones."""
        if recipients:
            await self._marks.write(*(_later(each, 0.0) for each in recipients))


def _later(recipient: ClaimedRecipient, wait_s: float) -> SendOutcome:
    """Return that a recipient waits again, without having been tried."""
    mark = MarkedRecipient(recipient.id, RecipientStatus.WAITING, wait_s, counts_attempt=False)
    return SendOutcome(recipient, mark)


def _outcome_of(recipient: ClaimedRecipient, refusal: MailRefusal | None) -> SendOutcome:
    if refusal is None:
        mark = MarkedRecipient(recipient.id, RecipientStatus.SENT)
    elif refusal.is_permanent:
        mark = MarkedRecipient(recipient.id, RecipientStatus.REFUSED)
    else:
        mark = limits.mark_deferred(recipient.id, recipient.attempts)
    return SendOutcome(recipient, mark, refusal)

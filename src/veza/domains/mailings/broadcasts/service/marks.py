"""Stores the status of recipients, in few transactions."""

import asyncio
from contextlib import suppress

import structlog
from msgspec import Struct

from veza.core.errors import Unavailable
from veza.core.ids import BroadcastId
from veza.domains.mailings.broadcasts.models import (
    ClaimedRecipient,
    MarkedRecipient,
    RecipientStatus,
)
from veza.domains.mailings.broadcasts.queries import recipients as queries
from veza.domains.platform.suppressions import service as suppressions
from veza.infra.mail.refusals import MailRefusal
from veza.infra.postgres.database import Database

log = structlog.get_logger()

# How often a mark is tried, and the pause between: longer than a restart of the database.
_TRIES = 100
_PAUSE_S = 0.5
# How long a mark waits for those of the other connections: a transaction takes as long, and a
# server that is not on this machine takes many times as long for a mail.
_GATHER_S = 0.003


class SendOutcome(Struct, frozen=True):
    """The new status of a recipient, and the answer of the server if it refused."""

    recipient: ClaimedRecipient
    mark: MarkedRecipient
    refusal: MailRefusal | None = None


class _Batch(Struct):
    """Outcomes that are written together; `error` is why they could not be."""

    outcomes: list[SendOutcome]
    is_over: bool = False
    error: Unavailable | None = None


class RecipientMarks:
    """Writes outcomes, those of all connections together if they come at the same time.

    Whoever has sent a mail waits for its mark before the next one is sent: a process that dies
    leaves at most one mail of each connection that was sent and is not marked.
    """

    def __init__(self, database: Database, broadcast_id: BroadcastId, connections: int) -> None:
        self._database = database
        self._broadcast_id = broadcast_id
        self._connections = connections
        self._batch = _Batch([])
        # No connection sends any more until what waits is written.
        self._are_all_waiting = asyncio.Event()
        self._writing = asyncio.Lock()

    async def write(self, *outcomes: SendOutcome) -> None:
        """Return when the outcomes are committed. Raises Unavailable after a minute."""
        batch = self._batch
        batch.outcomes += outcomes
        if len(batch.outcomes) >= self._connections:
            self._are_all_waiting.set()
        async with self._writing:
            if not batch.is_over:
                await self._gather()
                self._batch = _Batch([])
                self._are_all_waiting.clear()
                await self._commit(batch)
        if batch.error is not None:
            raise batch.error

    async def _gather(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_GATHER_S):
                await self._are_all_waiting.wait()

    async def _commit(self, batch: _Batch) -> None:
        for _ in range(_TRIES):
            try:
                await self._try(batch.outcomes)
            except Unavailable as error:
                batch.error = error
                log.warning("marks_wait", error=str(error))
                await asyncio.sleep(_PAUSE_S)
            else:
                batch.error = None
                break
        batch.is_over = True

    async def _try(self, batch: list[SendOutcome]) -> None:
        async with self._database.transaction(recorded=False, by_key=True) as tx:
            await queries.update_marked(tx, self._broadcast_id, [each.mark for each in batch])
            for each in batch:
                is_over = each.mark.status is not RecipientStatus.WAITING
                if each.refusal is not None and is_over and each.recipient.email is not None:
                    await suppressions.note_refusal(tx, each.recipient.email, each.refusal)
            delivered = [
                each.recipient.address_hash
                for each in batch
                if each.mark.status is RecipientStatus.SENT and each.recipient.has_failures
            ]
            if delivered:
                await suppressions.note_delivered(tx, delivered)

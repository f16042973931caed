"""A transactional outbox: events are stored in the transaction that causes them.

The worker delivers them in order. Reactions run in the transaction that deletes the event, so their
changes in the database happen exactly once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog
from msgspec import Struct
from prometheus_client import Counter

from veza.core.errors import Unavailable
from veza.infra.jobs.retries import MAX_EVENT_ATTEMPTS, find_pause
from veza.infra.postgres.availability import TransactionConflict, retry_conflicts
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.postgres.single_statement import Part
from veza.infra.processes.tasks import repeat
from veza.infra.tracing.spans import SpanType, current_traceparent, tracing_work

log = structlog.get_logger()

TOPIC = "outbox"
BATCH = 100
INTERVAL_S = 0.25
# Less than PostgreSQL's `deadlock_timeout`, so that it is the delivery that gives way.
LOCK_TIMEOUT_MS = 200
_LIMIT_WAITS = f"select set_config('lock_timeout', '{LOCK_TIMEOUT_MS}', true)"

_EVENTS = Counter(
    "veza_events_total", "Deliveries of events to their reactions, by result.", ["event", "result"]
)

type Reaction = Callable[[Tx, Any], Awaitable[None]]
type Reactions = Mapping[type[Struct], Sequence[Reaction]]


class _OutboxRow(Struct, frozen=True, eq=False):
    id: int
    name: str
    payload: Any
    traceparent: str | None
    attempts: int


async def emit(tx: Tx, event: Struct) -> None:
    """Store an event; it is delivered after the commit."""
    await tx.run(
        "insert into outbox (name, payload, traceparent) values ($1, $2, $3)",
        type(event).__name__,
        msgspec.to_builtins(event),
        current_traceparent(),
    )
    tx.signal(TOPIC)


def event_part(name: str, kind: type[Struct], source: str) -> Part:
    """Return the part of a statement that stores an event for each row of another part.

    The other part has a column for each field of the event. The statement has to signal `TOPIC`.
    """
    fields = ", ".join(f"'{field}', e.{field}" for field in kind.__struct_fields__)
    sql = f"""
        insert into outbox (name, payload, traceparent)
             select '{kind.__name__}', jsonb_build_object({fields}), :traceparent::text
               from {source} e
    """  # noqa: S608 - names in the code
    return Part(name, sql)


async def count_events(conn: Conn) -> dict[str, int]:
    """Count the events that wait, and those that failed too often."""
    sql = """
        select count(*) filter (where due_at < 'infinity') as waiting,
               count(*) filter (where due_at = 'infinity') as failed
          from outbox
    """
    return await conn.counts(sql)


async def delete_failed(tx: Tx, kinds: Sequence[type[Struct]], field: str, value: str) -> int:
    """Delete failed events of these types with this value in a field."""
    sql = """
        delete from outbox
         where due_at = 'infinity' and name = any($1) and payload ->> $2 = $3
    """
    return await tx.run(sql, [kind.__name__ for kind in kinds], field, value)


class EventDelivery:
    """Delivers events to their reactions, with retries."""

    def __init__(self, database: Database, reactions: Reactions) -> None:
        self._database = database
        self._reactions = reactions
        self._kinds = {kind.__name__: kind for kind in reactions}
        self._woken = asyncio.Event()
        for name in self._kinds:
            # At 0: Prometheus sees no increase from nothing to 1.
            _EVENTS.labels(name, "delivered")
            _EVENTS.labels(name, "failed")

    def wake(self) -> None:
        """Look for events now rather than at the next interval."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        await repeat(self.deliver_due, each_s=INTERVAL_S, wake=self._woken)

    async def deliver_due(self) -> None:
        """Deliver all events that are due."""
        while await self.deliver_batch():
            pass

    async def deliver_batch(self) -> int:
        """Deliver a batch of events that are due; return their number.

        Reactions lock rows of many members, in the order of the events. So that two deliveries
        don't wait for each other, none waits longer than `LOCK_TIMEOUT_MS` while it holds the locks
        of an event: it commits what it has delivered, and begins again with the next event.
        """
        return await retry_conflicts(self._deliver_batch)

    async def _deliver_batch(self) -> int:
        conflict: TransactionConflict | None = None
        outcomes: dict[_OutboxRow, bool] = {}
        async with self._database.transaction() as tx:
            entries = await _lock_due(tx)
            for entry in entries:
                if len(outcomes) == 1:
                    await tx.value(str, _LIMIT_WAITS)
                try:
                    outcomes[entry] = await self._deliver(tx, entry)
                except TransactionConflict as error:
                    conflict = error
                    break
            done = [entry.id for entry, is_delivered in outcomes.items() if is_delivered]
            if done:
                await tx.run("delete from outbox where id = any($1)", done)
        for entry, is_delivered in outcomes.items():
            if entry.name in self._kinds:
                _EVENTS.labels(entry.name, "delivered" if is_delivered else "failed").inc()
        if conflict is not None:
            raise conflict
        return len(entries)

    async def _deliver(self, tx: Tx, entry: _OutboxRow) -> bool:
        kind = self._kinds.get(entry.name)
        if kind is None:
            await self._postpone_unknown(tx, entry)
            return False
        try:
            async with tx.savepoint():
                event = msgspec.convert(entry.payload, kind)
                with tracing_work(SpanType.EVENT, entry.name, entry.traceparent):
                    for react in self._reactions[kind]:
                        await react(tx, event)
        except Unavailable:
            raise
        except Exception as error:
            await self._retry_later(tx, entry, error)
            return False
        return True

    async def _postpone_unknown(self, tx: Tx, entry: _OutboxRow) -> None:
        """Leave the event to a worker of another version, for example during an upgrade."""
        log.warning("event_unknown", name=entry.name)
        sql = "update outbox set due_at = now() + interval '1 minute' where id = $1"
        await tx.run(sql, entry.id)

    async def _retry_later(self, tx: Tx, entry: _OutboxRow, error: Exception) -> None:
        log.error("reaction_failed", name=entry.name, attempts=entry.attempts + 1, exc_info=error)
        delay = find_pause(entry.attempts)
        is_last = entry.attempts + 1 >= MAX_EVENT_ATTEMPTS
        sql = """
            update outbox
               set attempts = attempts + 1,
                   error = $3,
                   due_at = case when $4 then 'infinity' else now() + $2::interval end
             where id = $1
        """
        await tx.run(sql, entry.id, delay, repr(error)[:2000], is_last)


async def _lock_due(tx: Tx) -> list[_OutboxRow]:
    """Lock and return the first events that are due."""
    sql = f"""
        select id, name, payload, traceparent, attempts
          from outbox
         where due_at <= now()
         order by id
         limit {BATCH}
           for update skip locked
    """  # noqa: S608 - a constant of this file
    return await tx.all(_OutboxRow, sql)

"""The job queue (PgQueuer): jobs are enqueued in the transaction that causes them.

A job is a Struct; `app.worker` maps it to its handler. Handlers may run more than once, so they are
idempotent. A failed job is retried with growing delays, and held in the queue after the last
attempt, until an admin requeues or deletes it. `Unavailable` doesn't count as a failed attempt.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct
from pgqueuer import PgQueuer, Queries
from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as QueuedJob
from pgqueuer.domain.models import Schedule, TracebackRecord
from pgqueuer.domain.types import QueueExecutionMode

from veza.core.errors import Unavailable
from veza.infra.jobs.queue_driver import QueueDriver, open_driver
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.pool import LOST
from veza.infra.postgres.where import Where

log = structlog.get_logger()

MAX_ATTEMPTS = 5
# A job whose worker died is retried after this time.
HEARTBEAT_TIMEOUT = timedelta(seconds=15)
MAX_PAUSE_S = 600

_PAUSE_S = 1.0
# The distance between the jobs of one owner in the queue. The jobs of others wait for at most one
# of them in this time, and none waits for jobs that are enqueued after its turn.
_TURN_MINUTES = 10
_EPOCH_S = 1_577_836_800

_ENQUEUE = QueryQueueBuilder().build_enqueue_query("skip")
_REQUEUE = QueryQueueBuilder().build_requeue_jobs_query()

_SELECT_JOBS = """
    select q.id as number, q.entrypoint as name, q.status as state, q.payload,
           q.created as created_at, q.updated as updated_at, q.execute_after as due_at,
           q.attempts + (q.status = 'failed')::integer as attempts,
           case when q.status = 'failed' then (
               select l.traceback->>'exception_type'
                 from pgqueuer_log l
                where l.job_id = q.id and l.status = 'failed'
                order by l.created desc
                limit 1
           ) end as error
      from pgqueuer q
"""


class JobState(StrEnum):
    """The state of a job: waiting, running or held. Finished jobs are deleted."""

    QUEUED = "queued"
    PICKED = "picked"
    FAILED = "failed"


class JobEntry(Struct, frozen=True):
    """A job in the queue; `error` is the exception type of a held job's last attempt."""

    number: int
    name: str
    state: JobState
    payload: bytes | None
    attempts: int
    error: str | None
    created_at: datetime
    updated_at: datetime
    due_at: datetime


class Handler[J: Struct](Struct, frozen=True):
    """The functions of a job type: `run`, and `give_up` after the last attempt failed.

    `at_once` limits the concurrent jobs of this type over all workers; 0 sets no limit. It keeps
    jobs that wait for a slow service from delaying all others.
    """

    run: Callable[[J], Awaitable[None]]
    give_up: Callable[[J], Awaitable[None]] | None = None
    at_once: int = 0


type Handlers = Mapping[type[Struct], Handler[Any]]
type Schedules = Mapping[str, tuple[str, Callable[[], Awaitable[None]]]]


async def enqueue(
    tx: Tx, job: Struct, *, key: str | None = None, owner_id: UUID | None = None
) -> None:
    """Enqueue a job; it runs after this transaction commits.

    With a `key`, nothing happens if a job with this key waits or runs. Jobs of one type and
    `owner_id` take turns with those of other owners: each is placed `_TURN_MINUTES` after the
    owner's previous one. That only affects the order; a free worker runs any job.
    """
    name, turn = type(job).__name__, _now_minutes()
    if owner_id is not None:
        turn = max(turn, await _find_next_turn(tx, name, owner_id))
    await tx.run(
        _ENQUEUE,
        # The queue runs the highest priority first, then the oldest.
        [-turn],
        [name],
        [msgspec.json.encode(job)],
        [timedelta(0)],
        [key],
        [{} if owner_id is None else {"owner": str(owner_id)}],
    )


async def delete_jobs(tx: Tx, kind: type[Struct], field: str, value: str) -> int:
    """Delete waiting and held jobs of a type with this value, ignoring case, in a field.

    Running jobs are not deleted: they must handle missing data.
    """
    sql = """
        delete from pgqueuer
         where entrypoint = $1 and status <> 'picked'
           and lower(convert_from(payload, 'UTF8')::jsonb ->> $2) = lower($3)
    """
    return await tx.run(sql, kind.__name__, field, value)


async def _find_next_turn(conn: Conn, name: str, owner_id: UUID) -> int:
    sql = """
        select -min(priority)
          from pgqueuer
         where entrypoint = $1 and headers ? 'owner' and headers->>'owner' = $2
           and status in ('queued', 'picked')
    """
    last = await conn.value(int, sql, name, str(owner_id))
    return 0 if last is None else last + _TURN_MINUTES


def _now_minutes() -> int:
    """Return the minutes since 2020, which fit the integer column until 6100."""
    return int(time.time() - _EPOCH_S) // 60


async def list_jobs(
    conn: Conn, state: JobState, *, limit: int, before: int | None
) -> list[JobEntry]:
    """Return up to `limit + 1` jobs, the latest first."""
    where = Where()
    where.add("q.status = {}", state)
    if before is not None:
        where.add("q.id < {}", before)
    sql = f"""
        {_SELECT_JOBS}
        {where.sql}
         order by q.id desc
         limit {limit + 1:d}
    """
    return await conn.all(JobEntry, sql, *where.values)


async def find_job(conn: Conn, number: int) -> JobEntry | None:
    """Return a job that waits, runs or is held."""
    sql = f"{_SELECT_JOBS} where q.id = $1 and q.status = any($2)"
    return await conn.maybe(JobEntry, sql, number, list(JobState))


async def count_jobs(conn: Conn) -> dict[str, int]:
    """Count the jobs that wait, run or are held."""
    sql = """
        select count(*) filter (where status = 'queued') as waiting,
               count(*) filter (where status = 'picked') as running,
               count(*) filter (where status = 'failed') as failed
          from pgqueuer
    """
    return await conn.counts(sql)


async def requeue_job(tx: Tx, number: int) -> bool:
    """Requeue a held job with the attempts of a new one; return False if it isn't held.

    Raises ConstraintViolation if a job with the same key was enqueued meanwhile.
    """
    return await tx.run(_REQUEUE, [number]) == 1


async def delete_held_job(tx: Tx, number: int) -> bool:
    """Delete a held job; return False if it isn't held."""
    return await tx.run("delete from pgqueuer where id = $1 and status = 'failed'", number) == 1


class _Queries(Queries):
    """The library's statements, with a change for lost connections."""

    async def retry_job(
        self, job: QueuedJob, delay: timedelta, traceback_record: TracebackRecord | None
    ) -> None:
        """Requeue a job; if the database is lost, leave it as if its worker had died.

        The library would hold the job, which would never run again.
        """
        try:
            await super().retry_job(job, delay, traceback_record)
        except LOST as error:
            log.warning("job_not_queued_again", job=job.entrypoint, error=repr(error))


class Worker:
    """Runs jobs and schedules.

    `schedules` maps a name to a cron expression (UTC) and an action, which runs on one node only.
    """

    def __init__(self, url: str, handlers: Handlers, schedules: Schedules) -> None:
        self._url = url
        self._handlers = handlers
        self._schedules = schedules
        self._queue: PgQueuer | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def run(self) -> None:
        """Run until `stop` is called; reconnect if the database is lost."""
        while not self._stopping:
            try:
                async with self._open_queue() as queue:
                    await queue.run(
                        batch_size=2,
                        max_concurrent_tasks=8,
                        dequeue_timeout=timedelta(seconds=5),
                        heartbeat_timeout=HEARTBEAT_TIMEOUT,
                    )
            except LOST as error:
                log.warning("queue_lost", error=repr(error))
                await asyncio.sleep(_PAUSE_S)

    async def run_until_empty(self) -> None:
        """Run until no job waits."""
        async with self._open_queue() as queue:
            await queue.qm.run(batch_size=2, mode=QueueExecutionMode.drain)

    async def stop(self, *, grace_s: float) -> None:
        """Start no more jobs; cancel and requeue those still running after `grace_s` seconds."""
        self._stopping = True
        if self._queue is not None:
            self._queue.shutdown.set()
        if self._running:
            await asyncio.wait(set(self._running), timeout=grace_s)
        for task in set(self._running):
            task.cancel()

    @asynccontextmanager
    async def _open_queue(self) -> AsyncGenerator[PgQueuer]:
        async with open_driver(self._url, lambda: self._stopping) as driver:
            self._queue = self._prepare(driver)
            if self._stopping:
                self._queue.shutdown.set()
            yield self._queue

    def _prepare(self, driver: QueueDriver) -> PgQueuer:
        queue = PgQueuer(connection=driver, queries=_Queries(driver))
        for kind, handler in self._handlers.items():
            run = self._make_entrypoint(kind, handler)
            queue.entrypoint(
                kind.__name__,
                on_failure="hold",
                accepts_context=False,
                concurrency_limit=handler.at_once,
            )(run)
        for name, (cron, action) in self._schedules.items():
            queue.schedule(name, cron, accepts_context=False)(_make_schedule(name, action))
        return queue

    def _make_entrypoint(
        self, kind: type[Struct], handler: Handler[Any]
    ) -> Callable[[QueuedJob], Awaitable[None]]:
        async def run(queued: QueuedJob) -> None:
            job = msgspec.json.decode(queued.payload or b"{}", type=kind)
            task = asyncio.ensure_future(handler.run(job))
            self._running.add(task)
            try:
                await task
            except asyncio.CancelledError:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                if not self._stopping:
                    raise
                raise RetryRequested(delay=timedelta(0), reason="The worker stopped.") from None
            except Exception as error:
                await self._retry(queued, error, handler, job)
            finally:
                self._running.discard(task)

        return run

    async def _retry(
        self, queued: QueuedJob, error: Exception, handler: Handler[Any], job: Struct
    ) -> None:
        # An outage isn't the job's fault: retried without limit.
        if queued.attempts + 1 < MAX_ATTEMPTS or isinstance(error, Unavailable):
            pause = timedelta(seconds=min(2**queued.attempts, MAX_PAUSE_S))
            log.warning("job_failed", job=queued.entrypoint, again_in=str(pause), exc_info=error)
            raise RetryRequested(delay=pause, reason=repr(error)) from error
        log.error("job_given_up", job=queued.entrypoint, exc_info=error)
        if handler.give_up is not None:
            await handler.give_up(job)
        raise error


def _make_schedule(
    name: str, action: Callable[[], Awaitable[None]]
) -> Callable[[Schedule], Awaitable[None]]:
    async def run(_: Schedule) -> None:
        try:
            await action()
        except Exception:
            # No retry: it runs again at the next scheduled time.
            log.exception("schedule_failed", schedule=name)

    return run

"""Runs the jobs of the queue (PgQueuer) and what is scheduled.

Handlers may run more than once, so they are idempotent. A failed job is retried with growing
delays, and held in the queue after the last attempt, or at once on `HoldJob`, until an admin
requeues or deletes it. `Unavailable` and a full disk don't count as failed attempts. After a
conflict of transactions a job runs again at once.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import structlog
from msgspec import Struct
from pgqueuer import PgQueuer, Queries
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as QueuedJob
from pgqueuer.domain.models import Schedule, TracebackRecord
from pgqueuer.domain.types import QueueExecutionMode

from veza.core.errors import Unavailable
from veza.infra.jobs.job_metrics import (
    count_job,
    count_schedule,
    declare_job,
    declare_schedule,
    timing_job,
)
from veza.infra.jobs.queue import HoldJob, RetryLater
from veza.infra.jobs.queue_driver import QueueDriver, open_driver
from veza.infra.jobs.queue_statements import WorkerQueueBuilder
from veza.infra.postgres.availability import retry_conflicts
from veza.infra.postgres.pool import LOST
from veza.infra.storage.errors import is_full
from veza.infra.tracing.spans import SpanType, tracing_work

log = structlog.get_logger()

MAX_ATTEMPTS = 5
# A job whose worker died is retried after this time.
HEARTBEAT_TIMEOUT = timedelta(seconds=15)
MAX_PAUSE_S = 600

_PAUSE_S = 1.0
_STOPPED = "The worker stopped."
# Between the type and the text of an error, in the reason of a retry.
_SEPARATOR = ": "
# How many jobs one statement takes or ends.
_BATCH = 4


class Handler[J: Struct](Struct, frozen=True):
    """The functions of a job type: `run`, and `give_up` after the last attempt failed.

    `at_once` is how many jobs of this type each worker runs concurrently: slots of its own, which
    no other type can take. However many archives and tracks wait, a mail waits for mails only.
    """

    run: Callable[[J], Awaitable[None]]
    at_once: int
    give_up: Callable[[J], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        assert self.at_once > 0, "The queue takes 0 for no limit."


type Handlers = Mapping[type[Struct], Handler[Any]]
type Schedules = Mapping[str, tuple[str, Callable[[], Awaitable[None]]]]


class _Queries(Queries):
    """The library's statements, with changes for lost connections and for what is recorded."""

    async def retry_job(
        self, job: QueuedJob, delay: timedelta, traceback_record: TracebackRecord | None
    ) -> None:
        """Requeue a job; if the database is lost, leave it as if its worker had died.

        The library would hold the job, which would never run again. It stores the request for a
        retry as what went wrong: here it is the error that the attempt ended with.
        """
        try:
            await super().retry_job(job, delay, traceback_record and _name_error(traceback_record))
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
                        batch_size=_BATCH,
                        max_concurrent_tasks=self._count_slots(),
                        dequeue_timeout=timedelta(seconds=5),
                        heartbeat_timeout=HEARTBEAT_TIMEOUT,
                    )
            except LOST as error:
                log.warning("queue_lost", error=repr(error))
                await asyncio.sleep(_PAUSE_S)

    async def run_until_empty(self) -> None:
        """Run until no job waits."""
        async with self._open_queue() as queue:
            await queue.qm.run(batch_size=_BATCH, mode=QueueExecutionMode.drain)

    async def stop(self, *, grace_s: float) -> None:
        """Start no more jobs; cancel and requeue those still running after `grace_s` seconds."""
        self._stopping = True
        if self._queue is not None:
            self._queue.shutdown.set()
        if self._running:
            await asyncio.wait(set(self._running), timeout=grace_s)
        for task in set(self._running):
            task.cancel()

    def _count_slots(self) -> int:
        """Return how many jobs may run: each type has its slots, and the library wants so many."""
        return max(2 * _BATCH, sum(handler.at_once for handler in self._handlers.values()))

    @asynccontextmanager
    async def _open_queue(self) -> AsyncGenerator[PgQueuer]:
        async with open_driver(self._url, lambda: self._stopping) as driver:
            self._queue = self._prepare(driver)
            if self._stopping:
                self._queue.shutdown.set()
            yield self._queue

    def _prepare(self, driver: QueueDriver) -> PgQueuer:
        queue = PgQueuer(connection=driver, queries=_Queries(driver, qbq=WorkerQueueBuilder()))
        for kind, handler in self._handlers.items():
            declare_job(kind.__name__)
            run = self._make_entrypoint(kind, handler)
            queue.entrypoint(
                kind.__name__,
                on_failure="hold",
                accepts_context=False,
                concurrency_limit=handler.at_once,
            )(run)
        for name, (cron, action) in self._schedules.items():
            declare_schedule(name)
            queue.schedule(name, cron, accepts_context=False)(_make_schedule(name, action))
        return queue

    def _make_entrypoint(
        self, kind: type[Struct], handler: Handler[Any]
    ) -> Callable[[QueuedJob], Awaitable[None]]:
        async def run(queued: QueuedJob) -> None:
            if self._stopping:
                # The queue was asking for jobs when `stop` was called, which waits for no others.
                raise RetryRequested(delay=timedelta(0), reason=_STOPPED)
            job = msgspec.json.decode(queued.payload or b"{}", type=kind)
            attempt = partial(handler.run, job)
            task = asyncio.ensure_future(_traced(retry_conflicts(attempt), queued))
            self._running.add(task)
            try:
                with timing_job(kind.__name__):
                    await task
                count_job(kind.__name__, "done")
            except asyncio.CancelledError:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                count_job(kind.__name__, "interrupted")
                if not self._stopping:
                    raise
                raise RetryRequested(delay=timedelta(0), reason=_STOPPED) from None
            except RetryLater as wanted:
                _wait(queued, wanted)
            except HoldJob:
                count_job(kind.__name__, "given_up")
                raise
            except Exception as error:
                await self._retry(queued, error, handler, job)
            finally:
                self._running.discard(task)

        return run

    async def _retry(
        self, queued: QueuedJob, error: Exception, handler: Handler[Any], job: Struct
    ) -> None:
        # An outage or a full disk isn't the job's fault: retried without limit.
        is_outage = isinstance(error, Unavailable) or is_full(error)
        if queued.attempts + 1 < MAX_ATTEMPTS or is_outage:
            pause = timedelta(seconds=min(2**queued.attempts, MAX_PAUSE_S))
            count_job(queued.entrypoint, "failed")
            log.warning("job_failed", job=queued.entrypoint, again_in=str(pause), exc_info=error)
            raise RetryRequested(delay=pause, reason=_describe(error)) from error
        count_job(queued.entrypoint, "given_up")
        log.error("job_given_up", job=queued.entrypoint, exc_info=error)
        if handler.give_up is not None:
            await handler.give_up(job)
        raise error


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}{_SEPARATOR}{error}"


def _name_error(record: TracebackRecord) -> TracebackRecord:
    """Return the record of a retry with the error that `_describe` named in its reason."""
    name, separator, message = record.exception_message.partition(_SEPARATOR)
    if not separator:
        return record
    return record.model_copy(update={"exception_type": name, "exception_message": message})


async def _traced(work: Awaitable[None], queued: QueuedJob) -> None:
    parent = str((queued.headers or {}).get("traceparent", ""))
    with tracing_work(SpanType.JOB, queued.entrypoint, parent):
        await work


def _wait(queued: QueuedJob, wanted: RetryLater) -> None:
    """Raise RetryRequested with growing pauses, or end the job after its last attempt."""
    if queued.attempts + 1 >= MAX_ATTEMPTS:
        count_job(queued.entrypoint, "dropped")
        log.warning("job_dropped", job=queued.entrypoint)
        return
    count_job(queued.entrypoint, "waits")
    pause = wanted.pause(queued.attempts)
    log.info("job_waits", job=queued.entrypoint, again_in=str(pause))
    raise RetryRequested(delay=pause, reason=repr(wanted)) from wanted


def _make_schedule(
    name: str, action: Callable[[], Awaitable[None]]
) -> Callable[[Schedule], Awaitable[None]]:
    async def run(_: Schedule) -> None:
        started = time.perf_counter()
        try:
            await action()
        except Exception:
            # No retry: it runs again at the next scheduled time.
            log.exception("schedule_failed", schedule=name)
            count_schedule(name, started, has_succeeded=False)
        else:
            count_schedule(name, started, has_succeeded=True)

    return run

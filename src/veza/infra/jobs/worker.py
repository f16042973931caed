"""Runs the jobs of the queue, what is scheduled, and the delivery of events.

All are loops of the same kind (`repeat`): they look at a table when they are woken, and several
times a second. Handlers may run more than once, so they are idempotent. A failed job is retried
with growing delays, and held in the queue after the last attempt, or at once on `HoldJob`, until an
admin requeues or deletes it. `Unavailable` and a full disk don't count as failed attempts. After a
conflict of transactions a job runs again at once.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import msgspec
import structlog
from msgspec import Struct

from veza.core.clock import now
from veza.core.errors import Unavailable
from veza.infra.jobs import leases
from veza.infra.jobs.cron import find_next
from veza.infra.jobs.job_metrics import (
    count_job,
    count_schedule,
    declare_job,
    declare_schedule,
    timing_job,
)
from veza.infra.jobs.leases import JobOutcome, LeasedJob
from veza.infra.jobs.outbox import INTERVAL_S, EventDelivery
from veza.infra.jobs.queue import HoldJob, RetryLater
from veza.infra.jobs.retries import MAX_JOB_ATTEMPTS, find_patient_pause, find_pause
from veza.infra.postgres.availability import retry_conflicts
from veza.infra.postgres.database import Database, Tx, connect
from veza.infra.processes.tasks import repeat, running
from veza.infra.storage.errors import is_full
from veza.infra.tracing.spans import SpanType, tracing_work

log = structlog.get_logger()

# A job whose worker died is retried after this time.
LEASE = timedelta(seconds=15)
RENEW_INTERVAL_S = 3.0

_SCHEDULE_INTERVAL_S = 1.0
# Four times as long after each attempt, so that nodes are upgraded within an hour.
_UNREADABLE_PAUSE = timedelta(minutes=1)
# The pause before an outcome is recorded again, after the database was lost.
_PAUSE_S = 0.5
# Apart from the connections of the jobs, which may use up theirs while leases must be renewed.
_MAX_CONNECTIONS = 4
_PATIENCE_S = 10.0
CONNECTION_NAME = "veza jobs"


class Handler[J: Struct](Struct, frozen=True):
    """The functions of a job type: `run`, and `give_up` after the last attempt failed.

    `at_once` is how many jobs of this type each worker runs concurrently: slots of its own, which
    no other type can take. However many archives and tracks wait, a mail waits for mails only.
    """

    run: Callable[[J], Awaitable[None]]
    at_once: int
    give_up: Callable[[J], Awaitable[None]] | None = None


type Handlers = Mapping[type[Struct], Handler[Any]]
type Schedules = Mapping[str, tuple[str, Callable[[], Awaitable[None]]]]


class _Work(Struct, frozen=True):
    """The work of a task: a job, or the function scheduled under a name."""

    name: str
    job_id: int | None


class Worker:
    """Runs jobs and schedules, and delivers events.

    `schedules` maps a name to a cron expression (UTC) and an action, which runs on one node only.
    """

    def __init__(
        self,
        url: str,
        handlers: Handlers,
        schedules: Schedules,
        delivery: EventDelivery | None = None,
    ) -> None:
        self._url = url
        self._handlers = {kind.__name__: (kind, one) for kind, one in handlers.items()}
        self._schedules = schedules
        self._delivery = delivery
        self._id = uuid4()
        self._tasks: dict[asyncio.Task[None], _Work] = {}
        self._stop, self._woken, self._clock = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._is_registered = False
        # When to look next for the jobs of workers that died.
        self._requeue_at = 0.0
        for name in self._handlers:
            declare_job(name)
        for name in schedules:
            declare_schedule(name)

    def wake(self) -> None:
        """Look for jobs now rather than at the next interval."""
        self._woken.set()

    async def run(self) -> None:
        """Run until `stop` is called; wait for the database if it is lost."""
        async with self._opened(), running(repeat(self._renew, each_s=RENEW_INTERVAL_S)):
            async with AsyncExitStack() as stack:
                if self._delivery is not None:
                    await stack.enter_async_context(running(self._delivery.run()))
                await asyncio.gather(
                    repeat(self._take_jobs, each_s=INTERVAL_S, wake=self._woken, stop=self._stop),
                    repeat(
                        self._take_schedules,
                        each_s=_SCHEDULE_INTERVAL_S,
                        wake=self._clock,
                        stop=self._stop,
                    ),
                )
            while self._tasks:
                await asyncio.wait(set(self._tasks))
            await self._release()

    async def run_until_empty(self) -> None:
        """Run jobs until none is due; deliver no events, and start nothing that is scheduled."""
        async with self._opened(), running(repeat(self._renew, each_s=RENEW_INTERVAL_S)):
            is_busy = True
            while await self._take_jobs() or is_busy:
                # What ends while jobs are taken may be due again.
                is_busy = bool(self._tasks)
                if is_busy:
                    await asyncio.wait(set(self._tasks), return_when=asyncio.FIRST_COMPLETED)

    async def stop(self, *, grace_s: float) -> None:
        """Start no more jobs; cancel and requeue those still running after `grace_s` seconds."""
        for event in (self._stop, self._woken, self._clock):
            event.set()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=grace_s)
        for task in set(self._tasks):
            task.cancel()

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[None]:
        opened = connect(
            self._url, max_size=_MAX_CONNECTIONS, patience_s=_PATIENCE_S, name=CONNECTION_NAME
        )
        async with opened as database:
            self._database: Database = database
            try:
                yield
            finally:
                for task in self._tasks:
                    task.cancel()

    # What is done meanwhile.

    async def _renew(self) -> None:
        """Renew the leases of what runs here."""
        names = self._list_schedules()
        job_ids = self._list_job_ids()
        if not names and not job_ids:
            return
        async with self._database.transaction(recorded=False) as tx:
            await leases.renew_leases(tx, self._id, job_ids=job_ids, names=names, lease=LEASE)

    async def _release(self) -> None:
        try:
            async with self._database.transaction(recorded=False) as tx:
                await leases.release_leases(tx, self._id)
        except Unavailable as error:
            # They are taken up when the leases expire.
            log.warning("leases_not_released", error=str(error))

    async def _record(self, write: Callable[[Tx], Awaitable[None]]) -> None:
        """Write what became of something that has run, also if the database is lost meanwhile.

        Only a worker that stops leaves it as if it had died.
        """
        while True:
            try:
                async with self._database.transaction(recorded=False) as tx:
                    return await write(tx)
            except Unavailable as error:
                log.warning("outcome_waits", error=str(error))
                if self._stop.is_set():
                    return None
            await asyncio.sleep(_PAUSE_S)

    def _start(self, work: _Work, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._tasks[task] = work
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        work = self._tasks.pop(task)
        # Its slot is free.
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work_not_settled", name=work.name, exc_info=error)

    # Jobs.

    async def _take_jobs(self) -> int:
        """Start as many due jobs as there are free slots, and return their number.

        The jobs of workers that died are among them.
        """
        taken = Counter(work.name for work in self._tasks.values() if work.job_id is not None)
        slots = {name: one.at_once - taken[name] for name, (_, one) in self._handlers.items()}
        free = {name: number for name, number in slots.items() if number > 0}
        if not free:
            return 0
        async with self._database.transaction(recorded=False, by_key=True) as tx:
            if (moment := time.monotonic()) >= self._requeue_at:
                await leases.requeue_expired(tx, self._list_job_ids())
                self._requeue_at = moment + RENEW_INTERVAL_S
            jobs = await leases.lease_jobs(tx, self._id, free, LEASE)
        if self._stop.is_set():
            # They are released with all others.
            return 0
        for job in jobs:
            self._start(_Work(job.name, job.id), self._run_job(job))
        return len(jobs)

    def _list_job_ids(self) -> list[int]:
        return [work.job_id for work in self._tasks.values() if work.job_id is not None]

    async def _run_job(self, job: LeasedJob) -> None:
        try:
            outcome = await self._attempt(job)
        except asyncio.CancelledError:
            count_job(job.name, "interrupted")
            raise
        except Unavailable as outage:
            # It couldn't be given up.
            outcome = JobOutcome(outage, _find_pause(job, outage))
        except Exception as error:
            # It can't be given up.
            log.exception("job_given_up", job=job.name)
            count_job(job.name, "given_up")
            outcome = JobOutcome(error)
        await self._record(lambda tx: leases.settle_job(tx, self._id, job.id, outcome))

    async def _attempt(self, job: LeasedJob) -> JobOutcome:
        """Run a job once, and return what becomes of it."""
        kind, handler = self._handlers[job.name]
        try:
            wanted = msgspec.json.decode(job.payload or b"{}", type=kind)
        except msgspec.DecodeError as error:
            pause = _find_patience(job, error)
            count_job(job.name, "given_up" if pause is None else "failed")
            return JobOutcome(error, pause)
        try:
            with timing_job(job.name), tracing_work(SpanType.JOB, job.name, job.traceparent):
                await retry_conflicts(partial(handler.run, wanted))
        except RetryLater as later:
            return _wait(job, later)
        except HoldJob as error:
            count_job(job.name, "given_up")
            return JobOutcome(error)
        except Exception as error:
            pause = _find_pause(job, error)
            if pause is None and handler.give_up is not None:
                await handler.give_up(wanted)
            count_job(job.name, "given_up" if pause is None else "failed")
            return JobOutcome(error, pause)
        count_job(job.name, "done")
        return JobOutcome()

    # What is scheduled.

    def _list_schedules(self) -> list[str]:
        """Return the names of the scheduled tasks that run here."""
        return [work.name for work in self._tasks.values() if work.job_id is None]

    async def _take_schedules(self) -> None:
        """Start what is due and runs nowhere: also not here, with a lease that has expired."""
        async with self._database.transaction(recorded=False) as tx:
            if not self._is_registered:
                crons = [cron for cron, _ in self._schedules.values()]
                due_at = [find_next(cron, now()) for cron in crons]
                await leases.register_schedules(tx, list(self._schedules), crons, due_at)
            idle = self._schedules.keys() - self._list_schedules()
            names = await leases.lease_schedules(tx, self._id, idle, LEASE)
        self._is_registered = True
        if not self._stop.is_set():
            for name in names:
                self._start(_Work(name, None), self._run_schedule(name))

    async def _run_schedule(self, name: str) -> None:
        cron, action = self._schedules[name]
        started = time.perf_counter()
        try:
            await action()
        except Exception:
            # No retry: it runs again at the next scheduled time.
            log.exception("schedule_failed", schedule=name)
            count_schedule(name, started, has_succeeded=False)
        else:
            count_schedule(name, started, has_succeeded=True)
        next_at = find_next(cron, now())
        await self._record(lambda tx: leases.settle_schedule(tx, self._id, name, next_at))


def _wait(job: LeasedJob, later: RetryLater) -> JobOutcome:
    """Return a retry with growing pauses, or the end of the job after its last attempt."""
    if job.attempts + 1 >= MAX_JOB_ATTEMPTS:
        count_job(job.name, "dropped")
        log.warning("job_dropped", job=job.name)
        return JobOutcome()
    count_job(job.name, "waits")
    pause = find_patient_pause(later.first_pause, job.attempts)
    log.info("job_waits", job=job.name, again_in=str(pause))
    return JobOutcome(later, pause)


def _find_patience(job: LeasedJob, error: Exception) -> timedelta | None:
    """Return the pause after which a job that can't be read is tried again; None after the last.

    During an upgrade it may be of a newer version, and the next worker that takes it, too.
    """
    if job.attempts + 1 >= MAX_JOB_ATTEMPTS:
        log.error("job_given_up", job=job.name, exc_info=error)
        return None
    pause = find_patient_pause(_UNREADABLE_PAUSE, job.attempts)
    log.warning("job_unreadable", job=job.name, again_in=str(pause), exc_info=error)
    return pause


def _find_pause(job: LeasedJob, error: Exception) -> timedelta | None:
    """Return the growing pause after which a failed job is retried; None after the last attempt."""
    # An outage or a full disk isn't the job's fault: retried without limit.
    is_outage = isinstance(error, Unavailable) or is_full(error)
    if job.attempts + 1 >= MAX_JOB_ATTEMPTS and not is_outage:
        log.error("job_given_up", job=job.name, exc_info=error)
        return None
    pause = find_pause(job.attempts)
    log.warning("job_failed", job=job.name, again_in=str(pause), exc_info=error)
    return pause

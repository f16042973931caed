"""What the worker does, by hand: the events, the jobs and the schedules are the real ones.

The queue is the real one, too, but for how jobs are taken from it: one after the other, or some at
once, and those of a dead worker by the next one at once.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Struct

from veza.app.reactions import REACTIONS
from veza.app.services import Services
from veza.app.worker import list_handlers, list_schedules
from veza.core.errors import Unavailable
from veza.infra.jobs.outbox import EventDelivery
from veza.infra.postgres.database import Database

SCHEDULES = (
    *("poll_payments", "ask_for_refunds", "poll_payout_accounts", "retry_transfers"),
    *("poll_disputes", "ask_disputes", "deliver_preorders"),
)


class _Job(Struct, frozen=True):
    number: int
    name: str
    payload: bytes


class Worker:
    """Works through the `process`, which may die of it; the queue itself is in the `database`."""

    def __init__(self, process: Services, database: Database) -> None:
        self._process, self._database = process, database
        self._handlers = {
            kind.__name__: (kind, one) for kind, one in list_handlers(process).items()
        }
        self._schedules = list_schedules(process)
        self._delivery = EventDelivery(process.database, REACTIONS)

    async def work(self, *, is_latest_first: bool = False, at_once: int = 1) -> None:
        """Deliver the events and do the jobs that are due, until there are none."""
        while True:
            # A worker looks all the time: what it finds nothing in is no effect.
            while not await self._is_outbox_empty():
                await self._delivery.deliver_batch()
            taken = [await self._take_job(is_latest_first=is_latest_first) for _ in range(at_once)]
            jobs = [job for job in taken if job is not None]
            if not jobs:
                return
            await all_of(*map(self._do, jobs))

    async def tick(self) -> None:
        """Do what the clock starts each minute."""
        for name in SCHEDULES:
            # What a gone company can't say is asked next time.
            with suppress(Unavailable):
                await self._schedules[name][1]()

    async def requeue_taken(self) -> None:
        """Have the next worker do what a dead one was at."""
        await self._run(
            "update jobs set status = 'queued', leased_until = null where status = 'picked'"
        )

    async def _is_outbox_empty(self) -> bool:
        sql = "select not exists (select from outbox where due_at <= now())"
        async with self._database.read() as conn:
            return bool(await conn.value(bool, sql))

    async def _take_job(self, *, is_latest_first: bool) -> _Job | None:
        direction = "desc" if is_latest_first else "asc"
        sql = f"""
               update jobs
                  set status = 'picked', leased_until = now() + interval '1 day'
                where id = (
                          select id
                            from jobs
                           where status = 'queued' and due_at <= now()
                           order by id {direction}
                           limit 1
                      )
            returning id as number, name, payload
        """
        async with self._database.read() as conn:
            return await conn.maybe(_Job, sql)

    async def _do(self, job: _Job) -> None:
        kind, handler = self._handlers[job.name]
        try:
            await handler.run(msgspec.json.decode(job.payload, type=kind))
        except Unavailable:
            # Any other failure is a bug.
            sql = """
                update jobs
                   set status = 'queued', leased_until = null, due_at = now() + interval '1 minute'
                 where id = $1
            """
            await self._run(sql, job.number)
            return
        async with self._process.database.transaction(recorded=False) as tx:
            await tx.run("delete from jobs where id = $1", job.number)

    async def _run(self, sql: str, *args: Any) -> None:
        """Run a statement of the queue's, which is committed by itself."""
        async with self._database.read() as conn:
            await conn.column(int, sql, *args)


async def all_of(*work: Awaitable[object]) -> None:
    """Have some things be done at once; if the process dies of one, all of them end."""
    ends = await asyncio.gather(*work, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end

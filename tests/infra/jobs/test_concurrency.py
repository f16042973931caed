"""Limits of concurrent jobs hold for each worker, so that more workers do more at once."""

import asyncio
from contextlib import AsyncExitStack

from msgspec import Struct

from tests.infra.waiting import PATIENCE_S, until
from veza.app.services import Services
from veza.infra.jobs.queue import enqueue
from veza.infra.jobs.worker import Handler, Worker


class Polish(Struct, frozen=True):
    number: int


JOBS, WORKERS, AT_ONCE = 12, 2, 2


async def test_each_worker_runs_as_many_jobs_of_a_type_as_it_may(services: Services) -> None:
    running = [0] * WORKERS
    most = [0] * WORKERS
    done: list[int] = []
    may_end = asyncio.Event()

    def make_worker(place: int) -> Worker:
        async def polish(job: Polish) -> None:
            running[place] += 1
            most[place] = max(most[place], running[place])
            await may_end.wait()
            running[place] -= 1
            done.append(job.number)

        handlers = {Polish: Handler(polish, at_once=AT_ONCE)}
        return Worker(services.addresses.database, handlers, {})

    async with services.database.transaction() as tx:
        for number in range(JOBS):
            await enqueue(tx, Polish(number))
    workers = [make_worker(place) for place in range(WORKERS)]
    async with AsyncExitStack() as stack:
        group = await stack.enter_async_context(asyncio.TaskGroup())
        tasks = [group.create_task(worker.run()) for worker in workers]
        async with asyncio.timeout(PATIENCE_S):
            await until(lambda: running == [AT_ONCE] * WORKERS)
            may_end.set()
            await until(lambda: len(done) == JOBS)
        for worker in workers:
            await worker.stop(grace_s=5)
        await asyncio.gather(*tasks)

    assert sorted(done) == list(range(JOBS))
    assert most == [AT_ONCE] * WORKERS

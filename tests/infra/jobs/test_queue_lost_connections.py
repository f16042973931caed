"""Jobs after the worker lost its connections: it looks for them again by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec import Struct
from structlog.testing import capture_logs

from tests.infra.databases import execute
from tests.infra.waiting import until
from veza.app.services import Services
from veza.infra.jobs import worker
from veza.infra.jobs.queue import TOPIC, enqueue
from veza.infra.jobs.worker import CONNECTION_NAME, Handler, Worker
from veza.infra.postgres.database import Database


class Weigh(Struct, frozen=True):
    number: int


@pytest.fixture
async def database(services: Services) -> AsyncIterator[Database]:
    async def clean() -> None:
        async with services.database.transaction() as tx:
            await tx.run("delete from jobs where name = 'Weigh'")

    await clean()
    yield services.database
    await clean()


@asynccontextmanager
async def weighing(services: Services, done: list[int]) -> AsyncIterator[None]:
    async def weigh(job: Weigh) -> None:
        done.append(job.number)
        if job.number < 0:
            # A long one, which must not keep the others waiting.
            await asyncio.sleep(3600)

    worker = Worker(services.addresses.database, {Weigh: Handler(weigh, at_once=8)}, {})
    services.broadcast.listen(TOPIC, worker.wake)
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop(grace_s=0)
        await task


async def enqueue_one(database: Database, number: int) -> None:
    async with database.transaction() as tx:
        await enqueue(tx, Weigh(number))


async def terminate(services: Services, condition: str = "true") -> list[object]:
    sql = f"""
        select pg_terminate_backend(pid)
          from pg_stat_activity
         where application_name = $1 and {condition}
    """
    return await execute(services.addresses.database, sql, CONNECTION_NAME)


async def test_a_worker_whose_connections_were_terminated_goes_on(
    services: Services, database: Database
) -> None:
    done: list[int] = []
    async with weighing(services, done):
        for number in range(4):
            await enqueue_one(database, number)
            await until(lambda number=number: number in done)
            assert await terminate(services)
            await enqueue_one(database, 10 + number)
            await until(lambda number=number: 10 + number in done)


async def test_a_connection_that_is_lost_while_jobs_are_taken_ends_nothing(
    services: Services, database: Database
) -> None:
    done: list[int] = []
    async with weighing(services, done):
        await enqueue_one(database, -1)
        await until(lambda: -1 in done)
        with capture_logs() as logs:
            async with database.transaction() as tx:
                await tx.all(Weigh, "lock table jobs")
                await until(lambda: terminate(services, "wait_event_type = 'Lock'"))
                await until(lambda: any(line["event"] == "repeat_waits" for line in logs))
            await enqueue_one(database, 1)
            await until(lambda: 1 in done)
        assert done.count(-1) == 1
        # Once for an outage, however often it asked.
        events = [line["event"] for line in logs]
        assert "repeat_resumed" in events


async def test_a_job_begins_when_it_is_committed_without_a_poll(
    services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "INTERVAL_S", 3600)
    done: list[int] = []
    async with weighing(services, done):
        for number in range(3):
            await enqueue_one(database, number)
            await until(lambda number=number: number in done)

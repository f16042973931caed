"""Jobs after the queue lost connections: they begin by notification again, and not by a poll."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec import Struct
from pgqueuer import PgQueuer
from pgqueuer.domain.models import TableChangedEvent
from pgqueuer.domain.types import Channel

from tests.infra.databases import execute
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.clock import now
from veza.infra.jobs.queue import enqueue
from veza.infra.jobs.worker import Handler, Worker
from veza.infra.postgres import listener
from veza.infra.postgres.database import Database

# How the queue's connections are recognised. The first is the one that listens.
LISTENING = "query ilike 'listen %' or application_name = 'veza jobs listener'"
WAITING = "query like '%pgqueuer%' and wait_event_type = 'Lock'"

_NEWS = (
    "ch_pgqueuer",
    TableChangedEvent(
        channel=Channel("ch_pgqueuer"),
        sent_at=now(),
        type="table_changed_event",
        operation="insert",
        table="pgqueuer",
    ).model_dump_json(),
)


class Weigh(Struct, frozen=True):
    number: int


@pytest.fixture
def no_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have workers look at the queue once an hour, and whenever they are notified."""
    run = PgQueuer.run

    async def run_without_polls(self: PgQueuer, **options: Any) -> None:
        await run(self, **(options | {"dequeue_timeout": timedelta(hours=1)}))

    monkeypatch.setattr(PgQueuer, "run", run_without_polls)


@pytest.fixture
async def database(services: Services) -> AsyncIterator[Database]:
    async def clean() -> None:
        async with services.database.transaction() as tx:
            await tx.run("delete from pgqueuer where entrypoint = 'Weigh'")

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
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop(grace_s=0)
        await task


async def enqueue_one(database: Database, number: int) -> None:
    async with database.transaction() as tx:
        await enqueue(tx, Weigh(number))


async def backends(services: Services, which: str) -> list[int]:
    sql = f"select pid from pg_stat_activity where ({which}) and pid <> pg_backend_pid()"
    return [pid for (pid,) in await execute(services.addresses.database, sql)]


async def terminate(services: Services, which: str) -> None:
    for pid in await backends(services, which):
        await execute(services.addresses.database, "select pg_terminate_backend($1)", pid)


async def _are_there(services: Services, which: str) -> bool:
    return bool(await backends(services, which))


async def until_listening(services: Services) -> None:
    async def is_listening() -> bool:
        return len(await backends(services, LISTENING)) == 1

    await until(is_listening)


@pytest.mark.usefixtures("no_polls")
async def test_a_job_begins_by_notification_after_its_listener_was_terminated(
    services: Services, database: Database
) -> None:
    done: list[int] = []
    async with weighing(services, done):
        await enqueue_one(database, 0)
        await until(lambda: 0 in done)
        for number in range(1, 4):
            await terminate(services, LISTENING)
            # Some come while nobody listens, some when the new connection does.
            await enqueue_one(database, number)
            await until(lambda number=number: number in done)
            await until_listening(services)
            await enqueue_one(database, 10 + number)
            await until(lambda number=number: 10 + number in done)


@pytest.mark.usefixtures("no_polls")
async def test_a_connection_that_is_lost_while_the_queue_asks_does_not_stop_it(
    services: Services, database: Database
) -> None:
    done: list[int] = []
    async with weighing(services, done):
        await enqueue_one(database, -1)
        await until(lambda: -1 in done)
        async with database.transaction() as tx:
            await tx.all(Weigh, "lock table pgqueuer")
            await execute(services.addresses.database, "select pg_notify($1, $2)", *_NEWS)
            await until(lambda: _are_there(services, WAITING))
            await terminate(services, WAITING)
        await enqueue_one(database, 1)
        await until(lambda: 1 in done)
        assert done.count(-1) == 1


@pytest.mark.usefixtures("no_polls")
async def test_a_listener_that_went_silent_is_replaced(
    services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "PROBE_EVERY_S", 0.1)
    monkeypatch.setattr(listener, "PROBE_TIMEOUT_S", 0.2)
    done: list[int] = []
    async with weighing(services, done):
        await enqueue_one(database, 0)
        await until(lambda: 0 in done)
        await until_listening(services)
        [silent] = await backends(services, LISTENING)
        os.kill(silent, signal.SIGSTOP)
        try:
            await until(lambda: _has_another(services, silent))
            await enqueue_one(database, 1)
            await until(lambda: 1 in done)
        finally:
            os.kill(silent, signal.SIGCONT)


async def _has_another(services: Services, silent: int) -> bool:
    return any(pid != silent for pid in await backends(services, LISTENING))

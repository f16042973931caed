"""Jobs: written with their cause, done at least once, tried again, handed on, held at last."""

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from msgspec import Struct
from pgqueuer import Queries
from structlog.testing import capture_logs

from tests.infra.waiting import PATIENCE_S, until
from veza.app.services import Services
from veza.core.errors import Unavailable
from veza.infra.jobs import worker
from veza.infra.jobs.queue import enqueue
from veza.infra.jobs.queue_driver import QueueDriver
from veza.infra.jobs.worker import MAX_ATTEMPTS, MAX_PAUSE_S, Handler, Worker
from veza.infra.postgres.availability import TransactionConflict
from veza.infra.postgres.database import Database


class Press(Struct, frozen=True):
    number: int


class Pack(Struct, frozen=True):
    name: str = "box"


@pytest.fixture
async def database(services: Services) -> AsyncIterator[Database]:
    async def clean() -> None:
        async with services.database.transaction() as tx:
            await tx.run("delete from pgqueuer where entrypoint = any($1)", ["Press", "Pack"])
            await tx.run("delete from pgqueuer_schedules")

    await clean()
    yield services.database
    await clean()


def _worker(
    services: Services,
    run: Callable[[Any], Awaitable[None]],
    give_up: Callable[[Any], Awaitable[None]] | None = None,
) -> Worker:
    return Worker(services.addresses.database, {Press: Handler(run, 8, give_up)}, {})


async def _enqueue(database: Database, *jobs: Struct, key: str | None = None) -> None:
    async with database.transaction() as tx:
        for job in jobs:
            await enqueue(tx, job, key=key)


async def _states(database: Database) -> list[str]:
    """Tell state and tries of each job that is still there."""
    async with database.read() as conn:
        sql = """
            select status || ' ' || attempts
              from pgqueuer
             where entrypoint = any($1)
             order by id
        """
        return await conn.column(str, sql, ["Press", "Pack"])


@asynccontextmanager
async def _working(worker: Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop(grace_s=5)
        await task


async def test_each_job_is_done_by_its_handler_and_then_gone(
    services: Services, database: Database
) -> None:
    done: list[Struct] = []

    async def note(job: Struct) -> None:
        done.append(job)

    handlers = {Press: Handler(note, 8), Pack: Handler(note, 8)}
    jobs = [*(Press(n) for n in range(7)), Pack("böx")]
    await _enqueue(database, *jobs)
    assert await _states(database) == ["queued 0"] * 8

    await Worker(services.addresses.database, handlers, {}).run_until_empty()

    assert sorted(done, key=repr) == sorted(jobs, key=repr)
    assert await _states(database) == []


async def test_a_cause_that_is_undone_leaves_no_job(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await _enqueue_and_fail(database)

    assert await _states(database) == []


async def _enqueue_and_fail(database: Database) -> None:
    async with database.transaction() as tx:
        await enqueue(tx, Press(1))
        raise ZeroDivisionError


async def test_a_job_under_the_key_of_a_waiting_one_is_not_needed(
    services: Services, database: Database
) -> None:
    done: list[int] = []

    async def note(job: Press) -> None:
        done.append(job.number)

    for number in (1, 2, 3):
        await _enqueue(database, Press(number), key="record")
    await _enqueue(database, Press(4), key="another")
    await _enqueue(database, Press(5))
    await _enqueue(database, Press(6))
    await _worker(services, note).run_until_empty()
    assert sorted(done) == [1, 4, 5, 6]

    await _enqueue(database, Press(7), key="record")
    await _worker(services, note).run_until_empty()
    assert sorted(done) == [1, 4, 5, 6, 7]


async def test_of_many_who_enqueue_under_one_key_at_once_one_does(database: Database) -> None:
    await asyncio.gather(*(_enqueue(database, Press(n), key="record") for n in range(8)))

    assert await _states(database) == ["queued 0"]


@pytest.mark.parametrize(("also_while_running", "later"), [(True, [4]), (False, [])])
async def test_a_job_under_the_key_of_a_running_one_is_done_where_it_is_needed(
    services: Services, database: Database, also_while_running: bool, later: list[int]
) -> None:
    done: list[int] = []
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def work(job: Press) -> None:
        done.append(job.number)
        if job.number == 1:
            begun.set()
            await may_end.wait()

    async def enqueue_all(*numbers: int) -> None:
        async with database.transaction() as tx:
            for number in numbers:
                job = Press(number)
                await enqueue(tx, job, key="record", also_while_running=also_while_running)

    await enqueue_all(1, 2, 3)
    async with _working(_worker(services, work)):
        await begun.wait()
        await enqueue_all(4, 5)
        await until(lambda: done[1:] == later)
        may_end.set()
        await until(lambda: _has_states(database, []))

    assert done == [1, *later]


async def test_a_job_is_done_soon_after_its_cause_is_committed(
    services: Services, database: Database
) -> None:
    done: list[int] = []

    async def note(job: Press) -> None:
        done.append(job.number)

    async with _working(_worker(services, note)):
        for number in range(3):
            await _enqueue(database, Press(number))
            await until(lambda number=number: number in done)


async def test_jobs_that_wait_for_a_slow_machine_leave_room_for_the_others(
    services: Services, database: Database
) -> None:
    running, most, packed = 0, 0, asyncio.Event()

    async def wait(_: Press) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await packed.wait()
        running -= 1

    async def pack(_: Pack) -> None:
        packed.set()

    await _enqueue(database, *(Press(n) for n in range(9)), Pack())
    handlers = {Press: Handler(wait, at_once=2), Pack: Handler(pack, at_once=8)}
    async with asyncio.timeout(PATIENCE_S):
        await Worker(services.addresses.database, handlers, {}).run_until_empty()

    assert most == 2
    assert await _states(database) == []


# What the driver says of a database that was killed, before it asked, or between two of its steps.
_KILLED = [asyncpg.ConnectionDoesNotExistError, asyncpg.InternalClientError, ConnectionResetError]


@pytest.mark.parametrize("error", _KILLED)
@pytest.mark.long
async def test_a_job_that_can_not_be_queued_again_just_then_is_taken_up_again(
    error: type[Exception],
    services: Services,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[int] = []

    async def fail_once(job: Press) -> None:
        tries.append(job.number)
        if len(tries) == 1:
            raise ZeroDivisionError

    async def refuse(*_: object) -> None:
        raise error("The database was killed.")

    monkeypatch.setattr(worker, "HEARTBEAT_TIMEOUT", timedelta(seconds=1))
    monkeypatch.setattr(Queries, "retry_job", refuse)
    await _enqueue(database, Press(1))
    async with _working(_worker(services, fail_once)):
        await until(lambda: len(tries) == 2)

    assert await _states(database) == []


async def test_a_job_in_conflict_with_another_transaction_is_run_again_at_once(
    services: Services, database: Database
) -> None:
    tries: list[int] = []

    async def conflict(job: Press) -> None:
        tries.append(job.number)
        if len(tries) == 1:
            raise TransactionConflict

    await _enqueue(database, Press(1))
    with capture_logs() as logs:
        await _worker(services, conflict).run_until_empty()

    assert tries == [1, 1]
    assert [each["event"] for each in logs] == ["change_retried"]
    assert await _states(database) == []


async def test_a_job_that_fails_is_tried_again_with_growing_pauses_and_held_at_last(
    services: Services, database: Database
) -> None:
    tries: list[int] = []
    given_up: list[Press] = []

    async def fail(job: Press) -> None:
        tries.append(job.number)
        raise ZeroDivisionError("as ever")

    async def give_up(job: Press) -> None:
        given_up.append(job)

    await _enqueue(database, Press(1))
    pauses = []
    for n in range(1, MAX_ATTEMPTS):
        await _work_until(services, fail, lambda n=n: _has_states(database, [f"queued {n}"]))
        pauses.append(await _take_pause_away(database))
    assert pauses == [1, 2, 4, 8]
    assert given_up == []

    await _worker(services, fail, give_up).run_until_empty()
    assert await _states(database) == [f"failed {MAX_ATTEMPTS - 1}"]
    assert given_up == [Press(1)]
    await _worker(services, fail, give_up).run_until_empty()
    assert tries == [1] * MAX_ATTEMPTS, "What is held is not tried again by itself."
    assert given_up == [Press(1)]


@pytest.mark.parametrize(
    "error", [Unavailable(), OSError(errno.ENOSPC, "full"), OSError(errno.EDQUOT, "full")], ids=repr
)
async def test_while_something_is_unavailable_a_job_is_never_given_up(
    services: Services, database: Database, error: Exception
) -> None:
    async def miss(_: Press) -> None:
        raise error

    await _enqueue(database, Press(1))
    async with database.transaction() as tx:
        await tx.run("update pgqueuer set attempts = 20 where entrypoint = 'Press'")
    await _work_until(services, miss, lambda: _has_states(database, ["queued 21"]))

    assert 590 < await _take_pause_away(database) <= MAX_PAUSE_S


async def _work_until(
    services: Services,
    run: Callable[[Any], Awaitable[None]],
    is_so: Callable[[], Awaitable[bool]],
) -> None:
    async with _working(_worker(services, run)):
        await until(is_so)


async def _has_states(database: Database, expected: list[str]) -> bool:
    return await _states(database) == expected


async def _take_pause_away(database: Database) -> int:
    """Tell how long the only job has to wait, and don't sit through it."""
    async with database.transaction() as tx:
        sql = """
               update pgqueuer
                  set execute_after = now()
                where entrypoint = 'Press' and status = 'queued'
            returning ceil(extract(epoch from old.execute_after - old.updated))::int
        """
        return await tx.value(int, sql) or 0


async def test_a_job_that_fails_keeps_no_other_waiting(
    services: Services, database: Database
) -> None:
    done: list[int] = []

    async def note(job: Press) -> None:
        if job.number == 0:
            raise ZeroDivisionError
        done.append(job.number)

    await _enqueue(database, *(Press(n) for n in range(6)))
    async with _working(_worker(services, note)):
        await until(lambda: sorted(done) == [1, 2, 3, 4, 5])

    assert await _states(database) == ["queued 1"]


async def test_a_job_that_cannot_be_read_is_held(services: Services, database: Database) -> None:
    async def note(_: Press) -> None:
        pytest.fail("There is nothing to do.")

    await _enqueue(database, Press(1))
    async with database.transaction() as tx:
        sql = "update pgqueuer set payload = $1 where entrypoint = 'Press'"
        await tx.run(sql, b'{"other": 1}')
    await _worker(services, note).run_until_empty()

    assert await _states(database) == ["failed 0"]


async def test_a_worker_that_stops_lets_a_job_end_that_has_the_time(
    services: Services, database: Database
) -> None:
    begun, done = asyncio.Event(), asyncio.Event()

    async def work(_: Press) -> None:
        begun.set()
        await asyncio.sleep(0.2)
        done.set()

    await _enqueue(database, Press(1))
    async with _working(_worker(services, work)):
        await begun.wait()

    assert done.is_set()
    assert await _states(database) == []


async def test_a_worker_that_stops_puts_a_long_job_back_and_another_does_it(
    services: Services, database: Database
) -> None:
    begun = asyncio.Event()
    ended: list[str] = []

    async def dawdle(_: Press) -> None:
        begun.set()
        try:
            await asyncio.sleep(600)
        finally:
            ended.append("broken off")

    async def note(_: Press) -> None:
        ended.append("done")

    await _enqueue(database, Press(1))
    worker = _worker(services, dawdle)
    task = asyncio.create_task(worker.run())
    await begun.wait()
    await worker.stop(grace_s=0.05)
    await task

    assert ended == ["broken off"]
    assert await _states(database) == ["queued 1"]
    await _worker(services, note).run_until_empty()
    assert ended == ["broken off", "done"]
    assert await _states(database) == []


async def test_a_worker_that_is_stopped_before_it_began_takes_no_job(
    services: Services, database: Database
) -> None:
    async def note(_: Press) -> None:
        pytest.fail("It was stopped.")

    await _enqueue(database, Press(1))
    worker = _worker(services, note)
    await worker.stop(grace_s=0)
    await worker.run()

    assert await _states(database) == ["queued 0"]


async def test_a_job_that_is_taken_while_the_worker_stops_is_left_to_another(
    services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_taken, has_stopped = asyncio.Event(), asyncio.Event()
    fetch = QueueDriver.fetch

    async def fetch_slowly(self: QueueDriver, query: str, *args: object) -> list[dict[str, object]]:
        rows = await fetch(self, query, *args)
        if any(row.get("entrypoint") == "Press" for row in rows):
            is_taken.set()
            await has_stopped.wait()
        return rows

    async def note(_: Press) -> None:
        pytest.fail("It was stopped.")

    monkeypatch.setattr(QueueDriver, "fetch", fetch_slowly)
    await _enqueue(database, Press(1))
    worker = _worker(services, note)
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(PATIENCE_S):
        await is_taken.wait()
        await worker.stop(grace_s=0)
        has_stopped.set()
        await task

    assert await _states(database) == ["queued 1"]


async def test_two_workers_do_each_job_once(services: Services, database: Database) -> None:
    done: list[int] = []

    async def note(job: Press) -> None:
        await asyncio.sleep(0.001)
        done.append(job.number)

    await _enqueue(database, *(Press(n) for n in range(40)))
    async with _working(_worker(services, note)), _working(_worker(services, note)):
        await until(lambda: len(done) >= 40)

    assert sorted(done) == list(range(40))


async def test_what_the_clock_starts_is_registered_and_a_failure_ends_nothing(
    services: Services, database: Database
) -> None:
    turns: list[str] = []

    async def sweep() -> None:
        turns.append("sweep")
        raise ZeroDivisionError

    schedules = {"sweep_floor": ("*/20 * * * *", sweep)}
    worker = Worker(services.addresses.database, {Press: Handler(_nothing, at_once=8)}, schedules)

    async def is_registered() -> bool:
        return await _schedules(database) == ["sweep_floor */20 * * * *"]

    async with _working(worker):
        await until(is_registered)
    assert turns == []
    for n in (1, 2):
        async with database.transaction() as tx:
            await tx.run("update pgqueuer_schedules set next_run = now()")
        again = Worker(
            services.addresses.database, {Press: Handler(_nothing, at_once=8)}, schedules
        )
        async with _working(again):
            await until(lambda n=n: len(turns) == n)


async def _nothing(_: Press) -> None:
    """Do nothing."""


async def _schedules(database: Database) -> list[str]:
    async with database.read() as conn:
        sql = "select entrypoint || ' ' || expression from pgqueuer_schedules"
        return await conn.column(str, sql)


async def test_without_a_database_a_worker_waits_for_it_and_can_be_stopped() -> None:
    url = "postgresql://nobody@/none?host=/nowhere"
    worker = Worker(url, {Press: Handler(_nothing, at_once=8)}, {})
    working = asyncio.create_task(worker.run())
    await asyncio.sleep(0.1)
    assert not working.done()

    await worker.stop(grace_s=0)
    async with asyncio.timeout(28):
        await working

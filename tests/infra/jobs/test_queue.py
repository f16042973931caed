"""Jobs: written with their cause, done at least once, tried again, handed on, held at last."""

import asyncio
import errno
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from msgspec import Struct
from structlog.testing import capture_logs

from tests.infra.waiting import PATIENCE_S, until
from veza.app.services import Services
from veza.core.errors import Unavailable
from veza.infra.jobs import leases, worker
from veza.infra.jobs.leases import JobOutcome, LeasedJob
from veza.infra.jobs.queue import HoldJob, JobState, enqueue, list_troubled
from veza.infra.jobs.retries import MAX_JOB_ATTEMPTS, MAX_PAUSE_S
from veza.infra.jobs.worker import Handler, Worker
from veza.infra.postgres.availability import TransactionConflict
from veza.infra.postgres.database import Database, DatabaseUnavailable, Tx


class Press(Struct, frozen=True):
    number: int


class Pack(Struct, frozen=True):
    name: str = "box"


@pytest.fixture
async def database(services: Services) -> AsyncIterator[Database]:
    async def clean() -> None:
        async with services.database.transaction() as tx:
            await tx.run("delete from jobs where name = any($1)", ["Press", "Pack"])
            await tx.run("delete from schedules")

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
              from jobs
             where name = any($1)
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


async def test_an_outcome_that_can_not_be_recorded_just_then_is_recorded_later(
    services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    settle_job, refusals = leases.settle_job, 0

    async def refuse_once(*args: Any) -> None:
        nonlocal refusals
        refusals += 1
        if refusals == 1:
            raise DatabaseUnavailable
        await settle_job(*args)

    async def note(job: Press) -> None:
        done.append(job.number)

    monkeypatch.setattr(leases, "settle_job", refuse_once)
    monkeypatch.setattr(worker, "_PAUSE_S", 0.01)
    await _enqueue(database, Press(1))
    await _worker(services, note).run_until_empty()

    assert (done, refusals) == ([1], 2)
    assert await _states(database) == []


async def test_a_job_whose_worker_died_is_done_by_another(
    services: Services, database: Database
) -> None:
    done: list[int] = []

    async def note(job: Press) -> None:
        done.append(job.number)

    await _enqueue(database, Press(1), Press(2))
    dead = uuid4()
    async with database.transaction() as tx:
        [job] = await leases.lease_jobs(tx, dead, {"Press": 1}, timedelta(hours=1))
    await _worker(services, note).run_until_empty()
    assert done == [2], "The other one has its lease."

    await _expire_lease(database)
    await _worker(services, note).run_until_empty()
    assert done == [2, 1]
    # It was not dead, only slow.
    async with database.transaction() as tx:
        await leases.settle_job(tx, dead, job.id, JobOutcome(ZeroDivisionError(), timedelta(0)))
    assert await _states(database) == []


async def test_what_a_worker_says_of_a_job_that_another_has_taken_is_ignored(
    database: Database,
) -> None:
    slow, other = uuid4(), uuid4()
    await _enqueue(database, Press(1))
    async with database.transaction() as tx:
        [job] = await leases.lease_jobs(tx, slow, {"Press": 1}, timedelta(hours=1))
    await _expire_lease(database)
    async with database.transaction() as tx:
        assert await leases.requeue_expired(tx, [job.id]) == 0, "It runs where it is asked."
        assert await leases.requeue_expired(tx, []) == 1
        assert await leases.lease_jobs(tx, other, {"Press": 1}, timedelta(hours=1)) == [job]

        for outcome in (
            JobOutcome(),
            JobOutcome(ZeroDivisionError()),
            JobOutcome(ZeroDivisionError(), timedelta(0)),
        ):
            await leases.settle_job(tx, slow, job.id, outcome)
        await leases.renew_leases(tx, slow, job_ids=[job.id], names=[], lease=timedelta(hours=-1))
        await leases.release_leases(tx, slow)
        assert await leases.requeue_expired(tx, []) == 0
    assert await _states(database) == ["picked 0"]


async def _expire_lease(database: Database) -> None:
    async with database.transaction() as tx:
        sql = "update jobs set leased_until = now() where name = 'Press' and status = 'picked'"
        assert await tx.run(sql) == 1


async def test_a_worker_renews_the_lease_of_a_job_that_takes_long(
    services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = asyncio.Event()
    seen: set[Any] = set()

    async def work(_: Press) -> None:
        await may_end.wait()

    async def is_renewed() -> bool:
        async with database.read() as conn:
            sql = "select leased_until::text from jobs where name = 'Press' and status = 'picked'"
            seen.update(await conn.column(str, sql))
        return len(seen) == 3

    monkeypatch.setattr(worker, "RENEW_INTERVAL_S", 0.05)
    await _enqueue(database, Press(1))
    async with _working(_worker(services, work)):
        await until(is_renewed)
        may_end.set()


async def test_a_job_is_held_with_a_text_of_its_error_that_can_be_stored(
    services: Services, database: Database
) -> None:
    async def fail(_: Press) -> None:
        raise HoldJob("a\0b \ud800 " + "long" * 1000)

    await _enqueue(database, Press(1))
    await _worker(services, fail).run_until_empty()

    async with database.read() as conn:
        [held] = await list_troubled(conn, Press, limit=1)
    assert (held.state, held.error, held.attempts) == (JobState.FAILED, "HoldJob", 1)
    assert held.message is not None
    assert held.message.startswith("ab ? long")
    assert len(held.message) < 2001


async def test_a_job_that_can_not_be_given_up_for_an_outage_is_tried_once_more(
    services: Services, database: Database
) -> None:
    async def fail(_: Press) -> None:
        raise ZeroDivisionError

    async def give_up(_: Press) -> None:
        raise Unavailable

    await _enqueue(database, Press(1))
    async with database.transaction() as tx:
        await tx.run("update jobs set attempts = $1 where name = 'Press'", MAX_JOB_ATTEMPTS - 1)
    await _worker(services, fail, give_up).run_until_empty()

    assert await _states(database) == [f"queued {MAX_JOB_ATTEMPTS}"]


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
    for n in range(1, MAX_JOB_ATTEMPTS):
        await _work_until(services, fail, lambda n=n: _has_states(database, [f"queued {n}"]))
        pauses.append(await _take_pause_away(database))
    assert pauses == [1, 2, 4, 8]
    assert given_up == []

    await _worker(services, fail, give_up).run_until_empty()
    assert await _states(database) == [f"failed {MAX_JOB_ATTEMPTS - 1}"]
    assert given_up == [Press(1)]
    await _worker(services, fail, give_up).run_until_empty()
    assert tries == [1] * MAX_JOB_ATTEMPTS, "What is held is not tried again by itself."
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
        await tx.run("update jobs set attempts = 20 where name = 'Press'")
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
               update jobs
                  set due_at = now()
                where name = 'Press' and status = 'queued'
            returning ceil(extract(epoch from old.due_at - old.updated_at))::int
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


async def test_a_job_that_cannot_be_read_waits_for_another_version_and_is_held_at_last(
    services: Services, database: Database
) -> None:
    async def note(_: Press) -> None:
        pytest.fail("There is nothing to do.")

    await _enqueue(database, Press(1))
    async with database.transaction() as tx:
        sql = "update jobs set payload = $1 where name = 'Press'"
        await tx.run(sql, b'{"other": 1}')
    pauses = []
    for n in range(1, MAX_JOB_ATTEMPTS):
        await _worker(services, note).run_until_empty()
        assert await _states(database) == [f"queued {n}"]
        pauses.append(await _take_pause_away(database))
    assert pauses == [60, 240, 960, 3840]

    await _worker(services, note).run_until_empty()
    assert await _states(database) == [f"failed {MAX_JOB_ATTEMPTS - 1}"]


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
    assert await _states(database) == ["queued 0"]
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
    lease_jobs = leases.lease_jobs

    async def lease_slowly(tx: Tx, *args: Any) -> list[LeasedJob]:
        leased = await lease_jobs(tx, *args)
        if leased:
            is_taken.set()
            await has_stopped.wait()
        return leased

    async def note(_: Press) -> None:
        pytest.fail("It was stopped.")

    monkeypatch.setattr(leases, "lease_jobs", lease_slowly)
    await _enqueue(database, Press(1))
    worker = _worker(services, note)
    task = asyncio.create_task(worker.run())
    async with asyncio.timeout(PATIENCE_S):
        await is_taken.wait()
        await worker.stop(grace_s=0)
        has_stopped.set()
        await task

    assert await _states(database) == ["queued 0"]


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

    async def is_registered() -> bool:
        return await _schedules(database) == ["sweep_floor */20 * * * * t"]

    async def has_run(times: int) -> bool:
        return len(turns) == times and await is_registered()

    schedules = {"sweep_floor": ("*/20 * * * *", sweep)}
    async with _working(Worker(services.addresses.database, {}, schedules)):
        await until(is_registered)
    assert turns == []
    for n in (1, 2):
        await _make_schedules_due(database)
        async with _working(Worker(services.addresses.database, {}, schedules)):
            await until(lambda n=n: has_run(n))


async def test_of_several_workers_one_runs_what_is_scheduled_also_after_another_has_died(
    services: Services, database: Database
) -> None:
    turns: list[str] = []
    may_end = asyncio.Event()

    async def sweep() -> None:
        turns.append("sweep")
        await may_end.wait()

    def make_worker() -> Worker:
        return Worker(services.addresses.database, {}, {"sweep_floor": ("0 0 * * *", sweep)})

    async with _working(make_worker()):
        await until(lambda: _schedules(database))
    await _make_schedules_due(database)
    async with database.transaction() as tx:
        names = await leases.lease_schedules(tx, uuid4(), ["sweep_floor"], timedelta(hours=1))
        assert names == ["sweep_floor"]
    async with _working(make_worker()), _working(make_worker()):
        async with database.transaction() as tx:
            await tx.run("update schedules set leased_until = now()")
        await until(lambda: turns == ["sweep"])
        async with database.transaction() as tx:
            assert await leases.lease_schedules(tx, uuid4(), ["sweep_floor"], timedelta(0)) == []
        may_end.set()
        await until(lambda: _are_schedules_over(database))

    assert turns == ["sweep"]


async def test_what_is_scheduled_is_not_begun_again_where_it_runs_when_its_lease_expires(
    services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_SCHEDULE_INTERVAL_S", 0.02)
    turns = Counter[str]()
    may_end = asyncio.Event()

    async def sweep() -> None:
        turns["sweep"] += 1
        await may_end.wait()

    async def knock() -> None:
        turns["knock"] += 1

    schedules = {"sweep_floor": ("0 0 * * *", sweep), "knock": ("0 0 * * *", knock)}
    async with _working(Worker(services.addresses.database, {}, schedules)):
        await until(lambda: _schedules(database))
        for number in range(1, 4):
            async with database.transaction() as tx:
                # As after an outage in which it could not be renewed. Both are taken at once.
                sql = "update schedules set due_at = now(), leased_until = now() - interval '1 s'"
                await tx.run(sql)
            await until(lambda number=number: turns["knock"] == number)
            # Its end is written after it, and would take back what is written above.
            await until(lambda: _is_over(database, "knock"))
        assert turns["sweep"] == 1
        may_end.set()
        await until(lambda: _are_schedules_over(database))


async def test_what_is_scheduled_anew_is_due_by_its_new_expression(
    services: Services, database: Database
) -> None:
    async def registered(cron: str) -> bool:
        return await _schedules(database) == [f"sweep_floor {cron} t"]

    async def sweep() -> None:
        """Never due here."""

    due_at = []
    for cron in ("0 3 * * *", "*/59 * * * *"):
        schedules = {"sweep_floor": (cron, sweep)}
        async with _working(Worker(services.addresses.database, {}, schedules)):
            await until(lambda cron=cron: registered(cron))
        async with database.read() as conn:
            due_at += await conn.column(datetime, "select due_at from schedules")
    assert due_at[0] != due_at[1]


async def _make_schedules_due(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.run("update schedules set due_at = now()")


async def _are_schedules_over(database: Database) -> bool:
    async with database.read() as conn:
        sql = "select count(*) = 0 from schedules where worker_id is not null or due_at < now()"
        return bool(await conn.value(bool, sql))


async def _is_over(database: Database, name: str) -> bool:
    async with database.read() as conn:
        sql = "select worker_id is null and due_at > now() from schedules where name = $1"
        return bool(await conn.value(bool, sql, name))


async def _nothing(_: Press) -> None:
    """Do nothing."""


async def _schedules(database: Database) -> list[str]:
    async with database.read() as conn:
        sql = "select concat_ws(' ', name, cron, due_at > now()) from schedules"
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

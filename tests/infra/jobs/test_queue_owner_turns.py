"""Jobs of many owners take turns: who brings a hundred keeps nobody else waiting for them all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import pytest
from msgspec import Struct

from tests.infra.waiting import PATIENCE_S, until
from veza.app.services import Services
from veza.infra.jobs import queue
from veza.infra.jobs.queue import enqueue
from veza.infra.jobs.worker import Handler, Worker
from veza.infra.postgres.database import Database

pytestmark = pytest.mark.long


class Render(Struct, frozen=True):
    owner: str
    number: int


class Tidy(Struct, frozen=True):
    number: int


@pytest.fixture
async def database(services: Services) -> AsyncIterator[Database]:
    async def clean() -> None:
        async with services.database.transaction() as tx:
            await tx.run("delete from jobs where name = any($1)", ["Render", "Tidy"])

    await clean()
    yield services.database
    await clean()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Have it be so many minutes after the start: `at(30)`."""
    start = queue._now_minutes()

    def set_clock(minutes: int) -> None:
        monkeypatch.setattr(queue, "_now_minutes", lambda: start + minutes)

    set_clock(0)
    return set_clock


_OWNERS: dict[str, UUID] = {}


async def _bring(database: Database, owner: str, count: int = 1) -> None:
    owner_id = _OWNERS.setdefault(owner, uuid4())
    for number in range(count):
        async with database.transaction() as tx:
            await enqueue(tx, Render(owner, number), owner_id=owner_id)


class _Studio:
    """A worker that notes what it does, one job at a time."""

    def __init__(self, services: Services, *, at_once: int = 1) -> None:
        self.done: list[str] = []
        self.worker = Worker(
            services.addresses.database, {Render: Handler(self._note, at_once=at_once)}, {}
        )

    async def _note(self, job: Render) -> None:
        self.done.append(f"{job.owner}{job.number}")
        await asyncio.sleep(0)


async def test_the_first_job_of_another_owner_comes_next(
    services: Services, database: Database, at: Callable[[int], None]
) -> None:
    await _bring(database, "a", 100)
    await _bring(database, "b")
    at(5)
    await _bring(database, "c", 2)

    studio = _Studio(services)
    await studio.worker.run_until_empty()

    assert studio.done[:3] == ["a0", "b0", "c0"]
    # Then they take turns, as long as somebody else's wait.
    assert studio.done[3:7] == ["a1", "c1", "a2", "a3"]
    assert len(studio.done) == 103


async def test_two_workers_keep_the_turns(
    services: Services, database: Database, at: Callable[[int], None]
) -> None:
    await _bring(database, "a", 100)
    await _bring(database, "b")
    studios = [_Studio(services, at_once=2) for _ in range(2)]
    order: list[str] = []
    for studio in studios:
        studio.done = order
    tasks = [asyncio.create_task(studio.worker.run()) for studio in studios]
    async with asyncio.timeout(PATIENCE_S):
        await until(lambda: len(order) == 101)
    for studio, task in zip(studios, tasks, strict=True):
        await studio.worker.stop(grace_s=5)
        await task

    # Two may have been taken at once, and two more been fetched along.
    assert order.index("b0") <= 4


async def test_no_job_waits_for_those_that_come_after_its_turn(
    services: Services, database: Database, at: Callable[[int], None]
) -> None:
    await _bring(database, "a", 10)
    for minute in range(1, 80):
        at(minute)
        await _bring(database, f"new{minute}.")

    studio = _Studio(services)
    await studio.worker.run_until_empty()

    # The eighth of them has its turn after seventy minutes.
    place = studio.done.index("a7")
    assert set(studio.done[place + 1 :]) >= {"new79.0", "new75.0", "a8", "a9"}
    assert "new71.0" not in studio.done[:place]


async def test_a_crash_of_the_worker_changes_no_turn(
    services: Services, database: Database, at: Callable[[int], None]
) -> None:
    await _bring(database, "a", 20)
    async with database.transaction() as tx:
        # What a worker that died had taken, long enough ago.
        sql = """
            update jobs
               set status = 'picked', worker_id = $1, leased_until = now() - interval '1 hour'
             where id = (select min(id) from jobs where name = 'Render')
        """
        await tx.run(sql, uuid4())
    await _bring(database, "b", 2)

    studio = _Studio(services)
    task = asyncio.create_task(studio.worker.run())
    async with asyncio.timeout(PATIENCE_S):
        await until(lambda: len(studio.done) == 22)
    await studio.worker.stop(grace_s=5)
    await task

    assert studio.done[:4] == ["a0", "b0", "a1", "b1"]
    assert studio.done[4:] == [f"a{number}" for number in range(2, 20)]


async def test_kinds_of_jobs_and_owners_are_counted_apart(
    services: Services, database: Database, at: Callable[[int], None]
) -> None:
    await _bring(database, "a", 30)
    async with database.transaction() as tx:
        await enqueue(tx, Tidy(1), owner_id=_OWNERS["a"])
        await enqueue(tx, Tidy(2))
        turns = await tx.column(int, "select -priority from jobs where name = 'Tidy'")
        last = await tx.value(int, "select -min(priority) from jobs where name = 'Render'")

    assert set(turns) == {queue._now_minutes()}
    assert last == queue._now_minutes() + 29 * queue._TURN_MINUTES

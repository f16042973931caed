"""Jobs that wait for another system: tried again later, and dropped in the end, not held."""

from datetime import timedelta

from msgspec import Struct

from veza.app.services import Services
from veza.infra.jobs.queue import RetryLater, count_jobs, enqueue
from veza.infra.jobs.retries import MAX_JOB_ATTEMPTS, find_patient_pause
from veza.infra.jobs.worker import Handler, Worker


class Knock(Struct, frozen=True):
    door: int


async def test_a_job_that_waits_is_tried_as_often_as_another_and_leaves_nothing(
    services: Services,
) -> None:
    knocked: list[int] = []

    async def knock(job: Knock) -> None:
        knocked.append(job.door)
        if job.door == 1 or knocked.count(2) < 2:
            raise RetryLater(timedelta(0))

    async with services.database.transaction() as tx:
        held = (await count_jobs(tx))["failed"]
        await enqueue(tx, Knock(1))
        await enqueue(tx, Knock(2))
    await Worker(
        services.addresses.database, {Knock: Handler(knock, at_once=8)}, {}
    ).run_until_empty()

    assert (knocked.count(1), knocked.count(2)) == (MAX_JOB_ATTEMPTS, 2)
    async with services.database.read() as conn:
        sql = "select count(*) from jobs where name = 'Knock'"
        assert await conn.value(int, sql) == 0
        assert (await count_jobs(conn))["failed"] == held


def test_pauses_grow_from_what_was_asked_for() -> None:
    pauses = [find_patient_pause(timedelta(seconds=15), n) for n in range(4)]
    assert [pause.total_seconds() for pause in pauses] == [15, 60, 240, 960]

"""The log of jobs is bounded: it is deleted a day after they are over."""

from msgspec import Struct

from veza.app.services import Services
from veza.infra.jobs import queue_log
from veza.infra.jobs.queue import enqueue
from veza.infra.jobs.queue_log import sweep_queue_log
from veza.infra.postgres.database import Database


class Weigh(Struct, frozen=True):
    """A job that nobody does."""


_NAMES = """
    select case when q.id is null then 'over' else 'queued' end
           || case when l.created < now() - interval '1 day' then ', old' else '' end
      from pgqueuer_log l
      left join pgqueuer q on q.id = l.job_id
     where l.entrypoint = 'Weigh'
     order by 1
"""


async def _age(database: Database, condition: str) -> None:
    async with database.transaction(recorded=False) as tx:
        await tx.run(f"""
            update pgqueuer_log l
               set created = created - interval '25 hours'
             where l.entrypoint = 'Weigh' and {condition}
        """)


async def test_only_the_log_of_jobs_that_are_over_is_deleted_after_a_day(
    services: Services, monkeypatch
) -> None:
    database = services.database
    async with database.transaction() as tx:
        for _ in range(3):
            await enqueue(tx, Weigh())
        await tx.run("""
            delete from pgqueuer
             where id <> (select max(id) from pgqueuer where entrypoint = 'Weigh')
               and entrypoint = 'Weigh'
        """)
    # Of the two that are over, one has just ended.
    await _age(
        database, "job_id <> (select min(job_id) from pgqueuer_log e where e.entrypoint = 'Weigh')"
    )
    monkeypatch.setattr(queue_log, "_BATCH", 1)

    await sweep_queue_log(database)

    async with database.read() as conn:
        assert await conn.column(str, _NAMES) == ["over", "queued, old"]
    async with database.transaction(recorded=False) as tx:
        await tx.run("delete from pgqueuer where entrypoint = 'Weigh'")
        await tx.run("delete from pgqueuer_log where entrypoint = 'Weigh'")

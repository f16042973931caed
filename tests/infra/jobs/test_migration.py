"""Jobs that were queued before the queue had tables of its own are run."""

import asyncpg
import pytest
from msgspec import Struct

from tests.infra.databases import execute, scratch
from veza.infra.jobs.worker import Handler, Worker
from veza.infra.postgres import migrate as module
from veza.infra.postgres.migrate import migrate, read_migrations

# A job that waits, one that runs, one that is to wait longer, and one that is held.
BEFORE = """
    insert into pgqueuer (priority, entrypoint, payload, status, dedupe_key, headers, attempts,
                          execute_after)
         values (-7, 'Paint', '{"number": 1}', 'queued', 'a key',
                 '{"owner": "0198c0de-0000-7000-8000-000000000001", "traceparent": "00"}', 0,
                 now()),
                (-7, 'Paint', '{"number": 2}', 'picked', null, null, 1, now()),
                (-7, 'Paint', '{"number": 3}', 'queued', null, null, 2, 'infinity'),
                (-7, 'Paint', '{"number": 4}', 'failed', null, '{}', 4, now());
    insert into pgqueuer_log (job_id, status, priority, entrypoint, traceback)
         select id, 'failed', priority, entrypoint,
                '{"exception_type": "ValueError", "exception_message": "as ever"}'
           from pgqueuer
          where status = 'failed';
    insert into pgqueuer_schedules (expression, entrypoint, next_run)
         values ('0 3 * * *', 'sweep', '2030-01-01'), ('0 4 * * *', 'sweep', '2031-01-01');
"""
_ROWS = """
    select payload, status, key, turn_of::text, traceparent, attempts, error, message
      from jobs
     order by id
"""


class Paint(Struct, frozen=True):
    number: int


@pytest.mark.long
async def test_jobs_of_the_former_tables_wait_run_and_are_held_as_before(services, monkeypatch):
    done: list[int] = []

    async def note(job: Paint) -> None:
        done.append(job.number)

    migrations = read_migrations()
    shipped = [one for one in migrations if one[0] < "0076"]
    monkeypatch.setattr(module, "read_migrations", lambda: list(shipped))
    async with scratch(services) as fresh:
        await migrate(fresh.owner_url, fresh.app_url)
        raw = await asyncpg.connect(fresh.owner_url)
        try:
            await raw.execute(BEFORE)
        finally:
            await raw.close()
        shipped.extend(one for one in migrations if one[0] >= "0076")
        await migrate(fresh.owner_url, fresh.app_url)
        rows = [tuple(row) for row in await execute(fresh.owner_url, _ROWS)]
        schedules = await execute(fresh.owner_url, "select name from schedules")
        await Worker(fresh.app_url, {Paint: Handler(note, at_once=1)}, {}).run_until_empty()
        left = await execute(fresh.owner_url, "select payload from jobs order by id")
        sql = "insert into jobs (priority, name) values (0, 'x') returning id"
        [[new_id]] = await execute(fresh.app_url, sql)

    owner = "0198c0de-0000-7000-8000-000000000001"
    assert rows == [
        (b'{"number": 1}', "queued", "a key", owner, "00", 0, None, None),
        (b'{"number": 2}', "queued", None, None, None, 1, None, None),
        (b'{"number": 3}', "queued", None, None, None, 2, None, None),
        (b'{"number": 4}', "failed", None, None, None, 4, "ValueError", "as ever"),
    ]
    assert [tuple(row) for row in schedules] == [("sweep",)]
    assert done == [1, 2]
    assert [row[0] for row in left] == [b'{"number": 3}', b'{"number": 4}']
    assert new_id == 5

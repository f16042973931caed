"""The table of jobs: jobs are enqueued in the transaction that causes them.

A job is a Struct; `app.worker` maps it to its handler, which `infra.jobs.worker` runs.
"""

import time
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec import Struct

from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where
from veza.infra.tracing.spans import current_traceparent

# Signalled by transactions that enqueue jobs.
TOPIC = "jobs"
# The distance between the jobs of one owner in the queue. The jobs of others wait for at most one
# of them in this time, and none waits for jobs that are enqueued after its turn.
_TURN_MINUTES = 10
# More than there are kinds of jobs, in three states.
MAX_KINDS = 300
_EPOCH_S = 1_577_836_800

# With $7, a key that a running job has is replaced by the next one that none has.
_ENQUEUE = """
    insert into jobs (priority, name, payload, key, turn_of, traceparent)
         values ($1, $2, $3, (
                 select given.key
                   from unnest(array[$4, $4 || ':2', $4 || ':3'])
                        with ordinality as given (key, place)
                  where not $7::boolean
                     or not exists (
                            select from jobs j where j.key = given.key and j.status = 'picked'
                        )
                  order by given.place
                  limit 1
             ), $5, $6)
    on conflict (key) where status in ('queued', 'picked') and key is not null
             do nothing
"""
_REQUEUE = """
    update jobs
       set status = 'queued', due_at = now(), updated_at = now(), attempts = 0, error = null,
           message = null
     where id = $1 and status = 'failed'
"""

_SELECT_JOBS = """
    select id as number, name, status as state, payload, created_at, updated_at, due_at,
           attempts + (status = 'failed')::integer as attempts,
           case when status = 'failed' then error end as error
      from jobs
"""


class RetryLater(Exception):
    """Raised by a job that has to wait for another system, which isn't an error.

    The job runs again after `first_pause`, after longer pauses later, and ends after its last
    attempt without being held.
    """

    def __init__(self, first_pause: timedelta) -> None:
        super().__init__(first_pause)
        self.first_pause = first_pause


class HoldJob(Exception):
    """Raised by a job that another attempt would not help: it is held at once."""


class JobState(StrEnum):
    """The state of a job: waiting, running or held. Finished jobs are deleted."""

    QUEUED = "queued"
    PICKED = "picked"
    FAILED = "failed"


class JobEntry(Struct, frozen=True):
    """A job in the queue; `error` is the exception type of a held job's last attempt."""

    number: int
    name: str
    state: JobState
    payload: bytes | None
    attempts: int
    error: str | None
    created_at: datetime
    updated_at: datetime
    due_at: datetime


class TroubledJob(Struct, frozen=True):
    """A job whose last attempt failed: it waits for the next one, runs, or is held.

    `error` is the type of the exception, `message` its text, which may be secret.
    """

    number: int
    state: JobState
    payload: bytes
    attempts: int
    error: str | None
    message: str | None
    due_at: datetime


class JobCount(Struct, frozen=True):
    """The number of jobs of a kind in a state, and the seconds since the oldest became due."""

    name: str
    state: JobState
    jobs: int
    overdue_s: float


async def enqueue(
    tx: Tx,
    job: Struct,
    *,
    key: str | None = None,
    also_while_running: bool = False,
    owner_id: UUID | None = None,
) -> bool:
    """Enqueue a job; it runs after this transaction commits.

    With a `key`, nothing happens, and False is returned, if a job with this key waits or runs. With
    `also_while_running`, a running job doesn't count, as it may have read what this transaction
    changes; the two may run at the same time.

    Jobs of one type and `owner_id` take turns with those of other owners: each is placed
    `_TURN_MINUTES` after the owner's previous one. That only affects the order; a free worker runs
    any job.
    """
    name = type(job).__name__
    turn = _now_minutes()
    if owner_id is not None:
        turn = max(turn, await _find_next_turn(tx, name, owner_id))
    enqueued = await tx.run(
        _ENQUEUE,
        # The queue runs the highest priority first, then the oldest.
        -turn,
        name,
        msgspec.json.encode(job),
        key,
        owner_id,
        current_traceparent(),
        also_while_running,
    )
    tx.signal(TOPIC)
    return enqueued == 1


async def delete_jobs(tx: Tx, kind: type[Struct], field: str, value: str) -> int:
    """Delete waiting and held jobs of a type with this value, ignoring case, in a field.

    Running jobs are not deleted: they must handle missing data.
    """
    sql = """
        delete from jobs
         where name = $1 and status <> 'picked'
           and lower(convert_from(payload, 'UTF8')::jsonb ->> $2) = lower($3)
    """
    return await tx.run(sql, kind.__name__, field, value)


async def _find_next_turn(conn: Conn, name: str, owner_id: UUID) -> int:
    sql = """
        select -min(priority)
          from jobs
         where name = $1 and turn_of = $2 and status in ('queued', 'picked')
    """
    last = await conn.value(int, sql, name, owner_id)
    return 0 if last is None else last + _TURN_MINUTES


def _now_minutes() -> int:
    """Return the minutes since 2020, which fit the integer column until 6100."""
    return int(time.time() - _EPOCH_S) // 60


async def list_jobs(
    conn: Conn, state: JobState, *, limit: int, before: int | None
) -> list[JobEntry]:
    """Return up to `limit + 1` jobs, the latest first."""
    where = Where()
    where.add("status = {}", state)
    if before is not None:
        where.add("id < {}", before)
    sql = f"""
        {_SELECT_JOBS}
        {where.sql}
         order by id desc
         limit {limit + 1:d}
    """
    return await conn.all(JobEntry, sql, *where.values)


async def find_job(conn: Conn, number: int) -> JobEntry | None:
    """Return a job that waits, runs or is held."""
    return await conn.maybe(JobEntry, f"{_SELECT_JOBS} where id = $1", number)


async def list_troubled(
    conn: Conn,
    kind: type[Struct],
    *,
    limit: int,
    before: int | None = None,
    number: int | None = None,
) -> list[TroubledJob]:
    """Return up to `limit + 1` jobs of a type whose last attempt failed, the latest first.

    With `number`, that job only.
    """
    where = Where()
    where.add("name = {}", kind.__name__)
    where.add("(status = {} or attempts > 0)", JobState.FAILED)
    if before is not None:
        where.add("id < {}", before)
    if number is not None:
        where.add("id = {}", number)
    sql = f"""
        select id as number, status as state, payload, due_at, error, message,
               attempts + (status = 'failed')::integer as attempts
          from jobs
        {where.sql}
         order by id desc
         limit {limit + 1:d}
    """  # noqa: S608 - parts of this file
    return await conn.all(TroubledJob, sql, *where.values)


async def count_jobs(conn: Conn) -> dict[str, int]:
    """Count the jobs that wait, run or are held."""
    sql = """
        select count(*) filter (where status = 'queued') as waiting,
               count(*) filter (where status = 'picked') as running,
               count(*) filter (where status = 'failed') as failed
          from jobs
    """
    return await conn.counts(sql)


async def count_jobs_by_kind(conn: Conn) -> list[JobCount]:
    """Count the jobs of each kind that wait, run or are held; at most `MAX_KINDS` rows.

    `overdue_s` is how long the one that waits longest has been due.
    """
    sql = f"""
        select name, status as state, count(*) as jobs,
               coalesce(extract(epoch from now() - min(due_at)
                   filter (where status = 'queued' and due_at <= now())), 0)::float8
               as overdue_s
          from jobs
         group by name, status
         order by name, status
         limit {MAX_KINDS:d}
    """  # noqa: S608 - a constant of this file
    return await conn.all(JobCount, sql)


async def requeue_job(tx: Tx, number: int) -> bool:
    """Requeue a held job with the attempts of a new one; return False if it isn't held.

    Raises ConstraintViolation if a job with the same key was enqueued meanwhile.
    """
    tx.signal(TOPIC)
    return await tx.run(_REQUEUE, number) == 1


async def hasten_job(tx: Tx, number: int) -> bool:
    """Make a waiting job due; return False if it doesn't wait."""
    tx.signal(TOPIC)
    sql = "update jobs set due_at = now() where id = $1 and status = 'queued'"
    return await tx.run(sql, number) == 1


async def delete_old_held_jobs(
    tx: Tx, kind: type[Struct], *, older_than: timedelta, most: int
) -> int:
    """Delete held jobs of a type that are older, and all but the `most` newest of the others."""
    sql = f"""
        delete from jobs
         where id in (
                   select id
                     from (
                              select id, updated_at, row_number() over (order by id desc) as place
                                from jobs
                               where name = $1 and status = 'failed'
                          ) as held
                    where updated_at < now() - $2::interval or place > {most:d}
               )
           and status = 'failed'
    """  # noqa: S608 - a number
    return await tx.run(sql, kind.__name__, older_than)


async def delete_held_job(tx: Tx, number: int) -> bool:
    """Delete a held job; return False if it isn't held."""
    return await tx.run("delete from jobs where id = $1 and status = 'failed'", number) == 1

"""The statements by which workers take jobs and scheduled tasks, and record what became of them.

What a worker runs is leased to it. It renews its leases; when one has expired, because the worker
died, another takes the job. What a worker that lost a lease reports of the job is ignored.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from veza.infra.postgres.database import Tx

_BY_INDEX = """
    select set_config('enable_seqscan', 'off', true) || set_config('enable_bitmapscan', 'off', true)
"""
# The text of an error that is kept.
_MAX_MESSAGE = 2000


class LeasedJob(Struct, frozen=True):
    """A job that a worker runs; `attempts` failed before."""

    id: int
    name: str
    payload: bytes | None
    traceparent: str | None
    attempts: int


class JobOutcome(Struct, frozen=True):
    """The outcome of a job: done without an error, tried again after a pause, or held."""

    error: Exception | None = None
    pause: timedelta | None = None


async def lease_jobs(
    tx: Tx, worker_id: UUID, slots: Mapping[str, int], lease: timedelta
) -> list[LeasedJob]:
    """Lease the next due jobs of each name, up to its number of slots."""
    sql = """
        select j.id
          from unnest($1::text[], $2::integer[]) as free (name, slots)
         cross join lateral (
                   select id
                     from jobs
                    where name = free.name and status = 'queued' and due_at <= now()
                    order by priority desc, id
                    limit free.slots
                      for update skip locked
               ) as j
    """
    # A plan that was made for an empty queue must be right for a full one: by the index alone.
    await tx.value(str, _BY_INDEX)
    ids = await tx.column(int, sql, list(slots), list(slots.values()))
    if not ids:
        return []
    sql = """
           update jobs
              set status = 'picked', worker_id = $2, leased_until = now() + $3::interval,
                  updated_at = now()
            where id = any($1)
        returning id, name, payload, traceparent, attempts
    """
    leased = await tx.all(LeasedJob, sql, ids, worker_id, lease)
    return sorted(leased, key=lambda job: ids.index(job.id))


async def settle_job(tx: Tx, worker_id: UUID, job_id: int, outcome: JobOutcome) -> None:
    """Record what became of a job, unless another worker has taken it."""
    if outcome.error is None:
        sql = "delete from jobs where id = $1 and worker_id = $2"
        await tx.run(sql, job_id, worker_id)
        return
    sql = """
        update jobs
           set status = case when $3::interval is null then 'failed' else 'queued' end,
               attempts = attempts + ($3 is not null)::integer,
               due_at = coalesce(now() + $3, due_at),
               error = $4, message = $5, worker_id = null, leased_until = null, updated_at = now()
         where id = $1 and worker_id = $2
    """
    # PostgreSQL stores neither the character U+0000 nor half a pair of surrogates.
    message = str(outcome.error)[:_MAX_MESSAGE].replace("\0", "").encode(errors="replace").decode()
    name = type(outcome.error).__name__
    await tx.run(sql, job_id, worker_id, outcome.pause, name, message)


async def renew_leases(
    tx: Tx, worker_id: UUID, *, job_ids: Collection[int], names: Collection[str], lease: timedelta
) -> None:
    """Renew the leases of the jobs and scheduled tasks that a worker runs."""
    sql = """
        update jobs set leased_until = now() + $3::interval where id = any($1) and worker_id = $2
    """
    await tx.run(sql, list(job_ids), worker_id, lease)
    sql = """
        update schedules set leased_until = now() + $3::interval
         where name = any($1) and worker_id = $2
    """
    await tx.run(sql, list(names), worker_id, lease)


async def requeue_expired(tx: Tx, running: Collection[int]) -> int:
    """Queue the jobs whose leases have expired, but for those that the caller runs."""
    sql = """
        select id
          from jobs
         where status = 'picked' and leased_until < now() and not id = any($1)
         order by id
           for update skip locked
    """
    ids = await tx.column(int, sql, list(running))
    return await _requeue(tx, ids) if ids else 0


async def release_leases(tx: Tx, worker_id: UUID) -> None:
    """Queue all jobs of a worker that ends, and let others run its scheduled tasks at once."""
    sql = "select id from jobs where worker_id = $1 order by id for update"
    await _requeue(tx, await tx.column(int, sql, worker_id))
    sql = "update schedules set worker_id = null, leased_until = null where worker_id = $1"
    await tx.run(sql, worker_id)


async def register_schedules(
    tx: Tx, names: list[str], crons: list[str], due_at: list[datetime]
) -> None:
    """Store scheduled tasks; one whose expression has changed is due by the new one."""
    sql = """
        insert into schedules as s (name, cron, due_at)
             select n.name, n.cron, n.due_at
               from unnest($1::text[], $2::text[], $3::timestamptz[]) as n (name, cron, due_at)
              order by n.name
        on conflict (name) do update
                set cron = excluded.cron, due_at = excluded.due_at
              where s.cron <> excluded.cron
    """
    await tx.run(sql, names, crons, due_at)


async def lease_schedules(
    tx: Tx, worker_id: UUID, names: Collection[str], lease: timedelta
) -> list[str]:
    """Lease those of the scheduled tasks that are due and that no worker runs."""
    sql = """
        select name
          from schedules
         where name = any($1) and due_at <= now()
           and (leased_until is null or leased_until < now())
         order by name
           for update skip locked
    """
    due = await tx.column(str, sql, list(names))
    if due:
        sql = """
            update schedules set worker_id = $2, leased_until = now() + $3::interval
             where name = any($1)
        """
        await tx.run(sql, due, worker_id, lease)
    return due


async def settle_schedule(tx: Tx, worker_id: UUID, name: str, next_at: datetime) -> None:
    """Record that a task has run, unless another worker has taken it."""
    sql = """
        update schedules set due_at = $3, worker_id = null, leased_until = null
         where name = $1 and worker_id = $2
    """
    await tx.run(sql, name, worker_id, next_at)


async def _requeue(tx: Tx, ids: list[int]) -> int:
    sql = """
        update jobs
           set status = 'queued', worker_id = null, leased_until = null, updated_at = now()
         where id = any($1)
    """
    return await tx.run(sql, ids)

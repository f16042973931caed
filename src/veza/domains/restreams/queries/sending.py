"""Leases of what is sent to targets, and what became of it. A lost lease changes nothing."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from veza.domains.restreams.models import (
    DueRestream,
    RestreamLease,
    RestreamReason,
    RestreamState,
)
from veza.domains.restreams.queries.targets import IS_ADMITTED, IS_SERVED
from veza.infra.postgres.database import Conn, Tx

_IS_SAME = "r.stream_id = s.id and r.target_version = t.version"
# A server has few streams on air at once; others wait.
_MAX_DUE = 1000


async def list_due(conn: Conn, worker_id: UUID) -> list[DueRestream]:
    """Return what is to be sent at present, by all workers."""
    sql = f"""
        select t.id as target_id, t.version, s.id as stream_id,
               coalesce(s.media_id, s.id) as media_id, t.url, t.sealed, t.sealed_with,
               case when {_IS_SAME} then r.failures else 0 end as failures,
               case when {_IS_SAME} then r.reason end as reason,
               coalesce(r.worker_id = $1 or r.leased_until <= now(), true) as is_free,
               coalesce(not ({_IS_SAME})
                        or r.state <> 'failed' and coalesce(r.retry_at <= now(), true), true)
                   as is_due
          from streams s
          join users u on u.id = s.owner_id
          join restream_targets t on t.owner_id = s.owner_id
          left join stream_restreams r on r.target_id = t.id
         where s.status = 'live' and {IS_SERVED} and {IS_ADMITTED}
         order by s.started_at, t.created_at, t.id
         limit {_MAX_DUE:d}
    """
    return await conn.all(DueRestream, sql, worker_id)


async def take_lease(tx: Tx, lease: RestreamLease, duration: timedelta) -> bool:
    """Lease a target, unless another worker has it; failures of the same stream stay counted."""
    sql = """
        insert into stream_restreams as r (target_id, stream_id, target_version, state, since,
                                           worker_id, leased_until)
             select t.id, s.id, t.version, 'connecting', now(), $4, now() + $5::interval
               from restream_targets t
               join streams s on s.id = $2
              where t.id = $1 and t.version = $3
                for key share of t, s
        on conflict (target_id) do update
                set stream_id = excluded.stream_id, target_version = excluded.target_version,
                    state = 'connecting', reason = null, since = now(), retry_at = null,
                    failures = case when r.stream_id = excluded.stream_id
                                     and r.target_version = excluded.target_version
                                    then r.failures else 0 end,
                    worker_id = excluded.worker_id, leased_until = excluded.leased_until
              where r.worker_id is null or r.leased_until <= now()
                 or r.worker_id = excluded.worker_id
    """
    keys = (lease.target_id, lease.stream_id, lease.version, lease.worker_id)
    return await tx.run(sql, *keys, duration) == 1


async def renew_leases(
    tx: Tx, worker_id: UUID, target_ids: Collection[UUID], duration: timedelta
) -> list[UUID]:
    """Renew the leases that a worker still has; return their targets."""
    sql = """
        select target_id
          from stream_restreams
         where worker_id = $1 and target_id = any($2) and leased_until > now()
         order by target_id
           for update
    """
    found = await tx.column(UUID, sql, worker_id, list(target_ids))
    sql = """
        update stream_restreams set leased_until = now() + $2::interval where target_id = any($1)
    """
    await tx.run(sql, found, duration)
    return found


async def update_sending(tx: Tx, lease: RestreamLease) -> None:
    """Note that a target gets the stream from now on."""
    sql = """
        update stream_restreams set state = 'sending', reason = null, since = now()
         where target_id = $1 and worker_id = $2
    """
    await tx.run(sql, lease.target_id, lease.worker_id)


async def update_failed(
    tx: Tx,
    lease: RestreamLease,
    reason: RestreamReason,
    *,
    failures: int,
    pause: timedelta | None,
) -> None:
    """Note why a target gets nothing, and give the lease up. Without a pause it is given up."""
    state = RestreamState.FAILED if pause is None else RestreamState.WAITING
    sql = """
        update stream_restreams
           set state = $3, reason = $4, since = now(), failures = $5,
               retry_at = now() + $6::interval, worker_id = null, leased_until = null
         where target_id = $1 and worker_id = $2
    """
    await tx.run(sql, lease.target_id, lease.worker_id, state, reason, failures, pause)


async def update_busy(tx: Tx, lease: RestreamLease) -> None:
    """Note that a target waits until fewer streams are sent, and give the lease up."""
    sql = """
        update stream_restreams
           set state = 'waiting', reason = 'busy', since = now(), retry_at = null,
               worker_id = null, leased_until = null
         where target_id = $1 and worker_id = $2
    """
    await tx.run(sql, lease.target_id, lease.worker_id)


async def delete_lease(tx: Tx, lease: RestreamLease) -> None:
    """Give a lease up, of what is not sent any more."""
    sql = "delete from stream_restreams where target_id = $1 and worker_id = $2"
    await tx.run(sql, lease.target_id, lease.worker_id)

"""Traffic is added up in five minutes, and deleted once it is no longer shown."""

from datetime import timedelta

from veza.core.traffic import TrafficCounts
from veza.domains.platform.monitoring.models import TrafficPoint
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind


async def ping(conn: Conn) -> None:
    """Run a trivial statement."""
    await conn.value(int, "select 1")


async def count_needing_attention(conn: Conn) -> dict[str, int]:
    sql = """
        select (select count(*) from orders where is_flagged) as flagged_orders,
               (select count(*) from refunds where status = 'unresolved') as unresolved_refunds
    """
    return await conn.counts(sql)


async def add_traffic(tx: Tx, counts: TrafficCounts) -> None:
    """Add counts to the current five minutes."""
    sql = """
        insert into traffic as t (began_at, requests, failed, refused, total_ms)
             values (date_bin('5 minutes', now(), 'epoch'::timestamptz),
                     :requests, :failed, :refused, :total_ms)
        on conflict (began_at) do update
                set requests = t.requests + excluded.requests,
                    failed = t.failed + excluded.failed,
                    refused = t.refused + excluded.refused,
                    total_ms = t.total_ms + excluded.total_ms
    """
    await tx.run(*bind(sql, counts))


async def list_traffic(conn: Conn, *, step: timedelta, points: int) -> list[TrafficPoint]:
    """Return so many points up to now, `step` apart, the earliest first."""
    sql = """
        with point as (
            select date_bin($1, now(), 'epoch'::timestamptz) - $1 * n as began_at
              from generate_series(0, $2::int - 1) as n
        )
        select p.began_at,
               coalesce(sum(t.requests), 0)::bigint as requests,
               coalesce(sum(t.failed), 0)::bigint as failed,
               coalesce(sum(t.refused), 0)::bigint as refused,
               round(sum(t.total_ms) / nullif(sum(t.requests), 0))::int as mean_ms
          from point p
          left join traffic t on t.began_at >= p.began_at and t.began_at < p.began_at + $1
         group by p.began_at
         order by p.began_at
    """
    return await conn.all(TrafficPoint, sql, step, points)


async def delete_old_traffic(tx: Tx) -> None:
    """Delete what is no longer shown."""
    await tx.run("delete from traffic where began_at < now() - interval '31 days'")

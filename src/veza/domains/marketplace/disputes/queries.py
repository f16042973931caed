"""Remembers until when disputes are known; a due one is claimed by the poll that checks it."""

from datetime import datetime, timedelta

from veza.domains.marketplace.disputes.models import DueDispute
from veza.infra.postgres.database import Conn, Tx


async def find_polled_until(conn: Conn, provider: str) -> datetime | None:
    """Return until when all disputes of a provider are known; None if it was never polled."""
    sql = "select polled_until from dispute_polls where provider = $1"
    return await conn.value(datetime, sql, provider)


async def upsert_polled_until(tx: Tx, provider: str, until: datetime) -> None:
    sql = """
        insert into dispute_polls as p (provider, polled_until) values ($1, $2)
        on conflict (provider) do update
                set polled_until = greatest(p.polled_until, excluded.polled_until)
    """
    await tx.run(sql, provider, until)


async def claim_due(
    tx: Tx, provider: str, *, limit: int, interval: timedelta, max_age: timedelta
) -> list[DueDispute]:
    """Return disputes that may still change and are due to be checked, and record the check."""
    sql = f"""
        with due as (
            select d.id, d.order_id, d.dispute_ref
              from order_disputes d
              join orders o on o.id = d.order_id
              left join dispute_checks a on a.dispute_id = d.id
             where (d.status = 'open' or (d.status = 'lost' and d.amount_cents is null))
               and d.created_at > now() - $3::interval
               and coalesce(a.checked_at, d.created_at) <= now() - $2::interval
               and o.provider = $1
             order by coalesce(a.checked_at, d.created_at), d.id
             limit {limit:d}
        ), checked as (
            insert into dispute_checks (dispute_id, checked_at) select id, now() from due
            on conflict (dispute_id) do update set checked_at = excluded.checked_at
        )
        select id, order_id, dispute_ref from due
    """
    return await tx.all(DueDispute, sql, provider, interval, max_age)

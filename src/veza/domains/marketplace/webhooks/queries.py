"""Every SQL statement of the domain, one function each."""

from datetime import timedelta

from veza.core.ids import WebhookEventId
from veza.domains.marketplace.webhooks.models import Letter, Outcome, ShownEvent, StoredEvent
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def insert_event(
    tx: Tx, event_id: WebhookEventId, provider: str, letter: Letter, body: bytes
) -> bool:
    """Keep an event; False where it is kept already."""
    sql = """
        insert into webhook_events (id, provider, event_id, kind, body) values ($1, $2, $3, $4, $5)
            on conflict (provider, event_id) do nothing
    """
    return await tx.run(sql, event_id, provider, letter.event_id, letter.kind, body) == 1


async def find_event(conn: Conn, event_id: WebhookEventId) -> StoredEvent | None:
    sql = """
        select id, provider, kind, body, done_at is not null as is_done
          from webhook_events
         where id = $1
    """
    return await conn.maybe(StoredEvent, sql, event_id)


async def lock_waiting(tx: Tx, event_id: WebhookEventId) -> bool:
    """Tell whether an event waits still; whoever asks too waits."""
    sql = "select true from webhook_events where id = $1 and done_at is null for update"
    return bool(await tx.value(bool, sql, event_id))


async def update_done(tx: Tx, event_id: WebhookEventId, outcome: Outcome) -> None:
    sql = "update webhook_events set done_at = now(), outcome = $2 where id = $1"
    await tx.run(sql, event_id, outcome)


async def list_events(
    conn: Conn, outcome: Outcome | None, *, limit: int, before: WebhookEventId | None
) -> list[ShownEvent]:
    """Events, the latest first; one more than asked for, where there is more."""
    where = Where()
    if outcome is not None:
        where.add("outcome = {}", outcome)
    if before is not None:
        where.add("id < {}", before)
    sql = f"""
        select id, provider, event_id, kind, outcome, received_at, done_at
          from webhook_events
        {where.sql}
         order by id desc
         limit {limit + 1:d}
    """
    return await conn.all(ShownEvent, sql, *where.values)


async def delete_old(tx: Tx, age: timedelta) -> int:
    """Delete some of those that were done longer ago; say how many."""
    sql = """
        delete from webhook_events
              where id in (
                  select id
                    from webhook_events
                   where done_at < now() - $1::interval
                   order by done_at
                   limit 500
                     for update skip locked
              )
    """
    return await tx.run(sql, age)

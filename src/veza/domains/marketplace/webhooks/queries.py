"""An event is stored once by its id; its outcome is stored once, however often it comes."""

from datetime import timedelta

from veza.core.ids import WebhookEventId
from veza.domains.marketplace.webhooks.models import (
    EventHeader,
    StoredWebhookEvent,
    WebhookEvent,
    WebhookOutcome,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def insert_event(
    tx: Tx, event_id: WebhookEventId, provider: str, *, header: EventHeader, body: bytes
) -> bool:
    """Insert an event; return False if it exists."""
    sql = """
        insert into webhook_events (id, provider, event_id, kind, body) values ($1, $2, $3, $4, $5)
            on conflict (provider, event_id) do nothing
    """
    return await tx.run(sql, event_id, provider, header.event_id, header.kind, body) == 1


async def find_event(conn: Conn, event_id: WebhookEventId) -> StoredWebhookEvent | None:
    sql = """
        select id, provider, kind, body, done_at is not null as is_done
          from webhook_events
         where id = $1
    """
    return await conn.maybe(StoredWebhookEvent, sql, event_id)


async def update_done(tx: Tx, event_id: WebhookEventId, outcome: WebhookOutcome) -> None:
    """Store the outcome of an event, unless it was processed meanwhile."""
    sql = """
        update webhook_events
           set done_at = now(), outcome = $2
         where id = $1 and done_at is null
    """
    await tx.run(sql, event_id, outcome)


async def list_events(
    conn: Conn, outcome: WebhookOutcome | None, *, limit: int, before: WebhookEventId | None
) -> list[WebhookEvent]:
    """Return events, newest first: up to the limit plus 1."""
    where = Where()
    where.add_filter("outcome = {}", outcome)
    where.add_filter("id < {}", before)
    sql = f"""
        select id, provider, event_id, kind, outcome, received_at, done_at
          from webhook_events
        {where.sql}
         order by id desc
         limit {limit + 1:d}
    """
    return await conn.all(WebhookEvent, sql, *where.values)


async def delete_old(tx: Tx, age: timedelta) -> int:
    """Delete up to 500 events that were processed longer ago; return how many."""
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

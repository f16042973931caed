"""Events are signed once, under a lock, and read again to verify them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from veza.core.ids import AuditEventId
from veza.domains.platform.audit.models import AuditSignature, StoredAuditEvent, VerifiableEvent
from veza.domains.platform.audit.queries.event_records import JOINED
from veza.domains.platform.audit.rules import MAX_BATCH
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# The key of the advisory lock: any constant that no other lock uses.
_SIGNING_LOCK = 0x7365616C

_STORED = """
    e.id, e.log, e.subject_id, e.action, e.route, e.status, e.is_member_related, e.digest,
    e.created_at
"""

_SIGNATURE = "number, event_ids, hashes, previous, key_id, digest, signed_at"

_VERIFIABLE = f"""
    select {_STORED}, s.user_id, s.salt as subject_salt, d.ip, d.resource, d.request_id,
           d.member_id, d.profile_id, d.salt
    {JOINED}
"""


async def lock_signing(tx: Tx) -> bool:
    """Try to lock signing; return False if another transaction holds the lock."""
    return bool(await tx.value(bool, "select pg_try_advisory_xact_lock($1)", _SIGNING_LOCK))


async def take_unsigned_events(tx: Tx) -> list[StoredAuditEvent]:
    """Return the oldest unsigned events, at most a batch, and mark them as signed."""
    sql = f"""
        with taken as (
            delete from audit_unsigned_events
                  where event_id in (select u.event_id
                                       from audit_unsigned_events u
                                       join audit_events e on e.id = u.event_id
                                      order by u.event_id
                                      limit {MAX_BATCH:d})
              returning event_id
        )
        select {_STORED}
          from taken t
          join audit_events e on e.id = t.event_id
         order by e.id
    """
    return await tx.all(StoredAuditEvent, sql)


async def find_last_signature(conn: Conn) -> AuditSignature | None:
    sql = f"select {_SIGNATURE} from audit_signatures order by number desc limit 1"
    return await conn.maybe(AuditSignature, sql)


async def insert_signature(tx: Tx, signature: AuditSignature) -> None:
    sql = f"""
        insert into audit_signatures ({_SIGNATURE})
             values (:number, :event_ids, :hashes, :previous, :key_id, :digest, :signed_at)
    """
    await tx.run(*bind(sql, signature))


async def list_signatures(conn: Conn, after: int, limit: int) -> list[AuditSignature]:
    sql = f"""
        select {_SIGNATURE} from audit_signatures
         where number > $1 order by number limit {limit:d}
    """
    return await conn.all(AuditSignature, sql, after)


async def list_verifiable_events(conn: Conn, ids: Sequence[AuditEventId]) -> list[VerifiableEvent]:
    """Return those of the events that exist."""
    return await conn.all(
        VerifiableEvent, f"{_VERIFIABLE} where e.id = any($1) limit {len(ids):d}", ids
    )


async def list_unsigned_events(conn: Conn, after: UUID, limit: int) -> list[VerifiableEvent]:
    sql = f"""
        {_VERIFIABLE}
          join audit_unsigned_events u on u.event_id = e.id
         where e.id > $1
         order by e.id
         limit {limit:d}
    """
    return await conn.all(VerifiableEvent, sql, after)


async def list_missing_unsigned_events(conn: Conn, limit: int) -> list[AuditEventId]:
    """Return ids that wait for a signature but have no event."""
    sql = f"""
        select u.event_id
          from audit_unsigned_events u
          left join audit_events e on e.id = u.event_id
         where e.id is null
         limit {limit:d}
    """
    return await conn.column(AuditEventId, sql)


async def list_events_between(
    conn: Conn, after: UUID, until: UUID, except_for: Sequence[AuditEventId], *, limit: int
) -> list[AuditEventId]:
    """Return the events in a range of ids, except some."""
    sql = f"""
        select id
          from audit_events
         where id > $1 and id <= $2 and id <> all($3)
         order by id
         limit {limit:d}
    """
    return await conn.column(AuditEventId, sql, after, until, except_for)


async def list_unaccounted_events(
    conn: Conn, candidates: Collection[AuditEventId], after: UUID, last_number: int, *, limit: int
) -> list[AuditEventId]:
    """Return events that are neither signed nor waiting for it.

    Considered are the candidates, and all events with an id above `after`.
    """
    sql = f"""
        select e.id
          from audit_events e
         where (e.id = any($1) or e.id > $2)
           and not exists (select from audit_unsigned_events u where u.event_id = e.id)
           and not exists (select from audit_signatures s
                            where s.number > $3 and e.id = any(s.event_ids))
         order by e.id
         limit {limit:d}
    """
    return await conn.column(AuditEventId, sql, list(candidates), after, last_number)

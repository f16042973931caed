"""Every SQL statement of the domain, one function each."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import structs

from veza.core.audit_record import AuditRecord
from veza.core.ids import AuditEventId, UserId, lowest_id, time_of
from veza.domains.platform.audit.models import AuditEvent, AuditQuery, KnownEvent, Seal, StoredEvent
from veza.domains.platform.audit.rules import MAX_SEALED, details_text
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

# Any constant that no other lock uses: "seal", read as a number.
_SEALING = 0x7365616C

_STORED = """
    e.id, e.log, e.subject_id, e.action, e.route, e.status, e.is_about_somebody, e.digest,
    e.created_at
"""
_SHOWN = """
    e.id, e.log, s.user_id, e.action, coalesce(d.resource, e.route) as resource, e.status, d.ip,
    d.request_id, e.created_at
"""
_SEAL = "number, event_ids, hashes, previous, key_id, digest, sealed_at"

_JOINED = """
      from audit_events e
      left join audit_subjects s on s.id = e.subject_id
      left join audit_details d on d.event_id = e.id
"""
_KNOWN = f"""
    select {_STORED}, s.user_id, s.salt as subject_salt, d.ip, d.resource, d.request_id,
           d.member_id, d.salt
    {_JOINED}
"""


_INSERT_EVENTS = """
    with given as materialized (
        select g.id, g.log, g.user_id, g.action, g.route, g.resource, g.member_id, g.status,
               g.ip, g.request_id, g.made_at, g.details,
               uuid_send(gen_random_uuid()) as salt
          from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                      $7::uuid[], $8::smallint[], $9::text[], $10::text[],
                      $11::timestamptz[], $12::bytea[])
               as g (id, log, user_id, action, route, resource, member_id, status,
                     ip, request_id, made_at, details)
    ), new as materialized (
        select u.id
          from users u
         where u.id = any($3::uuid[])
           and not exists (select from audit_subjects s where s.user_id = u.id)
         order by u.id
           for key share of u
    ), fresh as (
        insert into audit_subjects (user_id)
             select n.id from new n order by n.id
        on conflict (user_id) do update set user_id = excluded.user_id
          returning id, user_id, salt
    ), known as (
        select id, user_id, salt from fresh
         union all
        select s.id, s.user_id, s.salt from audit_subjects s where s.user_id = any($3::uuid[])
    ), event as (
        insert into audit_events (id, log, subject_id, action, route, status, is_about_somebody,
                                  digest, created_at)
             select g.id, g.log, k.id, g.action, g.route, g.status, g.member_id is not null,
                    sha256(coalesce(k.salt || uuid_send(k.user_id), '') || g.salt || g.details),
                    g.made_at
               from given g
               left join known k on k.user_id = g.user_id
        on conflict (id) do nothing
          returning id, subject_id
    ), detail as (
        insert into audit_details (event_id, ip, resource, request_id, member_id, salt,
                                   expires_at)
             select g.id, g.ip, g.resource, g.request_id, g.member_id, g.salt,
                    case when e.subject_id is null then g.made_at + $13::interval end
               from event e
               join given g on g.id = e.id
    )
    insert into audit_unsealed (event_id) select id from event
"""


async def insert_events(
    tx: Tx, deeds: Sequence[AuditRecord], *, nobodys_kept_for: timedelta
) -> None:
    """Record deeds, each once, all in one statement.

    A member's first event makes their subject. Where another transaction makes it at the same
    time, `do update` waits for that one and takes its row. Who has no account any more is nobody:
    whoever is just being erased is waited for.
    """
    rows = [(*structs.astuple(deed), time_of(deed.id), _details_of(deed)) for deed in deeds]
    columns = [list(column) for column in zip(*rows, strict=True)]
    await tx.run(_INSERT_EVENTS, *columns, nobodys_kept_for)


async def list_members(conn: Conn, ids: Collection[UserId]) -> set[UserId]:
    """Those of some ids that are members' ids."""
    sql = f"select id from users where id = any($1) limit {len(ids):d}"
    return {UserId(found) for found in await conn.column(UUID, sql, list(ids))}


async def list_events(conn: Conn, wish: AuditQuery) -> list[AuditEvent]:
    """Newest first; one more than asked for, where there is more."""
    where = Where()
    _add_filters(where, wish)
    _add_times(where, wish)
    sql = f"""
        select {_SHOWN}
        {_JOINED}
        {where.sql}
         order by e.id desc
         limit {wish.limit + 1:d}
    """
    return await conn.all(AuditEvent, sql, *where.values)


async def list_events_of(
    conn: Conn, user_id: UserId, before: AuditEventId | None
) -> list[AuditEvent]:
    """The events of a member, newest first, in pages of 500."""
    where = Where()
    where.add("s.user_id = {}", user_id)
    if before is not None:
        where.add("e.id < {}", before)
    sql = f"""
        select {_SHOWN}
        {_JOINED}
        {where.sql}
         order by e.id desc
         limit 500
    """
    return await conn.all(AuditEvent, sql, *where.values)


async def delete_details_of(tx: Tx, user_id: UserId) -> None:
    """Forget from where a member did what they did, and what it was done to."""
    sql = """
        delete from audit_details d
         using audit_events e, audit_subjects s
         where d.event_id = e.id and e.subject_id = s.id and s.user_id = $1
    """
    await tx.run(sql, user_id)


async def delete_details_about(tx: Tx, user_id: UserId) -> None:
    """Forget what others did to a member."""
    await tx.run("delete from audit_details where member_id = $1", user_id)


async def delete_subject(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from audit_subjects where user_id = $1", user_id)


async def delete_expired_details(tx: Tx) -> int:
    return await tx.run("delete from audit_details where expires_at < now()")


async def delete_orphaned_details(tx: Tx, since: datetime) -> int:
    """Forget what a request left that was under way while a member was being erased."""
    sql = """
        delete from audit_details d
         using audit_events e
         where e.id = d.event_id
           and e.id >= $1
           and ((e.subject_id is not null
                 and not exists (select from audit_subjects s where s.id = e.subject_id))
                or (d.member_id is not null
                    and not exists (select from users u where u.id = d.member_id)))
    """
    return await tx.run(sql, lowest_id(since))


async def lock_sealing(tx: Tx) -> bool:
    """Be the only one that seals, until the transaction ends; False where another one does."""
    return bool(await tx.value(bool, "select pg_try_advisory_xact_lock($1)", _SEALING))


async def delete_unsealed(tx: Tx) -> list[StoredEvent]:
    """Take the oldest events that wait for a seal, as many as one seal holds."""
    sql = f"""
        with taken as (
            delete from audit_unsealed
                  where event_id in (select u.event_id
                                       from audit_unsealed u
                                       join audit_events e on e.id = u.event_id
                                      order by u.event_id
                                      limit {MAX_SEALED:d})
              returning event_id
        )
        select {_STORED}
          from taken t
          join audit_events e on e.id = t.event_id
         order by e.id
    """
    return await tx.all(StoredEvent, sql)


async def find_last_seal(conn: Conn) -> Seal | None:
    sql = f"select {_SEAL} from audit_seals order by number desc limit 1"
    return await conn.maybe(Seal, sql)


async def insert_seal(tx: Tx, seal: Seal) -> None:
    sql = f"insert into audit_seals ({_SEAL}) values ($1, $2, $3, $4, $5, $6, $7)"
    await tx.run(sql, *structs.astuple(seal))


async def list_seals(conn: Conn, after: int, limit: int) -> list[Seal]:
    sql = f"select {_SEAL} from audit_seals where number > $1 order by number limit {limit:d}"
    return await conn.all(Seal, sql, after)


async def list_known_events(conn: Conn, ids: Sequence[AuditEventId]) -> list[KnownEvent]:
    """Those of the given events that are there."""
    return await conn.all(KnownEvent, f"{_KNOWN} where e.id = any($1) limit {len(ids):d}", ids)


async def list_waiting_events(conn: Conn, after: UUID, limit: int) -> list[KnownEvent]:
    """The events that wait for a seal."""
    sql = f"""
        {_KNOWN}
          join audit_unsealed u on u.event_id = e.id
         where e.id > $1
         order by e.id
         limit {limit:d}
    """
    return await conn.all(KnownEvent, sql, after)


async def list_lost_events(conn: Conn, limit: int) -> list[AuditEventId]:
    """What waits for a seal, and isn't there."""
    sql = f"""
        select u.event_id
          from audit_unsealed u
          left join audit_events e on e.id = u.event_id
         where e.id is null
         limit {limit:d}
    """
    return [AuditEventId(lost) for lost in await conn.column(UUID, sql)]


async def list_events_between(
    conn: Conn, after: UUID, until: UUID, but: Sequence[AuditEventId], *, limit: int
) -> list[AuditEventId]:
    """The events of a stretch of ids, but for some."""
    sql = f"""
        select id
          from audit_events
         where id > $1 and id <= $2 and id <> all($3)
         order by id
         limit {limit:d}
    """
    return [AuditEventId(other) for other in await conn.column(UUID, sql, after, until, but)]


async def list_unaccounted_events(
    conn: Conn, suspects: Collection[AuditEventId], after: UUID, last_seal: int, *, limit: int
) -> list[AuditEventId]:
    """Of some events, and of those behind an id, the ones that neither wait nor were sealed."""
    sql = f"""
        select e.id
          from audit_events e
         where (e.id = any($1) or e.id > $2)
           and not exists (select from audit_unsealed u where u.event_id = e.id)
           and not exists (select from audit_seals s
                            where s.number > $3 and e.id = any(s.event_ids))
         order by e.id
         limit {limit:d}
    """
    found = await conn.column(UUID, sql, list(suspects), after, last_seal)
    return [AuditEventId(one) for one in found]


def _details_of(deed: AuditRecord) -> bytes:
    return details_text(deed.ip, deed.resource, deed.request_id, deed.member_id)


def _add_filters(where: Where, wish: AuditQuery) -> None:
    subject = "select a.id from audit_subjects a where a.user_id = {}"
    exact: dict[str, object] = {
        f"e.subject_id = ({subject})": wish.user_id,
        "e.action = {}": wish.action,
        "e.status = {}": wish.status,
        "d.ip = {}": wish.ip,
        "d.request_id = {}": wish.request_id,
    }
    for condition, value in exact.items():
        if value is not None:
            where.add(condition, value)
    # What follows lets the indexes serve that hold the refused alone, or what staff did.
    if wish.status is not None and wish.status >= 400:
        where.add("e.status >= 400")
    if wish.log is not None:
        where.add(f"e.log = '{wish.log.value}'")
    if wish.resource is not None:
        # All that begins with it: resources are of ASCII alone, and compared byte by byte.
        where.add("d.resource >= {} and d.resource < {}", wish.resource, f"{wish.resource}\x7f")


def _add_times(where: Where, wish: AuditQuery) -> None:
    # An id tells when it was made, so that the index of ids serves for times too.
    if wish.since is not None:
        where.add("e.id >= {}", lowest_id(wish.since))
    if wish.until is not None:
        where.add("e.id < {}", lowest_id(wish.until))
    if wish.before is not None:
        where.add("e.id < {}", wish.before)

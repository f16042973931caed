"""An event is inserted once; what it says of persons is deleted apart."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from veza.core.audit_record import AuditRecord
from veza.core.ids import UserId, lowest_id, time_of
from veza.domains.platform.audit.models import AuditEvent, AuditQuery
from veza.domains.platform.audit.rules import details_text
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.single_statement import (
    CHANGED,
    RECORDER,
    Part,
    SingleStatement,
    StatementRecord,
    compose,
)
from veza.infra.postgres.where import Where

_SHOWN = """
    e.id, e.log, s.user_id, d.profile_id, e.action, coalesce(d.resource, e.route) as resource,
    e.status, d.ip, d.request_id, e.created_at, e.subject_id is null as is_anonymous
"""

JOINED = """
      from audit_events e
      left join audit_subjects s on s.id = e.subject_id
      left join audit_details d on d.event_id = e.id
"""

_INSERT_EVENTS = """
    with given as materialized (
        select g.id, g.log, g.user_id, g.action, g.route, g.resource, g.member_id, g.status,
               g.ip, g.request_id, g.profile_id, g.made_at, g.details,
               uuid_send(gen_random_uuid()) as salt
          from unnest(:id::uuid[], :log::text[], :user_id::uuid[], :action::text[],
                      :route::text[], :resource::text[], :member_id::uuid[], :status::smallint[],
                      :ip::text[], :request_id::text[], :profile_id::uuid[],
                      :made_at::timestamptz[], :details::bytea[])
               as g (id, log, user_id, action, route, resource, member_id, status,
                     ip, request_id, profile_id, made_at, details)
    ), new as materialized (
        select u.id
          from users u
         where u.id = any(:user_id::uuid[])
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
        select s.id, s.user_id, s.salt from audit_subjects s where s.user_id = any(:user_id::uuid[])
    ), event as (
        insert into audit_events (id, log, subject_id, action, route, status, is_member_related,
                                  digest, created_at)
             select g.id, g.log, k.id, g.action, g.route, g.status, g.member_id is not null,
                    sha256(coalesce(k.salt || uuid_send(k.user_id), '') || g.salt || g.details),
                    g.made_at
               from given g
               left join known k on k.user_id = g.user_id
        on conflict (id) do nothing
          returning id, subject_id
    ), detail as (
        insert into audit_details (event_id, ip, resource, request_id, member_id, profile_id, salt,
                                   expires_at)
             select g.id, g.ip, g.resource, g.request_id, g.member_id, g.profile_id, g.salt,
                    case when e.subject_id is null then g.made_at + :kept_for::interval end
               from event e
               join given g on g.id = e.id
    )
    insert into audit_unsigned_events (event_id) select id from event
"""


async def insert_events(
    tx: Tx, records: Sequence[AuditRecord], *, anonymous_kept_for: timedelta
) -> None:
    """Insert events in a single statement; skip existing events.

    A member's first event creates their subject. If another transaction creates it concurrently,
    `do update` waits and takes its row. Waits for an erasure in progress. The subject of a deleted
    account is null.
    """
    names = AuditRecord.__struct_fields__
    columns: dict[str, list[Any]] = {
        **{name: [getattr(record, name) for record in records] for name in names},
        "made_at": [time_of(record.id) for record in records],
        "details": [_details_of(each) for each in records],
    }
    await tx.run(*bind(_INSERT_EVENTS, columns, kept_for=anonymous_kept_for))


# The parts of a single statement that record it: the same columns and the same digest. The member's
# subject exists already; their first event is recorded in a transaction.
_RECORDER = Part(
    RECORDER,
    "select s.id, s.user_id, s.salt from audit_subjects s where s.user_id = :audit_user_id",
)
_RECORDED = [
    Part(
        "audit_given",
        f"""
        select r.id as subject_id, r.salt || uuid_send(r.user_id) as subject,
               uuid_send(gen_random_uuid()) as salt
          from {RECORDER} r, {CHANGED}
        """,
    ),
    Part(
        "audit_event",
        """
        insert into audit_events (id, log, subject_id, action, route, status, is_member_related,
                                  digest, created_at)
             select :audit_id, :audit_log, g.subject_id, :audit_action, :audit_route,
                    :audit_status, :audit_member_id::uuid is not null,
                    sha256(g.subject || g.salt || :audit_details::bytea), :audit_made_at
               from audit_given g
          returning id
        """,
    ),
    Part(
        "audit_detail",
        """
        insert into audit_details (event_id, ip, resource, request_id, member_id, profile_id, salt)
             select e.id, :audit_ip, :audit_resource, :audit_request_id, :audit_member_id::uuid,
                    :audit_profile_id::uuid, g.salt
               from audit_event e, audit_given g
        """,
    ),
    Part(
        "audit_unsigned",
        "insert into audit_unsigned_events (event_id) select e.id from audit_event e",
    ),
]

# For a transaction, in which most records are made: two thirds of the time of `_INSERT_EVENTS`.
_INSERT_EVENT = compose(
    SingleStatement([Part(CHANGED, f"select id from {RECORDER}")], {}),
    StatementRecord(_RECORDER, _RECORDED, {}, lambda: None),
    ["id"],
)


def record_of_statement(record: AuditRecord, confirm: Callable[[], None]) -> StatementRecord:
    """Return how a single statement records a request of a member."""
    return StatementRecord(_RECORDER, _RECORDED, _values_of(record), confirm)


async def insert_event(tx: Tx, record: AuditRecord) -> bool:
    """Insert a new event; return False, without effect, if its member has no subject yet."""
    return await tx.run(*bind(_INSERT_EVENT, _values_of(record))) == 1


def _values_of(record: AuditRecord) -> dict[str, Any]:
    return {
        **{f"audit_{name}": getattr(record, name) for name in AuditRecord.__struct_fields__},
        "audit_made_at": time_of(record.id),
        "audit_details": _details_of(record),
    }


def _details_of(record: AuditRecord) -> bytes:
    return details_text(
        record.ip,
        record.resource,
        record.request_id,
        member_id=record.member_id,
        profile_id=record.profile_id,
    )


async def list_members(conn: Conn, ids: Collection[UserId]) -> set[UserId]:
    """Return those ids that belong to members."""
    sql = f"select id from users where id = any($1) limit {len(ids):d}"
    return {UserId(found) for found in await conn.column(UUID, sql, list(ids))}


async def list_events(conn: Conn, query: AuditQuery) -> list[AuditEvent]:
    """Return events, newest first: up to the limit plus 1."""
    where = Where()
    _add_filters(where, query)
    _add_times(where, query)
    sql = f"""
        select {_SHOWN}
        {JOINED}
        {where.sql}
         order by e.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(AuditEvent, sql, *where.values)


async def list_events_by(conn: Conn, user_id: UserId) -> list[AuditEvent]:
    """Return the events of a member, newest first."""
    sql = f"select {_SHOWN} {JOINED} where s.user_id = $1 order by e.id desc"
    return await conn.every(AuditEvent, sql, user_id)


async def delete_details_by(tx: Tx, user_id: UserId) -> None:
    """Delete the details of events by a member."""
    sql = """
        delete from audit_details d
         using audit_events e, audit_subjects s
         where d.event_id = e.id and e.subject_id = s.id and s.user_id = $1
    """
    await tx.run(sql, user_id)


async def delete_details_about(tx: Tx, user_id: UserId) -> None:
    """Delete the details of events by others that concern a member."""
    await tx.run("delete from audit_details where member_id = $1", user_id)


async def delete_subject(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from audit_subjects where user_id = $1", user_id)


async def delete_expired_details(tx: Tx) -> int:
    return await tx.run("delete from audit_details where expires_at < now()")


async def delete_orphaned_details(tx: Tx, since: datetime) -> int:
    """Delete details that were written while their member was being erased."""
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


def _add_filters(where: Where, query: AuditQuery) -> None:
    subject = "select a.id from audit_subjects a where a.user_id = {}"
    exact: dict[str, object] = {
        f"e.subject_id = ({subject})": query.user_id,
        "d.profile_id = {}": query.profile_id,
        "e.action = {}": query.action,
        "e.status = {}": query.status,
        "d.ip = {}": query.ip,
        "d.request_id = {}": query.request_id,
    }
    for condition, value in exact.items():
        if value is not None:
            where.add(condition, value)
    # These conditions match the partial indexes of refused and of admin requests.
    if query.status is not None and query.status >= 400:
        where.add("e.status >= 400")
    if query.log is not None:
        where.add(f"e.log = '{query.log.value}'")
    if query.resource is not None:
        # A prefix search: resources are ASCII and have the collation "C".
        where.add("d.resource >= {} and d.resource < {}", query.resource, f"{query.resource}\x7f")


def _add_times(where: Where, query: AuditQuery) -> None:
    # Ids are ordered by time, so the index of ids serves for times too.
    if query.since is not None:
        where.add("e.id >= {}", lowest_id(query.since))
    if query.until is not None:
        where.add("e.id < {}", lowest_id(query.until))
    if query.before is not None:
        where.add("e.id < {}", query.before)

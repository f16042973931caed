"""Every SQL statement of the domain, one function each."""

from uuid import UUID

from msgspec import structs

from veza.core.ids import ReportId, SanctionId, UserId, new_id
from veza.domains.moderation.models import (
    Decision,
    NewReport,
    NewSanction,
    OpenCase,
    OwnEntry,
    OwnSanction,
    Report,
    ReportFigures,
    ReportForStaff,
    ReportQuery,
    Sanction,
    StatusFilter,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_REPORT = "id, content_type, content_id, status, created_at"


def _select_for_staff(entries: int) -> str:
    """Select reports with their people, and so many of their first entries."""
    return f"""
        select r.id, r.content_type, r.content_id, r.status, r.evidence, r.action, r.reason,
               r.resolved_at, r.created_at,
               case when a.id is not null then jsonb_build_object(
                   'id', a.id, 'username', a.username, 'is_suspended', a.suspended_at is not null
               ) end as author,
               case when m.id is not null then jsonb_build_object(
                   'id', m.id, 'username', m.username
               ) end as resolved_by,
               (select count(*) from report_entries e where e.report_id = r.id) as reporters_count,
               array(
                   select jsonb_build_object(
                              'reporter', case when u.id is not null then jsonb_build_object(
                                  'id', u.id, 'username', u.username
                              ) end,
                              'reason', e.reason,
                              'created_at', e.created_at
                          )
                     from report_entries e
                     left join users u on u.id = e.reporter_id
                    where e.report_id = r.id
                    order by e.created_at, e.id
                    limit {entries:d}
               ) as entries
          from reports r
          left join users a on a.id = r.author_id
          left join users m on m.id = r.resolved_by
    """


async def insert_report(tx: Tx, report: NewReport) -> Report | None:
    """Open a case; None where one is open for the same thing. Raises ConstraintViolation."""
    sql = f"""
        insert into reports (id, content_type, content_id, author_id, evidence)
             values ($1, $2, $3, $4, $5)
        on conflict (content_type, content_id) where status = 'pending' do nothing
          returning {_REPORT}
    """
    thing = (report.content_type, report.content_id, report.author_id)
    return await tx.maybe(Report, sql, report.id, *thing, report.evidence)


async def lock_pending(tx: Tx, content_type: str, content_id: UUID) -> Report | None:
    """The open case of a thing, for which no verdict comes meanwhile."""
    sql = f"""
        select {_REPORT}
          from reports
         where content_type = $1 and content_id = $2 and status = 'pending'
           for share
    """
    return await tx.maybe(Report, sql, content_type, content_id)


async def insert_entry(tx: Tx, report_id: ReportId, reporter_id: UserId, reason: str) -> None:
    """Add a reporter to a case, once. Raises ConstraintViolation."""
    sql = """
        insert into report_entries (id, report_id, reporter_id, reason)
             values ($1, $2, $3, $4)
        on conflict (report_id, reporter_id) do nothing
    """
    await tx.run(sql, new_id(), report_id, reporter_id, reason)


async def list_reports(conn: Conn, wish: ReportQuery) -> list[ReportForStaff]:
    where = _filtered(wish.status)
    sql = f"""
        {_select_for_staff(entries=10)}
        {where.sql}
         order by r.created_at desc, r.id desc
         limit {wish.limit:d} offset {wish.offset:d}
    """
    return await conn.all(ReportForStaff, sql, *where.values)


async def count_reports(conn: Conn, status: StatusFilter) -> int:
    where = _filtered(status)
    sql = f"select count(*) from reports r {where.sql}"
    return await conn.value(int, sql, *where.values) or 0


def _filtered(status: StatusFilter) -> Where:
    where = Where()
    if status is not StatusFilter.ALL:
        where.add("r.status = {}", status)
    return where


async def find_report(conn: Conn, report_id: ReportId) -> ReportForStaff | None:
    sql = f"""
        {_select_for_staff(entries=100)}
         where r.id = $1
    """
    return await conn.maybe(ReportForStaff, sql, report_id)


async def lock_report(tx: Tx, report_id: ReportId) -> OpenCase | None:
    sql = "select id, author_id, status from reports where id = $1 for update"
    return await tx.maybe(OpenCase, sql, report_id)


async def update_decided(tx: Tx, report_id: ReportId, decision: Decision) -> None:
    sql = """
        update reports
           set status = $2, action = $3, reason = $4, resolved_by = $5, resolved_at = now()
         where id = $1
    """
    await tx.run(sql, report_id, *structs.astuple(decision))


async def insert_sanction(tx: Tx, sanction_id: SanctionId, sanction: NewSanction) -> None:
    sql = """
        insert into sanctions (id, user_id, action, reason, decided_by, report_id)
             values ($1, $2, $3, $4, $5, $6)
    """
    await tx.run(sql, sanction_id, *structs.astuple(sanction))


async def list_sanctions(conn: Conn, user_id: UserId) -> list[Sanction]:
    """The latest 100, newest first."""
    sql = """
        select s.id, s.action, s.reason, s.report_id, s.decided_at,
               case when m.id is not null then jsonb_build_object(
                   'id', m.id, 'username', m.username
               ) end as decided_by
          from sanctions s
          left join users m on m.id = s.decided_by
         where s.user_id = $1
         order by s.decided_at desc, s.id desc
         limit 100
    """
    return await conn.all(Sanction, sql, user_id)


async def list_sanctions_of(conn: Conn, user_id: UserId) -> list[OwnSanction]:
    """The latest 1,000 of a member, newest first."""
    sql = """
        select action, reason, decided_at
          from sanctions
         where user_id = $1
         order by decided_at desc, id desc
         limit 1000
    """
    return await conn.all(OwnSanction, sql, user_id)


async def count_pending(conn: Conn) -> ReportFigures:
    sql = "select count(*) as pending from reports where status = 'pending'"
    return await conn.one(ReportFigures, sql)


async def list_entries_of(conn: Conn, reporter_id: UserId) -> list[OwnEntry]:
    """The latest 1,000 things that a member reported."""
    sql = """
        select r.id as report_id, r.content_type, r.content_id, e.reason, r.status, e.created_at
          from report_entries e
          join reports r on r.id = e.report_id
         where e.reporter_id = $1
         order by e.created_at desc, e.id desc
         limit 1000
    """
    return await conn.all(OwnEntry, sql, reporter_id)


async def list_reporters(conn: Conn, report_id: ReportId, after: UserId) -> list[UserId]:
    """Who reported something, in the order of their ids, 500 at a time."""
    sql = """
        select reporter_id
          from report_entries
         where report_id = $1 and reporter_id > $2
         order by reporter_id
         limit 500
    """
    return [UserId(found) for found in await conn.column(UUID, sql, report_id, after)]


async def lock_member(tx: Tx, user_id: UserId) -> None:
    """Whoever reports a member, or as a member, waits from here on."""
    await tx.column(UUID, "select id from users where id = $1 for update", user_id)


async def lock_reports_about(tx: Tx, author_id: UserId) -> list[OpenCase]:
    sql = "select id, author_id, status from reports where author_id = $1 order by id for update"
    return await tx.all(OpenCase, sql, author_id)


async def update_moot(tx: Tx, report_ids: list[ReportId]) -> None:
    """Close cases that nobody has to judge any more."""
    sql = """
        update reports
           set status = 'dismissed', action = 'dismiss', resolved_at = now()
         where id = any($1)
    """
    await tx.run(sql, report_ids)


async def update_emptied(tx: Tx, report_ids: list[ReportId]) -> None:
    """Leave of reports that there was one, and what came of it."""
    sql = """
        with emptied as (
            update reports
               set content_id = null, author_id = null, evidence = '{}', reason = null
             where id = any($1)
        )
        update report_entries set reason = null where report_id = any($1)
    """
    await tx.run(sql, report_ids)


async def update_entries_of_nobody(tx: Tx, reporter_id: UserId) -> None:
    sql = "update report_entries set reporter_id = null, reason = null where reporter_id = $1"
    await tx.run(sql, reporter_id)


async def delete_sanctions_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from sanctions where user_id = $1", user_id)

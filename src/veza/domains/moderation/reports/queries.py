"""An item has one pending report, to which further reporters are added once each."""

from collections.abc import Collection
from uuid import UUID

from veza.core.ids import ModerationActionId, ReportId, UserId, new_id
from veza.core.pages import MAX_COUNTED
from veza.core.people import person_fields
from veza.core.takedowns import ContentCategory
from veza.core.visibility import is_theirs, suspended
from veza.domains.moderation.reports.models import (
    AdminReport,
    LockedReport,
    ModerationAction,
    NewModerationAction,
    NewReport,
    PersonalModerationAction,
    PersonalReport,
    Report,
    ReportQuery,
    ReportStatusFilter,
    StoredResolution,
)
from veza.domains.moderation.reports.shared_queries import made_by_people
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

# An attack with false reports costs no more than this to count.
MAX_REPORTERS = 1000

_REPORT = "id, content_type, content_id, status, created_at"

_CATEGORIES = """
    array(select e.category
            from (select category from report_entries e
                   where e.report_id = r.id
                   order by e.created_at, e.id limit 100) e
           group by e.category
           order by count(*) desc, e.category)
"""


def _select_reports(entries: int) -> str:
    """Return the select of reports with their users, and their first entries."""
    return f"""
        select r.id, r.content_type, r.content_id, r.status, r.evidence, r.action, r.reason,
               r.resolved_at, r.created_at,
               case when a.id is not null then jsonb_build_object(
                   {person_fields("a")}, 'is_suspended', {suspended("a")}
               ) end as author,
               case when m.id is not null then jsonb_build_object(
                   {person_fields("m")}
               ) end as resolved_by,
               (select count(*)
                  from (select from report_entries e
                         where e.report_id = r.id limit {MAX_REPORTERS:d}) e) as reporters_count,
               {_CATEGORIES} as categories, array[]::jsonb[] as copies,
               array(
                   select jsonb_build_object(
                              'reporter', case when u.id is not null then jsonb_build_object(
                                  {person_fields("u")}
                              ) end,
                              'category', e.category,
                              'reason', e.reason,
                              'by_filter', e.by_filter,
                              'by_match', e.by_match,
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
    """Insert a report; None if a report of the same item is pending. Raises Violation."""
    sql = f"""
        insert into reports (id, content_type, content_id, author_id, evidence)
             values (:id, :content_type, :content_id, :author_id, :evidence)
        on conflict (content_type, content_id) where status = 'pending' do nothing
          returning {_REPORT}
    """
    return await tx.maybe(Report, *bind(sql, report))


async def lock_pending(tx: Tx, content_type: str, content_id: UUID) -> Report | None:
    """Return and lock the pending report of an item."""
    sql = f"""
        select {_REPORT}
          from reports
         where content_type = $1 and content_id = $2 and status = 'pending'
           for share
    """
    return await tx.maybe(Report, sql, content_type, content_id)


async def lock_pending_ids(
    tx: Tx, content_type: str, content_ids: Collection[UUID]
) -> list[ReportId]:
    """Return the pending reports of an item, by any of its ids, locked before they are resolved."""
    sql = """
        select id
          from reports
         where content_type = $1 and content_id = any($2) and status = 'pending'
         order by id
           for update
    """
    return [
        ReportId(found) for found in await tx.column(UUID, sql, content_type, list(content_ids))
    ]


async def find_asked(conn: Conn, report_ids: Collection[ReportId]) -> ReportId | None:
    """Return the first of these reports that people made, else the first; None if there is none."""
    sql = f"""
        select r.id
          from reports r
         where r.id = any($1)
         order by {made_by_people("r.id")} desc, r.id
         limit 1
    """
    return await conn.value(ReportId, sql, list(report_ids))


async def insert_entry(
    tx: Tx, report_id: ReportId, reporter_id: UserId, *, reason: str, category: ContentCategory
) -> None:
    """Add a reporter to a report, once. Raises Violation."""
    sql = """
        insert into report_entries (id, report_id, reporter_id, reason, category)
             values ($1, $2, $3, $4, $5)
        on conflict (report_id, reporter_id) do nothing
    """
    await tx.run(sql, new_id(), report_id, reporter_id, reason, category)


async def insert_filter_entry(tx: Tx, report_id: ReportId, reason: str) -> None:
    """Add the entry of a text filter to a report, once."""
    sql = """
        insert into report_entries (id, report_id, reason, by_filter)
             values ($1, $2, $3, true)
        on conflict (report_id) where by_filter do nothing
    """
    await tx.run(sql, new_id(), report_id, reason)


async def insert_match_entry(
    tx: Tx, report_id: ReportId, reason: str, category: ContentCategory
) -> None:
    """Add the entry of the comparison with what was taken down to a report, once."""
    sql = """
        insert into report_entries (id, report_id, reason, category, by_match)
             values ($1, $2, $3, $4, true)
        on conflict (report_id) where by_match do nothing
    """
    await tx.run(sql, new_id(), report_id, reason, category)


async def list_reports(conn: Conn, query: ReportQuery, staff_id: UserId) -> list[AdminReport]:
    """Return a page of reports, without those about a member of staff or their pages."""
    where = _filtered(query, staff_id)
    # What is shown is read for the page alone, and not for the rows before it.
    sql = f"""
        with page as materialized (
            select r.id
              from reports r
            {where.sql}
             order by r.created_at desc, r.id desc
             limit {query.limit:d} offset {query.offset:d}
        )
        {_select_reports(entries=10)}
          join page on page.id = r.id
         order by r.created_at desc, r.id desc
    """
    return await conn.all(AdminReport, sql, *where.values)


async def count_reports(conn: Conn, query: ReportQuery, staff_id: UserId) -> int:
    """Return the number of reports, up to `MAX_COUNTED`."""
    where = _filtered(query, staff_id)
    found = f"select from reports r {where.sql} limit {MAX_COUNTED:d}"
    sql = f"select count(*) from ({found}) counted"
    return await conn.value(int, sql, *where.values) or 0


def _filtered(query: ReportQuery, staff_id: UserId) -> Where:
    where = Where(f"not {is_theirs('r.author_id', '{0}')}", staff_id)
    if query.status is not ReportStatusFilter.ALL:
        where.add("r.status = {}", query.status)
    where.add_filter("r.content_type = {}", query.content_type)
    if query.category is not None:
        entries = "select from report_entries e where e.report_id = r.id and e.category = {}"
        where.add(f"exists ({entries})", query.category)
    return where


async def find_report(conn: Conn, report_id: ReportId) -> AdminReport | None:
    sql = f"""
        {_select_reports(entries=100)}
         where r.id = $1
    """
    return await conn.maybe(AdminReport, sql, report_id)


async def lock_report(tx: Tx, report_id: ReportId, staff_id: UserId) -> LockedReport | None:
    sql = f"""
        select id, author_id, status, {is_theirs("author_id", "$2")} as is_own
          from reports
         where id = $1
           for update
    """
    return await tx.maybe(LockedReport, sql, report_id, staff_id)


async def update_resolved(tx: Tx, report_id: ReportId, resolution: StoredResolution) -> None:
    sql = """
        update reports
           set status = :status, action = :action, reason = :reason,
               resolved_by = :resolved_by, resolved_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, resolution, id=report_id))


async def insert_action(tx: Tx, action_id: ModerationActionId, action: NewModerationAction) -> None:
    sql = """
        insert into moderation_actions (id, user_id, action, reason, decided_by, report_id)
             values (:id, :user_id, :action, :reason, :decided_by, :report_id)
    """
    await tx.run(*bind(sql, action, id=action_id))


async def list_actions(conn: Conn, user_id: UserId) -> list[ModerationAction]:
    """Return the latest 100, newest first."""
    sql = f"""
        select s.id, s.action, s.reason, s.report_id, s.decided_at,
               case when m.id is not null then jsonb_build_object(
                   {person_fields("m")}
               ) end as decided_by
          from moderation_actions s
          left join users m on m.id = s.decided_by
         where s.user_id = $1
         order by s.decided_at desc, s.id desc
         limit 100
    """
    return await conn.all(ModerationAction, sql, user_id)


async def list_personal_actions(conn: Conn, user_id: UserId) -> list[PersonalModerationAction]:
    """Return the latest 1,000, newest first."""
    sql = """
        select action, reason, decided_at
          from moderation_actions
         where user_id = $1
         order by decided_at desc, id desc
         limit 1000
    """
    return await conn.all(PersonalModerationAction, sql, user_id)


async def count_pending_reports(conn: Conn) -> dict[str, int]:
    sql = "select count(*) as pending from reports where status = 'pending'"
    return await conn.counts(sql)


async def list_personal_reports(conn: Conn, reporter_id: UserId) -> list[PersonalReport]:
    """Return the latest 1,000 reports of a member."""
    sql = """
        select r.id as report_id, r.content_type, r.content_id, e.category, e.reason, r.status,
               e.created_at
          from report_entries e
          join reports r on r.id = e.report_id
         where e.reporter_id = $1
         order by e.created_at desc, e.id desc
         limit 1000
    """
    return await conn.all(PersonalReport, sql, reporter_id)


async def lock_member(tx: Tx, user_id: UserId) -> None:
    """Lock a member: concurrent reports of or by them wait."""
    await tx.column(UUID, "select id from users where id = $1 for update", user_id)


async def lock_reports_about(tx: Tx, author_id: UserId) -> list[LockedReport]:
    sql = "select id, author_id, status from reports where author_id = $1 order by id for update"
    return await tx.all(LockedReport, sql, author_id)


async def dismiss_reports(tx: Tx, report_ids: list[ReportId]) -> None:
    """Dismiss reports whose author is erased."""
    sql = """
        update reports
           set status = 'dismissed', action = 'dismiss', resolved_at = now()
         where id = any($1)
    """
    await tx.run(sql, report_ids)


async def anonymize_reports(tx: Tx, report_ids: list[ReportId]) -> None:
    """Delete all of the reports except their type and outcome."""
    sql = """
        with emptied as (
            update reports
               set content_id = null, author_id = null, evidence = '{}', reason = null
             where id = any($1)
        )
        update report_entries set reason = null where report_id = any($1)
    """
    await tx.run(sql, report_ids)


async def anonymize_entries(tx: Tx, reporter_id: UserId) -> None:
    sql = "update report_entries set reporter_id = null, reason = null where reporter_id = $1"
    await tx.run(sql, reporter_id)


async def update_decided_by(tx: Tx, action_id: ModerationActionId, staff_id: UserId) -> None:
    sql = "update moderation_actions set decided_by = $2 where id = $1"
    await tx.run(sql, action_id, staff_id)


async def delete_actions_against(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from moderation_actions where user_id = $1", user_id)


async def update_author(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move reports about a page, and the actions on it, to another profile."""
    await tx.run("update reports set author_id = $2 where author_id = $1", user_id, into_id)
    sql = "update moderation_actions set user_id = $2 where user_id = $1"
    await tx.run(sql, user_id, into_id)

"""Figures are counted in one statement for a quarter, from $2 until before $3."""

from datetime import date, datetime

from veza.domains.moderation.reports.shared_queries import BY_PEOPLE, by_notice
from veza.domains.moderation.transparency.models import StoredQuarter
from veza.infra.postgres.database import Conn, Tx

MAX_SHOWN = 40


def _in_quarter(column: str) -> str:
    return f"{column} >= $2 and {column} < $3"


_ENTRIES = f"""
    select {{}}, count(*)
      from report_entries e
      join reports r on r.id = e.report_id
     where {_in_quarter("e.created_at")} and {{}}
     group by 1
"""
# What is only held is not taken down.
_TAKEDOWNS = f"""
    select d.category, count(*)
      from takedowns d
      {{}}
     where {_in_quarter("d.created_at")} and not d.held {{}}
     group by 1
"""
# Each measure selects keys and numbers. Another one is another line here.
_MEASURES = {
    "reports": _ENTRIES.format("r.content_type", BY_PEOPLE),
    "categories": _ENTRIES.format("e.category", BY_PEOPLE),
    "filters": _ENTRIES.format("r.content_type", f"not ({BY_PEOPLE})"),
    "decisions": f"""
        select action, count(*) from reports where {_in_quarter("resolved_at")} group by 1
    """,
    "takedowns": _TAKEDOWNS.format("", ""),
    "own_initiative": _TAKEDOWNS.format(
        "join moderation_actions a on a.id = d.action_id", f"and not {by_notice('a', 'd')}"
    ),
    "sanctions": f"""
        select action, count(*) from moderation_actions
         where {_in_quarter("decided_at")} and action in ('warn', 'ban') group by 1
    """,
    "appeals": f"""
        select status, count(*) from appeals where {_in_quarter("created_at")} group by 1
    """,
    "copyright": f"""
        select n.key, count(*)
          from copyright_notices
         cross join lateral (values ('received', confirmed_at), (status, decided_at))
               as n (key, happened_at)
         where {_in_quarter("n.happened_at")} group by 1
         union all
        select c.key, count(*)
          from copyright_counters
         cross join lateral (values ('countered', created_at), ('restored', restored_at))
               as c (key, happened_at)
         where {_in_quarter("c.happened_at")} group by 1
    """,
    "median_seconds": f"""
        select 'reports', percentile_cont(0.5) within group (
                   order by extract(epoch from resolved_at - created_at))::bigint
          from reports where {_in_quarter("resolved_at")} having count(*) > 0
         union all
        select 'appeals', percentile_cont(0.5) within group (
                   order by extract(epoch from d.decided_at - a.created_at))::bigint
          from appeals a
          join moderation_actions d on d.id = a.decision_id
         where {_in_quarter("d.decided_at")} having count(*) > 0
    """,
}


async def store_figures(tx: Tx, starts_on: date, since: datetime, until: datetime) -> None:
    """Count what happened from a moment until before another, and store it for a quarter."""
    counted = " union all ".join(
        f"select '{measure}' as measure, f.key, f.value from ({select}) as f (key, value)"
        for measure, select in _MEASURES.items()
    )
    sql = f"""
        insert into transparency_quarters (starts_on, figures)
             select $1, coalesce(jsonb_object_agg(m.measure, m.numbers), '{{}}')
               from (select measure, jsonb_object_agg(key, value) as numbers
                       from ({counted}) as counted
                      group by measure) as m
        on conflict (starts_on) do update
                set figures = excluded.figures, computed_at = now()
    """
    await tx.run(sql, starts_on, since, until)


async def find_last(conn: Conn) -> date | None:
    """Return the last quarter that is stored."""
    return await conn.value(date, "select max(starts_on) from transparency_quarters")


async def find_first_report(conn: Conn) -> datetime | None:
    """Return when something was reported for the first time, or a notice was sent."""
    sql = """
        select least((select min(created_at) from report_entries),
                     (select min(confirmed_at) from copyright_notices))
    """
    return await conn.value(datetime, sql)


async def list_quarters(conn: Conn) -> list[StoredQuarter]:
    """Return the latest quarters, latest first."""
    sql = f"""
        select starts_on, figures, computed_at
          from transparency_quarters
         order by starts_on desc
         limit {MAX_SHOWN:d}
    """
    return await conn.all(StoredQuarter, sql)

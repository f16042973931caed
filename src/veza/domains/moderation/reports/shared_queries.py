"""Statements that find whom to notify of a decision, and whether people had asked for it."""

from veza.core.ids import ReportId, UserId
from veza.core.takedowns import Automation
from veza.core.visibility import is_theirs
from veza.infra.postgres.database import Conn

# An entry `e` that no program made.
BY_PEOPLE = "not (e.by_filter or e.by_match)"


def made_by_people(report_id: str) -> str:
    """Return the condition that not only programs made a report, whose id is a column.

    Reports without entries had erased reporters.
    """
    return f"""
        coalesce((select bool_or({BY_PEOPLE}) from report_entries e
                   where e.report_id = {report_id}), true)
    """


def by_notice(action: str, takedown: str) -> str:
    """Return the condition that a decision followed a report by people, or a copyright notice.

    `action` and `takedown` are aliases, of which the second may have no row. What only programs
    reported is found on the initiative of the site.
    """
    return f"""
        ({action}.report_id is not null and {made_by_people(f"{action}.report_id")}
         or {takedown}.id is not null
            and exists (select from copyright_items i where i.takedown_id = {takedown}.id))
    """


def by_program(action: str, takedown: str) -> str:
    """Return the condition that a program had noticed what a decision is about.

    `action` and `takedown` are aliases, of which the second may have no row.
    """
    return f"""
        (exists (select from report_entries e
                  where e.report_id = {action}.report_id and not ({BY_PEOPLE}))
         or {takedown}.automation is not distinct from '{Automation.MATCH}')
    """


async def list_reporters(conn: Conn, report_id: ReportId, after: UserId) -> list[UserId]:
    """Return the reporters in the order of their ids, 500 at a time."""
    sql = """
        select reporter_id
          from report_entries
         where report_id = $1 and reporter_id > $2
         order by reporter_id
         limit 500
    """
    return await conn.column(UserId, sql, report_id, after)


async def owns(conn: Conn, user_id: UserId, owner_id: UserId) -> bool:
    """Return whether an owner is this member of staff or a page of theirs."""
    return bool(await conn.value(bool, f"select {is_theirs('$2::uuid', '$1')}", user_id, owner_id))

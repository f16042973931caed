"""Selects members and reports, locks them in the order of ids, and keeps a run's progress."""

from collections.abc import Sequence
from datetime import timedelta

from veza.core.ids import BulkRunId, ReportId, UserId
from veza.core.visibility import active, is_theirs, suspended
from veza.domains.moderation.bulk.models import (
    MAX_SELECTED,
    BulkAction,
    BulkMemberAction,
    BulkRun,
    BulkStanding,
    MemberFilter,
    SelectedMember,
    SelectedReport,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


def _candidates(staff: str) -> str:
    return f"""
    select u.id, u.username, u.role, {suspended("u")} as is_suspended,
           u.approval is not null as awaits_approval,
           (select count(*) from sessions s
             where s.user_id = u.id and s.ended_at is null and s.expires_at > now()
           ) as sessions_count,
           (select count(*) from posts p where p.author_id = u.id) as posts_count,
           (select count(*) from tracks t where t.owner_id = u.id) as tracks_count,
           {is_theirs("u.id", staff)} as is_own
      from users u
    """


async def list_by_ids(
    conn: Conn, user_ids: Sequence[UserId], staff_id: UserId
) -> list[SelectedMember]:
    """Return those of the members who exist, by id."""
    sql = f"{_candidates('$2')} where u.id = any($1) order by u.id limit 500"
    return await conn.all(SelectedMember, sql, list(user_ids), staff_id)


async def list_by_filter(
    conn: Conn,
    wanted: MemberFilter,
    ends: Sequence[str],
    action: BulkMemberAction,
    staff_id: UserId,
) -> list[SelectedMember]:
    """Return the members of a filter whom the action could change, the oldest first.

    One more than an action may change shows that there are more.
    """
    is_suspending = action is BulkMemberAction.SUSPEND
    where = Where(active("u") if is_suspending else suspended("u"))
    where.add("u.approval is null")
    # An artist, a band or a label did not register.
    where.add("u.page_kind is null")
    where.add_filter("u.created_at >= {}", wanted.registered_from)
    where.add_filter("u.created_at < {}", wanted.registered_until)
    if ends:
        where.add(
            "exists (select from unnest({}::text[]) e where right(u.email_key, length(e)) = e)",
            list(ends),
        )
    if wanted.without_posts:
        where.add("not exists (select from posts p where p.author_id = u.id)")
        where.add("not exists (select from tracks t where t.owner_id = u.id)")
    selected = _candidates(where.bind(staff_id))
    sql = f"{selected} {where.sql} order by u.created_at, u.id limit {MAX_SELECTED + 1:d}"
    return await conn.all(SelectedMember, sql, *where.values)


async def list_reports(
    conn: Conn, report_ids: Sequence[ReportId], staff_id: UserId
) -> list[SelectedReport]:
    """Return those of the reports that exist, by id."""
    sql = f"""
        select r.id, r.content_type, r.author_id, u.username as author_username,
               r.status = 'pending' as is_pending,
               (select count(*) from report_entries e
                 where e.report_id = r.id and e.reporter_id is not null) as reporters_count,
               {is_theirs("r.author_id", "$2")} as is_own
          from reports r
          left join users u on u.id = r.author_id
         where r.id = any($1)
         order by r.id
         limit 500
    """
    return await conn.all(SelectedReport, sql, list(report_ids), staff_id)


async def lock_members(tx: Tx, user_ids: Sequence[UserId], staff_id: UserId) -> list[BulkStanding]:
    """Return and lock members and all active admins, in the order of their ids.

    Each suspension locks the admins: in this order no two transactions wait for each other.
    """
    sql = f"""
        select id, role, {suspended()} as is_suspended,
               approval is not null as awaits_approval,
               {is_theirs("id", "$2")} as is_own
          from users
         where id = any($1) or (role = 'admin' and {active()})
         order by id
           for no key update
    """
    return await tx.all(BulkStanding, sql, list(user_ids), staff_id)


async def lock_run(tx: Tx, run_id: BulkRunId, action: BulkAction, total: int) -> BulkRun:
    """Create the run of a token, or lock the one that there is."""
    sql = """
        insert into bulk_runs as r (id, action, total)
             values ($1, $2, $3)
        on conflict (id) do update set id = excluded.id
          returning done, applied, skipped
    """
    return await tx.one(BulkRun, sql, run_id, action, total)


async def update_run(tx: Tx, run_id: BulkRunId, run: BulkRun) -> None:
    sql = "update bulk_runs set done = $2, applied = $3, skipped = $4 where id = $1"
    await tx.run(sql, run_id, run.done, run.applied, run.skipped)


async def delete_old_runs(tx: Tx, age: timedelta) -> int:
    return await tx.run("delete from bulk_runs where created_at < now() - $1::interval", age)

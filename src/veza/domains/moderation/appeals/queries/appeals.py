"""A sanction has one appeal; its member is locked before a decision on it."""

from veza.core.ids import AppealId, ModerationActionId, UserId
from veza.core.people import person_fields
from veza.core.takedowns import SHOWN_BY
from veza.core.visibility import active, is_theirs, suspended
from veza.domains.moderation.appeals.models import (
    AdminAppeal,
    AppealQuery,
    AppealStatus,
    AppealStatusFilter,
    PendingAppeal,
    PersonalAppeal,
    StoredSanction,
)
from veza.domains.moderation.reports.shared_queries import by_notice, by_program
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

# A suspension is in force if the present one began with it or before it.
_IS_IN_FORCE = """
    case s.action when 'ban' then coalesce(s.decided_at >= u.suspended_at, false)
                  when 'takedown' then coalesce(t.undone_at is null and t.deleted_at is null, false)
                  else coalesce(a.status <> 'reversed', true) end
"""

# Only admins suspend, and only they take down for good.
_NEEDS_ADMIN = "(s.action = 'ban' or coalesce(t.permanent, false))"

_ITEM = f"""
    case when t.id is not null then jsonb_build_object(
        'takedown_id', t.id, 'content_type', t.content_type, 'content_id', t.content_id,
        'title', t.title, 'category', t.category, 'permanent', t.permanent,
        'automated', t.automated, 'automation', t.automation, 'part_of',
        case when t.content_type in ('image', 'avatar', 'banner') then
            coalesce(t.kept ->> '{SHOWN_BY}', t.content_id::text) end
    ) end
"""

_SANCTION = f"""
    select s.id, s.user_id, s.action, s.reason, s.decided_at, {by_notice("s", "t")} as by_notice,
           {by_program("s", "t")} as by_program,
           {_IS_IN_FORCE} as is_in_force,
           {_ITEM} as item,
           case when a.id is not null then jsonb_build_object(
               'text', a.text, 'status', a.status, 'created_at', a.created_at,
               'decided_at', d.decided_at, 'decision', d.reason
           ) end as appeal
      from moderation_actions s
      join users u on u.id = s.user_id
      left join takedowns t on t.action_id = s.id
      left join appeals a on a.action_id = s.id
      left join moderation_actions d on d.id = a.decision_id
"""


def _describe(alias: str, decider: str) -> str:
    return f"""
        jsonb_build_object(
            'id', {alias}.id, 'action', {alias}.action, 'reason', {alias}.reason,
            'report_id', {alias}.report_id, 'decided_at', {alias}.decided_at,
            'decided_by', case when {decider}.id is not null then jsonb_build_object(
                {person_fields(decider)}
            ) end
        )
    """


_APPEAL = f"""
    select a.id, a.text, a.status, a.created_at, {_describe("s", "b")} as sanction,
           {_ITEM} as item,
           case when d.id is not null then {_describe("d", "c")} end as decision,
           jsonb_build_object(
               {person_fields("u")}, 'is_suspended', {suspended("u")}
           ) as member
      from appeals a
      join moderation_actions s on s.id = a.action_id
      join users u on u.id = s.user_id
      left join takedowns t on t.action_id = s.id
      left join users b on b.id = s.decided_by
      left join moderation_actions d on d.id = a.decision_id
      left join users c on c.id = d.decided_by
"""


async def find_sanction(conn: Conn, sanction_id: ModerationActionId) -> StoredSanction | None:
    sql = f"{_SANCTION} where s.id = $1 and s.action in ('warn', 'ban', 'takedown')"
    return await conn.maybe(StoredSanction, sql, sanction_id)


async def list_sanctions(conn: Conn, user_id: UserId) -> list[StoredSanction]:
    """Return the latest 100 warnings, suspensions and take-downs, newest first."""
    sql = f"""
        {_SANCTION}
         where s.user_id = $1 and s.action in ('warn', 'ban', 'takedown')
         order by s.decided_at desc, s.id desc
         limit 100
    """
    return await conn.all(StoredSanction, sql, user_id)


async def find_suspension(conn: Conn, user_id: UserId) -> ModerationActionId | None:
    """Return the newest suspension in force, one without an appeal if there is any."""
    sql = """
        select s.id
          from moderation_actions s
          join users u on u.id = s.user_id
          left join appeals a on a.action_id = s.id
         where s.user_id = $1 and s.action = 'ban' and s.decided_at >= u.suspended_at
         order by a.id is null desc, s.decided_at desc, s.id desc
         limit 1
    """
    return await conn.value(ModerationActionId, sql, user_id)


async def find_sanction_id(conn: Conn, action_id: ModerationActionId) -> ModerationActionId | None:
    """Return the sanction that an action is, or that it decided on; None if it is erased."""
    sql = """
        select coalesce(a.action_id, s.id)
          from moderation_actions s
          left join appeals a on a.decision_id = s.id
         where s.id = $1
         limit 1
    """
    return await conn.value(ModerationActionId, sql, action_id)


async def lock_suspension(tx: Tx, user_id: UserId) -> None:
    """Lock a member, so that their suspension is neither lifted nor begun meanwhile."""
    await tx.value(bool, "select true from users where id = $1 for share", user_id)


async def insert_appeal(
    tx: Tx, appeal_id: AppealId, sanction_id: ModerationActionId, text: str
) -> bool:
    """Return False if there is an appeal against the sanction."""
    sql = """
        insert into appeals (id, action_id, text)
             values ($1, $2, $3)
        on conflict (action_id) do nothing
    """
    return await tx.run(sql, appeal_id, sanction_id, text) == 1


async def list_appeals(conn: Conn, query: AppealQuery, staff_id: UserId) -> list[AdminAppeal]:
    where = _filtered(query.status, staff_id)
    sql = f"""
        {_APPEAL}
        {where.sql}
         order by a.created_at desc, a.id desc
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(AdminAppeal, sql, *where.values)


async def count_appeals(conn: Conn, status: AppealStatusFilter, staff_id: UserId) -> int:
    where = _filtered(status, staff_id)
    sql = f"""
        select count(*)
          from appeals a
          join moderation_actions s on s.id = a.action_id
        {where.sql}
    """
    return await conn.value(int, sql, *where.values) or 0


def _filtered(status: AppealStatusFilter, staff_id: UserId) -> Where:
    where = Where(f"not {is_theirs('s.user_id', '{0}')}", staff_id)
    if status is not AppealStatusFilter.ALL:
        where.add("a.status = {}", status)
    return where


async def count_pending_appeals(conn: Conn) -> dict[str, int]:
    sql = "select count(*) as pending from appeals where status = 'pending'"
    return await conn.counts(sql)


async def find_appeal(conn: Conn, appeal_id: AppealId) -> AdminAppeal | None:
    sql = f"{_APPEAL} where a.id = $1"
    return await conn.maybe(AdminAppeal, sql, appeal_id)


async def lock_appellant(tx: Tx, appeal_id: AppealId) -> bool:
    """Lock the member of an appeal, as their suspension is about to be decided on."""
    sql = """
        select true
          from users u
         where u.id = (select s.user_id
                         from appeals a
                         join moderation_actions s on s.id = a.action_id
                        where a.id = $1)
           for no key update
    """
    return bool(await tx.value(bool, sql, appeal_id))


async def lock_appeal(tx: Tx, appeal_id: AppealId, staff_id: UserId) -> PendingAppeal | None:
    sql = f"""
        select a.id, a.action_id as sanction_id, a.status, s.user_id, s.action, s.decided_by,
               s.report_id, {_IS_IN_FORCE} as is_in_force, {_NEEDS_ADMIN} as needs_admin,
               exists (select from users o
                        where (o.role = 'admin' or o.role = 'moderator' and not {_NEEDS_ADMIN})
                          and {active("o")}
                          and not {is_theirs("s.user_id", "o.id")}
                          and o.id is distinct from s.decided_by) as has_other_staff,
               {is_theirs("s.user_id", "$2")} as is_own
          from appeals a
          join moderation_actions s on s.id = a.action_id
          join users u on u.id = s.user_id
          left join takedowns t on t.action_id = s.id
         where a.id = $1
           for no key update of a
    """
    return await tx.maybe(PendingAppeal, sql, appeal_id, staff_id)


async def update_decided(
    tx: Tx, appeal_id: AppealId, status: AppealStatus, decision_id: ModerationActionId
) -> None:
    sql = "update appeals set status = $2, decision_id = $3 where id = $1"
    await tx.run(sql, appeal_id, status, decision_id)


async def reverse_pending(tx: Tx, lift_id: ModerationActionId) -> None:
    """Close the appeals against the suspensions that an action has lifted."""
    sql = """
        update appeals a
           set status = 'reversed', decision_id = l.id
          from moderation_actions l
          join moderation_actions s on s.user_id = l.user_id
         where l.id = $1
           and a.action_id = s.id
           and a.status = 'pending'
           and s.action = 'ban'
           and s.decided_at <= l.decided_at
    """
    await tx.run(sql, lift_id)


async def reverse_pending_of_item(tx: Tx, undo_id: ModerationActionId) -> None:
    """Close the appeal against the take-down that an action has undone."""
    sql = """
        update appeals a
           set status = 'reversed', decision_id = $1
          from takedowns t
         where t.undo_action_id = $1 and a.action_id = t.action_id and a.status = 'pending'
    """
    await tx.run(sql, undo_id)


async def list_personal_appeals(conn: Conn, user_id: UserId) -> list[PersonalAppeal]:
    """Return the latest 1,000 appeals of a member, newest first."""
    sql = """
        select s.action, a.text, a.status, a.created_at
          from appeals a
          join moderation_actions s on s.id = a.action_id
         where s.user_id = $1
         order by a.created_at desc, a.id desc
         limit 1000
    """
    return await conn.all(PersonalAppeal, sql, user_id)


async def delete_appeals_of(tx: Tx, user_id: UserId) -> None:
    sql = """
        delete from appeals
         where action_id in (select id from moderation_actions where user_id = $1)
    """
    await tx.run(sql, user_id)

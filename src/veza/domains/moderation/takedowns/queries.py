"""An item has one open take-down; the owner is locked before it is created or undone."""

from datetime import timedelta
from uuid import UUID

from veza.core.ids import ModerationActionId, ReportId, TakedownId, UserId
from veza.core.people import person_fields
from veza.core.visibility import is_theirs
from veza.domains.moderation.takedowns.models import (
    AdminTakedown,
    NewTakedown,
    OpenCase,
    PersonalTakedown,
    ReleasedItem,
    StoredTakedown,
    TakedownQuery,
    TakedownStatus,
)
from veza.domains.moderation.takedowns.shared_queries import STORED
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_CONDITIONS = {
    TakedownStatus.OPEN: "d.undone_at is null",
    TakedownStatus.EDITED: "d.undone_at is null and d.edited_at is not null",
    TakedownStatus.UNDONE: "d.undone_at is not null",
    TakedownStatus.ALL: "true",
}


def _person(alias: str) -> str:
    return f"case when {alias}.id is not null then jsonb_build_object({person_fields(alias)}) end"


_SELECT = f"""
    select d.id, d.content_type, d.content_id, d.title, d.category, d.reason, d.note, d.permanent,
           d.held, d.revokes_purchases, d.created_at, d.edited_at, d.undone_at, d.deleted_at,
           {_person("o")} as owner, {_person("s")} as decided_by, {_person("b")} as undone_by,
           (select a.status from appeals a where a.action_id = d.action_id) as appeal
      from takedowns d
      left join users o on o.id = d.owner_id
      left join users s on s.id = d.decided_by
      left join users b on b.id = d.undone_by
"""


async def lock_owner(tx: Tx, owner_id: UserId) -> bool:
    """Lock the owner of an item, so that nothing else of theirs is decided on; False if gone."""
    sql = "select true from users where id = $1 for no key update"
    return bool(await tx.value(bool, sql, owner_id))


async def find_held(conn: Conn, report_id: ReportId) -> ReleasedItem | None:
    """Return the held item of a case that staff has decided, but not by hiding it."""
    sql = """
        select d.id, r.resolved_by
          from reports r
          join takedowns d on d.content_type = r.content_type and d.content_id = r.content_id
         where r.id = $1 and d.held and d.undone_at is null
           and r.action in ('resolve', 'dismiss', 'warn') and r.resolved_by is not null
    """
    return await conn.maybe(ReleasedItem, sql, report_id)


async def find_open_case(
    conn: Conn, case_id: UUID, staff_id: UserId | None = None
) -> OpenCase | None:
    """Return the item of a pending report or an open take-down, by the id of one of them.

    None if it is about `staff_id`, or a page of theirs. Pictures were reported by what showed them;
    it may show another one by now.
    """
    sql = f"""
        select content_type,
               case when content_type in ('image', 'avatar', 'banner')
                    then coalesce((evidence ->> 'image_id')::uuid, content_id)
                    else content_id end as content_id
          from reports
         where id = $1 and status = 'pending' and content_id is not null
           and not {is_theirs("author_id", "$2::uuid")}
         union all
        select content_type, content_id
          from takedowns
         where id = $1 and undone_at is null and content_id is not null
           and not {is_theirs("owner_id", "$2::uuid")}
    """
    return await conn.maybe(OpenCase, sql, case_id, staff_id)


async def delete_held(tx: Tx, takedown_id: TakedownId) -> None:
    """Forget that an item is held, which is taken down instead."""
    await tx.run("delete from takedowns where id = $1 and held", takedown_id)


async def insert_takedown(tx: Tx, takedown: NewTakedown) -> None:
    sql = """
        insert into takedowns (id, content_type, content_id, owner_id, title, category, reason,
                               note, permanent, revokes_purchases, kept, action_id, decided_by,
                               automated, automation, held)
             values (:id, :content_type, :content_id, :owner_id, :title, :category, :reason, :note,
                     :permanent, :revokes_purchases, :kept, :action_id, :decided_by, :automated,
                     :automation, :held)
    """
    await tx.run(*bind(sql, takedown))


async def lock_takedown(tx: Tx, takedown_id: TakedownId) -> StoredTakedown | None:
    sql = f"select {STORED} from takedowns where id = $1 for no key update"
    return await tx.maybe(StoredTakedown, sql, takedown_id)


async def update_undone(
    tx: Tx, takedown_id: TakedownId, *, staff_id: UserId | None, undo_id: ModerationActionId
) -> None:
    sql = """
        update takedowns
           set undone_at = now(), undone_by = $2, undo_action_id = $3, kept = '{}'
         where id = $1
    """
    await tx.run(sql, takedown_id, staff_id, undo_id)


async def update_decided_by(tx: Tx, takedown_id: TakedownId, staff_id: UserId) -> None:
    """Note who decided to keep up a take-down that was automatic."""
    sql = "update takedowns set automated = false, decided_by = $2 where id = $1"
    await tx.run(sql, takedown_id, staff_id)


async def update_edited(tx: Tx, content_type: str, content_id: UUID) -> None:
    sql = """
        update takedowns
           set edited_at = now()
         where content_type = $1 and content_id = $2 and undone_at is null
    """
    await tx.run(sql, content_type, content_id)


async def update_deleted(tx: Tx, takedown_id: TakedownId) -> None:
    await tx.run("update takedowns set deleted_at = now(), kept = '{}' where id = $1", takedown_id)


async def list_takedowns(conn: Conn, query: TakedownQuery, staff_id: UserId) -> list[AdminTakedown]:
    where = _filtered(query, staff_id)
    sql = f"""
        {_SELECT}
        {where.sql}
         order by d.created_at desc, d.id desc
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(AdminTakedown, sql, *where.values)


async def count_takedowns(conn: Conn, query: TakedownQuery, staff_id: UserId) -> int:
    where = _filtered(query, staff_id)
    sql = f"select count(*) from takedowns d {where.sql}"
    return await conn.value(int, sql, *where.values) or 0


def _filtered(query: TakedownQuery, staff_id: UserId) -> Where:
    where = Where(f"not {is_theirs('d.owner_id', '{0}')}", staff_id)
    where.add(_CONDITIONS[query.status])
    where.add_filter("d.content_type = {}", query.content_type)
    return where


async def find_shown(conn: Conn, takedown_id: TakedownId) -> AdminTakedown | None:
    return await conn.maybe(AdminTakedown, f"{_SELECT} where d.id = $1", takedown_id)


async def count_open(conn: Conn) -> dict[str, int]:
    sql = "select count(*) as open from takedowns where undone_at is null"
    return await conn.counts(sql)


async def list_to_delete(conn: Conn, window: timedelta) -> list[TakedownId]:
    """Return up to 100 permanent take-downs that can't be appealed against any more."""
    sql = """
        select d.id
          from takedowns d
         where d.permanent and d.undone_at is null and d.deleted_at is null
           and d.created_at <= now() - $1::interval
           and d.content_id is not null
           and not exists (select from appeals a
                            where a.action_id = d.action_id and a.status = 'pending')
         order by d.created_at
         limit 100
    """
    return [TakedownId(found) for found in await conn.column(UUID, sql, window)]


async def list_personal_takedowns(conn: Conn, owner_id: UserId) -> list[PersonalTakedown]:
    """Return the latest 1,000 take-downs of a member's items, newest first."""
    sql = """
        select content_type, content_id, title, category, reason, permanent, held, kept,
               created_at, undone_at
          from takedowns
         where owner_id = $1
         order by created_at desc, id desc
         limit 1000
    """
    return await conn.all(PersonalTakedown, sql, owner_id)


async def delete_all_held(tx: Tx, owner_id: UserId) -> None:
    """Delete that items of a member are or were held: staff did not decide that."""
    await tx.run("delete from takedowns where owner_id = $1 and held", owner_id)


async def anonymize_takedowns(tx: Tx, owner_id: UserId) -> None:
    """Keep only the type, the category and the times of the take-downs of a member's items."""
    sql = """
        update takedowns
           set content_id = null, owner_id = null, title = null, reason = null, note = '',
               kept = '{}', action_id = null, undo_action_id = null
         where owner_id = $1
    """
    await tx.run(sql, owner_id)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Move the take-downs of a page's items to the profile that gets the items."""
    await tx.run("update takedowns set owner_id = $2 where owner_id = $1", owner_id, into_id)

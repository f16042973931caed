"""There is one counter-notice for a notice and an owner; its notice is locked before."""

from datetime import timedelta
from uuid import UUID

from veza.core.ids import CopyrightNoticeId, TakedownId, UserId
from veza.domains.moderation.copyright.models.notices import (
    CounterForm,
    DueCounter,
    OwnNotice,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# The fields of a counter-notice for `jsonb_build_object`, of the alias c.
COUNTER_FIELDS = """
    'statement', c.statement, 'name', c.name, 'address', c.address, 'email', c.email,
    'owner_id', c.owner_id, 'created_at', c.created_at, 'restore_at', c.restore_at,
    'restored_at', c.restored_at, 'claim_filed_at', c.claim_filed_at
"""

_OWN = f"""
    select n.id, n.status, n.rights_holder, n.signature, n.work, n.statement, n.confirmed_at,
           (select jsonb_agg(jsonb_build_object(
                       'content_type', i.content_type, 'content_id', i.content_id,
                       'title', i.title, 'takedown_id', i.takedown_id,
                       'is_hidden', t.id is not null and t.undone_at is null
                   ) order by i.position)
              from copyright_items i
              left join takedowns t on t.id = i.takedown_id
             where i.notice_id = n.id and i.owner_id = $1) as items,
           (select jsonb_build_object({COUNTER_FIELDS})
              from copyright_counters c
             where c.notice_id = n.id and c.owner_id = $1) as counter
      from copyright_notices n
"""
# Its owner learns of a notice once it has hidden something.
_HAS_HIDDEN = """
    n.confirmed_at is not null
    and exists (select from copyright_items h
                 where h.notice_id = n.id and h.owner_id = $1 and h.takedown_id is not null)
"""


async def list_own(conn: Conn, owner_id: UserId) -> list[OwnNotice]:
    """Return the latest 100 notices that have hidden something of an owner, newest first."""
    sql = f"""
        {_OWN}
         where {_HAS_HIDDEN}
         order by n.confirmed_at desc, n.id desc
         limit 100
    """
    return await conn.all(OwnNotice, sql, owner_id)


async def find_own(conn: Conn, owner_id: UserId, notice_id: CopyrightNoticeId) -> OwnNotice | None:
    sql = f"{_OWN} where {_HAS_HIDDEN} and n.id = $2"
    return await conn.maybe(OwnNotice, sql, owner_id, notice_id)


async def insert_counter(
    tx: Tx, notice_id: CopyrightNoticeId, owner_id: UserId, form: CounterForm, *, period: timedelta
) -> bool:
    """Return False if the owner has sent one already."""
    sql = """
        insert into copyright_counters (notice_id, owner_id, statement, name, address, email,
                                        restore_at)
             values (:notice_id, :owner_id, :statement, :name, :address, :email,
                     now() + :period::interval)
        on conflict (notice_id, owner_id) do nothing
    """
    values = bind(sql, form, notice_id=notice_id, owner_id=owner_id, period=period)
    return await tx.run(*values) == 1


async def update_claim_filed(
    tx: Tx, notice_id: CopyrightNoticeId, owner_id: UserId, staff_id: UserId
) -> bool:
    """Return False if no counter-notice of the owner waits."""
    sql = """
        update copyright_counters
           set claim_filed_at = now(), claim_filed_by = $3
         where notice_id = $1 and owner_id = $2 and restored_at is null
           and claim_filed_at is null
    """
    return await tx.run(sql, notice_id, owner_id, staff_id) == 1


async def list_due(conn: Conn) -> list[DueCounter]:
    """Return up to 100 counter-notices whose items are to come back, the longest due first."""
    sql = """
        select notice_id, owner_id
          from copyright_counters
         where restore_at <= now() and restored_at is null and claim_filed_at is null
         order by restore_at
         limit 100
    """
    return await conn.all(DueCounter, sql)


async def update_restored(tx: Tx, due: DueCounter) -> bool:
    """Return False if a claim was noted meanwhile, or the items are back already."""
    sql = """
        update copyright_counters
           set restored_at = now()
         where notice_id = $1 and owner_id = $2 and restore_at <= now() and restored_at is null
           and claim_filed_at is null
    """
    return await tx.run(sql, due.notice_id, due.owner_id) == 1


async def lock_owners(tx: Tx, notice_id: CopyrightNoticeId) -> None:
    """Lock the owners of the items of a notice: nothing else of theirs is restored meanwhile."""
    sql = """
        select id
          from users
         where id in (select owner_id from copyright_items where notice_id = $1)
         order by id
           for no key update
    """
    await tx.column(UUID, sql, notice_id)


async def list_released(tx: Tx, notice_id: CopyrightNoticeId) -> list[TakedownId]:
    """Return the take-downs of items of a notice that no notice holds any more.

    One holds until it is rejected, or until the items of the owner are due by a counter-notice.
    What staff took down without a notice is released by a counter-notice only.
    """
    sql = """
        select distinct i.takedown_id
          from copyright_items i
          join takedowns t on t.id = i.takedown_id
         where i.notice_id = $1 and t.undone_at is null and t.deleted_at is null
           and t.owner_id is not null
           and (t.automated
                or exists (select from copyright_items o
                             join copyright_counters c on c.notice_id = o.notice_id
                                                      and c.owner_id = o.owner_id
                            where o.takedown_id = t.id and c.restored_at is not null))
           and not exists (
                   select from copyright_items o
                     join copyright_notices n on n.id = o.notice_id
                    where o.takedown_id = t.id and n.status in ('pending', 'upheld')
                      and not exists (select from copyright_counters c
                                       where c.notice_id = n.id and c.owner_id = o.owner_id
                                         and c.restored_at is not null))
         order by i.takedown_id
         limit 10
    """
    return await tx.column(TakedownId, sql, notice_id)


async def list_for_export(conn: Conn, owner_id: UserId) -> list[OwnNotice]:
    """Return all notices that have hidden something of a member, by time."""
    sql = f"{_OWN} where {_HAS_HIDDEN} order by n.confirmed_at, n.id"
    return await conn.every(OwnNotice, sql, owner_id)


async def anonymize_items(tx: Tx, owner_id: UserId) -> None:
    """Keep of the items of a member only that a notice named them, and what became of it."""
    sql = """
        update copyright_items
           set url = null, content_type = null, content_id = null, title = null, owner_id = null
         where owner_id = $1
    """
    await tx.run(sql, owner_id)


async def anonymize_decisions(tx: Tx, staff_id: UserId) -> None:
    """Forget what a member decided as staff."""
    sql = "update copyright_notices set decided_by = null where decided_by = $1"
    await tx.run(sql, staff_id)
    sql = "update copyright_counters set claim_filed_by = null where claim_filed_by = $1"
    await tx.run(sql, staff_id)


async def delete_counters(tx: Tx, owner_id: UserId) -> None:
    await tx.run("delete from copyright_counters where owner_id = $1", owner_id)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Move items and counter-notices of a page to the profile that gets the items.

    If both have answered the same notice, the answer of that profile counts for all.
    """
    await tx.run("update copyright_items set owner_id = $2 where owner_id = $1", owner_id, into_id)
    sql = """
        update copyright_counters c
           set owner_id = $2
         where c.owner_id = $1
           and not exists (select from copyright_counters o
                            where o.notice_id = c.notice_id and o.owner_id = $2)
    """
    await tx.run(sql, owner_id, into_id)

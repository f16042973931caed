"""A notice is locked while it is confirmed or decided on, before the owners of its items."""

from datetime import timedelta

from veza.core.ids import CopyrightNoticeId, TakedownId, UserId
from veza.core.visibility import is_theirs
from veza.domains.moderation.copyright.models.decisions import StoredDecision
from veza.domains.moderation.copyright.models.notices import (
    MailedNotice,
    NewNotice,
    NoticeForm,
    StoredItem,
    StoredNotice,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_NOTICE = "id, status, rights_holder, work"
_ITEM = "position, url, content_type, content_id, owner_id, title, takedown_id"


async def insert_notice(
    tx: Tx, notice: NewNotice, form: NoticeForm, *, lifetime: timedelta, most: int
) -> bool:
    """Return False if `most` notices wait to be confirmed already."""
    sql = """
        insert into copyright_notices (id, signature, email, rights_holder, work, statement,
                                       language, expires_at)
             select :id, :signature, :email, :rights_holder, :work, :statement,
                    :language, now() + :lifetime::interval
              where (select count(*)
                       from copyright_notices
                      where status = 'unconfirmed' and expires_at > now()) < :most
    """
    added = await tx.run(*bind(sql, form, notice, lifetime=lifetime, most=most))
    if added:
        sql = """
            insert into copyright_items (notice_id, position, url)
                 select $1, u.position, u.url
                   from unnest($2::text[]) with ordinality as u (url, position)
        """
        await tx.run(sql, notice.id, list(form.urls))
    return added == 1


async def update_token(tx: Tx, notice_id: CopyrightNoticeId, token_hash: bytes) -> bool:
    """Give a notice a new token; False if it is confirmed, or its time is over."""
    sql = """
        update copyright_notices
           set token_hash = $2
         where id = $1 and status = 'unconfirmed' and expires_at > now()
    """
    return await tx.run(sql, notice_id, token_hash) == 1


async def lock_by_token(tx: Tx, token_hash: bytes) -> StoredNotice | None:
    sql = f"""
        select {_NOTICE}
          from copyright_notices
         where token_hash = $1 and expires_at > now()
           for no key update
    """
    return await tx.maybe(StoredNotice, sql, token_hash)


async def lock_notice(tx: Tx, notice_id: CopyrightNoticeId) -> StoredNotice | None:
    sql = f"select {_NOTICE} from copyright_notices where id = $1 for no key update"
    return await tx.maybe(StoredNotice, sql, notice_id)


async def update_confirmed(tx: Tx, notice_id: CopyrightNoticeId) -> None:
    sql = "update copyright_notices set status = 'pending', confirmed_at = now() where id = $1"
    await tx.run(sql, notice_id)


async def update_decided(tx: Tx, notice_id: CopyrightNoticeId, decision: StoredDecision) -> None:
    sql = """
        update copyright_notices
           set status = :status,
               reason = :reason,
               note = :note,
               decided_by = :decided_by,
               decided_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, decision, id=notice_id))


async def list_items(
    conn: Conn, notice_id: CopyrightNoticeId, staff_id: UserId | None = None
) -> list[StoredItem]:
    """Return the items of a notice, those of one owner together, so that locks have an order."""
    sql = f"""
        select {_ITEM}, {is_theirs("owner_id", "$2::uuid")} as is_own
          from copyright_items
         where notice_id = $1
         order by owner_id, position
         limit 10
    """
    return await conn.all(StoredItem, sql, notice_id, staff_id)


async def update_found(tx: Tx, notice_id: CopyrightNoticeId, item: StoredItem) -> None:
    """Store what an address names."""
    sql = """
        update copyright_items
           set content_type = :content_type,
               content_id = :content_id,
               owner_id = :owner_id,
               title = :title
         where notice_id = :notice_id and position = :position
    """
    await tx.run(*bind(sql, item, notice_id=notice_id))


async def update_takedown(
    tx: Tx, notice_id: CopyrightNoticeId, position: int, takedown_id: TakedownId
) -> None:
    sql = """
        update copyright_items set takedown_id = $3 where notice_id = $1 and position = $2
    """
    await tx.run(sql, notice_id, position, takedown_id)


async def find_mail(conn: Conn, notice_id: CopyrightNoticeId) -> MailedNotice | None:
    """Return what is mailed to the sender of a notice; None once its texts are deleted."""
    sql = """
        select n.email, n.language, coalesce(n.reason, '') as reason,
               coalesce((select string_agg(i.url, e'\\n' order by i.position)
                           from copyright_items i
                          where i.notice_id = n.id), '') as urls
          from copyright_notices n
         where n.id = $1 and n.email is not null
    """
    return await conn.maybe(MailedNotice, sql, notice_id)


async def find_answer_mail(
    conn: Conn, notice_id: CopyrightNoticeId, owner_id: UserId
) -> MailedNotice | None:
    """Return what is mailed to the sender of a notice about the counter-notice of an owner."""
    sql = """
        select n.email, n.language, '' as reason, c.statement, c.name, c.address,
               c.email as counter_email,
               coalesce((select string_agg(i.url, e'\\n' order by i.position)
                           from copyright_items i
                          where i.notice_id = n.id and i.owner_id = $2), '') as urls
          from copyright_notices n
          join copyright_counters c on c.notice_id = n.id
         where n.id = $1 and c.owner_id = $2 and n.email is not null
    """
    return await conn.maybe(MailedNotice, sql, notice_id, owner_id)


async def count_pending(conn: Conn) -> dict[str, int]:
    sql = """
        select count(*) as pending
          from copyright_notices
         where status = 'pending' and confirmed_at is not null
    """
    return await conn.counts(sql)


async def delete_unconfirmed(tx: Tx) -> None:
    """Delete the notices whose links have ended."""
    sql = "delete from copyright_notices where status = 'unconfirmed' and expires_at <= now()"
    await tx.run(sql)


async def empty_old(tx: Tx, kept_for: timedelta) -> None:
    """Empty the notices decided so long ago, and delete what owners answered."""
    sql = """
        with emptied as (
            update copyright_notices
               set signature = null, email = null, rights_holder = null, work = null,
                   statement = null, token_hash = null, reason = null, note = '',
                   emptied_at = now()
             where decided_at <= now() - $1::interval and emptied_at is null
         returning id
        )
        delete from copyright_counters where notice_id in (select id from emptied)
    """
    await tx.run(sql, kept_for)

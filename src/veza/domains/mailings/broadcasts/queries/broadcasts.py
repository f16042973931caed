"""A broadcast is locked while it is changed, begun or ended."""

from datetime import datetime

from veza.core.ids import BroadcastId, UserId
from veza.core.pages import Cursor
from veza.core.visibility import active
from veza.domains.mailings.broadcasts.models import (
    BroadcastForm,
    BroadcastStatus,
    CollectStage,
    MailBroadcast,
    SentBroadcast,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_SELECT = """
    select b.id, b.subject, b.text, b.audience, b.tier_id, b.language, b.status, b.send_at,
           b.started_at, b.ended_at, b.recipients_count as recipients, b.sent_count as sent,
           b.refused_count as refused, b.left_out_count as left_out,
           b.unsubscribed_count as unsubscribed, b.created_at, b.updated_at
      from broadcasts b
"""
_SENT = """
    select b.id, b.profile_id, coalesce(u.display_name, u.username) as sender,
           u.username as handle, u.avatar_id, b.subject, b.text, b.audience,
           b.tier_id, b.language,
           b.status, b.stage, b.collected_at, b.collected_id
      from broadcasts b
      join users u on u.id = b.profile_id
"""


async def lock_members(tx: Tx, *user_ids: UserId) -> bool:
    """Lock a profile while its broadcasts are counted, and who writes one; False if one is gone."""
    wanted = set(user_ids)
    sql = "select id from users where id = any($1::uuid[]) order by id for no key update"
    return set(await tx.column(UserId, sql, list(wanted))) == wanted


async def count_drafts(conn: Conn, profile_id: UserId) -> int:
    sql = "select count(*) from broadcasts where profile_id = $1 and status = 'draft'"
    return await conn.value(int, sql, profile_id) or 0


async def count_on_day(conn: Conn, profile_id: UserId, send_at: datetime) -> int:
    """Count the broadcasts that a profile sends on the day of a time, in UTC."""
    sql = """
        select count(*)
          from broadcasts
         where profile_id = $1 and status <> 'draft'
           and (status <> 'cancelled' or started_at is not null)
           and (send_at at time zone 'UTC')::date = ($2::timestamptz at time zone 'UTC')::date
    """
    return await conn.value(int, sql, profile_id, send_at) or 0


async def insert_broadcast(
    tx: Tx, broadcast_id: BroadcastId, form: BroadcastForm, *, profile_id: UserId, author_id: UserId
) -> None:
    sql = """
        insert into broadcasts (id, profile_id, author_id, audience, tier_id, language, subject,
                                text)
             values (:id, :profile_id, :author_id, :audience, :tier_id, :language, :subject,
                     :text)
    """
    await tx.run(*bind(sql, form, id=broadcast_id, profile_id=profile_id, author_id=author_id))


async def find_broadcast(
    conn: Conn, profile_id: UserId, broadcast_id: BroadcastId
) -> MailBroadcast | None:
    sql = f"{_SELECT} where b.profile_id = $1 and b.id = $2"
    return await conn.maybe(MailBroadcast, sql, profile_id, broadcast_id)


async def lock_broadcast(
    tx: Tx, profile_id: UserId, broadcast_id: BroadcastId
) -> BroadcastStatus | None:
    sql = "select status from broadcasts where profile_id = $1 and id = $2 for no key update"
    return await tx.value(BroadcastStatus, sql, profile_id, broadcast_id)


async def list_broadcasts(
    conn: Conn, profile_id: UserId, *, limit: int, cursor: Cursor | None
) -> list[MailBroadcast]:
    """Return up to `limit + 1` broadcasts of a profile, the newest first."""
    where = Where("b.profile_id = {}", profile_id)
    where.add_cursor("b.created_at, b.id", cursor)
    sql = f"{_SELECT} {where.sql} order by b.created_at desc, b.id desc limit {limit + 1:d}"
    return await conn.all(MailBroadcast, sql, *where.values)


async def update_form(tx: Tx, broadcast_id: BroadcastId, form: BroadcastForm) -> None:
    sql = """
        update broadcasts
           set audience = :audience, tier_id = :tier_id, language = :language,
               subject = :subject, text = :text, updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, form, id=broadcast_id))


async def update_scheduled(tx: Tx, broadcast_id: BroadcastId, send_at: datetime) -> None:
    sql = """
        update broadcasts
           set status = 'scheduled', send_at = $2, updated_at = now()
         where id = $1
    """
    await tx.run(sql, broadcast_id, send_at)


async def delete_broadcast(tx: Tx, broadcast_id: BroadcastId) -> None:
    await tx.run("delete from broadcasts where id = $1", broadcast_id)


async def update_ended(tx: Tx, broadcast_id: BroadcastId, status: BroadcastStatus) -> None:
    sql = """
        update broadcasts
           set status = $2, ended_at = now(), stage = null, updated_at = now()
         where id = $1
    """
    await tx.run(sql, broadcast_id, status)


# Sending.


async def lock_due(tx: Tx, broadcast_id: BroadcastId) -> SentBroadcast | None:
    """Lock a broadcast that is being sent, or that is to begin; its profile is not suspended."""
    sql = f"""
        {_SENT}
         where b.id = $1 and {active("u")}
           and (b.status = 'sending' or (b.status = 'scheduled' and b.send_at <= now()))
           for no key update of b
    """
    return await tx.maybe(SentBroadcast, sql, broadcast_id)


async def find_sent(conn: Conn, broadcast_id: BroadcastId) -> SentBroadcast | None:
    """Return a broadcast in any state."""
    return await conn.maybe(SentBroadcast, f"{_SENT} where b.id = $1", broadcast_id)


async def update_started(tx: Tx, broadcast_id: BroadcastId, stage: CollectStage) -> None:
    sql = """
        update broadcasts
           set status = 'sending', started_at = now(), stage = $2, updated_at = now()
         where id = $1
    """
    await tx.run(sql, broadcast_id, stage)


async def list_due(conn: Conn) -> list[BroadcastId]:
    """Return broadcasts that are to begin, and those with recipients to send to."""
    sql = f"""
        select b.id
          from broadcasts b
          join users u on u.id = b.profile_id
         where b.status in ('scheduled', 'sending') and b.send_at <= now() and {active("u")}
           and (b.status = 'scheduled'
                or b.stage is not null
                or exists (select from broadcast_recipients r
                            where r.broadcast_id = b.id and r.status in ('waiting', 'sending')
                              and r.due_at <= now()))
         order by b.send_at
         limit 1000
    """
    return await conn.column(BroadcastId, sql)


async def add_unsubscribed(tx: Tx, broadcast_id: BroadcastId) -> None:
    sql = "update broadcasts set unsubscribed_count = unsubscribed_count + 1 where id = $1"
    await tx.run(sql, broadcast_id)


async def list_written(conn: Conn, user_id: UserId) -> list[MailBroadcast]:
    """Return the broadcasts of a profile, and those that a member wrote for others."""
    sql = f"{_SELECT} where b.profile_id = $1 or b.author_id = $1 order by b.id"
    return await conn.every(MailBroadcast, sql, user_id)


async def delete_of_profile(tx: Tx, profile_id: UserId) -> None:
    await tx.run("delete from broadcasts where profile_id = $1", profile_id)


async def forget_author(tx: Tx, user_id: UserId) -> None:
    await tx.run("update broadcasts set author_id = null where author_id = $1", user_id)


async def update_profile(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the broadcasts of a page to another profile; what is not sent yet is cancelled."""
    sql = """
        update broadcasts
           set profile_id = $2,
               ended_at = case when status in ('scheduled', 'sending') then now()
                               else ended_at end,
               stage = null,
               status = case when status in ('scheduled', 'sending') then 'cancelled'
                             else status end
         where profile_id = $1
    """
    await tx.run(sql, user_id, into_id)

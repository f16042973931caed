"""Finds recipients when a mail is sent: members with a verified address; for a page, an owner."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from veza.core.ids import NotificationId, ReleaseId, UserId
from veza.core.visibility import active
from veza.domains.notifications.by_mail.models import MailRecipient, ReleaseCover
from veza.domains.notifications.preferences import rules as preferences
from veza.domains.notifications.preferences.shared_queries import IN_DIGEST
from veza.infra.postgres.database import Conn
from veza.infra.postgres.parameters import bind

_COLUMNS = """
    u.id as user_id, m.id as member_id, m.email, coalesce(m.language, 'en') as language,
    coalesce(p.digest, 'weekly') as digest, p.digested_at
"""


async def find_recipient(conn: Conn, notification_id: NotificationId) -> MailRecipient | None:
    """Return who gets a notification by mail, unless it was mailed or they chose otherwise."""
    sql = f"""
        select {_COLUMNS}
          from notifications n
          join users u on u.id = n.user_id
          join users m on m.id = case
                   when u.page_kind is null then u.id
                   else (select o.user_id
                           from profile_members o
                          where o.profile_id = u.id and o.role = 'owner'
                          order by o.joined_at, o.user_id
                          limit 1) end
          left join notification_preferences p on p.user_id = n.user_id
         where n.id = $1
           and n.mailed_at is null
           and n.kind <> all(coalesce(p.switched_off, '{{}}'))
           and (n.kind = any(coalesce(p.mailed, '{{}}'))
                or n.kind = any($2::text[]) and n.kind <> all(coalesce(p.not_mailed, '{{}}')))
           and m.email_verified_at is not null
           and {active("u")}
           and {active("m")}
    """
    by_default = list(preferences.MAILED_BY_DEFAULT)
    return await conn.maybe(MailRecipient, sql, notification_id, by_default)


async def find_reader(conn: Conn, user_id: UserId) -> MailRecipient | None:
    """Return a member who gets summaries."""
    sql = f"""
        select {_COLUMNS}
          from users u
          join users m on m.id = u.id
          join notification_preferences p on p.user_id = u.id
         where u.id = $1
           and u.page_kind is null
           and u.email_verified_at is not null
           and p.digest <> 'never'
           and {active("u")}
    """
    return await conn.maybe(MailRecipient, sql, user_id)


async def list_news(
    conn: Conn, user_id: UserId, until: datetime, kinds: Sequence[str], *, most: int
) -> list[NotificationId]:
    """Return the latest notifications of these kinds that a summary tells."""
    sql = f"""
        select n.id
          from notification_preferences p
          join notifications n on {IN_DIGEST}
         where p.user_id = :user_id and n.told_at <= :until
         order by n.told_at desc, n.id desc
         limit {most:d}
    """
    values = {"user_id": user_id, "until": until, "told_kinds": list(kinds)}
    return [NotificationId(found) for found in await conn.column(UUID, *bind(sql, values))]


async def list_covers(conn: Conn, release_ids: Sequence[ReleaseId]) -> list[ReleaseCover]:
    """Return the pictures of releases that have one."""
    sql = """
        select id as release_id, cover_image_id as image_id
          from releases
         where id = any($1) and cover_image_id is not null
         limit 100
    """
    return await conn.all(ReleaseCover, sql, list(release_ids))


async def has_member(conn: Conn, user_id: UserId) -> bool:
    """Return whether an account or a page still exists."""
    return bool(await conn.value(bool, "select true from users where id = $1", user_id))

"""Notices for staff, in pages, and the register in parts."""

from veza.core.ids import CopyrightNoticeId, UserId
from veza.core.pages import Cursor
from veza.core.people import person_fields
from veza.core.visibility import is_theirs
from veza.domains.moderation.copyright.models.decisions import (
    AdminNotice,
    NoticeFilter,
    NoticeQuery,
    RegisteredNotice,
)
from veza.domains.moderation.copyright.models.notices import CopyrightSettings
from veza.domains.moderation.copyright.queries.counters import COUNTER_FIELDS
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

_WAITS = """
    exists (select from copyright_counters w
             where w.notice_id = n.id and w.restored_at is null and w.claim_filed_at is null)
"""
_CONDITIONS = {
    NoticeFilter.PENDING: "n.status = 'pending' and n.confirmed_at is not null",
    NoticeFilter.COUNTERED: f"n.confirmed_at is not null and {_WAITS}",
    NoticeFilter.UPHELD: "n.status = 'upheld' and n.confirmed_at is not null",
    NoticeFilter.REJECTED: "n.status = 'rejected' and n.confirmed_at is not null",
    NoticeFilter.ALL: "n.confirmed_at is not null",
}
# Names nothing of a member of staff, or of a page of theirs.
_ABOUT_OTHERS = f"""
    not exists (select from copyright_items y
                 where y.notice_id = n.id and {is_theirs("y.owner_id", "{0}")})
"""


def _select(period: str, most: str) -> str:
    """Return the statement; parameters are the time that counts, and how many are too many."""
    return f"""
        select n.id, n.status, n.signature, n.email, n.rights_holder, n.work, n.statement,
               n.confirmed_at, n.decided_at, n.reason, n.note,
               case when s.id is not null then jsonb_build_object({person_fields("s")}) end
                   as decided_by,
               (select coalesce(jsonb_agg(jsonb_build_object(
                           'url', i.url, 'content_type', i.content_type,
                           'content_id', i.content_id, 'title', i.title,
                           'owner', case when o.id is not null then jsonb_build_object(
                               {person_fields("o")}
                           ) end,
                           'takedown_id', i.takedown_id,
                           'is_hidden', t.id is not null and t.undone_at is null,
                           'upheld_notices', r.upheld, 'repeats', r.upheld >= {most}
                       ) order by i.position), '[]')
                  from copyright_items i
                  left join users o on o.id = i.owner_id
                  left join takedowns t on t.content_type = i.content_type
                                       and t.content_id = i.content_id
                                       and t.undone_at is null
                 cross join lateral (
                            select count(distinct u.notice_id) as upheld
                              from copyright_items u
                              join copyright_notices h on h.id = u.notice_id
                              join takedowns d on d.id = u.takedown_id
                             where u.owner_id = i.owner_id and h.status = 'upheld'
                               and h.decided_at > now() - {period}::interval
                               and d.undone_at is null) r
                 where i.notice_id = n.id) as items,
               (select coalesce(jsonb_agg(jsonb_build_object({COUNTER_FIELDS})
                                          order by c.created_at), '[]')
                  from copyright_counters c
                 where c.notice_id = n.id) as counters
          from copyright_notices n
          left join users s on s.id = n.decided_by
    """


async def list_notices(
    conn: Conn, settings: CopyrightSettings, query: NoticeQuery, staff_id: UserId
) -> list[AdminNotice]:
    """Return notices whose mail is confirmed, newest first: up to the limit plus 1."""
    where = Where()
    period, most = where.bind(settings.repeat_period), where.bind(settings.repeat_notices)
    where.add(_CONDITIONS[query.status])
    where.add(_ABOUT_OTHERS, staff_id)
    where.add_cursor("n.confirmed_at, n.id", query.cursor)
    sql = f"""
        {_select(period, most)}
        {where.sql}
         order by n.confirmed_at desc, n.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(AdminNotice, sql, *where.values)


async def find_notice(
    conn: Conn, settings: CopyrightSettings, notice_id: CopyrightNoticeId
) -> AdminNotice | None:
    sql = f"{_select('$1', '$2')} where n.id = $3 and n.confirmed_at is not null"
    values = settings.repeat_period, settings.repeat_notices, notice_id
    return await conn.maybe(AdminNotice, sql, *values)


async def list_registered(
    conn: Conn, limit: int, after: Cursor | None, staff_id: UserId
) -> list[RegisteredNotice]:
    """Return the next notices of the register, oldest first, without those about staff itself."""
    where = Where("n.confirmed_at is not null")
    where.add(_ABOUT_OTHERS, staff_id)
    if after is not None:
        where.add("(n.confirmed_at, n.id) > ({}, {})", after.created_at, after.id)
    sql = f"""
        select n.id, n.status, n.confirmed_at, n.decided_at, s.username as decided_by,
               n.rights_holder, n.signature, n.email, n.work, n.reason,
               coalesce(i.urls, '') as urls, i.hidden_count, c.counters_count, c.claims_count,
               c.restored_count
          from copyright_notices n
          left join users s on s.id = n.decided_by
         cross join lateral (
                    select string_agg(url, ' ' order by position) as urls,
                           count(takedown_id) as hidden_count
                      from copyright_items
                     where notice_id = n.id) i
         cross join lateral (
                    select count(*) as counters_count, count(claim_filed_at) as claims_count,
                           count(restored_at) as restored_count
                      from copyright_counters
                     where notice_id = n.id) c
        {where.sql}
         order by n.confirmed_at, n.id
         limit {limit:d}
    """
    return await conn.all(RegisteredNotice, sql, *where.values)

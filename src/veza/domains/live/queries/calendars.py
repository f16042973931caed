"""The streams in calendars, and the keys of members' calendars."""

from datetime import datetime
from uuid import UUID

from veza.core.ids import UserId
from veza.core.stream_audiences import in_audience, listed_stream
from veza.core.visibility import active, blocked
from veza.domains.live.models.plans import CalendarEntry, CalendarOwner, StoredCalendar
from veza.infra.postgres.database import Conn, Tx

_SELECT = """
    select s.id, u.username, coalesce(u.display_name, u.username) as shown_name, s.title,
           s.description, s.category, s.status, s.starts_at, s.ended_at, s.created_at, s.updated_at
      from streams s
      join users u on u.id = s.owner_id
"""
_SHOWN = f"s.starts_at > $2 and s.is_announced and not s.is_taken_down and {active('u')}"


async def find_calendar_owner(conn: Conn, username: str) -> CalendarOwner | None:
    """Return a profile by its username, unless it is suspended."""
    sql = f"""
        select u.id, u.username, coalesce(u.display_name, u.username) as shown_name
          from users u
         where u.username_key = lower($1) and {active("u")}
    """
    return await conn.maybe(CalendarOwner, sql, username)


async def list_public(
    conn: Conn, owner_id: UserId, since: datetime, *, limit: int
) -> list[CalendarEntry]:
    """Return the public streams of a profile whose date is after a time, by date."""
    sql = f"""
        {_SELECT}
         where s.owner_id = $1 and {_SHOWN} and s.audience = 'public'
         order by s.starts_at, s.id
         limit {limit:d}
    """
    return await conn.all(CalendarEntry, sql, owner_id, since)


async def list_of_member(
    conn: Conn, user_id: UserId, since: datetime, *, limit: int
) -> list[CalendarEntry]:
    """Return streams after a time that a member wants reminders of, or of whom they follow."""
    sql = f"""
        {_SELECT}
          join (
               select r.stream_id as id from stream_reminders r where r.user_id = $1
                union
               select f.id
                 from follows w
                 join streams f on f.owner_id = w.followed_id and f.starts_at > $2
                where w.follower_id = $1 and {listed_stream("f", "$1::uuid")}
               ) chosen on chosen.id = s.id
         where {_SHOWN} and {in_audience("s", "$1::uuid")}
           and not {blocked("$1::uuid", "s.owner_id")}
         order by s.starts_at, s.id
         limit {limit:d}
    """
    return await conn.all(CalendarEntry, sql, user_id, since)


async def find_calendar(conn: Conn, user_id: UserId) -> StoredCalendar | None:
    """Return the calendar of a member who is not suspended."""
    sql = f"""
        select c.user_id, c.key
          from calendar_feeds c
          join users u on u.id = c.user_id
         where c.user_id = $1 and {active("u")}
    """
    return await conn.maybe(StoredCalendar, sql, user_id)


async def update_calendar(tx: Tx, user_id: UserId, key: UUID) -> None:
    """Give a member a calendar, or the one that they have another key."""
    sql = """
        insert into calendar_feeds (user_id, key)
             values ($1, $2)
        on conflict (user_id) do update set key = excluded.key, created_at = now()
    """
    await tx.run(sql, user_id, key)


async def delete_calendar(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from calendar_feeds where user_id = $1", user_id)


async def find_calendar_time(conn: Conn, user_id: UserId) -> datetime | None:
    """Return since when the calendar of a member has its address."""
    sql = "select created_at from calendar_feeds where user_id = $1"
    return await conn.value(datetime, sql, user_id)

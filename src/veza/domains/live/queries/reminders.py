"""Members who want reminders of streams; who is told is decided at the moment of telling."""

from collections.abc import Sequence
from datetime import datetime

from veza.core.ids import StreamId, UserId
from veza.core.stream_audiences import in_audience
from veza.core.visibility import active
from veza.domains.live.models.plans import ExportedReminder, TakenReminder
from veza.infra.postgres.database import Conn, Tx

# The owner is active, and the member belongs to the audience: `r` is the reminder.
_IS_TO_TELL = f"""
    not s.is_taken_down and {active("m")}
    and exists (select from users o where o.id = s.owner_id and {active("o")})
    and {in_audience("s", "r.user_id")}
"""


async def lock_member(tx: Tx, user_id: UserId) -> str | None:
    """Lock an active member who asks for a reminder, one request after another; return the name."""
    sql = f"select username from users where id = $1 and {active()} for no key update"
    return await tx.value(str, sql, user_id)


async def share_stream(tx: Tx, stream_id: StreamId) -> None:
    """Prevent that a stream begins, moves or is cancelled until the transaction ends."""
    await tx.value(bool, "select true from streams where id = $1 for share", stream_id)


async def count_reminders(conn: Conn, user_id: UserId) -> int:
    sql = "select count(*) from stream_reminders where user_id = $1"
    return await conn.value(int, sql, user_id) or 0


async def insert_reminder(
    tx: Tx, stream_id: StreamId, user_id: UserId, reminded_of: datetime | None
) -> None:
    """Store that a member wants to be reminded; one who asked before asks again for nothing."""
    sql = """
        insert into stream_reminders (stream_id, user_id, reminded_of)
             values ($1, $2, $3)
        on conflict (stream_id, user_id) do nothing
    """
    await tx.run(sql, stream_id, user_id, reminded_of)


async def delete_reminder(tx: Tx, stream_id: StreamId, user_id: UserId) -> bool:
    """Delete a reminder; return False if the member did not ask for one."""
    sql = "delete from stream_reminders where stream_id = $1 and user_id = $2"
    return await tx.run(sql, stream_id, user_id) == 1


async def lock_unreminded(tx: Tx, stream_id: StreamId, *, at_once: int) -> list[TakenReminder]:
    """Lock the next members who were not reminded of the date that a stream has."""
    sql = f"""
        select r.user_id, {_IS_TO_TELL} as is_to_tell
          from stream_reminders r
          join streams s on s.id = r.stream_id
          join users m on m.id = r.user_id
         where r.stream_id = $1 and r.reminded_of is distinct from s.starts_at
         order by r.user_id
         limit {at_once:d}
           for no key update of r
    """
    return await tx.all(TakenReminder, sql, stream_id)


async def lock_reminders(tx: Tx, stream_id: StreamId, *, at_once: int) -> list[TakenReminder]:
    """Lock the next members of a stream that began or was cancelled; not to tell it twice.

    Of a stream that began those are told who were not reminded of its date.
    """
    sql = f"""
        select r.user_id,
               {_IS_TO_TELL}
               and (s.status = 'cancelled'
                    or r.reminded_of is distinct from s.starts_at) as is_to_tell
          from stream_reminders r
          join streams s on s.id = r.stream_id
          join users m on m.id = r.user_id
         where r.stream_id = $1
         order by r.user_id
         limit {at_once:d}
           for update of r
    """
    return await tx.all(TakenReminder, sql, stream_id)


async def update_reminded(tx: Tx, stream_id: StreamId, user_ids: Sequence[UserId]) -> None:
    """Store that locked members were reminded of the date that a stream has."""
    sql = """
        update stream_reminders r
           set reminded_of = s.starts_at
          from streams s
         where s.id = r.stream_id and r.stream_id = $1 and r.user_id = any($2)
    """
    await tx.run(sql, stream_id, list(user_ids))


async def delete_reminders(tx: Tx, stream_id: StreamId, user_ids: Sequence[UserId]) -> None:
    sql = "delete from stream_reminders where stream_id = $1 and user_id = any($2)"
    await tx.run(sql, stream_id, list(user_ids))


async def list_personal_reminders(conn: Conn, user_id: UserId) -> list[ExportedReminder]:
    """Return all streams of which a member wants to be reminded, the latest wish first."""
    sql = """
        select r.stream_id, s.title, s.starts_at, r.created_at
          from stream_reminders r
          join streams s on s.id = r.stream_id
         where r.user_id = $1
         order by r.created_at desc, r.stream_id
    """
    return await conn.every(ExportedReminder, sql, user_id)


async def move_reminders(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the reminders of a page to another profile, unless that has them as well."""
    sql = """
        update stream_reminders r
           set user_id = $2
         where r.user_id = $1
           and not exists (select from stream_reminders o
                            where o.stream_id = r.stream_id and o.user_id = $2)
    """
    await tx.run(sql, user_id, into_id)


async def delete_of_member(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from stream_reminders where user_id = $1", user_id)

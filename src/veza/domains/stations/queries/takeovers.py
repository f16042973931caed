"""Takeovers of stations by streams: what is stored of them, and whose turn it is."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import LOWEST_ID, StationId, StationTakeoverId, UserId
from veza.core.visibility import active
from veza.domains.stations.models.takeovers import LiveTurn, NewTakeover, Takeover, TakeoverStep
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# Everybody may hear a stream `l` of the owner of a station `s`.
_HEARD = "l.owner_id = s.owner_id and l.audience = 'public' and not l.is_taken_down"
_SELECT = f"""
        select t.id, t.station_id, t.stream_id, t.first_segment, t.next_segment, t.starts_at,
               t.ends_at, t.breaks, t.next_slot, t.object_type, t.rate_index, t.channels,
               t.samples, t.media_segment, t.media_frames, t.is_open,
               coalesce({_HEARD}, false) as is_heard,
               case when {_HEARD} then l.title end as title
          from station_takeovers t
          join stations s on s.id = t.station_id
          left join streams l on l.id = t.stream_id
"""


async def list_takeovers(conn: Conn, station_id: StationId, start: int, end: int) -> list[Takeover]:
    """Return the last takeover before a moment, and those up to another, in their order.

    A report of 31 days has 6,200 at most.
    """
    sql = f"""
        {_SELECT}
         where t.station_id = $1 and t.starts_at <= $3
           and t.starts_at >= coalesce(
                   (select max(b.starts_at) from station_takeovers b
                     where b.station_id = $1 and b.starts_at <= $2
                       and b.next_segment > b.first_segment), 0)
         order by t.starts_at
         limit 7000
    """
    return await conn.all(Takeover, sql, station_id, start, end)


async def find_takeover(conn: Conn, takeover_id: StationTakeoverId) -> Takeover | None:
    return await conn.maybe(Takeover, f"{_SELECT} where t.id = $1", takeover_id)


async def find_latest(conn: Conn, station_id: StationId) -> Takeover | None:
    sql = f"{_SELECT} where t.station_id = $1 order by t.starts_at desc limit 1"
    return await conn.maybe(Takeover, sql, station_id)


async def list_turns(conn: Conn, after: StationId | None) -> list[LiveTurn]:
    """Return up to 100 stations that are taken over, or have to be, in the order of their ids."""
    sql = f"""
        select s.id as station_id, l.id as stream_id, coalesce(l.media_id, l.id) as media_id,
               t.id as takeover_id
          from stations s
          join users u on u.id = s.owner_id
          left join streams l
            on s.plays_live and s.is_on_air and not s.is_taken_down and {active("u")}
           and l.status = 'live' and l.is_live and {_HEARD}
          left join station_takeovers t on t.station_id = s.id and t.is_open
         where s.id in (select station_id from station_takeovers where is_open
                        union all
                        select p.id
                          from streams o
                          join stations p on p.owner_id = o.owner_id and p.plays_live
                         where o.is_live)
           and s.id > $1
           and (l.id is not null or t.id is not null)
         order by s.id
         limit 100
    """
    return await conn.all(LiveTurn, sql, after or LOWEST_ID)


async def count_since(conn: Conn, station_id: StationId, start: int) -> int:
    sql = "select count(*) from station_takeovers where station_id = $1 and starts_at > $2"
    return await conn.value(int, sql, station_id, start) or 0


async def insert_takeover(tx: Tx, takeover: NewTakeover) -> None:
    sql = """
        insert into station_takeovers (id, station_id, stream_id, first_segment, next_segment,
                                       starts_at, ends_at, breaks, next_slot, object_type,
                                       rate_index, channels, media_segment)
             values (:id, :station_id, :stream_id, :first_segment, :first_segment, :starts_at,
                     :starts_at, :breaks, :next_slot, :object_type, :rate_index, :channels,
                     :media_segment)
    """
    await tx.run(*bind(sql, takeover))


async def extend(tx: Tx, takeover: Takeover, step: TakeoverStep) -> bool:
    """Note that another segment is stored; False if another worker was first, or it is over."""
    sql = """
        update station_takeovers
           set next_segment = next_segment + 1, ends_at = :ends_at, next_slot = :next_slot,
               samples = :samples, media_segment = :media_segment, media_frames = :media_frames,
               updated_at = now()
         where id = :id and next_segment = :next_segment and is_open
     returning true
    """
    values = bind(sql, step, id=takeover.id, next_segment=takeover.next_segment)
    return await tx.value(bool, *values) or False


async def close(tx: Tx, takeover_id: StationTakeoverId) -> None:
    """End a takeover where its sound does; one without any is deleted."""
    sql = """
        update station_takeovers
           set is_open = false, updated_at = now()
         where id = $1 and is_open and next_segment > first_segment
    """
    await tx.run(sql, takeover_id)
    sql = "delete from station_takeovers where id = $1 and next_segment = first_segment"
    await tx.run(sql, takeover_id)


async def take_silent(tx: Tx) -> list[Takeover]:
    """Return up to 100 takeovers that nobody hears any more, whose sound is deleted now."""
    sql = f"""
        with over as (
            update station_takeovers
               set has_sound = false
             where id in (select id from station_takeovers
                           where has_sound and not is_open
                             and updated_at < now() - interval '5 minutes'
                           limit 100 for update skip locked)
            returning id
        )
        {_SELECT} where t.id in (select id from over)
    """
    return await tx.all(Takeover, sql)


async def list_sounding(conn: Conn, owner_id: UserId) -> list[UUID]:
    """Return the stations of a member of which sound of streams is stored."""
    sql = """
        select s.id
          from stations s
         where s.owner_id = $1
           and exists (select from station_takeovers t where t.station_id = s.id and t.has_sound)
    """
    return await conn.column(UUID, sql, owner_id)


async def delete_old(tx: Tx, station_ids: Sequence[UUID], before: int) -> None:
    """Delete takeovers of stations before a moment; the latest stays, by which others count."""
    sql = """
        delete from station_takeovers t
         where t.station_id = any($1) and t.starts_at < $2 and not t.is_open and not t.has_sound
           and exists (select from station_takeovers n
                        where n.station_id = t.station_id and n.starts_at > t.starts_at)
    """
    await tx.run(sql, station_ids, before)

"""Stations are locked before they change; those on air are listed, unless they are taken down."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from veza.core.ids import ImageId, StationId, TrackId, UserId
from veza.core.people import appearance
from veza.core.takedowns import takedown_column
from veza.core.visibility import active, blocked, published_track, shared_track, suspended
from veza.domains.images.models import PicturedItem
from veza.domains.stations.models.stations import (
    EligibleTrack,
    ExportedStation,
    HeardStation,
    NewStation,
    StationForm,
    StationProgram,
    StationQuery,
    StoredStation,
    TrackCode,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where


def _select(viewer: str | None) -> str:
    """Return a select of `StoredStation`, of `stations s` and `users u`, without conditions."""
    return f"""
        select s.id, s.owner_id, u.username, {appearance("u")} as appearance, s.title,
               s.description, s.is_on_air,
               {suspended("u")} or s.is_taken_down or {blocked(viewer, "s.owner_id")} as is_hidden,
               {takedown_column("station", "s", "is_taken_down")}, s.seed, s.program,
               s.plays_live, s.takes_requests, s.cover_image_id, s.created_at, s.updated_at
          from stations s
          join users u on u.id = s.owner_id
    """


async def lock_owner(tx: Tx, owner_id: UserId) -> bool:
    """Lock a member, so that concurrent requests keep to their limits; False if deleted."""
    sql = "select true from users where id = $1 for no key update"
    return await tx.value(bool, sql, owner_id) or False


async def find_station(
    conn: Conn, station_id: StationId, viewer_id: UserId | None
) -> StoredStation | None:
    where = Where()
    select = _select(where.bind_optional(viewer_id))
    where.add("s.id = {}", station_id)
    return await conn.maybe(StoredStation, f"{select} {where.sql}", *where.values)


async def lock_station(tx: Tx, station_id: StationId) -> StoredStation | None:
    """Lock a station: every change of its rotation waits here."""
    sql = f"{_select(None)} where s.id = $1 for no key update of s"
    return await tx.maybe(StoredStation, sql, station_id)


async def find_heard(conn: Conn, station_id: StationId) -> HeardStation | None:
    """Return a station that everybody may hear."""
    sql = f"""
        select s.owner_id, s.title
          from stations s
          join users u on u.id = s.owner_id
         where s.id = $1 and s.is_on_air and not s.is_taken_down and {active("u")}
    """
    return await conn.maybe(HeardStation, sql, station_id)


async def list_stations(
    conn: Conn, query: StationQuery, viewer_id: UserId | None
) -> list[StoredStation]:
    """Return stations on air, newest first: up to the limit plus 1."""
    where = Where()
    viewer = where.bind_optional(viewer_id)
    where.add(f"s.is_on_air and not s.is_taken_down and {active('u')}")
    where.add(f"not {blocked(viewer, 's.owner_id')}")
    where.add_filter("s.owner_id = {}", query.owner_id)
    where.add_cursor("s.created_at, s.id", query.cursor)
    sql = f"""
        {_select(viewer)}
        {where.sql}
         order by s.created_at desc, s.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredStation, sql, *where.values)


async def list_own(conn: Conn, owner_id: UserId) -> list[StoredStation]:
    """Return all stations of a member, newest first: there are a handful."""
    select = _select(None)
    sql = f"{select} where s.owner_id = $1 order by s.created_at desc, s.id desc limit 100"
    return await conn.all(StoredStation, sql, owner_id)


async def count_own(conn: Conn, owner_id: UserId) -> int:
    sql = "select count(*) from stations where owner_id = $1"
    return await conn.value(int, sql, owner_id) or 0


async def count_stations(conn: Conn) -> dict[str, int]:
    """Return the numbers of stations, and of those on air."""
    sql = "select count(*) as total, count(*) filter (where is_on_air) as on_air from stations"
    return await conn.counts(sql)


async def insert_station(tx: Tx, station: NewStation) -> None:
    sql = """
        insert into stations (id, owner_id, title, description, is_on_air, seed, program,
                              plays_live, takes_requests, cover_image_id)
             values (:id, :owner_id, :title, :description, :is_on_air, :seed, :program,
                     :plays_live, :takes_requests, :cover_image_id)
    """
    await tx.run(*bind(sql, station))


async def update_station(tx: Tx, station_id: StationId, form: StationForm) -> None:
    """Change all but the program of a station."""
    sql = """
        update stations
           set title = :title, description = :description, is_on_air = :is_on_air,
               cover_image_id = :cover_image_id, plays_live = :plays_live,
               takes_requests = :takes_requests, updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, form, id=station_id))


async def find_covered(conn: Conn, content_id: UUID) -> PicturedItem | None:
    """Return a station that has a cover, by its id or that of the cover."""
    sql = """
        select id, owner_id, title, cover_image_id as image_id
          from stations
         where (id = $1 or cover_image_id = $1) and cover_image_id is not null
    """
    return await conn.maybe(PicturedItem, sql, content_id)


async def update_cover(tx: Tx, station_id: UUID, image_id: ImageId | None) -> None:
    """Show another cover, or none. `updated_at` stays, as nothing is new."""
    await tx.run("update stations set cover_image_id = $2 where id = $1", station_id, image_id)


async def update_program(tx: Tx, station_id: StationId, program: StationProgram) -> None:
    sql = "update stations set program = $2, updated_at = now() where id = $1"
    await tx.run(sql, station_id, program)


async def update_taken_down(tx: Tx, station_id: StationId, *, is_taken_down: bool) -> None:
    await tx.run("update stations set is_taken_down = $2 where id = $1", station_id, is_taken_down)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give all stations of a page to another profile."""
    await tx.run("update stations set owner_id = $2 where owner_id = $1", owner_id, into_id)


async def delete_station(tx: Tx, station_id: StationId) -> None:
    await tx.run("delete from stations where id = $1", station_id)


async def delete_stations_of(tx: Tx, owner_id: UserId) -> list[ImageId]:
    """Delete the stations of a member; return their covers."""
    sql = """
        with deleted as (delete from stations where owner_id = $1 returning cover_image_id)
        select cover_image_id from deleted where cover_image_id is not null
    """
    return await tx.column(ImageId, sql, owner_id)


async def list_personal_stations(conn: Conn, owner_id: UserId) -> list[ExportedStation]:
    """Return all stations of a member, newest first."""
    sql = """
        select id, title, description, is_on_air, program, plays_live, takes_requests,
               cover_image_id, created_at
          from stations
         where owner_id = $1
         order by created_at desc, id desc
    """
    return await conn.every(ExportedStation, sql, owner_id)


async def list_playable(
    conn: Conn, owner_id: UserId, track_ids: Sequence[TrackId]
) -> list[EligibleTrack]:
    """Return those of these tracks that a member's station may play.

    They are public ones, unless their owner and that of the station block each other, and shared
    own ones.
    """
    sql = f"""
        select t.id, t.title, coalesce(t.artist_name, u.display_name, u.username) as artist,
               {published_track("t")} as is_public,
               coalesce(t.is_explicit, false) as is_explicit
          from tracks t
          join users u on u.id = t.owner_id
         where t.id = any($2) and {active("u")} and not {blocked("$1", "t.owner_id")}
           and ({published_track("t")} or t.owner_id = $1 and {shared_track("t")})
    """
    return await conn.all(EligibleTrack, sql, owner_id, track_ids)


async def list_isrcs(conn: Conn, track_ids: Sequence[TrackId]) -> list[TrackCode]:
    """Return the ISRC of those of these tracks that have one."""
    sql = "select id, isrc from tracks where id = any($1) and isrc is not null"
    return await conn.all(TrackCode, sql, track_ids)


async def list_due(conn: Conn, before: datetime, after: UUID) -> list[UUID]:
    """Return up to 100 stations in the order of their ids, whose latest mark is before a time."""
    sql = """
        select s.id
          from stations s
         where s.id > $2
           and (select max(m.starts_at) from station_marks m where m.station_id = s.id)
               < extract(epoch from $1::timestamptz) * 1000000
         order by s.id
         limit 100
    """
    return await conn.column(UUID, sql, before, after)

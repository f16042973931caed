"""Requests for tracks are made, counted and fixed under the lock of their station."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import StationId, StationRequestId, TrackId, UserId
from veza.domains.stations.models.requests import (
    ExportedRequest,
    RequestCounts,
    StoredStationRequest,
)
from veza.infra.postgres.database import Conn, Tx

_OPEN = "r.plays_at is null and r.declined_at is null"


async def list_requests(
    conn: Conn, station_id: StationId, viewer_id: UserId | None, since: int
) -> list[StoredStationRequest]:
    """Return the requests that play after a moment, and the open ones, those with most votes first.

    A station has 50 open ones.
    """
    sql = f"""
        select r.id, r.track_id, r.plays_at, count(v.user_id)::int as votes,
               coalesce(bool_or(v.user_id = $2), false) as mine
          from station_requests r
          left join station_request_votes v on v.request_id = r.id
         where r.station_id = $1 and ({_OPEN} or r.plays_at > $3)
         group by r.id
         order by r.plays_at nulls last, votes desc, r.created_at, r.id
         limit 100
    """
    return await conn.all(StoredStationRequest, sql, station_id, viewer_id, since)


async def list_due(conn: Conn, since: int, after: UUID) -> list[UUID]:
    """Return up to 100 stations that have open requests, or marks after a moment."""
    sql = f"""
        select station_id
          from (select r.station_id from station_requests r where {_OPEN}
                union
                select m.station_id from station_marks m where m.starts_at > $1) due
         where station_id > $2
         order by station_id
         limit 100
    """
    return await conn.column(UUID, sql, since, after)


async def find_open(
    conn: Conn, station_id: StationId, track_id: TrackId
) -> StationRequestId | None:
    sql = f"""
        select r.id from station_requests r where r.station_id = $1 and r.track_id = $2 and {_OPEN}
    """
    return await conn.value(StationRequestId, sql, station_id, track_id)


async def count_requests(
    conn: Conn, station_id: StationId, member_id: UserId, track_id: TrackId, since: int
) -> RequestCounts:
    """Return what limits a request; `since` is when a track that is fixed would be too near."""
    sql = f"""
        select count(*) filter (where {_OPEN}) as open_count,
               count(*) filter (where {_OPEN} and r.asked_by = $2) as own_open,
               count(*) filter (where r.asked_by = $2 and r.created_at > now() - interval '1 day')
                   as own_today,
               coalesce(bool_or(r.track_id = $3 and r.declined_at > now() - interval '1 day'),
                        false) as is_declined,
               coalesce(bool_or(r.track_id = $3 and r.plays_at > $4), false) as is_fixed
          from station_requests r
         where r.station_id = $1
    """
    found = await conn.maybe(RequestCounts, sql, station_id, member_id, track_id, since)
    assert found is not None
    return found


async def insert_request(
    tx: Tx, request_id: StationRequestId, station_id: StationId, track_id: TrackId, by: UserId
) -> None:
    sql = """
        insert into station_requests (id, station_id, track_id, asked_by) values ($1, $2, $3, $4)
    """
    await tx.run(sql, request_id, station_id, track_id, by)


async def insert_vote(tx: Tx, request_id: StationRequestId, user_id: UserId) -> None:
    sql = """
        insert into station_request_votes (request_id, user_id) values ($1, $2)
        on conflict do nothing
    """
    await tx.run(sql, request_id, user_id)


async def delete_vote(tx: Tx, request_id: StationRequestId, user_id: UserId) -> None:
    """Delete the vote of a member for an open request, and the request if no vote is left."""
    sql = "delete from station_request_votes where request_id = $1 and user_id = $2"
    await tx.run(sql, request_id, user_id)
    sql = "update station_requests set asked_by = null where id = $1 and asked_by = $2"
    await tx.run(sql, request_id, user_id)
    sql = """
        delete from station_requests r
         where r.id = $1
           and not exists (select from station_request_votes v where v.request_id = r.id)
    """
    await tx.run(sql, request_id)


async def decline(tx: Tx, request_id: StationRequestId) -> None:
    await tx.run("update station_requests set declined_at = now() where id = $1", request_id)


async def delete_open(tx: Tx, station_id: StationId, track_ids: Sequence[TrackId]) -> None:
    """Delete the open requests for tracks."""
    sql = f"""
        delete from station_requests r
         where r.station_id = $1 and r.track_id = any($2) and {_OPEN}
    """
    await tx.run(sql, station_id, track_ids)


async def is_taken(conn: Conn, station_id: StationId, at: int) -> bool:
    """Return whether the half hour of a moment has its request."""
    sql = """
        select true
          from station_requests
         where station_id = $1 and plays_at is not null
           and plays_at / 1800000000 = $2::bigint / 1800000000
    """
    return await conn.value(bool, sql, station_id, at) or False


async def fix(tx: Tx, request_id: StationRequestId, at: int) -> None:
    """Note when a request plays."""
    await tx.run("update station_requests set plays_at = $2 where id = $1", request_id, at)


async def delete_old(tx: Tx) -> None:
    """Delete requests that nobody needs: open ones after a week, others after a month."""
    sql = f"""
        delete from station_requests r
         where r.created_at < now() - case when {_OPEN} then interval '7 days'
                                           else interval '30 days' end
    """
    await tx.run(sql)


async def list_of_member(conn: Conn, user_id: UserId) -> list[ExportedRequest]:
    """Return all requests that a member made or voted for, newest first."""
    sql = """
        select r.station_id, r.track_id, coalesce(r.asked_by = $1, false) as is_asked, v.created_at
          from station_request_votes v
          join station_requests r on r.id = v.request_id
         where v.user_id = $1
         order by v.created_at desc, r.id
    """
    return await conn.every(ExportedRequest, sql, user_id)


async def delete_of_member(tx: Tx, user_id: UserId) -> None:
    """Delete the votes of a member, and open requests without another."""
    sql = f"""
        delete from station_requests r
         where r.id in (select request_id from station_request_votes where user_id = $1)
           and {_OPEN}
           and not exists (select from station_request_votes v
                            where v.request_id = r.id and v.user_id <> $1)
    """
    await tx.run(sql, user_id)
    await tx.run("delete from station_request_votes where user_id = $1", user_id)
    await tx.run("update station_requests set asked_by = null where asked_by = $1", user_id)

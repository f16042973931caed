"""Marks are added under the lock of their station; what began is never changed."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import StationId, StationRotationId
from veza.domains.stations.models.rotations import Rotation
from veza.domains.stations.models.stations import PlayedMark, StoredMark, StoredRotation
from veza.infra.postgres.database import Conn, Tx

_COLUMNS = "starts_at, segment, slot, state, rotation_id"


async def list_marks(conn: Conn, station_id: StationId, start: int, end: int) -> list[StoredMark]:
    """Return the mark that is in force at a moment, and those up to another, in their order."""
    sql = f"""
        select {_COLUMNS}
          from station_marks
         where station_id = $1 and starts_at <= $3
           and starts_at >= coalesce((select max(starts_at) from station_marks
                                       where station_id = $1 and starts_at <= $2), 0)
         order by starts_at
         limit 5000
    """
    return await conn.all(StoredMark, sql, station_id, start, end)


async def find_earlier(conn: Conn, station_id: StationId, before: int) -> PlayedMark | None:
    """Return the last mark before a moment, with its rotation."""
    sql = """
        select m.starts_at, m.segment, m.slot, m.state, m.rotation_id, r.content
          from station_marks m
          join station_rotations r on r.id = m.rotation_id
         where m.station_id = $1 and m.starts_at < $2
         order by m.starts_at desc
         limit 1
    """
    return await conn.maybe(PlayedMark, sql, station_id, before)


async def list_rotations(conn: Conn, ids: Sequence[StationRotationId]) -> list[StoredRotation]:
    sql = "select id, content from station_rotations where id = any($1)"
    return await conn.all(StoredRotation, sql, ids)


async def find_latest_rotation(conn: Conn, station_id: StationId) -> StoredRotation | None:
    """Return the rotation of the last mark of a station."""
    sql = """
        select r.id, r.content
          from station_marks m
          join station_rotations r on r.id = m.rotation_id
         where m.station_id = $1
         order by m.starts_at desc
         limit 1
    """
    return await conn.maybe(StoredRotation, sql, station_id)


async def count_later(conn: Conn, station_id: StationId, since: int) -> int:
    """Return how many marks after a moment play no request."""
    sql = """
        select count(*)
          from station_marks
         where station_id = $1 and starts_at > $2 and state->>'first' is null
    """
    return await conn.value(int, sql, station_id, since) or 0


async def count_changes(conn: Conn, station_id: StationId, since: int) -> int:
    """Return how often the owner of a station changed what plays after a moment."""
    sql = """
        select coalesce(sum((state->>'changes')::int), 0)
          from station_marks
         where station_id = $1 and starts_at > $2
    """
    return await conn.value(int, sql, station_id, since) or 0


async def insert_rotation(
    tx: Tx, rotation_id: StationRotationId, station_id: StationId, rotation: Rotation
) -> None:
    sql = "insert into station_rotations (id, station_id, content) values ($1, $2, $3)"
    await tx.run(sql, rotation_id, station_id, rotation)


async def upsert_mark(tx: Tx, station_id: StationId, mark: StoredMark) -> None:
    sql = """
        insert into station_marks (station_id, starts_at, rotation_id, segment, slot, state)
             values ($1, $2, $3, $4, $5, $6)
        on conflict (station_id, starts_at)
          do update set rotation_id = excluded.rotation_id, segment = excluded.segment,
                        slot = excluded.slot, state = excluded.state
    """
    await tx.run(
        sql,
        station_id,
        mark.starts_at,
        mark.rotation_id,
        mark.segment,
        mark.slot,
        mark.state,
    )


async def delete_later(tx: Tx, station_id: StationId, since: int) -> int:
    """Delete marks after a moment, which no node has used yet; return their owner's changes.

    Requests that they would have played are open again.
    """
    sql = """
        with deleted as (
            delete from station_marks where station_id = $1 and starts_at > $2 returning state
        ),
        opened as (
            update station_requests set plays_at = null where station_id = $1 and plays_at > $2
        )
        select coalesce(sum((state->>'changes')::int), 0) from deleted
    """
    return await tx.value(int, sql, station_id, since) or 0


async def delete_old(tx: Tx, station_ids: Sequence[UUID], before: int) -> None:
    """Delete the marks of stations before a moment; the latest stays."""
    sql = """
        delete from station_marks m
         where m.station_id = any($1) and m.starts_at < $2
           and exists (select from station_marks n
                        where n.station_id = m.station_id and n.starts_at > m.starts_at
                          and n.starts_at <= $2)
    """
    await tx.run(sql, station_ids, before)


async def delete_unused_rotations(tx: Tx, station_ids: Sequence[UUID]) -> None:
    """Delete the rotations of stations that no mark has."""
    sql = """
        delete from station_rotations r
         where r.station_id = any($1)
           and not exists (select from station_marks m where m.rotation_id = r.id)
    """
    await tx.run(sql, station_ids)

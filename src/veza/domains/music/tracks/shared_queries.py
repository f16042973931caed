"""Statements on locks, counters and plays of tracks, which other domains call."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from veza.core.ids import TrackId, UserId
from veza.core.palettes import CoverLook
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def delete_counted_plays(tx: Tx, before: date) -> int:
    """Delete up to 10,000 plays of the days before a day; return the number."""
    sql = """
        delete from counted_plays
              where ctid = any(array(select ctid from counted_plays where day < $1 limit 10000))
    """
    return await tx.run(sql, before)


async def delete_history(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from track_history where user_id = $1", user_id)


async def delete_from_history(tx: Tx, user_id: UserId, track_id: TrackId) -> bool:
    """Return False if the track is not in the member's history."""
    sql = "delete from track_history where user_id = $1 and track_id = $2"
    return await tx.run(sql, user_id, track_id) == 1


async def update_restarted(tx: Tx, track_id: TrackId) -> bool:
    """Set a failed track to processing again; return False if it has not failed."""
    sql = """
        update tracks
           set status = 'processing', failure_reason = null, updated_at = now()
         where id = $1 and status = 'failed'
    """
    return await tx.run(sql, track_id) == 1


async def list_without_placeholder(conn: Conn, after: TrackId | None) -> list[TrackId]:
    """Return up to 100 tracks whose cover has no placeholder, in the order of their ids."""
    where = Where("cover_placeholder is null and cover_palette is not null")
    if after is not None:
        where.add("id > {}", after)
    sql = f"select id from tracks {where.sql} order by id limit 100"
    return [TrackId(found) for found in await conn.column(UUID, sql, *where.values)]


async def update_placeholder(tx: Tx, track_id: TrackId, placeholder: str) -> None:
    """Store the placeholder of the cover of a track that has one."""
    sql = """
        update tracks
           set cover_placeholder = $2
         where id = $1 and cover_placeholder is null and cover_palette is not null
    """
    await tx.run(sql, track_id, placeholder)


async def update_covers_gone(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    sql = "update tracks set cover_palette = null, cover_placeholder = null where id = any($1)"
    await tx.run(sql, track_ids)


async def lock_tracks(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Lock tracks in the order of their ids, before rows that belong to them change."""
    sql = "select id from tracks where id = any($1) order by id for update"
    await tx.column(UUID, sql, track_ids)


async def lock_counts(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Lock the counts of tracks in the order of their ids.

    Transactions that only prevent the deletion of a track don't wait for this lock.
    """
    sql = "select id from tracks where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, track_ids)


async def add_to_comments_counts(tx: Tx, differences: Mapping[TrackId, int]) -> None:
    """Add to the comment counts of tracks that the caller has locked."""
    sql = """
        update tracks
           set comments_count = comments_count + d.difference
          from unnest($1::uuid[], $2::integer[]) as d (id, difference)
         where tracks.id = d.id
    """
    await tx.run(sql, list(differences), list(differences.values()))


async def update_look(tx: Tx, track_id: TrackId, look: CoverLook | None) -> None:
    """Show or hide the cover of a track. `updated_at` stays, as nothing is new."""
    sql = "update tracks set cover_palette = $2, cover_placeholder = $3 where id = $1"
    await tx.run(sql, track_id, look and look.palette, look and look.placeholder)

"""Attempts at rendering a track are counted; of a deleted one only a sold original stays."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.ids import ImageId, TrackId, UserId
from veza.core.pages import Cursor
from veza.core.palettes import CoverLook
from veza.core.takedowns import ItemCopy
from veza.domains.music.audio.models import (
    CoveredTrack,
    ExpiredOriginal,
    ExportedMedia,
    FailedTrack,
    ReceivedAudio,
    Renditions,
    StoredMedia,
    StoredOriginal,
    TaggedFile,
)
from veza.domains.music.audio.shared_queries import MEDIA, RENDITIONS_BYTES
from veza.infra.postgres.anonymize import anonymized
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_SELECT_FAILED = """
    select t.id as track_id, t.title, t.owner_id, u.username as owner_name,
           t.failure_reason as reason, m.failed_at, m.held_bytes > 0 as has_original
      from track_media m
      join tracks t on t.id = m.track_id
      join users u on u.id = t.owner_id
"""


async def count_processing(conn: Conn, owner_id: UserId) -> int:
    """Count the tracks of a member that are being processed, or wait for it."""
    sql = "select count(*) from tracks where owner_id = $1 and status = 'processing'"
    return await conn.value(int, sql, owner_id) or 0


async def insert_media(
    tx: Tx, track_id: TrackId, file: ReceivedAudio, *, cover_size: int | None
) -> None:
    sql = """
        insert into track_media (track_id, filename, original_kind, original_size,
                                 original_hash, cover_size)
             values (:track_id, :filename, :kind, :size, :sha256, :cover_size)
    """
    await tx.run(*bind(sql, file, track_id=track_id, cover_size=cover_size))


async def update_attempts(tx: Tx, track_id: TrackId) -> int | None:
    """Count another attempt at rendering; None if there is nothing to render."""
    sql = """
           update track_media m
              set attempts = attempts + 1
             from tracks t
            where m.track_id = $1 and t.id = m.track_id and t.status = 'processing'
        returning m.attempts
    """
    return await tx.value(int, sql, track_id)


async def uncount_attempt(tx: Tx, track_id: TrackId) -> None:
    sql = "update track_media set attempts = attempts - 1 where track_id = $1 and attempts > 0"
    await tx.run(sql, track_id)


async def update_media(tx: Tx, track_id: TrackId, renditions: Renditions) -> None:
    sql = """
        update track_media
           set stream_size = :stream_size, preview_size = :preview_size,
               cover_size = coalesce(cover_size, :cover_size), peaks = :peaks,
               original_kind = :original_kind, ladder_size = :ladder_size,
               has_print = :has_print,
               tags_read = nullif(:tags_read::jsonb, '{}')
         where track_id = :track_id
    """
    await tx.run(*bind(sql, renditions, track_id=track_id))


async def list_without_print(conn: Conn, after: TrackId | None) -> list[TrackId]:
    """Return up to 100 tracks without a print that can be played, in the order of their ids."""
    where = Where("not has_print and stream_size is not null")
    if after is not None:
        where.add("track_id > {}", after)
    sql = f"select track_id from track_media {where.sql} order by track_id limit 100"
    return [TrackId(found) for found in await conn.column(UUID, sql, *where.values)]


async def update_printed(tx: Tx, track_id: TrackId) -> bool:
    """Record that a track has a print; False if it is deleted."""
    sql = """
           update track_media
              set has_print = true
            where track_id = $1 and stream_size is not null
        returning true
    """
    return bool(await tx.value(bool, sql, track_id))


async def update_failed(tx: Tx, track_id: TrackId) -> None:
    """Record when a track failed."""
    await tx.run("update track_media set failed_at = now() where track_id = $1", track_id)


async def update_restarted(tx: Tx, track_id: TrackId) -> UserId | None:
    """Forget that a track failed; return its owner, None if its original is gone."""
    sql = """
           update track_media
              set failed_at = null, attempts = 0
            where track_id = $1 and held_bytes > 0
        returning owner_id
    """
    found = await tx.value(UUID, sql, track_id)
    return None if found is None else UserId(found)


async def find_failed(conn: Conn, track_id: TrackId) -> FailedTrack | None:
    sql = f"{_SELECT_FAILED} where t.status = 'failed' and t.id = $1"
    return await conn.maybe(FailedTrack, sql, track_id)


async def list_failed(conn: Conn, *, limit: int, cursor: Cursor | None) -> list[FailedTrack]:
    """Return up to `limit + 1` tracks that failed, the latest first."""
    where = Where()
    where.add("t.status = 'failed'")
    where.add("m.failed_at is not null")
    if cursor is not None:
        where.add("(m.failed_at, m.track_id) < ({}, {})", cursor.created_at, cursor.id)
    sql = f"""
        {_SELECT_FAILED}
        {where.sql}
         order by m.failed_at desc, m.track_id desc
         limit {limit + 1:d}
    """
    return await conn.all(FailedTrack, sql, *where.values)


async def lock_expired(tx: Tx, kept_for: timedelta, limit: int) -> list[ExpiredOriginal]:
    """Lock failed tracks whose files were kept for this time."""
    sql = f"""
        select m.track_id, m.cover_image_id is null as has_own_cover
          from track_media m
          join tracks t on t.id = m.track_id
         where m.failed_at < now() - $1::interval and m.held_bytes > 0 and t.status = 'failed'
         order by m.failed_at
         limit {limit:d}
           for update of t skip locked
    """
    return await tx.all(ExpiredOriginal, sql, kept_for)


async def update_expired(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Record that failed tracks have no file."""
    await tx.run("update track_media set held_bytes = 0 where track_id = any($1)", track_ids)


async def find_media(
    conn: Conn, track_id: TrackId, *, with_peaks: bool = False
) -> StoredMedia | None:
    columns = f"{MEDIA}, m.peaks" if with_peaks else MEDIA
    sql = f"""
        select {columns}
          from tracks t
          join track_media m on m.track_id = t.id
          join users u on u.id = t.owner_id
         where t.id = $1
    """
    return await conn.maybe(StoredMedia, sql, track_id)


async def find_tagged_file(conn: Conn, track_id: TrackId) -> TaggedFile | None:
    sql = "select filename, tags_read from track_media where track_id = $1"
    return await conn.maybe(TaggedFile, sql, track_id)


async def list_hashes(conn: Conn, track_id: UUID) -> list[str]:
    """Return the hash of the file that a track was uploaded as."""
    return await conn.column(
        str, "select original_hash from track_media where track_id = $1", track_id
    )


async def list_same_files(conn: Conn, hashes: Sequence[str], owner_id: UserId) -> list[ItemCopy]:
    """Return the tracks of others with one of these originals that are not private."""
    sql = """
        select 'track' as content_type, t.id as content_id, t.title, u.username as owner_name,
               true as same_file, 1.0::real as share, null as category
          from track_media m
          join tracks t on t.id = m.track_id and t.visibility <> 'private'
          join users u on u.id = t.owner_id
         where m.original_hash = any($1) and t.owner_id <> $2
         order by t.id
         limit 10
    """
    return await conn.all(ItemCopy, sql, list(hashes), owner_id)


async def find_sold_original(conn: Conn, track_id: TrackId) -> StoredOriginal | None:
    """Return the original of a deleted track, which exists if the track was sold."""
    sql = r"""
        select track_id, regexp_replace(filename, '\.[^.]*$', '') as title, false as is_public,
               original_kind as kind, original_size as size, original_hash as sha256, uploaded_at
          from track_media
         where track_id = $1
    """
    return await conn.maybe(StoredOriginal, sql, track_id)


async def update_original_only(tx: Tx, track_id: TrackId) -> None:
    """Record that only the original is left of a deleted track."""
    sql = """
        update track_media
           set stream_size = null, preview_size = null, cover_size = null,
               cover_image_id = null, ladder_size = null, peaks = null, tags_read = null,
               has_print = false
         where track_id = $1
    """
    await tx.run(sql, track_id)


async def update_anonymous(tx: Tx, seller_id: UserId) -> None:
    """Remove a seller's name from the names of the files that they sold."""
    sql = f"""
        update track_media m
           set filename = {anonymized("m.filename")}
          from users u
         where u.id = $1
           and m.track_id in (select i.track_id from order_items i where i.seller_id = u.id)
    """
    await tx.run(sql, seller_id)


async def find_cover_image(conn: Conn, track_id: TrackId) -> ImageId | None:
    """Return the image that is the cover of a track, also of a deleted one."""
    sql = "select cover_image_id from track_media where track_id = $1"
    found = await conn.value(UUID, sql, track_id)
    return None if found is None else ImageId(found)


async def find_covered(conn: Conn, content_id: UUID) -> CoveredTrack | None:
    """Return a track that has a cover, by its id or that of the image; None without one."""
    sql = """
        select t.id as track_id, t.owner_id, t.title, m.cover_image_id
          from track_media m
          join tracks t on t.id = m.track_id
         where (m.track_id = $1 or m.cover_image_id = $1) and m.cover_size is not null
    """
    return await conn.maybe(CoveredTrack, sql, content_id)


async def update_cover(tx: Tx, track_id: TrackId, image_id: ImageId) -> CoverLook | None:
    """Make an image the cover of a track; return its look, None if the track has no files."""
    sql = """
           update track_media
              set cover_image_id = i.id, cover_size = i.size_bytes
             from images i
            where track_id = $1 and i.id = $2
        returning i.palette, i.placeholder
    """
    return await tx.maybe(CoverLook, sql, track_id, image_id)


async def update_cover_gone(tx: Tx, track_id: TrackId) -> None:
    sql = "update track_media set cover_image_id = null, cover_size = null where track_id = $1"
    await tx.run(sql, track_id)


async def delete_media(tx: Tx, track_id: TrackId) -> None:
    await tx.run("delete from track_media where track_id = $1", track_id)


async def sum_sizes(conn: Conn) -> dict[str, int]:
    """Return the size of the files of all tracks, without HLS ladders of unknown size.

    Tracks that failed some time ago have no files; deleted tracks have the original, if sold.
    """
    sql = f"""
        select coalesce(sum(original_size), 0)::bigint as originals_bytes,
               coalesce(sum({RENDITIONS_BYTES}), 0)::bigint as renditions_bytes
          from track_media
         where held_bytes > 0
    """
    return await conn.counts(sql)


async def list_media_of(conn: Conn, owner_id: UserId) -> list[ExportedMedia]:
    """Return the stored data of the audio of a member's tracks."""
    sql = """
        select m.track_id, m.filename, m.original_kind, m.original_size, m.original_hash,
               m.cover_size, m.cover_image_id, m.uploaded_at, m.tags_read
          from tracks t
          join track_media m on m.track_id = t.id
         where t.owner_id = $1
         order by t.id
    """
    return await conn.every(ExportedMedia, sql, owner_id)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give the originals of a page to another profile, whose storage they count for."""
    await tx.run("update track_media set owner_id = $2 where owner_id = $1", owner_id, into_id)

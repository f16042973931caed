"""Statements on imported files and renditions, which others call."""

from collections.abc import Sequence

from veza.core.ids import TrackId, UserId
from veza.core.text_mining import reserved
from veza.core.track_covers import release_column
from veza.core.visibility import only_for_owner
from veza.domains.music.audio.models import ImportedFile, StoredMedia
from veza.infra.postgres.database import Conn

_COVER_SIZE = "(select i.size_bytes from images i where i.id = r.cover_image_id)"

# Of a row of `track_media m`, with its track `t` and owner `u`.
MEDIA = f"""
    t.id as track_id, t.owner_id, t.title, t.visibility, t.tier_id, t.downloadable, t.status,
    t.duration_ms, t.has_cover, m.filename, m.original_kind, m.original_size,
    m.original_hash, m.stream_size, m.preview_size, m.cover_size, m.cover_image_id, m.attempts,
    m.uploaded_at, {only_for_owner("t", "u")} as is_hidden,
    {reserved("t.owner_id")} as is_reserved,
    case when not t.has_cover then {release_column("t", "r.cover_image_id")} end
         as release_cover_id,
    case when not t.has_cover then {release_column("t", _COVER_SIZE)} end as release_cover_size
"""

# Of a row of `track_media`.
RENDITIONS_BYTES = """
    coalesce(stream_size, 0) + coalesce(preview_size, 0) + coalesce(ladder_size, 0)
    + case when cover_image_id is null then coalesce(cover_size, 0) else 0 end
"""


async def list_imported(conn: Conn, track_ids: Sequence[TrackId]) -> list[ImportedFile]:
    """Return the tags of the files of those of at most 100 tracks that exist, in their order."""
    sql = """
        select t.id as track_id, t.title, t.genre, t.duration_ms, t.status,
               t.has_cover and m.cover_size is not null as has_cover, m.cover_image_id,
               m.tags_read
          from unnest($1::uuid[]) with ordinality as wanted (id, place)
          join tracks t on t.id = wanted.id
          left join track_media m on m.track_id = t.id
         order by wanted.place
    """
    return await conn.all(ImportedFile, sql, track_ids)


async def sum_renditions_of(conn: Conn, owner_ids: Sequence[UserId]) -> list[int]:
    """Return the size of the renditions of each member's tracks, in the order of the members."""
    sql = f"""
        select coalesce(sum({RENDITIONS_BYTES}), 0)::bigint
          from unnest($1::uuid[]) with ordinality as asked (id, place)
          left join track_media m
            on m.owner_id = asked.id and m.held_bytes > 0
           and exists (select from tracks t where t.id = m.track_id)
         group by asked.place
         order by asked.place
    """
    return await conn.column(int, sql, owner_ids)


async def list_media(conn: Conn, track_ids: Sequence[TrackId]) -> list[StoredMedia]:
    """Return the media of those of at most 100 tracks that exist, in any order."""
    sql = f"""
        select {MEDIA}
          from tracks t
          join track_media m on m.track_id = t.id
          join users u on u.id = t.owner_id
         where t.id = any($1)
    """
    return await conn.all(StoredMedia, sql, track_ids)

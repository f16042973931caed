"""Reads the tracks, credits and lyrics of an archive, and a hash of what is on the release."""

from veza.core.ids import ReleaseId, TrackId
from veza.core.visibility import active
from veza.domains.marketplace.archives.models import (
    ArchivedCredit,
    ArchivedLyrics,
    ArchivedRelease,
    ArchivedTrack,
    ReleaseState,
)
from veza.domains.marketplace.products.shared_queries import LOSSLESS
from veza.infra.postgres.database import Conn

# The profile of a credit, if it confirmed that this is it, and is shown.
_JOIN_CONFIRMED = f"""
    left join (profiles p join users pu on pu.id = p.id and {active("pu")})
           on p.id = c.user_id and c.state = 'confirmed'
"""
_VERSION = """
    string_agg(concat(row(c.role, c.name, c.instrument)::text, p.musicbrainz_id), '|'
               order by c.position)
"""
_OWNER_NAME = "coalesce(r.artist_name, u.display_name, u.username)"
# The owner is the artist where no other is named.
_OWNER_ID = f"case when r.artist_name is null and {active('u')} then o.musicbrainz_id end"
_JOIN_OWNER = "join users u on u.id = r.owner_id join profiles o on o.id = r.owner_id"
_JOIN_TRACK_CREDITS = f"""
    cross join lateral (
              select {_VERSION} as version
                from track_credits c
                     {_JOIN_CONFIRMED}
               where c.track_id = t.id
          ) k
"""
_JOIN_CREDITS = f"""
    cross join lateral (
              select {_VERSION} as version
                from release_credits c
                     {_JOIN_CONFIRMED}
               where c.release_id = r.id
          ) c
"""


async def find_state(conn: Conn, release_id: ReleaseId) -> ReleaseState | None:
    """Return what decides whether a release can be downloaded, with the hash of its contents."""
    sql = f"""
        select r.id, r.title, {_OWNER_NAME} as artist_name,
               md5(concat_ws('|',
                   row(r.title, {_OWNER_NAME}, r.kind, r.description, r.label, r.catalogue_number,
                       r.upc, r.genre, r.release_date, r.cover_image_id)::text,
                   {_OWNER_ID}, t.version, c.version)) as version,
               coalesce(t.tracks_count, 0) as tracks_count,
               coalesce(t.processing_count, 0) as processing_count,
               coalesce(t.lossy_count, 0) as lossy_count,
               coalesce(t.originals_bytes, 0)::bigint as originals_bytes,
               coalesce(t.duration_ms, 0)::bigint as duration_ms
          from releases r
          {_JOIN_OWNER}
         cross join lateral (
                   select string_agg(
                              row(e.disc, e.number, t.id, t.title, t.genre, t.isrc, t.year, t.bpm,
                                  t.musical_key, t.status, t.has_cover, t.artist_name, k.version,
                                  m.original_hash, m.cover_size, m.cover_image_id,
                                  extract(epoch from l.updated_at))::text,
                              '|' order by e.disc, e.number
                          ) as version,
                          count(*) as tracks_count,
                          count(*) filter (where t.status = 'processing') as processing_count,
                          count(*) filter (where m.original_kind not in {LOSSLESS}) as lossy_count,
                          sum(m.original_size) as originals_bytes,
                          sum(t.duration_ms) as duration_ms
                     from release_tracks e
                     join tracks t on t.id = e.track_id
                     join track_media m on m.track_id = t.id
                     left join track_lyrics l on l.track_id = t.id
                     {_JOIN_TRACK_CREDITS}
                    where e.release_id = r.id and t.status <> 'failed'
               ) t
         {_JOIN_CREDITS}
         where r.id = $1
    """
    return await conn.maybe(ReleaseState, sql, release_id)


async def find_release(conn: Conn, release_id: ReleaseId) -> ArchivedRelease | None:
    sql = f"""
        select r.id, r.title, {_OWNER_NAME} as artist_name, {_OWNER_ID} as musicbrainz_id,
               r.kind, r.description, r.label, r.catalogue_number, r.upc, r.genre, r.release_date,
               r.cover_image_id
          from releases r
          {_JOIN_OWNER}
         where r.id = $1
    """
    return await conn.maybe(ArchivedRelease, sql, release_id)


async def list_tracks(conn: Conn, release_id: ReleaseId) -> list[ArchivedTrack]:
    """Return the processed tracks of a release, by disc and number: at most 500."""
    sql = f"""
        select t.id, e.disc, e.number, t.title, t.genre, t.isrc, t.year, t.bpm, t.musical_key,
               t.duration_ms, coalesce(t.sample_rate, 44100) as sample_rate,
               coalesce(t.channels, 2) as channels, m.original_kind as kind,
               m.original_size as size_bytes, t.has_cover and m.cover_size is not null as has_cover,
               m.cover_image_id, t.artist_name,
               coalesce((select jsonb_agg(jsonb_build_array(c.role, c.name, c.instrument,
                                                            p.musicbrainz_id)
                                          order by c.position)
                           from track_credits c
                                {_JOIN_CONFIRMED}
                          where c.track_id = t.id), '[]') as credits
          from release_tracks e
          join tracks t on t.id = e.track_id
          join track_media m on m.track_id = t.id
         where e.release_id = $1 and t.status = 'ready'
         order by e.disc, e.number
    """
    return await conn.all(ArchivedTrack, sql, release_id)


async def list_credits(conn: Conn, release_id: ReleaseId) -> list[ArchivedCredit]:
    sql = f"""
        select c.role, c.name, c.instrument, p.musicbrainz_id
          from release_credits c
               {_JOIN_CONFIRMED}
         where c.release_id = $1
         order by c.position
    """
    return await conn.all(ArchivedCredit, sql, release_id)


async def find_lyrics(conn: Conn, track_id: TrackId) -> ArchivedLyrics | None:
    sql = "select plain, synced from track_lyrics where track_id = $1"
    return await conn.maybe(ArchivedLyrics, sql, track_id)

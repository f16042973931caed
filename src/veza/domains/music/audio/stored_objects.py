"""Originals and renditions of tracks, originals also of deleted ones that were sold."""

from veza.infra.storage.stored_objects import ObjectSource

# Tracks that failed some time ago have no files; deleted tracks have the original, if sold.
OBJECT_SOURCE = ObjectSource(
    prefix="tracks/",
    place=1,
    sql="""
        select m.track_id as id, 'tracks/' || m.track_id || '/' || o.name as key, o.size_bytes,
               o.sha256, o.size_bytes is not null as is_needed
          from track_media m
          left join tracks t on t.id = m.track_id
         cross join lateral (
                   values ('original', m.original_size, m.original_hash),
                          ('stream.m4a', m.stream_size, null),
                          ('preview.mp3', m.preview_size, null),
                          ('cover.jpg',
                           case when m.cover_image_id is null then m.cover_size end, null),
                          ('hls/', m.ladder_size, null)
               ) as o (name, size_bytes, sha256)
         where m.held_bytes > 0
           and (t.id is not null or o.name = 'original')
    """,
    owners="""
        select m.track_id as id, 'track' as kind, coalesce(t.title, m.filename) as title,
               u.username as owner
          from track_media m
          left join tracks t on t.id = m.track_id
          left join users u on u.id = coalesce(t.owner_id, m.owner_id)
    """,
)

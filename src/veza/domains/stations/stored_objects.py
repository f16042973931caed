"""Sound of streams that stations play, which goes minutes later."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="station-live/",
    place=1,
    sql="""
        select t.station_id as id, 'station-live/' || t.station_id || '/' || t.id || '/' as key,
               null::bigint as size_bytes, null::text as sha256, false as is_needed
          from station_takeovers t
         where t.has_sound
    """,
    owners="""
        select s.id, 'stream on a station' as kind, s.title, u.username as owner
          from stations s
          join users u on u.id = s.owner_id
    """,
)

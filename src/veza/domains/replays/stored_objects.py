"""Parts of recordings, all of which are needed while the sound is kept."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="recordings/",
    place=1,
    sql="""
        select r.id, 'recordings/' || r.id || '/' || p.id || '.aac' as key,
               p.size_bytes::bigint as size_bytes, null::text as sha256, true as is_needed
          from stream_recordings r
          join stream_recording_parts p on p.recording_id = r.id
         where r.size_bytes > 0
    """,
    owners="""
        select r.id, 'recording of a stream' as kind, r.title, u.username as owner
          from stream_recordings r
          join users u on u.id = r.owner_id
    """,
)

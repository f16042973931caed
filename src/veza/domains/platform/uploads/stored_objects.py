"""Segments of unfinished uploads, which may be missing, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

# They may be missing: an upload is completed and its segments are deleted while a backup runs.
OBJECT_SOURCE = ObjectSource(
    prefix="uploads/",
    place=1,
    sql="""
        select upload_id as id, 'uploads/' || upload_id || '/' || id as key, size_bytes,
               null as sha256, false as is_needed
          from resumable_segments
    """,
    owners="""
        select r.id, 'unfinished upload' as kind, '' as title, u.username as owner
          from resumable_uploads r
          left join users u on u.id = r.owner_id
    """,
)

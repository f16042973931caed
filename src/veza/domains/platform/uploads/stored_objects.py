"""Stored objects of this domain, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="uploads/",
    place=1,
    sql="""
        select upload_id as id, 'uploads/' || upload_id || '/' || id as key, size_bytes,
               null as sha256, true as is_needed
          from resumable_segments
    """,
)

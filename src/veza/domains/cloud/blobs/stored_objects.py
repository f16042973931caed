"""Stored objects of this domain, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="blobs/",
    place=2,
    sql="""
        select id, 'blobs/' || right(id::text, 2) || '/' || id || '/content' as key, size_bytes,
               sha256, true as is_needed
          from blobs
    """,
)

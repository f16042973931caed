"""Stored objects of this domain, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="images/",
    place=1,
    sql="""
        select id, 'images/' || id || '/picture.jpg' as key, size_bytes, null as sha256,
               true as is_needed
          from images
    """,
)

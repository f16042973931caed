"""Stored objects of this domain, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="products/",
    place=2,
    sql="""
        select id, 'products/' || product_id || '/' || id || '/file' as key, size_bytes, sha256,
               true as is_needed
          from product_files
    """,
)

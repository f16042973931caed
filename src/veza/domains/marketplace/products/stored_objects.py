"""Files of products, all of which are needed, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="products/",
    place=2,
    sql="""
        select id, 'products/' || product_id || '/' || id || '/file' as key, size_bytes, sha256,
               true as is_needed
          from product_files
    """,
    owners="""
        select f.id, 'file of a product' as kind, concat_ws(': ', p.title, f.name) as title,
               u.username as owner
          from product_files f
          left join products p on p.id = f.product_id
          left join users u on u.id = coalesce(p.seller_id, f.owner_id)
    """,
)

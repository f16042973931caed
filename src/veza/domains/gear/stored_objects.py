"""Documents of gear, all of which are needed, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="gear/",
    place=2,
    sql="""
        select id, 'gear/' || gear_id || '/' || id || '/file' as key, size_bytes, sha256,
               true as is_needed
          from gear_documents
    """,
    owners="""
        select d.id, 'document of gear' as kind, concat_ws(': ', g.name, d.name) as title,
               u.username as owner
          from gear_documents d
          left join gear g on g.id = d.gear_id
          left join users u on u.id = coalesce(g.owner_id, d.owner_id)
    """,
)

"""Archives of running and ready exports, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

# A running export may exist already; expired ones wait for their deletion.
OBJECT_SOURCE = ObjectSource(
    prefix="exports/",
    place=1,
    sql="""
        select id, 'exports/' || id || '/' || tries || '/archive.zip' as key, size_bytes, sha256,
               status = 'ready' as is_needed
          from exports
         where status in ('running', 'ready')
    """,
    owners="""
        select e.id, 'export of personal data' as kind, '' as title, u.username as owner
          from exports e
          join users u on u.id = e.user_id
    """,
)

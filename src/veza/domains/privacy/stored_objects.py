"""What this domain keeps in the storage: for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

# One that is being put together may be there already; what is over waits for its job.
HOLDING = ObjectSource(
    prefix="exports/",
    place=1,
    sql="""
        select id, 'exports/' || id || '/' || tries || '/archive.zip' as key, size_bytes, sha256,
               status = 'ready' as is_needed
          from exports
         where status in ('running', 'ready')
    """,
)

"""Archives of releases, needed once they are ready, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

# The archive of a running try may exist already; replaced ones wait for their deletion.
OBJECT_SOURCE = ObjectSource(
    prefix="archives/",
    place=1,
    sql="""
        select id, 'archives/' || id || '/' || tries || '/archive.zip' as key, size_bytes, sha256,
               status = 'ready' as is_needed
          from release_archives
         where status <> 'failed'
    """,
    owners="""
        select a.id, 'archive of a release, which is made again' as kind, a.name as title,
               u.username as owner
          from release_archives a
          left join releases r on r.id = a.release_id
          left join users u on u.id = r.owner_id
    """,
)

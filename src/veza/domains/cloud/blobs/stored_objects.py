"""Contents of cloud files and of files that were shared, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="blobs/",
    place=2,
    sql="""
        select id, 'blobs/' || right(id::text, 2) || '/' || id || '/content' as key, size_bytes,
               sha256, true as is_needed
          from blobs
    """,
    owners="""
        select b.id, 'file' as kind, concat_ws('/', nullif(f.folder, ''), f.name) as title,
               u.username as owner
          from blobs b
          join file_versions v on v.sha256 = b.sha256
          join files f on f.id = v.file_id
          join users u on u.id = f.owner_id
         union
        select b.id, 'file that was shared', s.name, u.username
          from blobs b
          join file_snapshots s on s.sha256 = b.sha256
          join users u on u.id = s.owner_id
    """,
)

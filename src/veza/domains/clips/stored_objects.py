"""Parts of clips, all of which are needed."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="clips/",
    place=1,
    sql="""
        select c.id, 'clips/' || c.id || '/' || p.number - 1 || '.' || c.format as key,
               p.size_bytes::bigint as size_bytes, null::text as sha256, true as is_needed
          from stream_clips c
    cross join lateral unnest(c.parts_bytes) with ordinality as p (size_bytes, number)
    """,
    owners="""
        select c.id, 'clip of a stream' as kind, c.title, u.username as owner
          from stream_clips c
          join users u on u.id = c.maker_id
    """,
)

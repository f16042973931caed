"""Pictures, and where each is shown, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="images/",
    place=1,
    sql="""
        select id, 'images/' || id || '/picture.jpg' as key, size_bytes, null as sha256,
               true as is_needed
          from images
         union all
        select i.id, 'images/' || i.id || '/' || small.side || '.jpg', small.bytes, null, true
          from images i
         cross join unnest(array[64, 128, 256], i.small_bytes) as small (side, bytes)
         where i.small_bytes is not null
    """,
    owners="""
        select i.id,
               case when exists (select from profiles where avatar_id = i.id)
                    then 'picture of a profile'
                    when exists (select from profiles where banner_id = i.id)
                    then 'banner of a profile'
                    when r.id is not null then 'cover of a release'
                    when p.id is not null then 'cover of a playlist'
                    when m.track_id is not null then 'cover of a track'
                    when s.id is not null then 'cover of a stream'
                    when exists (select from post_images where image_id = i.id)
                    then 'image of a post'
                    when exists (select from message_images where image_id = i.id)
                    then 'image of a message'
                    else 'image' end as kind,
               coalesce(r.title, p.title, t.title, s.title, '') as title, u.username as owner
          from images i
          join users u on u.id = i.owner_id
          left join releases r on r.cover_image_id = i.id
          left join playlists p on p.cover_image_id = i.id
          left join track_media m on m.cover_image_id = i.id
          left join streams s on s.cover_image_id = i.id
          left join tracks t on t.id = m.track_id
    """,
)

-- The folder of its stream that a clip was copied from, unless everybody might hear that. A stream that gets another
-- audience gets another folder: such a clip is then for nobody who comes later.

alter table stream_clips add column media_id uuid;

-- The ids of folders and clips have the time in them. It is not known whom earlier clips were for: they get an
-- id that no folder has.
update stream_clips c
   set media_id = case when c.id > s.media_id then s.media_id else c.id end
  from streams s
 where s.id = c.stream_id and c.format = 'ts' and s.media_id is not null
   and not (c.id > s.media_id and s.audience in ('public', 'unlisted'));

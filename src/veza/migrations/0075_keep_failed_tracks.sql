-- When a track failed. Its original is kept for a while, so that it can be processed again; the
-- originals of tracks that failed before this migration are gone: their `held_bytes` are 0.
alter table track_media add column failed_at timestamptz;

update track_media m
   set failed_at = t.updated_at
  from tracks t
 where t.id = m.track_id and t.status = 'failed';

create index track_media_failed_at on track_media (failed_at, track_id) where failed_at is not null;

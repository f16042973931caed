-- A cover that the owner of a track chose later, in place of the one that came with the file. Then
-- `cover_size` is that of the image.
alter table track_media add column cover_image_id uuid references images on delete set null;
create unique index track_media_cover_image_id on track_media (cover_image_id)
    where cover_image_id is not null;

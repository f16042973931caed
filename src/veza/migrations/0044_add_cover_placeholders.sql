-- The placeholder of a picture (ThumbHash in base64), shown until the picture is there. Null where it
-- was not made yet: a job makes those of pictures that were stored before.
alter table images
    add column placeholder text check (length(placeholder) between 1 and 40);
alter table tracks
    add column cover_placeholder text check (length(cover_placeholder) between 1 and 40),
    add constraint tracks_placeholder_of_cover
        check (cover_placeholder is null or cover_palette is not null) not valid;
alter table tracks validate constraint tracks_placeholder_of_cover;

create index images_without_placeholder on images (id)
    where placeholder is null and used_at is not null;
create index tracks_without_placeholder on tracks (id)
    where cover_placeholder is null and cover_palette is not null;

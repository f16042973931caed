-- A picture of a station, which is shown nowhere else.
alter table stations add column cover_image_id uuid references images on delete set null;

create unique index stations_cover_image_id on stations (cover_image_id)
    where cover_image_id is not null;

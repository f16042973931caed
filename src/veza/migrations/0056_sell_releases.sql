-- A product can be a release. It outlives the release, as it outlives a track.
alter table products
    add column release_id uuid references releases on delete set null,
    add constraint products_shows_one check (track_id is null or release_id is null),
    add constraint products_release_is_album check (release_id is null or type = 'album');

create index products_release_id on products (release_id) where release_id is not null;

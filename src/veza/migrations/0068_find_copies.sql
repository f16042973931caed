-- All words of the prints of what staff took down by law, without the bits that change first where the
-- tones are higher or lower, and their places: so a recording is found that is a little faster, however
-- many others have the same terms.
create table taken_down_terms (
    term     integer not null,
    print_id integer not null references track_prints on delete cascade,
    place    integer not null,
    primary key (term, print_id, place)
);
create index taken_down_terms_print_id on taken_down_terms (print_id);

-- Staff sees what of others has the same file as a reported item, or the same picture.
create index product_files_sha256 on product_files (sha256);
create index track_media_original_hash on track_media (original_hash);
create index images_hash on images (hash) where hash is not null;

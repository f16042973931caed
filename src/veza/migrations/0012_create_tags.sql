-- The counted tags of public tracks. Without a foreign key to tracks, because the rows of a deleted
-- track stay until they are subtracted from the counts.
create table track_tags (
    track_id uuid not null,
    key      text not null,
    spelling text not null,
    primary key (track_id, key)
);

-- The tracks that have a tag.
create index track_tags_key on track_tags (key, track_id);

-- Tags in their folded form, and how many public tracks have them. Sorted by bytes, so that tags
-- with the same prefix are adjacent.
create table tags (
    key        text collate "C" check (length(key) > 0),
    uses_count integer not null check (uses_count >= 0),
    primary key (key) include (uses_count)
);

-- Very many tags may start with the same one or two letters: the most used are first.
create index tags_first_letter on tags (left(key, 1), uses_count desc, key);
create index tags_first_letters on tags (left(key, 2), uses_count desc, key);
create index tags_uses_count on tags (uses_count desc, key);
create index tags_trigrams on tags using gin (key gin_trgm_ops);

-- The spellings of tags in lower case, and how many of their tracks use them.
create table tag_spellings (
    spelling   text collate "C" primary key check (length(spelling) > 0),
    key        text collate "C" not null,
    uses_count integer not null check (uses_count >= 0)
);

create index tag_spellings_key on tag_spellings (key, uses_count desc, spelling);

-- The counted genres of public tracks, and how many tracks each genre has: as with tags.
create table track_genres (
    track_id uuid not null,
    genre    text collate "C" not null,
    primary key (track_id, genre)
);

create table genres (
    name         text collate "C" primary key check (length(name) > 0),
    tracks_count integer not null check (tracks_count >= 0)
);

create index genres_listed on genres (tracks_count desc, name);

-- The tags and genres of existing tracks are counted by the worker.
insert into outbox (name, payload)
     select 'TrackChanged', jsonb_build_object('track_id', id, 'owner_id', owner_id)
       from tracks
      where (tags <> '{}' or genre is not null) and visibility = 'public' and status = 'ready';

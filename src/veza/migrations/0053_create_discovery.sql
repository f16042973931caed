-- Public tracks that are ready, in a random order that never changes: a random selection reads
-- from random places of an index. `genre` is in lower case. Rows follow the tracks a little later,
-- so that reads check the tracks as well.
create table track_draws (
    track_id   uuid primary key references tracks on delete cascade,
    genre      text collate "C",
    year       smallint,
    random_key double precision not null default random()
);

create index track_draws_random_key on track_draws (random_key) include (track_id);
create index track_draws_genre on track_draws (genre, random_key) include (track_id);
create index track_draws_year on track_draws (year) include (track_id);
create index track_draws_genre_year on track_draws (genre, year) include (track_id);

-- The most similar tracks of each track, most similar first, and the numbers of its likes and
-- plays when they were computed. Arrays, because they are always read and written as a whole. Similar tracks may be
-- deleted or hidden meanwhile.
create table similar_tracks (
    track_id    uuid primary key references tracks on delete cascade,
    similar_ids uuid[] not null,
    scores      real[] not null,
    likes_count integer not null,
    plays_count bigint not null,
    computed_at timestamptz not null default now(),
    check (cardinality(similar_ids) = cardinality(scores) and cardinality(scores) <= 50)
);

-- Tracks whose similar tracks have to be computed: because the track changed, or because it became
-- similar to one that did.
create table stale_tracks (
    track_id   uuid primary key references tracks on delete cascade,
    is_changed boolean not null
);

create index stale_tracks_first on stale_tracks (is_changed desc, track_id);

create table similar_artists (
    artist_id  uuid not null references users on delete cascade,
    similar_id uuid not null references users on delete cascade,
    score      real not null,
    primary key (artist_id, similar_id),
    check (artist_id <> similar_id)
);

create index similar_artists_listed on similar_artists (artist_id, score desc, similar_id);
create index similar_artists_similar_id on similar_artists (similar_id);

-- Artists whose similar artists have to be computed.
create table stale_artists (
    artist_id uuid primary key references users on delete cascade
);

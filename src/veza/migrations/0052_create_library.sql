-- The counted plays of a track by a member: number, first and last. Kept by music/tracks, which
-- counts them.
create table track_history (
    user_id         uuid not null references users on delete cascade,
    track_id        uuid not null references tracks on delete cascade,
    plays_count     integer not null default 1 check (plays_count > 0),
    first_played_at timestamptz not null default now(),
    last_played_at  timestamptz not null default now(),
    primary key (user_id, track_id),
    check (first_played_at <= last_played_at)
);

create index track_history_listed on track_history (user_id, last_played_at desc, track_id desc);
create index track_history_track_id on track_history (track_id);

-- A member without a row has the default settings.
create table library_settings (
    user_id       uuid primary key references users on delete cascade,
    keep_history  boolean not null default true
);

create table track_ratings (
    user_id   uuid not null references users on delete cascade,
    track_id  uuid not null references tracks on delete cascade,
    rating    smallint not null check (rating between 1 and 5),
    rated_at  timestamptz not null default now(),
    primary key (user_id, track_id)
);

create index track_ratings_listed on track_ratings (user_id, rated_at desc, track_id desc);
create index track_ratings_track_id on track_ratings (track_id);

create table release_ratings (
    user_id     uuid not null references users on delete cascade,
    release_id  uuid not null references releases on delete cascade,
    rating      smallint not null check (rating between 1 and 5),
    rated_at    timestamptz not null default now(),
    primary key (user_id, release_id)
);

create index release_ratings_listed on release_ratings (user_id, rated_at desc, release_id desc);
create index release_ratings_release_id on release_ratings (release_id);

create table track_bookmarks (
    user_id      uuid not null references users on delete cascade,
    track_id     uuid not null references tracks on delete cascade,
    position_ms  integer not null check (position_ms >= 0),
    comment      text not null default '' check (length(comment) <= 1000),
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    primary key (user_id, track_id)
);

create index track_bookmarks_track_id on track_bookmarks (track_id);

-- One queue for all devices of a member. It is replaced as a whole, so the tracks are an array.
-- They have no foreign key: a deleted track keeps its place, so that indexes keep their meaning.
create table play_queues (
    user_id        uuid primary key references users on delete cascade,
    -- Incremented with each change: a device that read an older version is refused.
    version        bigint not null default 1 check (version > 0),
    track_ids      uuid[] not null check (cardinality(track_ids) <= 1000),
    current_index  integer,
    position_ms    integer not null default 0 check (position_ms >= 0),
    device         text not null check (length(device) between 1 and 100),
    changed_at     timestamptz not null default now(),
    check (case when cardinality(track_ids) = 0 then current_index is null and position_ms = 0
                else current_index is not null
                     and current_index between 0 and cardinality(track_ids) - 1 end)
);

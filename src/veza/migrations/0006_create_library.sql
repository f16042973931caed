-- Playlists, and what members keep of their listening.

create table playlists (
    id            uuid primary key,
    owner_id      uuid not null references users on delete cascade,
    title         text not null check (length(title) between 1 and 200),
    description   text not null default '' check (length(description) <= 5000),
    visibility    text not null check (visibility in ('public', 'unlisted', 'private')),
    cover_image_id uuid references images on delete set null,
    -- Of a smart playlist, which has no entries: its tracks are found when it is read.
    rules         jsonb check (jsonb_typeof(rules) = 'object'),
    tracks_count  integer not null default 0 check (tracks_count between 0 and 10000),
    duration_ms   bigint not null default 0 check (duration_ms >= 0),
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    check (rules is null or tracks_count = 0)
);

create index playlists_owner_id on playlists (owner_id, created_at desc, id desc);
create unique index playlists_cover_image_id on playlists (cover_image_id)
    where cover_image_id is not null;
create index playlists_public on playlists (created_at desc, id desc) where visibility = 'public';

-- An entry survives the deletion of its track, so that counts and positions stay as they are.
create table playlist_entries (
    id           uuid primary key,
    playlist_id  uuid not null references playlists on delete cascade,
    track_id     uuid references tracks on delete set null,
    added_by     uuid references users on delete set null,
    position     bigint not null,
    -- Of the track when it was added, so that the total of a playlist stays exact.
    duration_ms  integer not null default 0 check (duration_ms >= 0),
    added_at     timestamptz not null default now(),
    -- Checked at the end of a statement, because statements exchange positions.
    unique (playlist_id, position) deferrable initially immediate
);

create index playlist_entries_track_id on playlist_entries (track_id);
create index playlist_entries_added_by on playlist_entries (added_by);

-- Members who may edit a playlist of another member; invited until they accept.
create table playlist_editors (
    playlist_id  uuid not null references playlists on delete cascade,
    user_id      uuid not null references users on delete cascade,
    invited_at   timestamptz not null default now(),
    accepted_at  timestamptz,
    primary key (playlist_id, user_id)
);

create index playlist_editors_user_id on playlist_editors (user_id, invited_at desc, playlist_id);

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

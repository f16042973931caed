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

-- Members are notified of invitations, and owners of accepted ones.
alter table notifications add column playlist_id uuid references playlists on delete cascade;

create index notifications_playlist_id on notifications (playlist_id)
    where playlist_id is not null;

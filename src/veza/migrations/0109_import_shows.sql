-- Shows are imported from feeds of other servers, with their files.

-- By which applications know an episode: that of the feed it came from. Null: the id of its track.
alter table episodes
    add column guid text check (length(guid) between 1 and 500);

create unique index episodes_guid on episodes (show_id, guid) where guid is not null;

-- The import of a profile: one at a time.
create table show_imports (
    id          uuid primary key,
    owner_id    uuid not null unique references users on delete cascade,
    feed_url    text not null check (length(feed_url) between 1 and 1000),
    -- The owner puts it into the feed, to prove that it is theirs.
    code        text not null check (length(code) between 16 and 64),
    is_published boolean not null,
    state       text not null
                check (state in ('reading', 'unproven', 'importing', 'done', 'failed')),
    error       text check (length(error) between 1 and 50),
    show_id     uuid references shows on delete cascade,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    check ((state = 'failed') = (error is not null))
);

create index show_imports_show_id on show_imports (show_id) where show_id is not null;
create index show_imports_running on show_imports (id) where state in ('reading', 'importing');

-- The items of the feed. An `upload_id` is that of the resumable upload which receives the file,
-- and `validator` the ETag or the date of the file that it began with.
create table show_import_items (
    import_id   uuid not null references show_imports on delete cascade,
    position    integer not null check (position >= 0),
    entry       jsonb not null check (jsonb_typeof(entry) = 'object'),
    state       text not null default 'waiting' check (state in ('waiting', 'done', 'failed')),
    error       text check (length(error) between 1 and 50),
    tries       integer not null default 0 check (tries >= 0),
    due_at      timestamptz not null default now(),
    upload_id   uuid,
    validator   text check (length(validator) <= 500),
    track_id    uuid references tracks on delete set null,
    primary key (import_id, position),
    check ((state = 'failed') = (error is not null))
);

create index show_import_items_track_id on show_import_items (track_id)
    where track_id is not null;

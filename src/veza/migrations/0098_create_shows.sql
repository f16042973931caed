-- Shows: lists of episodes, with a feed for podcast applications. An episode is a track.

create table shows (
    id             uuid primary key,
    owner_id       uuid not null references users on delete cascade,
    -- Of the address that the feed had first: it stays when the address changes.
    guid           uuid not null unique,
    title          text not null check (length(title) between 1 and 200),
    description    text not null default '' check (length(description) <= 5000),
    language       text not null check (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'
                                        and length(language) <= 35),
    category       text not null check (length(category) between 1 and 50),
    kind           text not null check (kind in ('episodic', 'serial')),
    is_explicit    boolean not null default false,
    funding        jsonb not null default '[]'
                   check (jsonb_typeof(funding) = 'array' and jsonb_array_length(funding) <= 5),
    license        text check (length(license) between 1 and 128),
    owner_text     text check (length(owner_text) between 1 and 200),
    -- The address of another feed, to which readers of this one are sent for good.
    moved_to       text check (length(moved_to) between 1 and 2000),
    visibility     text not null check (visibility in ('public', 'unlisted', 'private')),
    owner_visibility text check (owner_visibility in ('public', 'unlisted', 'private')),
    cover_image_id uuid references images on delete set null,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    constraint shows_taken_down check (owner_visibility is null or visibility = 'private')
);

create index shows_owner_id on shows (owner_id, created_at desc, id desc);
create unique index shows_cover_image_id on shows (cover_image_id)
    where cover_image_id is not null;
create index shows_public on shows (created_at desc, id desc) where visibility = 'public';

-- A track is an episode of one show at most.
create table episodes (
    track_id     uuid primary key references tracks on delete cascade,
    show_id      uuid not null references shows on delete cascade,
    kind         text not null check (kind in ('full', 'trailer', 'bonus')),
    season       integer check (season between 1 and 9999),
    number       integer check (number between 1 and 99999),
    notes        text not null default '' check (length(notes) <= 10000),
    chapters     jsonb not null default '[]'
                 check (jsonb_typeof(chapters) = 'array' and jsonb_array_length(chapters) <= 200),
    -- To come, while the episode is planned: a job publishes it then.
    published_at timestamptz not null,
    is_planned   boolean not null default false,
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now()
);

create index episodes_show_id on episodes (show_id, published_at desc, track_id desc);
create index episodes_planned on episodes (published_at, track_id) where is_planned;

create table episode_transcripts (
    track_id   uuid primary key references episodes on delete cascade,
    -- WebVTT, written by the server from what it read.
    content    text not null check (octet_length(content) between 1 and 1048576),
    updated_at timestamptz not null default now()
);

-- Keys of members of a tier, by which their applications read the episodes for members.
create table show_keys (
    show_id    uuid not null references shows on delete cascade,
    member_id  uuid not null references users on delete cascade,
    key_hash   bytea not null unique check (octet_length(key_hash) = 32),
    created_at timestamptz not null default now(),
    primary key (show_id, member_id)
);

create index show_keys_member_id on show_keys (member_id);

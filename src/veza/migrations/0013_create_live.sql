-- Live streams of members. A draft has not started yet.
create table streams (
    id              uuid primary key,
    owner_id        uuid not null references users on delete cascade,
    title           text not null check (length(title) between 1 and 200),
    description     text not null default '' check (length(description) <= 5000),
    category        text not null default '' check (length(category) <= 50),
    tags            text[] not null default '{}' check (cardinality(tags) <= 20),
    -- Both without case and accents, for searching.
    category_key    text not null default '',
    tag_keys        text[] not null default '{}',
    -- The chat room of the viewers; null after it was ended.
    conversation_id uuid references conversations on delete set null,
    status          text not null default 'draft' check (status in ('draft', 'live', 'ended')),
    -- Whether an encoder is connected. A live stream without one is interrupted.
    is_live         boolean not null default false,
    -- The ingest's name for the connection that publishes; null without one.
    client_ref      text check (length(client_ref) <= 64),
    seen_at         timestamptz,
    interrupted_at  timestamptz,
    -- A draft is listed once its owner has given it details.
    is_announced    boolean not null default false,
    -- Lists are sorted by it: when it was created, later when it went live.
    listed_at       timestamptz not null default now(),
    started_at      timestamptz,
    ended_at        timestamptz,
    peak_viewers    integer not null default 0 check (peak_viewers >= 0),
    total_viewers   integer not null default 0 check (total_viewers >= 0),
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    check (not is_live or (status = 'live' and seen_at is not null and client_ref is not null)),
    check ((interrupted_at is not null) = (status = 'live' and not is_live)),
    check (status = 'live' or client_ref is null),
    check ((status = 'draft') = (started_at is null)),
    check ((status = 'ended') = (ended_at is not null)),
    check (is_announced or status = 'draft')
);

-- A member has at most one live stream. Also used to find streams without heartbeats.
create unique index streams_on_air_key on streams (owner_id) where status = 'live';
create index streams_owner_id on streams (owner_id, created_at, id);
create index streams_listed_at on streams (listed_at, id) where is_announced;
create index streams_live on streams (listed_at, id) where is_live;
create index streams_category_key on streams (category_key, listed_at, id) where is_announced;
create index streams_tag_keys on streams using gin (tag_keys) where is_announced;
create index streams_conversation_id on streams (conversation_id)
    where conversation_id is not null;

-- The stream key of a member. The ingest's key is compared by the hash; the key itself is encrypted
-- with one of the installation's keys, to show it to its member.
create table stream_keys (
    user_id     uuid primary key references users on delete cascade,
    key_hash    bytea not null unique check (octet_length(key_hash) = 32),
    sealed      bytea not null,
    sealed_with integer not null check (sealed_with > 0),
    created_at  timestamptz not null default now()
);

-- Servers of other platforms to which the streams of a profile are sent while they run. The key is
-- encrypted with one of the installation's keys, and never shown again.
create table restream_targets (
    id            uuid primary key,
    owner_id      uuid not null references users on delete cascade,
    name          text not null check (length(name) between 1 and 100),
    url           text not null check (length(url) <= 500 and url ~ '^rtmps?://'),
    sealed        bytea not null,
    sealed_with   integer not null check (sealed_with > 0),
    is_enabled    boolean not null,
    -- Also streams that not everybody finds.
    sends_private boolean not null,
    -- Grows with each change: what is sent by a former one ends.
    version       integer not null default 1 check (version > 0),
    created_at    timestamptz not null default now()
);

create index restream_targets_owner_id on restream_targets (owner_id, created_at, id);
create index restream_targets_sealed_with on restream_targets (sealed_with, id);

-- What became of the last stream at a target. The worker that sends it, or tries to, has a lease.
create table stream_restreams (
    target_id      uuid primary key references restream_targets on delete cascade,
    stream_id      uuid not null references streams on delete cascade,
    target_version integer not null,
    state          text not null check (state in ('connecting', 'sending', 'waiting', 'failed')),
    reason         text check (reason in (
        'busy', 'unknown_host', 'private_address', 'unreachable', 'certificate', 'no_answer', 'no_rtmp', 'refused',
        'disconnected', 'too_slow', 'unfit_media', 'key_lost', 'interrupted'
    )),
    since          timestamptz not null,
    -- In a row; and when it is tried again.
    failures       integer not null default 0 check (failures >= 0),
    retry_at       timestamptz,
    worker_id      uuid,
    leased_until   timestamptz,
    check ((worker_id is null) = (leased_until is null)),
    check ((state in ('waiting', 'failed')) = (reason is not null))
);

create index stream_restreams_stream_id on stream_restreams (stream_id);

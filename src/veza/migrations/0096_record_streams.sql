-- The sound of streams whose owners want it kept. One waits until its stream is live, is recorded
-- while that goes on, and is ready then. It counts against the storage for tracks.
create table stream_recordings (
    id            uuid primary key,
    owner_id      uuid not null references users on delete cascade,
    -- Null once the stream is deleted: a job deletes the recording as well.
    stream_id     uuid references streams on delete set null,
    title         text not null check (length(title) between 1 and 200),
    state         text not null default 'waiting' check (state in ('waiting', 'recording', 'ready')),
    -- The number of the last segment that is stored.
    last_segment  bigint not null default 0 check (last_segment >= 0),
    parts_count   integer not null default 0 check (parts_count between 0 and 20000),
    duration_us   bigint not null default 0 check (duration_us >= 0),
    -- Zero once the sound is deleted.
    size_bytes    bigint not null default 0 check (size_bytes >= 0),
    start_ms      bigint not null default 0 check (start_ms >= 0),
    -- Null if it is not cut at the end.
    end_ms        bigint,
    -- What it was made into, and whether what was written is shown beside it.
    track_id      uuid unique references tracks on delete set null,
    has_chat      boolean not null default true,
    started_at    timestamptz,
    -- When the owner stopped it; the worker stores what was sent until then.
    stopped_at    timestamptz,
    ended_at      timestamptz,
    expires_at    timestamptz,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    constraint stream_recordings_cut check (end_ms > start_ms),
    check ((state = 'waiting') = (started_at is null)),
    check ((state = 'ready') = (ended_at is not null)),
    check ((state = 'ready') = (expires_at is not null)),
    check (state <> 'waiting' or parts_count = 0),
    check (parts_count > 0 or (duration_us = 0 and size_bytes = 0)),
    check (track_id is null or state = 'ready')
);

-- A stream is recorded once at a time.
create unique index stream_recordings_open_key on stream_recordings (stream_id)
    where state <> 'ready';
create index stream_recordings_stream_id on stream_recordings (stream_id)
    where stream_id is not null;
create index stream_recordings_owner_id on stream_recordings (owner_id, created_at, id);
create index stream_recordings_expires_at on stream_recordings (expires_at) where size_bytes > 0;
create index stream_recordings_without_stream on stream_recordings (id) where stream_id is null;

create constraint trigger stream_recordings_accounted
    after insert or delete on stream_recordings
    deferrable initially deferred
    for each row execute function account_storage('tracks', 'size_bytes');
create constraint trigger stream_recordings_accounted_anew
    after update of owner_id, size_bytes on stream_recordings
    deferrable initially deferred
    for each row execute function account_storage('tracks', 'size_bytes');

-- The pieces of a recording: where each is in it, and when it was sent. They stay when the sound is
-- deleted, so that what was written is shown at its place beside the track.
create table stream_recording_parts (
    id           uuid primary key,
    recording_id uuid not null references stream_recordings on delete cascade,
    offset_us    bigint not null check (offset_us >= 0),
    duration_us  bigint not null check (duration_us > 0),
    size_bytes   integer not null check (size_bytes > 0),
    started_at   timestamptz not null,
    unique (recording_id, offset_us)
);

create index stream_recording_parts_started_at
    on stream_recording_parts (recording_id, started_at);

-- Chapters: marked while the stream runs, or placed by the owner afterwards.
create table stream_recording_marks (
    id           uuid primary key,
    recording_id uuid not null references stream_recordings on delete cascade,
    title        text not null check (length(title) between 1 and 200),
    marked_at    timestamptz,
    offset_ms    bigint check (offset_ms >= 0),
    check (num_nonnulls(marked_at, offset_ms) = 1)
);

create index stream_recording_marks_recording_id on stream_recording_marks (recording_id);

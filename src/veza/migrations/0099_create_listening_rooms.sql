-- Conversations whose members listen together: what plays is a function of the row and the clock.

create table listening_rooms (
    conversation_id    uuid primary key references conversations on delete cascade,
    -- Begins with the milliseconds since 1970, so that no version returns when a room begins again.
    version            bigint not null check (version > 0),
    -- The version that last changed the entries.
    queue_version      bigint not null check (queue_version <= version),
    -- Entries in their order. A track may appear several times, and may be deleted since.
    entry_ids          integer[] not null,
    track_ids          uuid[] not null,
    durations_ms       integer[] not null,
    next_entry_id      integer not null check (next_entry_id > 0),
    -- What played at `changed_at`; null when the queue was at its end.
    entry_id           integer,
    position_ms        integer not null check (position_ms >= 0),
    is_playing         boolean not null,
    changed_at         timestamptz not null,
    -- When somebody was last there, to a few minutes.
    heard_at           timestamptz not null,
    -- Whether the conversation was begun for this, and ends with it.
    ends_conversation  boolean not null,
    created_at         timestamptz not null default now(),
    constraint listening_rooms_entries check (
        cardinality(entry_ids) <= 200
        and cardinality(entry_ids) = cardinality(track_ids)
        and cardinality(entry_ids) = cardinality(durations_ms))
);

create index listening_rooms_heard_at on listening_rooms (heard_at);

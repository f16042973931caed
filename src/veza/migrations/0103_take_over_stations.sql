-- Live streams of its owner take a station over while they are on air.
alter table stations add column plays_live boolean not null default false;

create index stations_plays_live on stations (owner_id) where plays_live;

-- Segments of the timeline, from the first to before the next, in whose places a stream is heard.
-- An open one goes on; it is over if what comes next is not there in time.
create table station_takeovers (
    id            uuid primary key,
    station_id    uuid not null references stations on delete cascade,
    stream_id     uuid references streams on delete set null,
    first_segment bigint not null check (first_segment >= 0),
    next_segment  bigint not null check (next_segment >= first_segment),
    -- Microseconds since 1970.
    starts_at     bigint not null check (starts_at > 0),
    ends_at       bigint not null check (ends_at >= starts_at),
    -- How many discontinuities are before it, and the track at its end.
    breaks        bigint not null check (breaks >= 0),
    next_slot     bigint not null check (next_slot >= 0),
    -- The AAC: as its headers say it, and how many samples were stored.
    object_type   smallint not null check (object_type between 1 and 4),
    rate_index    smallint not null check (rate_index between 0 and 12),
    channels      smallint not null check (channels between 1 and 7),
    samples       bigint not null default 0 check (samples >= 0),
    -- What comes next of the segments that the ingest writes, and how many frames of it are stored.
    media_segment bigint not null check (media_segment >= 0),
    media_frames  integer not null default 0 check (media_frames >= 0),
    is_open       boolean not null default true,
    -- Whether its sound is still stored.
    has_sound     boolean not null default true,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);

create unique index station_takeovers_open on station_takeovers (station_id) where is_open;
create unique index station_takeovers_first_segment on station_takeovers (station_id, first_segment);
create index station_takeovers_starts_at on station_takeovers (station_id, starts_at);
create index station_takeovers_stream_id on station_takeovers (stream_id)
    where stream_id is not null;
create index station_takeovers_sounding on station_takeovers (updated_at)
    where has_sound and not is_open;

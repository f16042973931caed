-- Listeners request tracks of a station, and vote for those that others requested.
alter table stations add column takes_requests boolean not null default false;

-- An open request has neither `plays_at`, the mark of the timeline that plays it, nor `declined_at`.
create table station_requests (
    id          uuid primary key,
    station_id  uuid not null references stations on delete cascade,
    track_id    uuid not null references tracks on delete cascade,
    asked_by    uuid references users on delete set null,
    -- Microseconds since 1970.
    plays_at    bigint check (plays_at > 0),
    declined_at timestamptz,
    created_at  timestamptz not null default now(),
    check (plays_at is null or declined_at is null)
);

create unique index station_requests_open on station_requests (station_id, track_id)
    where plays_at is null and declined_at is null;
-- One in a half hour.
create unique index station_requests_plays_at
    on station_requests (station_id, (plays_at / 1800000000)) where plays_at is not null;
create index station_requests_track_id on station_requests (track_id);
create index station_requests_asked_by on station_requests (asked_by, station_id)
    where asked_by is not null;
create index station_requests_created_at on station_requests (created_at);

create table station_request_votes (
    request_id uuid not null references station_requests on delete cascade,
    user_id    uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    primary key (request_id, user_id)
);

create index station_request_votes_user_id on station_request_votes (user_id);

-- Stations that play stored tracks day and night, as a function of the clock.
create table stations (
    id            uuid primary key,
    owner_id      uuid not null references users on delete cascade,
    title         text not null check (length(title) between 1 and 200),
    description   text not null default '' check (length(description) <= 5000),
    is_on_air     boolean not null default false,
    is_taken_down boolean not null default false,
    -- What decides the order in which tracks are drawn.
    seed          bigint not null check (seed >= 0),
    -- What the owner chose: the lists, the hours of the week, the spacing and the jingles.
    program       jsonb not null check (jsonb_typeof(program) = 'object'),
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);

create index stations_owner_id on stations (owner_id, created_at, id);
create index stations_listed on stations (created_at, id) where is_on_air and not is_taken_down;

-- What a station plays from a mark on, as the tracks were then. A rotation is never changed, so that
-- all nodes compute the same past.
create table station_rotations (
    id         uuid primary key,
    station_id uuid not null references stations on delete cascade,
    content    jsonb not null check (jsonb_typeof(content) = 'object'),
    created_at timestamptz not null default now(),
    unique (id, station_id)
);

create index station_rotations_station_id on station_rotations (station_id);

-- Moments of the timeline, in microseconds since 1970: from each on it can be computed alone.
create table station_marks (
    station_id  uuid not null references stations on delete cascade,
    starts_at   bigint not null check (starts_at > 0),
    rotation_id uuid not null,
    -- How many segments and tracks there were before.
    segment     bigint not null check (segment >= 0),
    slot        bigint not null check (slot >= 0),
    state       jsonb not null check (jsonb_typeof(state) = 'object'),
    primary key (station_id, starts_at),
    foreign key (rotation_id, station_id) references station_rotations (id, station_id)
        on delete cascade
);

create index station_marks_rotation_id on station_marks (rotation_id);
create index station_marks_starts_at on station_marks (starts_at);

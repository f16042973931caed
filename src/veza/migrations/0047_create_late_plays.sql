-- Plays that were reported after their time, as devices do that were without a network. They are kept
-- as long as such reports are taken, so that each counts once. `network` is a digest, as in `track_plays`.
create table late_plays (
    user_id     uuid not null references users on delete cascade,
    track_id    uuid not null references tracks on delete cascade,
    played_at   timestamptz not null,
    network     text not null,
    reported_at timestamptz not null default now(),
    primary key (user_id, track_id, played_at)
);

create index late_plays_track_id on late_plays (track_id, network);
create index late_plays_played_at on late_plays (played_at);

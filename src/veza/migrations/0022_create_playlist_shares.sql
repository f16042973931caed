-- Links to unlisted playlists that music players create: they may end, and count who opens them.

create table playlist_shares (
    playlist_id     uuid primary key references playlists on delete cascade,
    -- From then on only the owner and editors see the playlist, as long as it is unlisted.
    expires_at      timestamptz,
    visits_count    bigint not null default 0 check (visits_count >= 0),
    last_visited_at timestamptz,
    created_at      timestamptz not null default now()
);

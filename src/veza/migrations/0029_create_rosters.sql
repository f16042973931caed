-- The artists and bands of labels: an entry counts once the artist has accepted it.

create table roster_entries (
    id          uuid primary key,
    label_id    uuid not null references profiles on delete cascade,
    profile_id  uuid not null references profiles on delete cascade,
    -- All music of the artist, or the releases that they make with the label.
    scope       text not null check (scope in ('all', 'releases')),
    created_at  timestamptz not null default now(),
    accepted_at timestamptz,
    unique (label_id, profile_id),
    check (label_id <> profile_id)
);

create index roster_entries_profile_id on roster_entries (profile_id, created_at, id);

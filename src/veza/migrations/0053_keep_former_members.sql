-- Who belonged to a page and was shown there: their names stay until they or the page remove them.

create table former_members (
    profile_id uuid not null references profiles on delete cascade,
    user_id    uuid not null references users on delete cascade,
    joined_at  timestamptz not null,
    left_at    timestamptz not null default now(),
    primary key (profile_id, user_id)
);

create index former_members_user_id on former_members (user_id);

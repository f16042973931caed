-- Members who left a page and were shown there. They, or who manages the page, remove the names.

create table former_members (
    profile_id uuid not null references profiles on delete cascade,
    user_id    uuid not null references users on delete cascade,
    joined_at  timestamptz not null,
    left_at    timestamptz not null default now(),
    primary key (profile_id, user_id)
);

create index former_members_user_id on former_members (user_id);

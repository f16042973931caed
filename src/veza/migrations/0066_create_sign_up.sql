-- Accounts of newcomers who wait for approval, or were declined, are hidden as suspended ones are.
alter table users
    add column approval text check (approval in ('waiting', 'declined')),
    add constraint users_approval_check1 check (approval is null or suspended_at is not null);

-- The mode that admins have chosen; without a row that of the settings applies.
create table sign_up_policy (
    is_only    boolean primary key default true check (is_only),
    mode       text not null check (mode in ('open', 'approval', 'invitation', 'closed')),
    changed_at timestamptz not null default now()
);

-- What newcomers wrote; deleted with the decision.
create table sign_up_requests (
    user_id    uuid primary key references users on delete cascade,
    message    text not null check (length(message) between 1 and 1000),
    created_at timestamptz not null default now()
);

create index sign_up_requests_created_at on sign_up_requests (created_at, user_id);

create table invitations (
    id         uuid primary key,
    code       text not null unique check (length(code) = 24),
    created_by uuid not null references users on delete cascade,
    max_uses   integer not null check (max_uses between 1 and 100),
    uses       integer not null default 0,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    check (uses between 0 and max_uses)
);

create index invitations_created_by on invitations (created_by, created_at desc, id desc);
create index invitations_created_at on invitations (created_at desc, id desc);
create index invitations_expires_at on invitations (expires_at);

-- Who invited whom.
create table invited_members (
    user_id    uuid primary key references users on delete cascade,
    invited_by uuid references users on delete set null,
    invited_at timestamptz not null default now()
);

create index invited_members_invited_by on invited_members (invited_by, invited_at desc, user_id desc)
    where invited_by is not null;

create table users (
    id            uuid primary key,
    username      text not null check (username ~ '^[A-Za-z0-9_-]{3,30}$'),
    email         text not null check (length(email) between 3 and 254),
    password_hash text not null,
    role          text not null default 'user'
                  check (role in ('user', 'creator', 'moderator', 'admin')),
    bio           text not null default '' check (length(bio) <= 1000),
    do_not_sell   boolean not null default false,
    -- Set while an approval as a creator by an admin is pending.
    creator_requested_at timestamptz,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);

-- Unique regardless of case, against look-alike names and addresses.
create unique index users_username_key on users (lower(username));
create unique index users_email_key on users (lower(email));

create table sessions (
    id           uuid primary key,
    user_id      uuid not null references users on delete cascade,
    device       text not null,
    ip           text not null,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null,
    ended_at     timestamptz
);

create index sessions_user_id on sessions (user_id, created_at desc) where ended_at is null;
create index sessions_expires_at on sessions (expires_at);

-- Refresh tokens, as hashes. Spent ones are kept as long as the session, to recognise a second use.
create table refresh_tokens (
    token_hash bytea primary key check (length(token_hash) = 32),
    session_id uuid not null references sessions on delete cascade,
    expires_at timestamptz not null,
    spent_at   timestamptz
);

create index refresh_tokens_session_id on refresh_tokens (session_id);

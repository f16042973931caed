-- Announcements, feature flags and maintenance. Small tables: every process holds them in memory.

create table announcements (
    id         uuid primary key,
    title      text not null check (length(title) between 1 and 200),
    content    text not null check (length(content) between 1 and 5000),
    type       text not null check (type in ('info', 'warning', 'error')),
    audience   text not null
               check (audience in ('everyone', 'members', 'creators', 'moderators', 'admins')),
    starts_at  timestamptz not null,
    ends_at    timestamptz,
    created_at timestamptz not null default now(),
    check (ends_at > starts_at)
);

create table feature_flags (
    name          text primary key check (name ~ '^[a-z0-9_.-]{1,64}$'),
    enabled       boolean not null,
    description   text not null default '' check (length(description) <= 500),
    share_percent smallint not null default 100 check (share_percent between 0 and 100),
    -- Empty: for members of any role.
    roles         text[] not null default '{}'
                  check (roles <@ array['user', 'creator', 'moderator', 'admin']),
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);

-- It has exactly one row.
create table maintenance (
    is_only    boolean primary key default true check (is_only),
    started_at timestamptz,
    ends_at    timestamptz,
    message    text check (length(message) between 1 and 500),
    check (started_at is not null or (ends_at is null and message is null))
);

insert into maintenance default values;

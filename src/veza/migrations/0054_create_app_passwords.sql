create table app_passwords (
    id             uuid primary key,
    user_id        uuid not null references users on delete cascade,
    name           text not null check (length(name) between 1 and 100),
    -- A password that is sent is looked up by its hash. Clients that prove that they know it need
    -- the password itself, which is encrypted with one of the installation's keys.
    password_hash  bytea not null unique check (octet_length(password_hash) = 32),
    sealed         bytea not null,
    sealed_with    integer not null check (sealed_with > 0),
    created_at     timestamptz not null default now(),
    last_used_at   timestamptz
);

create index app_passwords_user_id on app_passwords (user_id, created_at desc);

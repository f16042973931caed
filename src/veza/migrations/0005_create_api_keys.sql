create table api_keys (
    id           uuid primary key,
    user_id      uuid not null references users on delete cascade,
    name         text not null check (length(name) between 1 and 100),
    -- The key itself is shown once and not stored: only its hash and its first characters.
    key_hash     bytea not null check (length(key_hash) = 32),
    prefix       text not null check (length(prefix) = 12),
    scopes       text[] not null
                 check (cardinality(scopes) between 1 and 2 and scopes <@ array['read', 'write']),
    expires_at   timestamptz,
    created_at   timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at   timestamptz
);

create unique index api_keys_key_hash on api_keys (key_hash);
create index api_keys_user_id on api_keys (user_id, created_at desc);
create index api_keys_revoked_at on api_keys (revoked_at) where revoked_at is not null;

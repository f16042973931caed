-- Requests with an idempotency key, and their responses. Without a response the row is a lease: its
-- holder processes the request and others wait; when it expires, the next request continues.
create table idempotency_keys (
    -- The id of the object that the request creates: a second try finds it.
    id           uuid primary key,
    user_id      uuid not null references users on delete cascade,
    key          text not null check (length(key) between 1 and 255),
    fingerprint  bytea not null check (length(fingerprint) = 32),
    leased_until timestamptz not null,
    answer       bytea,
    created_at   timestamptz not null default now(),
    unique (user_id, key)
);

create index idempotency_keys_created_at on idempotency_keys (created_at);
